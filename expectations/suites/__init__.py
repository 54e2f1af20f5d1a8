"""The Great Expectations suites, made from the contract, and how a night runs them."""

import sys

from expectations.suites.unused_imports import WhenUsed

sys.meta_path.insert(0, WhenUsed())  # before a module of this package imports Great Expectations
