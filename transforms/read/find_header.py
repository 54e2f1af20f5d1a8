"""Finds the header, and with it the delimiter; knows a header that is repeated further down."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from expectations.contract.codes import decomposed
from transforms.read.decode import DELIMITERS, NOTHING, is_nothing
from transforms.read.match_columns import MatchedHeader, without_brackets
from transforms.read.record_limits import MOST_COLUMNS, is_oversized_line, is_oversized_record
from transforms.read.split_cells import Cutter, End

#: what says of the cells of a line which columns of which return they are, None where they are no header
Match = Callable[[Sequence[str]], MatchedHeader | None]

#: so many lines that are not empty are asked whether they are the header
LINES_LOOKED_AT = 60
_LINES_OF_A_HEADER = 12
_SEP_LINE = re.compile(r'\s*"?sep=(\\t|.)?"?[;,|\s]*', re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_LONG_NUMBER = re.compile(r"\d{9}")
_EMPTY_COLUMNS = NOTHING + "".join(DELIMITERS) + '"'


@dataclass(frozen=True)
class HeaderPlace:
    """A header: indexes of its first and last physical line, titles, delimiter, columns.

    `titles` end with the last that is not empty; `surplus` empty ones stood after it.
    """

    first: int
    last: int
    titles: tuple[str, ...]
    delimiter: str
    matched: MatchedHeader
    surplus: int = 0


def is_sep_line(line: str) -> bool:
    """True for the line by which spreadsheets announce the delimiter (`sep=;`)."""
    return _SEP_LINE.fullmatch(line) is not None


def find_header(lines: Sequence[str], match: Match) -> HeaderPlace | None:
    """The first line that is a header with some delimiter; of several delimiters the one that gives most titles.

    A `sep=` line above settles the delimiter, unless no header can be read with it: then it was wrong.
    """
    announced: str | None = None
    for at, line in _first_lines(lines):
        if is_oversized_line(line) or is_wide(line):
            continue
        sep = _SEP_LINE.fullmatch(line)
        if sep:
            announced = {"\\t": "\t", None: None}.get(sep[1], sep[1])
            continue
        found = [f for d in DELIMITERS if (f := _header_at(lines, at, d, match)) is not None]
        if announced and announced not in (*DELIMITERS, '"'):
            other = _header_at(lines, at, announced, match)
            found += [other] if other else []
        if found:
            return max(found, key=lambda f: (f.delimiter == announced, sum(not is_nothing(t) for t in f.titles)))
    return None


def is_quoted_by_line(lines: Sequence[str], match: Match) -> bool:
    """Whether one of the lines in which a header is looked for is one, once the quotes around the whole line are taken away."""
    quoted = (line.strip(NOTHING) for _, line in _first_lines(lines) if not is_oversized_line(line))
    bare = [line[1:-1].replace('""', '"') for line in quoted if len(line) > 1 and line[0] == line[-1] == '"']
    return find_header(bare, match) is not None


def has_wide_line(lines: Sequence[str]) -> bool:
    """Whether one of the lines in which a header is looked for has more columns than a header may have."""
    return any(is_wide(line) for _, line in _first_lines(lines))


def _first_lines(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The lines in which a header is looked for, with their indexes."""
    return islice(((at, line) for at, line in enumerate(lines) if not is_nothing(line)), LINES_LOOKED_AT)


def is_wide(line: str) -> bool:
    """Whether the line has more columns than a header may have, empty ones at its end not counted."""
    if len(line) < MOST_COLUMNS:
        return False
    filled = line.rstrip(_EMPTY_COLUMNS)
    return any(filled.count(delimiter) >= MOST_COLUMNS for delimiter in DELIMITERS)


def _header_at(lines: Sequence[str], at: int, delimiter: str, match: Match) -> HeaderPlace | None:
    cut = Cutter(delimiter).cut_record(lines, at, at + _LINES_OF_A_HEADER)
    if cut.end is not End.WHOLE or is_oversized_record(cut.cells):
        return None
    titles = [title.replace("\n", " ") for title in cut.cells]
    while titles and is_nothing(titles[-1]):
        titles.pop()
    matched = match(titles) if 0 < len(titles) <= MOST_COLUMNS else None
    if matched is None:
        return None
    return HeaderPlace(at, cut.last, tuple(titles), delimiter, matched, len(cut.cells) - len(titles))


def _key(title: str) -> str:
    plain = title.strip(NOTHING)
    if not plain.isalnum() or not plain.isascii():
        plain = "".join(c for c in decomposed(plain) if c.isalnum())
    return plain.casefold()


class Repeats:
    """Knows the file's header when it comes again, as files put one under the other have it."""

    def __init__(self, titles: Sequence[str], match: Match) -> None:
        self._keys = [_key(title) for title in titles]
        bare_keys = [_key(without_brackets(title)) for title in titles]
        self._bare_keys = bare_keys if len(set(bare_keys)) == len(bare_keys) else None
        self._match = match
        # A record holds a SIRET and dates, a header hardly a digit. A line with more digits than the header is not compared
        # with it, which is costly.
        self.most_digits = max(8, sum(len(_DIGIT.findall(title)) for title in titles))
        self._long_number = not any(map(_LONG_NUMBER.search, titles))

    def order(self, cells: Sequence[str]) -> tuple[int, ...] | None:
        """Where `cells` are a header again: for each title of the first header the column that it now has.

        Empty where they are another header, so that what stands in its columns cannot be known; None for a record.
        """
        if self._long_number and any(map(_LONG_NUMBER.search, cells)):
            return None
        if len(_DIGIT.findall("".join(cells))) > self.most_digits:
            return None
        own, keys = self._keys, [_key(cell) for cell in cells]
        same = sorted(keys) == sorted(own)
        if not same and self._bare_keys:  # a hint in a title may have come, gone or changed
            own, keys = self._bare_keys, [_key(without_brackets(cell)) for cell in cells]
            same = sorted(keys) == sorted(own)
        if not same and not self._match([cell.replace("\n", " ") for cell in cells]):
            return None
        moved = [key for at, key in enumerate(keys) if key != own[at] and key in own]
        if not moved:  # the same titles in the same places, some of them perhaps spelt otherwise
            return tuple(range(len(keys)))
        if same and len(set(keys)) == len(keys):
            return tuple(keys.index(key) for key in own)
        return ()
