"""Where two titles of a file name one field, takes the one whose cells read as that field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from expectations.contract import CellProblemKind, Column, ValueType
from transforms.parse.values import parse_cell
from transforms.read import Reading, read_return
from transforms.read.match_columns import header_key
from warehouse.reference.places import load_places

_UNREAD = (CellProblemKind.UNREADABLE, CellProblemKind.UNLISTED)
_TEXT = Column(0, "", "", ValueType.TEXT, "", "", optional=True)


def read_and_choose(data: bytes) -> Reading:
    """Read one file, one column for each field: `read_return`, then `choose_columns`. Raises what `read_return` does."""
    return choose_columns(read_return(data))


def choose_columns(reading: Reading) -> Reading:
    """The same reading, with one column taken of those that name one field, and the others ignored (`matched.ignored`).

    Taken is the one of which at least half of the cells that are not empty can be read. Where that is true of several they must
    agree in every row in which they can be read, where it is true of none in every row; then it is the one with the template's
    title. Where they differ, and where one title stands twice, the field stays in `matched.twice`.
    """
    header = reading.matched
    for column in header.twice:
        places = header.places(column)
        if len({header_key(header.titles[at]) for at in places}) == len(places):
            taken = _taken([_candidate(reading, column, at) for at in places])
            header = header if taken is None else header.taking(taken)
    return reading if header is reading.matched else replace(reading, matched=header)


@dataclass(frozen=True)
class _Candidate:
    """A column of the file: for each row a number for its value (for its text if unreadable), whether it is filled, and read."""

    at: int
    values: NDArray[np.int64]
    is_filled: NDArray[np.bool_]
    is_read: NDArray[np.bool_]

    @property
    def reads(self) -> bool:
        """Whether at least half of what is written can be read."""
        return 2 * int(np.count_nonzero(self.is_read & self.is_filled)) >= int(np.count_nonzero(self.is_filled))


def _candidate(reading: Reading, column: Column, at: int) -> _Candidate:
    cells = reading.records.cells[at]
    texts, codes = cells.dictionary.to_pylist(), cells.indices.to_numpy(zero_copy_only=False)
    places = load_places()
    parsed = [parse_cell(column, text, places, ()) for text in texts]
    is_read = [cell.problem not in _UNREAD for cell in parsed]
    values = [hash(cell.value if read else text.strip()) for cell, read, text in zip(parsed, is_read, texts, strict=True)]
    is_filled = [parse_cell(_TEXT, text, places, ()).value is not None for text in texts]
    of_rows = [np.array(said, kind)[codes] for said, kind in ((values, np.int64), (is_filled, np.bool_), (is_read, np.bool_))]
    return _Candidate(at, *of_rows)


def _taken(candidates: Sequence[_Candidate]) -> int | None:
    """The place of the column to take, None where that cannot be known; the one with the template's title comes first."""
    # What is ignored is emptied in the archived copy: read again, an empty column must lose.
    filled = [one for one in candidates if one.is_filled.any()] or candidates[:1]
    reading = [one for one in filled if one.reads]
    first, *others = reading or filled
    return first.at if all(_agree(first, other, bool(reading)) for other in others) else None


def _agree(one: _Candidate, other: _Candidate, where_read: bool) -> bool:
    """Whether both say the same in every row, or only in those where both can be read."""
    differ = one.values != other.values
    return not np.any(differ & one.is_read & other.is_read if where_read else differ)
