"""Finds the header, and with it the delimiter; knows a header that is repeated further down."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from transforms.read.cells import Cutter, End
from transforms.read.detect import DELIMITERS, NOTHING, is_nothing

IsHeader = Callable[[Sequence[str]], bool]

_LINES_LOOKED_AT = 60
_LINES_OF_A_HEADER = 12
_SEP_LINE = re.compile(r'\s*"?sep=(\\t|.)?"?[;,|\s]*', re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_LONG_NUMBER = re.compile(r"\d{9}")


@dataclass(frozen=True)
class Found:
    """A header: indexes of its first and last physical line, its titles without trailing empty ones, the delimiter."""

    first: int
    last: int
    titles: tuple[str, ...]
    delimiter: str


def is_sep_line(line: str) -> bool:
    """True for the line by which spreadsheets announce the delimiter (`sep=;`)."""
    return _SEP_LINE.fullmatch(line) is not None


def find_header(lines: Sequence[str], is_header: IsHeader) -> Found | None:
    """The first line that is a header with some delimiter; of several delimiters the one that gives most titles.

    A `sep=` line above settles the delimiter, unless no header can be read with it: then it was wrong.
    """
    announced: str | None = None
    looked_at = 0
    for at, line in enumerate(lines):
        if is_nothing(line):
            continue
        looked_at += 1
        if looked_at > _LINES_LOOKED_AT:
            return None
        sep = _SEP_LINE.fullmatch(line)
        if sep:
            announced = {"\\t": "\t", None: None}.get(sep[1], sep[1])
            continue
        found = [f for d in DELIMITERS if (f := _header_at(lines, at, d, is_header)) is not None]
        if announced and announced not in (*DELIMITERS, '"'):
            other = _header_at(lines, at, announced, is_header)
            found += [other] if other else []
        if found:
            return max(found, key=lambda f: (f.delimiter == announced, sum(not is_nothing(t) for t in f.titles)))
    return None


def _header_at(lines: Sequence[str], at: int, delimiter: str, is_header: IsHeader) -> Found | None:
    cut = Cutter(delimiter).cut_record(lines, at, at + _LINES_OF_A_HEADER)
    if cut.end is not End.WHOLE:
        return None
    titles = [title.replace("\n", " ") for title in cut.cells]
    while titles and is_nothing(titles[-1]):
        titles.pop()
    return Found(at, cut.last, tuple(titles), delimiter) if titles and is_header(titles) else None


def _key(title: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", title.strip(NOTHING)) if c.isalnum()).casefold()


class Repeats:
    """Knows the file's header when it comes again, as files put one under the other have it."""

    def __init__(self, titles: Sequence[str], is_header: IsHeader) -> None:
        self._keys = [_key(title) for title in titles]
        self._is_header = is_header
        # A record holds a SIRET and dates, a header hardly a digit: so the costly question is asked of few lines.
        self._digits = max(8, sum(len(_DIGIT.findall(title)) for title in titles))
        self._long_number = not any(map(_LONG_NUMBER.search, titles))

    def order(self, cells: Sequence[str]) -> tuple[int, ...] | None:
        """Where `cells` are a header again: for each title of the first header the column that it now has.

        Empty where they are another header, so that what stands in its columns cannot be known; None for a record.
        """
        if self._long_number and any(map(_LONG_NUMBER.search, cells)):
            return None
        if len(_DIGIT.findall("".join(cells))) > self._digits:
            return None
        keys = [_key(cell) for cell in cells]
        same = sorted(keys) == sorted(self._keys)
        if not same and not self._is_header([cell.replace("\n", " ") for cell in cells]):
            return None
        moved = [key for at, key in enumerate(keys) if key != self._keys[at] and key in self._keys]
        if not moved:  # the same, or some titles respelt where they stood
            return tuple(range(len(keys)))
        if same and len(set(keys)) == len(keys):
            return tuple(keys.index(key) for key in self._keys)
        return ()
