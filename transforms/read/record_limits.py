"""How much text a cell, a record and a header may hold: what holds more is set aside before any pattern looks at it."""

from __future__ import annotations

from collections.abc import Sequence

#: characters of a cell: what a spreadsheet's own can hold
LARGEST_CELL = 32_767
#: characters of a record, its separators included
LARGEST_RECORD = 1_000_000
#: columns of a header, empty ones at its end not counted
MOST_COLUMNS = 2_000
#: No record that is within the limits is written on longer lines: with every cell quoted, and every character a doubled quote. So
#: the copy of a file in which all cells are quoted is read as the file was.
LONGEST_LINE = 2 * LARGEST_RECORD + 3 * MOST_COLUMNS


def is_oversized_line(text: str) -> bool:
    """Whether a line is so long that no record within the limits stands on it; told by its length and its quotes alone."""
    length = len(text)
    return length > LARGEST_RECORD and (length > LONGEST_LINE or length - text.count('"') > LARGEST_RECORD)


def is_oversized_record(cells: Sequence[str]) -> bool:
    """Whether a cell, or all together, hold more than they may."""
    lengths = [*map(len, cells)]
    return max(lengths, default=0) > LARGEST_CELL or sum(lengths) + len(lengths) - 1 > LARGEST_RECORD
