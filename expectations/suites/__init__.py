"""The Great Expectations suites, made from the contract, and how a night runs them."""
