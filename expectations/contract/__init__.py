"""The contract of the six returns, declared once; everything else derives from it. Standard library only."""

from expectations.contract.checks import CellProblemKind, Check, CrossCheck, GrantCaps, RowCheck, Severity
from expectations.contract.column import Column, ValueType
from expectations.contract.return_type import Return

__all__ = ["CellProblemKind", "Check", "Column", "CrossCheck", "GrantCaps", "Return", "RowCheck", "Severity", "ValueType"]
