"""Cuts physical lines into cells by the quoting rules, and says exactly how a quoted cell went wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from transforms.read.decode import NOTHING
from transforms.read.record_limits import LARGEST_CELL, LONGEST_LINE

#: a spreadsheet's way to keep a text (`="0017"`): its quotes are no stray ones
_WRAPPER = re.compile(r'="[^"]*(?:""[^"]*)*"')


def _is_wrapper(text: str) -> bool:
    return len(text) <= LARGEST_CELL and _WRAPPER.fullmatch(text.strip(NOTHING)) is not None


class End(Enum):
    """How the cutting of a line ended."""

    WHOLE = "every quote is closed"
    OPEN = "a quoted cell is still open"
    TEXT_AFTER = "text follows a closing quote"
    OVERSIZED = "a quoted cell makes it longer than a record may be"


@dataclass(slots=True)
class Cut:
    """Cells up to where the cutting ended.

    `last`: index of the last physical line. `strays`: how many cells hold quotes without being quoted. `is_quoted`: another one
    is. `open_parts`: what was read of the cell that is still open.
    """

    end: End
    cells: list[str]
    last: int
    strays: int = 0
    is_quoted: bool = False
    open_parts: list[str] = field(default_factory=list)

    @property
    def strict(self) -> bool:
        """Whether no quote stands inside an unquoted cell."""
        return not self.strays

    @property
    def is_spread(self) -> bool:
        """Whether an unquoted cell holds quotes, and another cell too: then a separator was lost among them."""
        return self.strays > 1 or (self.strays == 1 and self.is_quoted)


class Cutter:
    """Cuts lines at one delimiter.

    A cell is quoted where its first character is a quote; spaces around a quoted cell fall away, those before it only
    if the cell closes on the same line. A quote elsewhere in an unquoted cell (`Écran 24"`) is an ordinary character, if
    the cut is not `is_spread`.
    """

    def __init__(self, delimiter: str) -> None:
        self.delimiter = delimiter
        self._pad = " \u00a0\t".replace(delimiter, "")

    def cut(self, line: str, at: int, before: Cut | None = None) -> Cut:
        """Cut the line at index `at`, as a record's first or, after an open `before`, as its continuation."""
        if before is None:
            if '"' not in line:
                return Cut(End.WHOLE, line.split(self.delimiter), at)
            cells: list[str] = []
            strays, is_quoted, quoted, parts = 0, False, False, [""]
        else:
            cells, strays, is_quoted, quoted, parts = before.cells, before.strays, True, True, before.open_parts
            parts.append("\n")
        position, end = 0, len(line)
        while True:
            if quoted:
                position = self._to_closing_quote(line, position, parts)
                if position < 0:
                    return Cut(End.OPEN, cells, at, strays, True, parts)
                position = self._after_pad(line, position)
                if position < end and line[position] != self.delimiter:
                    return Cut(End.TEXT_AFTER, cells, at, strays, True)
                cells.append("".join(parts))
            elif line.startswith('"', position):
                quoted, is_quoted, parts = True, True, []
                position += 1
                continue
            else:
                padded = self._padded(line, position)
                if padded:
                    (text, position), is_quoted = padded, True
                else:
                    stop = line.find(self.delimiter, position)
                    text, position = (line[position:], end) if stop < 0 else (line[position:stop], stop)
                    if '"' in text and not _is_wrapper(text):
                        strays += 1
                cells.append(text)
            if position >= end:
                return Cut(End.WHOLE, cells, at, strays, is_quoted)
            position += 1
            quoted = False

    def _after_pad(self, line: str, position: int) -> int:
        """The first position from `position` on where no padding stands."""
        while position < len(line) and line[position] in self._pad:
            position += 1
        return position

    def _padded(self, line: str, position: int) -> tuple[str, int] | None:
        """The text of a quoted cell with spaces before it, and where it ends; None where there is none, whole, on this line."""
        start = self._after_pad(line, position)
        if start == position or not line.startswith('"', start):
            return None
        parts: list[str] = []
        closed = self._to_closing_quote(line, start + 1, parts)
        stop = self._after_pad(line, closed) if closed > 0 else len(line)
        return ("".join(parts), stop) if closed > 0 and line[stop : stop + 1] in ("", self.delimiter) else None

    @staticmethod
    def _to_closing_quote(line: str, position: int, parts: list[str]) -> int:
        """Read a quoted cell into `parts`; the position after its closing quote, or -1 where the line ends before."""
        while True:
            quote = line.find('"', position)
            if quote < 0:
                parts.append(line[position:])
                return -1
            if not line.startswith('"', quote + 1):
                parts.append(line[position:quote])
                return quote + 1
            parts.append(line[position : quote + 1])
            position = quote + 2

    def cut_record(self, lines: Sequence[str], first: int, stop: int | None = None) -> Cut:
        """Cut the record that begins at line `first`, over as many lines (before `stop`) as its quoted cells span.

        A record of several lines must be strict in all of them. That also makes this linear over a whole file: an
        open line holds an odd number of quotes, and by parity the next line with an odd number ends the search.
        Beyond the length that a record may have its lines are counted, and not looked into.
        """
        cut = self.cut(lines[first], first)
        if cut.end is not End.OPEN or not cut.strict:
            return cut
        length, stop = len(lines[first]), len(lines) if stop is None else min(stop, len(lines))
        for at in range(first + 1, stop):
            length += len(lines[at]) + 1
            if length > LONGEST_LINE:
                return self._beyond(lines, at, stop)
            if '"' not in lines[at]:
                cut.open_parts += ("\n", lines[at])
                continue
            cut = self.cut(lines[at], at, cut)
            if cut.end is not End.OPEN or not cut.strict:
                return cut if cut.strict else Cut(End.TEXT_AFTER, cut.cells, at, cut.strays, True)
        return cut

    @staticmethod
    def _beyond(lines: Sequence[str], at: int, stop: int) -> Cut:
        """How the record ends of which line `at` is a continuation that makes it too long."""
        last = next((number for number in range(at, stop) if lines[number].count('"') % 2), None)
        return Cut(End.OPEN, [], stop - 1) if last is None else Cut(End.OVERSIZED, [], last)
