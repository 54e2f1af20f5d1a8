"""The rules across returns, examined on everything in force; what waits or is set aside does not reach `clean`."""

from expectations.across_returns.run import examine

__all__ = ["examine"]
