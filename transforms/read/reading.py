"""What reading a file gives: records with their lines, damaged records with the reason, a role for every line."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

WRONG_WIDTH, TEXT_AFTER_QUOTE, OPEN_QUOTE, CONTROL_CHARACTER = "LIG-01", "LIG-02", "LIG-03", "LIG-04"
EMPTY_FILE, NOT_TEXT, NO_HEADER = "FIC-01", "FIC-02", "FIC-03"


class Unreadable(Exception):
    """The file as a whole cannot be read; `rule` says why (FIC-01, FIC-02, FIC-03)."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


@dataclass(frozen=True)
class Record:
    """A record of the header's width. Lines count from 1; a quoted line break makes it span several."""

    line: int
    last_line: int
    cells: tuple[str, ...] = field(repr=False)
    mis_decoded: bool = False


@dataclass(frozen=True)
class Damaged:
    """A record that cannot be read without guessing; `rule` says why (LIG-01 to LIG-04)."""

    line: int
    last_line: int
    rule: str


@dataclass(frozen=True)
class Reading:
    """A file read. `line_roles[n - 1]` is the role of line n: header, preamble, blank, record or damaged."""

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    header_line: int
    records: tuple[Record, ...] = field(repr=False)
    damaged: tuple[Damaged, ...]
    line_roles: tuple[str, ...] = field(repr=False)

    @property
    def physical_lines(self) -> int:
        """How many lines the file has."""
        return len(self.line_roles)

    @property
    def blank_lines(self) -> int:
        """How many of them say nothing."""
        return self.line_roles.count("blank")


def account(reading: Reading) -> None:
    """Prove that every line belongs to exactly one thing, and that records and damaged lines are those of the roles.

    Raises AssertionError. Asked of every file while running: a line lost is a learner lost.
    """
    claimed = Counter[int]()
    for item in (*reading.records, *reading.damaged):
        role = "record" if isinstance(item, Record) else "damaged"
        for line in range(item.line, item.last_line + 1):
            claimed[line] += 1
            if reading.line_roles[line - 1] != role:
                raise AssertionError(f"line {line} is claimed as {role} but has the role {reading.line_roles[line - 1]}")
    roles = Counter(reading.line_roles)
    if any(count > 1 for count in claimed.values()) or len(claimed) != roles["record"] + roles["damaged"]:
        raise AssertionError("a line belongs to two records, or to none")
    if set(roles) - {"header", "preamble", "blank", "record", "damaged"}:
        raise AssertionError("a line has no role")
