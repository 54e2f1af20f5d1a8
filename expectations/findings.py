"""What is said of a return: a finding names file, line, column and rule, and never a value."""

from __future__ import annotations

from dataclasses import dataclass

from expectations.contract.checks import Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing noticed. `line` is None for the file as a whole; `column` is the English field name or None."""

    line: int | None
    column: str | None
    rule: str
    severity: Severity
    message: str
