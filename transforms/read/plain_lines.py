"""Records that need no tokenizer: lines without quote or control character, as wide as the header, cut into columns all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from transforms.read.decode import DELIMITERS, DecodedText, is_nothing
from transforms.read.find_header import HeaderPlace
from transforms.read.physical_lines import PhysicalLines
from transforms.read.record_limits import LARGEST_CELL
from transforms.read.records import Record, Records

#: in a file of fewer lines the tokenizer is faster than what cutting columns costs whatever their length
_FEWEST_LINES = 100
_BLOCK_BYTES = 1 << 26


@dataclass(frozen=True)
class PlainLines:
    """The lines of a file that are records by themselves, unless a quoted cell above is still open.

    `is_plain` has a byte for each physical line, 1 where it is one. `at` (int64, ascending) are the indexes of these lines and
    some others, and `cells` has for each column of the header their exact texts (int32 -> string, one a line, never null).
    """

    is_plain: bytes
    at: NDArray[np.int64]
    cells: tuple[pa.DictionaryArray, ...]

    def records(self, runs: Sequence[tuple[int, int]], others: Sequence[Record]) -> Records:
        """The records of the file: the plain lines in `runs` (first index, and the one after the last), and `others`."""
        if not runs:
            return Records.of_rows(others, len(self.cells))
        is_taken = np.zeros(len(self.is_plain), np.bool_)
        for first, stop in runs:
            is_taken[first:stop] = True
        plain = np.flatnonzero(is_taken[self.at])
        rest = Records.of_rows(others, len(self.cells))
        places = np.append(plain, len(self.at) + np.arange(len(others)))
        lines, last_lines = (np.append(self.at[plain] + 1, own).astype(np.int32) for own in (rest.lines, rest.last_lines))
        order = np.argsort(lines, kind="stable")  # two ascending sequences: a merge
        both = (pa.concat_arrays(pair) for pair in zip(self.cells, rest.cells, strict=True)) if others else self.cells
        return Records(lines[order], last_lines[order], tuple(_taken(column, places[order]) for column in both))


def no_plain_lines(text: DecodedText, header: HeaderPlace) -> PlainLines:
    """None: every line is left to the tokenizer."""
    return PlainLines(bytes(len(text.lines)), np.empty(0, np.int64), ((),) * len(header.titles))


def find_plain_lines(text: DecodedText, header: HeaderPlace, most_digits: int) -> PlainLines:
    """The lines below the header that are records by themselves; of those that might be something else none is among them.

    Args:
        text: the file.
        header: where its header stands.
        most_digits: a line with more digits than so many is no header.
    """
    nothing = no_plain_lines(text, header)
    if len(text.lines) - header.last < _FEWEST_LINES or header.delimiter not in DELIMITERS:
        return nothing
    columns, is_plain = _alike(text, header)
    at = np.flatnonzero(is_plain)
    if not len(at):
        return nothing
    cells = _cells(text.lines, is_plain, header.delimiter, columns)
    is_record = _has_digits(cells, most_digits)
    for column in cells[len(header.titles) :]:  # what a spreadsheet wrote beyond the last column
        is_record &= _asked(column, lambda texts: [*map(is_nothing, texts.to_pylist())])
    is_plain[at] = is_record
    return PlainLines(is_plain.tobytes(), at, cells[: len(header.titles)])


def _alike(text: DecodedText, header: HeaderPlace) -> tuple[int, NDArray[np.bool_]]:
    """How many cells most records have, and which lines (one flag a physical line) have as many and nothing special in them."""
    lines, below = text.lines, header.last + 1
    separators = np.flatnonzero(np.frombuffer(lines.utf_8, np.uint8) == ord(header.delimiter))
    counts = np.diff(np.searchsorted(separators, lines.starts))
    columns = max(len(header.titles), int(np.bincount(counts[below:]).argmax()) + 1)
    is_plain = (counts == columns - 1) & (np.diff(lines.starts) <= LARGEST_CELL)
    is_plain[:below] = False
    is_plain[[*text.broken]] = False
    for places in _special(lines):
        is_plain[lines.of_bytes(places)] = False
    return columns, is_plain


def _special(lines: PhysicalLines) -> Iterator[NDArray[np.int64]]:
    """Where quotes and control characters (decode.CONTROL) stand. Most files have none, which is seen fast."""
    text, data = lines.utf_8, np.frombuffer(lines.utf_8, np.uint8)
    if np.count_nonzero(data < ord(" ")) > len(lines) + text.count(b"\t"):
        yield np.flatnonzero((data < ord(" ")) & (data != ord("\n")) & (data != ord("\t")))
    for byte in b'"\x7f':
        if byte in text:
            yield np.flatnonzero(data == byte)
    if b"\xc2" in text:  # of the characters that begin so the first are C1
        leads = np.flatnonzero(data == 0xC2)
        yield leads[data[leads + 1] < 0xA0]


def _cells(lines: PhysicalLines, is_plain: NDArray[np.bool_], delimiter: str, columns: int) -> tuple[pa.DictionaryArray, ...]:
    """The cells of the plain lines by columns."""
    names = [str(column) for column in range(columns)]
    edges = np.flatnonzero(np.diff(is_plain, prepend=False, append=False))
    runs = lines.starts[edges].reshape(-1, 2).tolist()
    # A line of names first: the reader takes a byte order mark off the first line of what it reads.
    data = b"".join([(delimiter.join(names) + "\n").encode(), *(lines.utf_8[first:stop] for first, stop in runs)])
    table = csv.read_csv(
        pa.BufferReader(data),
        csv.ReadOptions(use_threads=False, block_size=min(len(data), _BLOCK_BYTES)),
        csv.ParseOptions(delimiter=delimiter, quote_char=False, ignore_empty_lines=False),
        csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), check_utf8=False),
    )
    return tuple(column.combine_chunks().dictionary_encode() for column in table.columns)


def _has_digits(cells: Sequence[pa.DictionaryArray], most_digits: int) -> NDArray[np.bool_]:
    """Which lines have more digits than so many; the first column (a SIRET) mostly settles it."""
    digits = np.zeros(len(cells[0]), np.int32)
    for column in cells:
        digits += _asked(column, _count_digits)
        if digits.min() > most_digits:
            break
    return digits > most_digits


def _count_digits(texts: pa.StringArray) -> NDArray[np.int32]:
    _, offsets, data = texts.buffers()
    digits = np.frombuffer(data or b"", np.uint8) - np.uint8(ord("0")) < 10
    return np.diff(np.append(0, np.cumsum(digits, dtype=np.int32))[np.frombuffer(offsets, np.int32)[: len(texts) + 1]])


def _asked(column: pa.DictionaryArray, question: Callable[[pa.StringArray], Any]) -> NDArray[Any]:
    """The answer for each cell of a column to what is asked once of its distinct texts."""
    return np.asarray(question(column.dictionary))[column.indices.to_numpy()]


def _taken(column: pa.DictionaryArray, places: NDArray[np.int64]) -> pa.DictionaryArray:
    """The cells at these places; a text that none of them holds leaves the dictionary."""
    codes, texts = column.indices.to_numpy()[places], column.dictionary
    used = np.zeros(len(texts), np.bool_)
    used[codes] = True
    if not used.all():
        codes, texts = (np.cumsum(used, dtype=np.int32) - 1)[codes], texts.filter(pa.array(used))
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), texts, safe=False)
