"""The kinds of check of a row: what may be expected of its columns, as data, so that whoever reads a check sees its bounds.

Each also serves as the condition under which another is asked. Where a value that it looks at is missing, what is expected
holds, and a condition is not met; `Given` and `Empty` ask just for that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Between:
    """The value is at least, at most or above a bound (one or two of them)."""

    column: str
    at_least: int | date | None = None
    at_most: int | date | None = None
    above: int | None = None


@dataclass(frozen=True)
class OneOf:
    """The value is one of these."""

    column: str
    values: tuple[str | bool, ...]


@dataclass(frozen=True)
class NoneOf:
    """The value is none of these."""

    column: str
    values: tuple[str | bool, ...]


@dataclass(frozen=True)
class Given:
    """The cell is not empty."""

    column: str


@dataclass(frozen=True)
class Empty:
    """The cell is empty."""

    column: str


@dataclass(frozen=True)
class AtLeast:
    """The value is not below that of another column of the row; a date is not before it."""

    column: str
    other: str


@dataclass(frozen=True)
class AtMost:
    """The value is not above that of another column of the row; a date is not after it."""

    column: str
    other: str


Kind = Between | OneOf | NoneOf | Given | Empty | AtLeast | AtMost
