"""Records that need no tokenizer: lines without quote or control character, as wide as the others, cut into columns all at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from pyarrow import csv

from expectations.contract import ValueType
from transforms.read.decode import DELIMITERS, DecodedText
from transforms.read.find_header import HeaderPlace
from transforms.read.physical_lines import PhysicalLines
from transforms.read.record_limits import LARGEST_CELL
from transforms.read.records import Record, Records, texts_of

#: below a header with fewer lines the tokenizer is faster than what cutting columns costs whatever their length
FEWEST_LINES = 100
#: a SIRET in groups, with no-break spaces between them
_LONGEST_SIRET = 20
_BLOCK_BYTES = 1 << 26
_SPACE_BIT = np.uint8(0x20)


class PlainLines(NamedTuple):
    """The lines of a file that are records by themselves, unless a quoted cell above is still open.

    `is_plain` has a byte for each physical line, 1 where it is one. Each ends in `surplus` cells more than the header has titles,
    all of them empty.
    """

    is_plain: bytes
    surplus: int


def find_plain_lines(text: DecodedText, header: HeaderPlace, most_digits: int, fewest: int) -> PlainLines:
    """The lines below the header that are records by themselves; of those that might be something else none is among them.

    Args:
        text: the file.
        header: where its header stands.
        most_digits: a line with more digits than so many is no header.
        fewest: of fewer lines none is looked at.
    """
    lines, below, width = text.lines, header.last + 1, len(header.titles)
    if len(lines) - below < max(fewest, 1) or header.delimiter not in DELIMITERS:
        return PlainLines(bytes(len(lines)), 0)
    data = np.frombuffer(lines.utf_8, np.uint8)
    separators = np.flatnonzero(data == ord(header.delimiter))
    firsts = np.searchsorted(separators, lines.starts)
    counts = np.diff(firsts)
    surplus = max(0, int(np.bincount(counts[below:]).argmax()) + 1 - width)
    is_plain = (counts == width + surplus - 1) & (np.diff(lines.starts) <= LARGEST_CELL)
    is_plain[:below] = False
    is_plain[[*text.broken]] = False
    for places in (*_special(lines), *_words_of_totals(data)):
        is_plain[lines.of_bytes(places)] = False

    at = np.flatnonzero(is_plain)

    def before(cell: int) -> NDArray[np.int64]:
        """Where, on each plain line, the separator stands before this cell; or the line breaks around the line."""
        if cell == 0:
            return lines.starts[at] - 1
        return separators[firsts[at] + cell - 1] if cell < width + surplus else lines.starts[at + 1] - 1

    siret = next((place for place, column in enumerate(header.matched.columns) if column and column.type is ValueType.SIRET), 0)
    is_record = _have_digits(data, before(siret) + 1, before(siret + 1), most_digits)
    is_plain[at] = is_record & (before(width + surplus) - before(width) == surplus)
    return PlainLines(is_plain.tobytes(), surplus)


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


def _words_of_totals(data: NDArray[np.uint8]) -> Iterator[NDArray[np.int64]]:
    """Where a word may stand that makes a row of totals or examples: TOTAL, TOTAUX or EXEMPLE."""
    lower = data | _SPACE_BIT
    found = np.flatnonzero((lower[:-1] == ord("t")) & (lower[1:] == ord("a")))
    yield found[lower[found - 1] == ord("o")]
    found = np.flatnonzero((lower[:-1] == ord("x")) & (lower[1:] == ord("e")))
    yield found[lower[found + 2] == ord("m")]


def _have_digits(data: NDArray[np.uint8], begins: NDArray[np.int64], ends: NDArray[np.int64], most: int) -> NDArray[np.bool_]:
    """Which of these cells have more digits than so many, as a SIRET has; no record without one is plain."""
    last = len(data) - _LONGEST_SIRET
    digits = sliding_window_view(data, _LONGEST_SIRET)[np.minimum(begins, last)] - np.uint8(ord("0")) < 10
    digits &= np.arange(_LONGEST_SIRET) < (ends - begins)[:, None]
    return (digits.sum(axis=1) > most) & (begins <= last)


def cut_columns(
    text: DecodedText, header: HeaderPlace, surplus: int, runs: Sequence[tuple[int, int]], others: Sequence[Record]
) -> Records:
    """The records of a file by columns: plain lines, in runs (index of the first, and that after the last), and others between."""
    width, lines = len(header.titles), text.lines
    if not runs:
        return Records.of_rows(others, width)
    names = [str(column) for column in range(width + surplus)]
    # A line of names first: the reader takes a byte order mark off the first line of what it reads.
    data = b"".join([(header.delimiter.join(names) + "\n").encode(), *map(lines.raw, runs)])
    table = csv.read_csv(
        pa.BufferReader(data),
        csv.ReadOptions(use_threads=False, block_size=min(len(data), _BLOCK_BYTES)),
        csv.ParseOptions(delimiter=header.delimiter, quote_char=False, ignore_empty_lines=False),
        csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), include_columns=names[:width], check_utf8=False),
    )
    plain = np.concatenate([np.arange(first + 1, stop + 1, dtype=np.int32) for first, stop in runs])
    numbers = np.array([(record.line, record.last_line) for record in others], np.int32).reshape(-1, 2)
    begins, ends = np.append(plain, numbers[:, 0]), np.append(plain, numbers[:, 1])
    order = np.argsort(begins, kind="stable")  # two ascending sequences: a merge
    cells = []
    for column, more in zip(table.columns, texts_of(others, width), strict=True):
        encoded = pa.concat_arrays([*column.chunks, more]).dictionary_encode()
        cells.append(pa.DictionaryArray.from_arrays(encoded.indices.to_numpy()[order], encoded.dictionary, safe=False))
    return Records(begins[order], ends[order], tuple(cells))
