"""The strict tokenizer: reads record by record and isolates a damaged one without touching its neighbours."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from transforms.read.detect import MIS_DECODED, Text
from transforms.read.reading import (
    CONTROL_CHARACTER,
    NO_HEADER,
    OPEN_QUOTE,
    TEXT_AFTER_QUOTE,
    WRONG_WIDTH,
    Damaged,
    Reading,
    Record,
    Unreadable,
)

DELIMITERS = (";", ",", "\t", "|")
#: how far below the first line a header is looked for
_HEADER_WITHIN = 60
#: a quoted cell may span so many lines; bounds the work that a stray quote can cause
_LONGEST_CELL_LINES = 64
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f]")
_SEP = re.compile(r'"?sep=(.)"?;*', re.IGNORECASE)
_NOTHING = str.maketrans("", "", ' "\t\x1a\u00a0\u202f\ufeff\u200b')


@dataclass
class _Split:
    """A line cut into cells; `open` where a quote is not closed at its end, `stray` where a quote stands in a bare cell."""

    cells: list[str]
    open: bool = False
    after_quote: bool = False
    stray: bool = False


def _split(text: str, delimiter: str) -> _Split:
    if '"' not in text:
        return _Split(text.split(delimiter))
    cells: list[str] = []
    stray = False
    at, end = 0, len(text)
    while True:
        start = at
        while start < end and text[start] in " \u00a0" and text[start] != delimiter:
            start += 1
        if start < end and text[start] == '"':
            parts = []
            at = start + 1
            while True:
                close = text.find('"', at)
                if close < 0:
                    return _Split(cells, open=True, stray=stray)
                parts.append(text[at:close])
                if close + 1 < end and text[close + 1] == '"':
                    parts.append('"')
                    at = close + 2
                    continue
                at = close + 1
                break
            while at < end and text[at] in " \u00a0" and text[at] != delimiter:
                at += 1
            if at < end and text[at] != delimiter:
                return _Split(cells, after_quote=True, stray=stray)
            cells.append("".join(parts))
        else:
            close = text.find(delimiter, at)
            close = end if close < 0 else close
            stray = stray or '"' in text[at:close]
            cells.append(text[at:close])
            at = close
        if at >= end:
            return _Split(cells, stray=stray)
        at += 1


def is_blank(line: str, delimiter: str) -> bool:
    """True for a line of nothing, or of separators, empty quotes and Ctrl-Z only."""
    return not line.replace(delimiter, "").translate(_NOTHING)


def read_exactly(text: Text, is_header: Callable[[Sequence[str]], bool]) -> Reading:
    """Read the lines of a file.

    Args:
        text: the decoded lines.
        is_header: tells whether cells are the header of a return.

    Raises:
        Unreadable: no line within the first 60 is a header in any dialect (FIC-03).
    """
    at, delimiter, header = _find_header(text.lines, is_header)
    reader = _Reader(text.lines, delimiter, header)
    for number in range(at):
        reader.roles[number] = "blank" if is_blank(text.lines[number], delimiter) else "preamble"
    reader.roles[at] = "header"
    reader.read_from(at + 1)
    return Reading(
        text.encoding, delimiter, tuple(header), at + 1, tuple(reader.records), tuple(reader.damaged), tuple(reader.roles)
    )


def _find_header(lines: list[str], is_header: Callable[[Sequence[str]], bool]) -> tuple[int, str, list[str]]:
    candidates = DELIMITERS
    for at, line in enumerate(lines[:_HEADER_WITHIN]):
        if said := _SEP.fullmatch(line.strip()):
            candidates = tuple(dict.fromkeys((said[1], *DELIMITERS)))
            continue
        found = []
        for delimiter in candidates:
            split = _split(line, delimiter)
            if not (split.open or split.after_quote) and len(split.cells) > 1 and is_header(split.cells):
                found.append((len(split.cells), delimiter, split.cells))
        if found:
            _, delimiter, cells = max(found, key=lambda f: f[0])
            while cells and not cells[-1].translate(_NOTHING):
                cells.pop()
            return at, delimiter, cells
    raise Unreadable(NO_HEADER)


class _Reader:
    def __init__(self, lines: list[str], delimiter: str, header: list[str]) -> None:
        self.lines = lines
        self.delimiter = delimiter
        self.header = [cell.strip().casefold() for cell in header]
        self.width = len(header)
        self.roles = [""] * len(lines)
        self.records: list[Record] = []
        self.damaged: list[Damaged] = []

    def read_from(self, at: int) -> None:
        while at < len(self.lines):
            line = self.lines[at]
            if is_blank(line, self.delimiter):
                self.roles[at] = "blank"
                at += 1
                continue
            split = _split(line, self.delimiter)
            last = at
            if split.open:
                several = self._over_several_lines(at)
                if several is not None:
                    split, last = several
            self._take(at, last, split)
            at = last + 1

    def _take(self, at: int, last: int, split: _Split) -> None:
        rule, cells = self._judge("\n".join(self.lines[at : last + 1]), split)
        if rule is None and [cell.strip().casefold() for cell in cells] == self.header:
            role = "header"
        elif rule is None:
            role = "record"
            self.records.append(Record(at + 1, last + 1, cells, any(MIS_DECODED.search(cell) for cell in cells)))
        else:
            role = "damaged"
            self.damaged.append(Damaged(at + 1, last + 1, rule))
        self.roles[at : last + 1] = [role] * (last + 1 - at)

    def _judge(self, text: str, split: _Split) -> tuple[str | None, tuple[str, ...]]:
        if _CONTROL.search(text):
            return CONTROL_CHARACTER, ()
        if split.open:
            return OPEN_QUOTE, ()
        if split.after_quote:
            return TEXT_AFTER_QUOTE, ()
        if not self._fits(split.cells):
            return WRONG_WIDTH, ()
        return None, tuple(split.cells[: self.width])

    def _fits(self, cells: list[str]) -> bool:
        """A record may be longer than the header by empty cells only; it may not be shorter."""
        return len(cells) >= self.width and not any(cell.translate(_NOTHING) for cell in cells[self.width :])

    def _over_several_lines(self, at: int) -> tuple[_Split, int] | None:
        """The record that begins at this line and ends on a later one; None where the quote was never meant to be open.

        A quote that is not closed would swallow the records below up to their first quote. So the cell is believed only
        where it ends cleanly, without a stray quote, in a record of the right width, and no line that it swallowed
        could be a record by itself.
        """
        separators = self.width - 1
        could_end_here = self.lines[at].count(self.delimiter) >= separators
        text = self.lines[at]
        for last in range(at + 1, min(at + _LONGEST_CELL_LINES, len(self.lines))):
            line = self.lines[last]
            text = f"{text}\n{line}"
            alone = _split(line, self.delimiter)
            if '"' not in line:
                if self.width > 1 and self._fits(alone.cells):
                    return None
                continue
            split = _split(text, self.delimiter)
            if split.open:
                if not (alone.open or alone.after_quote or alone.stray) and self._fits(alone.cells):
                    return None
                continue
            if split.after_quote or split.stray or not self._fits(split.cells):
                return None
            if could_end_here and line.count(self.delimiter) >= separators:
                return None
            return split, last
        return None
