"""Cuts physical lines into cells by the quoting rules, and says exactly how a quoted cell went wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class End(Enum):
    """How the cutting of a line ended."""

    WHOLE = "every quote is closed"
    OPEN = "a quoted cell is still open"
    TEXT_AFTER = "text follows a closing quote"


@dataclass(slots=True)
class Cut:
    """Cells up to where the cutting ended.

    `strict`: no quote stands inside an unquoted cell. `last`: index of the last physical line. `open_parts`: what was
    read of the cell that is still open.
    """

    end: End
    cells: list[str]
    strict: bool
    last: int
    open_parts: list[str]


class Cutter:
    """Cuts lines at one delimiter.

    A cell is quoted where its first character is a quote; spaces around a quoted cell fall away, those before it only
    if the cell closes on the same line. A quote elsewhere in an unquoted cell (`Écran 24"`) is an ordinary character.
    """

    def __init__(self, delimiter: str) -> None:
        self.delimiter = delimiter
        self._pad = " \u00a0\t".replace(delimiter, "")
        pad, end = f"[{self._pad}]*", re.escape(delimiter)
        self._padded = re.compile(f'{pad}"([^"]*(?:""[^"]*)*)"{pad}(?={end}|\\Z)')

    def cut(self, line: str, at: int, before: Cut | None = None) -> Cut:
        """Cut the line at index `at`, as a record's first or, after an open `before`, as its continuation."""
        if before is None:
            if '"' not in line:
                return Cut(End.WHOLE, line.split(self.delimiter), True, at, [])
            cells: list[str] = []
            strict, quoted, parts = True, False, [""]
        else:
            cells, strict, quoted, parts = before.cells, before.strict, True, before.open_parts
            parts.append("\n")
        position, end = 0, len(line)
        while True:
            if quoted:
                position = self._to_closing_quote(line, position, parts)
                if position < 0:
                    return Cut(End.OPEN, cells, strict, at, parts)
                while position < end and line[position] in self._pad:
                    position += 1
                if position < end and line[position] != self.delimiter:
                    return Cut(End.TEXT_AFTER, cells, strict, at, [])
                cells.append("".join(parts))
            elif line.startswith('"', position):
                quoted, parts = True, []
                position += 1
                continue
            else:
                padded = self._padded.match(line, position)
                stop = padded.end() if padded else line.find(self.delimiter, position)
                stop = end if stop < 0 else stop
                text = padded[1].replace('""', '"') if padded else line[position:stop]
                if not padded and '"' in text:
                    strict = False
                cells.append(text)
                position = stop
            if position >= end:
                return Cut(End.WHOLE, cells, strict, at, [])
            position += 1
            quoted = False

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
        """
        cut = self.cut(lines[first], first)
        if cut.end is not End.OPEN or not cut.strict:
            return cut
        for at in range(first + 1, len(lines) if stop is None else min(stop, len(lines))):
            if '"' not in lines[at]:
                cut.open_parts += ("\n", lines[at])
                continue
            cut = self.cut(lines[at], at, cut)
            if cut.end is not End.OPEN or not cut.strict:
                return cut if cut.strict else Cut(End.TEXT_AFTER, cut.cells, False, at, [])
        return cut
