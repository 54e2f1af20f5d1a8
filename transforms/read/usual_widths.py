"""How many cells a file's records have: as many as its header has titles, or more where a spreadsheet wrote empty columns too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from transforms.read.decode import NOTHING, is_nothing
from transforms.read.record_limits import is_oversized_line
from transforms.read.split_cells import Cutter, End

#: One record alone says nothing of what is usual: its surplus may be the trace of a separator too many.
_LEAST = 2


def count_surpluses(lines: Iterable[str], cutter: Cutter, width: int) -> Counter[int]:
    """How many lines below a header of `width` titles are records that so many empty cells follow (0 for none)."""
    counts = Counter(_surplus(line, cutter, width) for line in lines)
    return Counter({surplus: number for surplus, number in counts.items() if surplus >= 0})


def accepted_widths(width: int, header_surplus: int, counts: Counter[int]) -> frozenset[int]:
    """How many cells a record may have, those beyond the last title being empty.

    Args:
        width: how many titles the header has.
        header_surplus: how many empty cells follow them.
        counts: of the records, from `count_surpluses`.

    A record may end in as many empty cells as most records do (more than half, and two at least), or as the header does; in none
    unless most end in some. Of two widths that one separator tells apart only one is accepted, the usual one: or else a record
    with a separator too many, or too few, whose last cell is empty would be taken with all its values in the wrong columns.
    """
    most, number = max(counts.items(), key=lambda counted: counted[1], default=(0, 0))
    if number < _LEAST or 2 * number <= counts.total():
        usual, others = header_surplus, {0}
    else:
        usual, others = most, {header_surplus} - {0}
    return frozenset(width + surplus for surplus in {usual, *(other for other in others if abs(other - usual) > 1)})


def _surplus(line: str, cutter: Cutter, width: int) -> int:
    """How many empty cells follow the record on this line; negative where the line is no record of its own."""
    surplus = line.count(cutter.delimiter) - (width - 1)
    if surplus < 0:
        return -1
    filled = line.rstrip(NOTHING + cutter.delimiter + "\x1a")
    if not filled or is_oversized_line(line):
        return -1
    if surplus == 0:  # with as many separators as a record has, what quotes make of them is not worth its price
        return surplus
    if '"' not in line:
        return surplus if filled.count(cutter.delimiter) < width else -1
    cut = cutter.cut(line, 0)
    is_whole = cut.end is End.WHOLE and cut.strict and all(map(is_nothing, cut.cells[width:]))
    return len(cut.cells) - width if is_whole and not all(map(is_nothing, cut.cells)) else -1
