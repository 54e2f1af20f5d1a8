"""What the reader gives back: records, damaged records, and the role of every physical line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from transforms.read.match_columns import MatchedHeader

Role = Literal["header", "preamble", "blank", "record", "damaged"]


class Unreadable(Exception):
    """The file as a whole cannot be read. `rule` is FIC-01 (empty), FIC-02 (not text), FIC-03 (no header) or
    FIC-19 (no header but, perhaps, one of too many columns).

    `detail` is French, for people, and never holds anything that stands in the file. `blank_lines` of the file are
    blank; without a header the others are all preamble.
    """

    def __init__(self, rule: str, detail: str, blank_lines: int = 0) -> None:
        super().__init__(f"{rule}: {detail}")
        self.rule = rule
        self.detail = detail
        self.blank_lines = blank_lines


@dataclass(frozen=True, slots=True)
class Record:
    """A record as wide as the header. `line` is its first physical line (first of the file = 1), `last_line` its last.

    `cells` are the exact texts, untrimmed; a line break inside a quoted cell is one `\\n` whatever it was in the file.
    `mis_decoded` is True where its text shows damage by a wrong encoding (`FranÃ§ois`, U+FFFD).
    """

    line: int
    last_line: int
    cells: tuple[str, ...]
    mis_decoded: bool


@dataclass(frozen=True, slots=True)
class Damaged:
    """A record that cannot be read without guessing. `rule`: LIG-01 width, LIG-02 text after a closing quote,
    LIG-03 a quote never closes, LIG-04 control characters, LIG-07 too large (see limits).

    `is_wide` where something may stand beyond the last column. No cell of it is kept: which cell is which cannot be known.
    """

    line: int
    last_line: int
    rule: str
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """One file read. `line_roles[n - 1]` is the role of physical line n.

    `header` has no trailing empty titles, and its titles no line breaks; every record is as wide as it is. `matched` says which
    columns of which return its titles are.
    """

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    matched: MatchedHeader
    header_line: int
    records: list[Record]
    damaged: list[Damaged]
    line_roles: list[Role]

    @property
    def physical_lines(self) -> int:
        """How many physical lines the file has."""
        return len(self.line_roles)

    @property
    def blank_lines(self) -> int:
        """How many of them are blank: empty, separators only, or a Ctrl-Z."""
        return self.line_roles.count("blank")
