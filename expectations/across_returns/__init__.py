"""The rules across returns, run on everything in force; what waits or is set aside does not reach `clean`."""

from expectations.across_returns.run import findings_across_returns, run_rules_across_returns

__all__ = ["findings_across_returns", "run_rules_across_returns"]
