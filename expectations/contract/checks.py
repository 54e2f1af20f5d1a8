"""A check: what must hold of a row, how grave it is, and the French sentence that says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Protocol

from expectations.contract.kinds import Kind


class Severity(StrEnum):
    """error: the row is quarantined. warning: counted and reported. info: reported."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class CellProblemKind(StrEnum):
    """What may be wrong with a cell; the letter ends the rule's id, as in `APP-06I`. A repaired cell is read all the same."""

    EMPTY = "V"
    UNREADABLE = "I"
    UNLISTED = "L"
    REPAIRED = "A"


class GrantCaps(Protocol):
    """What the checks of rows may ask of the programme (expectations.programme.Programme fulfils it)."""

    def calls(self) -> Sequence[str]:
        """The ids of the calls for projects."""

    def grant_cap(self, call_id: str, total_cost_eur: Any, on: date) -> Any:
        """The most that may be granted, in euros, for an action of this total cost agreed on that day."""


@dataclass(frozen=True)
class Check:
    """What every rule has: a stable id, the column it is reported on, a severity, a sentence, an example.

    The sentence says in French what is wrong and what to do; it never holds a value of the file.
    """

    id: str
    column: str | None
    severity: Severity
    sentence: str
    example: str


@dataclass(frozen=True)
class RowCheck(Check):
    """A check of one row alone: what is expected of it, and of which rows (of all if `where` is None).

    Both may name columns of the return and derived ones (expectations.contract.derived). A row is not asked where a cell
    that the check looks at could not be read: of it another rule speaks.
    """

    expects: Kind
    where: Kind | None = None


@dataclass(frozen=True)
class CrossCheck(Check):
    """A check across returns: `sql` names a file of expectations/across_returns/rules/ that selects the offending rows.

    `waits` marks rows that are kept but not counted until the cause goes; `error` rows too are not counted.
    """

    sql: str = ""
    waits: bool = False

    @property
    def keeps_out(self) -> bool:
        """Whether a row that breaks it does not count."""
        return self.waits or self.severity is Severity.ERROR
