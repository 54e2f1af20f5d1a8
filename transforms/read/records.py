"""What the reader gives back: records, damaged records, and the role of every physical line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

if TYPE_CHECKING:
    from transforms.read.match_columns import MatchedHeader


class Role(IntEnum):
    """What a physical line is; every line is exactly one of these."""

    HEADER = 0
    PREAMBLE = 1
    BLANK = 2
    RECORD = 3
    DAMAGED = 4


class Unreadable(Exception):
    """The file as a whole cannot be read. `rule` is FIC-01 (empty), FIC-02 (not text), FIC-03 (no header),
    FIC-19 (no header but, perhaps, one of too many columns) or FIC-22 (a header that is a single quoted cell).

    `detail` is French, for people, and never holds anything that stands in the file. `blank_lines` of the file are
    blank; without a header the others are all preamble.
    """

    def __init__(self, rule: str, detail: str, blank_lines: int = 0) -> None:
        super().__init__(f"{rule}: {detail}")
        self.rule = rule
        self.detail = detail
        self.blank_lines = blank_lines


class Record(NamedTuple):
    """One record, as the exact tokenizer cuts it: first and last physical line (first of the file = 1), its cells, untrimmed.

    A line break inside a quoted cell is one `\\n` whatever it was in the file.
    """

    line: int
    last_line: int
    cells: tuple[str, ...]


def texts_of(rows: Sequence[Record], width: int) -> list[pa.StringArray]:
    """The cells of these records by columns, of which there are `width`."""
    columns = zip(*(row.cells for row in rows), strict=True) if rows else [()] * width
    return [pa.array(column, pa.string()) for column in columns]


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a file by columns, in the order of the file; all of them are as wide as the header.

    `lines` and `last_lines` are the first and last physical line of each record (int32, one a record). `cells` has for each
    column of the header a dictionary array (int32 -> string, one a record, never null) of the exact texts, untrimmed.
    """

    lines: NDArray[np.int32]
    last_lines: NDArray[np.int32]
    cells: tuple[pa.DictionaryArray, ...]

    @classmethod
    def of_rows(cls, rows: Sequence[Record], width: int) -> Records:
        """The columns of records that lie in rows; `width` is how many columns there are, should there be no rows."""
        return cls(
            np.fromiter((row.line for row in rows), np.int32, len(rows)),
            np.fromiter((row.last_line for row in rows), np.int32, len(rows)),
            tuple(column.dictionary_encode() for column in texts_of(rows, width)),
        )

    def __len__(self) -> int:
        return len(self.lines)

    def rows(self) -> list[Record]:
        """The records one by one, for the few places that show some of them."""
        columns = [column.to_pylist() for column in self.cells]
        cells = zip(*columns, strict=True) if columns else [()] * len(self)
        return [Record(*row) for row in zip(self.lines.tolist(), self.last_lines.tolist(), cells, strict=True)]

    def take(self, at: NDArray[Any]) -> Records:
        """Those at these places, or where a mask is true."""
        places = np.flatnonzero(at) if at.dtype == np.bool_ else at
        return Records(self.lines[places], self.last_lines[places], tuple(column.take(pa.array(places)) for column in self.cells))


@dataclass(frozen=True, slots=True)
class Damaged:
    """A record that cannot be read without guessing. `rule`: LIG-01 width, LIG-02 text after a closing quote,
    LIG-03 a quote never closes, LIG-04 control characters, LIG-07 too large (see limits), LIG-09 a total or guidance,
    LIG-10 a record that is a single quoted cell.

    `is_wide` where something may stand beyond the last column. No cell of it is kept: which cell is which cannot be known.
    """

    line: int
    last_line: int
    rule: str
    is_wide: bool = False


@dataclass(slots=True)
class Reading:
    """One file read, not changed but to give up its text. `line_roles[n - 1]` is the Role of physical line n (uint8).

    `header` has no trailing empty titles, and its titles no line breaks; every record is as wide as it is. `matched` says which
    columns of which return its titles are.
    """

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    matched: MatchedHeader
    header_line: int
    records: Records
    damaged: list[Damaged]
    line_roles: NDArray[np.uint8]

    def give_up_records(self) -> None:
        """Let go of the records, once they are typed."""
        self.records = self.records.take(np.empty(0, np.int64))

    @property
    def physical_lines(self) -> int:
        """How many physical lines the file has."""
        return len(self.line_roles)

    @property
    def blank_lines(self) -> int:
        """How many of them are blank: empty, separators only, or a Ctrl-Z."""
        return int(np.count_nonzero(self.line_roles == Role.BLANK))

    @property
    def role_names(self) -> list[str]:
        """The roles in words (`record`), for those who show them."""
        return [Role(role).name.lower() for role in self.line_roles.tolist()]
