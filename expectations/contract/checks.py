"""A check: what must hold of a row, how grave it is, and the French sentence that says it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Protocol


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
    """What a row check may ask of the programme (expectations.programme.Programme fulfils it)."""

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
    """A check of one row alone.

    `holds(row, received_on, programme)` gets the parsed values by field name (None = empty or
    unreadable) and the day the file was received (Europe/Paris); it is True where nothing is wrong.
    `reads` names the columns that it looks at: where one of them could not be read the check is not asked.
    """

    reads: tuple[str, ...] = ()
    holds: Callable[[Mapping[str, Any], date, GrantCaps], bool] = lambda row, received_on, programme: True


@dataclass(frozen=True)
class CrossCheck(Check):
    """A check across returns: `sql` names a file of expectations/across_returns/rules/ that selects the offending rows.

    `waits` marks rows that are kept but not counted until the cause goes; `error` rows too are not counted.
    """

    sql: str = ""
    waits: bool = False
