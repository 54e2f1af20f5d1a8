"""What may be kept of a file that may name people: the same lines, without the values of columns that nobody asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from expectations.contract.returns import RETURNS
from transforms.read import Damaged, Reading, Role, Unreadable
from transforms.read.decode import DELIMITERS, decode, is_mis_decoded, is_nothing
from transforms.read.find_header import is_wide
from transforms.read.match_columns import is_identifier, match_columns
from transforms.read.record_limits import LARGEST_CELL, MOST_COLUMNS, is_oversized_line
from transforms.read.workbook_refusals import may_be_workbook
from warehouse.erasure.ask_once import rows_where

_OVERSIZED = "-" * (LARGEST_CELL + 1)
_STAND_INS = {"LIG-01": "-", "LIG-02": '"-"-', "LIG-03": '"-', "LIG-04": "\x01", "LIG-07": _OVERSIZED, "LIG-09": "TOTAL"}
#: what stands for a refused file that may name people
WITHHELD = b"contenu non conserve : fichier refuse qui porte des donnees nominatives\n"
#: what stands for a file too large to be read for which there was no room
NOT_KEPT = b"contenu non conserve : fichier refuse, trop volumineux\n"
#: what is added to the notice so that, read again, it is refused for the same reason as the file was
SAME_REFUSAL = {
    "FIC-19": b";" * MOST_COLUMNS + b"-\n",
    "FIC-22": b'"%s"\n' % ";".join(column.header for column in RETURNS["depenses"].columns).encode(),
}
#: how much of a file that is not read is looked at, to see whether its columns name people
HEAD_BYTES = 65_536
_LINES_LOOKED_AT = 60
_LONGEST_TITLE = 60
_LONGEST_HEADER = 20_000
_LINE_BREAK = re.compile(r"\r\n|\n|\r")
_SEPARATOR = re.compile(r"[;,\t|]")


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


def stand_in(damaged: Damaged, reading: Reading) -> dict[int, str]:
    """What stands for a damaged record, by line: it is damaged in the same way, on as many lines, and says nothing."""
    between = [""] * (damaged.last_line - damaged.line - 1)
    if damaged.rule == "LIG-10":
        lines = [_quoted(reading.delimiter.join("-" for _ in reading.header))]
    elif damaged.line == damaged.last_line:
        lines = [_STAND_INS[damaged.rule]]
    elif damaged.rule == "LIG-03":  # the beginning of a record whose last cell is closed further down
        lines = ["-" + reading.delimiter * (len(reading.header) - 1), *between, '-"']
    else:  # a cell with line breaks, in which there is a control character or too much, or beside which there is nothing
        first = "-" if '"' in _STAND_INS[damaged.rule] else _STAND_INS[damaged.rule]
        lines = [f'"{first}', *between, '-"']
    return dict(enumerate(lines, start=damaged.line))


def redacted(reading: Reading, dropped: Sequence[int], cells: Collection[tuple[int, int]] = ()) -> bytes:
    """The file again as UTF-8, line for line, without what `emptied` takes out of it."""
    return as_bytes(emptied(reading, dropped, cells))


def emptied(reading: Reading, dropped: Sequence[int], cells: Collection[tuple[int, int]] = ()) -> Reading:
    """The same records without the cells of the columns at `dropped`, and without `cells` (line of the record, column).

    Only the line breaks of a cell stay. Where nothing else is in a record a sign stays too: it is to be read again as the record
    that it was. So does a sign of damaged text in `cells`, of which a finding tells; of the columns at `dropped` none does.
    """
    records = reading.records
    left = list(records.cells)
    emptied_cells = np.zeros((len(left), len(records)), np.bool_)
    emptied_cells[list(dropped)] = True
    for line, at in cells:
        emptied_cells[at, np.searchsorted(records.lines, line)] = True
    for at in np.flatnonzero(emptied_cells.any(axis=1)).tolist():
        left[at] = _with_texts(left[at], emptied_cells[at], partial(_emptied_text, keeps_sign=at not in dropped))
    is_out = emptied_cells.any(axis=0)
    for column in left:
        if not is_out.any():
            break
        is_out &= rows_where(column, is_nothing)
    for at in np.flatnonzero(emptied_cells[:, is_out].any(axis=1)).tolist():
        first = is_out & emptied_cells[at]
        left[at] = _with_texts(left[at], first, "-".__add__)
        is_out &= ~first
    return replace(reading, records=replace(records, cells=tuple(left)))


def _emptied_text(text: str, *, keeps_sign: bool) -> str:
    sign = "\N{REPLACEMENT CHARACTER}" if keeps_sign and is_mis_decoded(text) else ""
    return sign + "\n" * text.count("\n")


def _with_texts(column: pa.DictionaryArray, at: NDArray[np.bool_], change: Callable[[str], str]) -> pa.DictionaryArray:
    """A column with other texts where `at` is true: `change` of what stands there, asked once a distinct text."""
    there = column.filter(pa.array(at)).cast(pa.string()).dictionary_encode()
    changed = pa.array([change(text) for text in there.dictionary.to_pylist()], pa.string()).take(there.indices)
    return pc.replace_with_mask(column.cast(pa.string()), pa.array(at), changed).dictionary_encode()


def mis_decoded_unknown(reading: Reading) -> NDArray[np.bool_]:
    """Which records have text in a wrong encoding in a column that the return does not know and that is kept (one a record)."""
    found = np.zeros(len(reading.records), np.bool_)
    for at, column in enumerate(reading.matched.columns):
        if column is None and at not in reading.matched.dropped:
            found |= rows_where(reading.records.cells[at], is_mis_decoded)
    return found


def as_bytes(reading: Reading) -> bytes:
    """A reading as UTF-8, line for line: each record as it is there, and nothing of what is no record but its kind.

    Every physical line keeps its number and its role, so that the copy is read exactly as the original was: a damaged record
    becomes a stand-in with the same damage. A record is quoted whole or not at all: most need no quotes, and are read faster so.
    """
    records = reading.records
    texts = pc.binary_join_element_wise(*(column.cast(pa.string()) for column in records.cells), reading.delimiter)
    if (needs_quotes := _needs_quotes(reading)).any():
        some = records.take(needs_quotes)
        cells = [_all_quoted(column.dictionary).take(column.indices) for column in some.cells]
        texts = pc.replace_with_mask(texts, pa.array(needs_quotes), pc.binary_join_element_wise(*cells, reading.delimiter))
    # Surplus cells that are not kept may have held line breaks too.
    spans = records.last_lines - records.lines
    if (is_long := pa.array(spans > 0)).true_count:
        long = texts.filter(is_long)
        missing = pc.subtract(pa.array(spans[spans > 0]), pc.count_substring(long, "\n"))
        long = pc.binary_join_element_wise(long, pc.binary_repeat(pa.scalar("\n"), missing), "")
        texts = pc.replace_with_mask(texts, is_long, long)
    # A line above the header may name people, so nothing of it is kept but how lines are to be cut.
    other = dict.fromkeys(lines_of_role(reading, Role.BLANK), "")
    other |= dict.fromkeys(lines_of_role(reading, Role.PREAMBLE), f"sep={reading.delimiter}")
    other |= dict.fromkeys(lines_of_role(reading, Role.HEADER), reading.delimiter.join(map(_quoted, reading.header)))
    for damaged in reading.damaged:
        other |= stand_in(damaged, reading)
    lines = pa.concat_arrays([pa.array(records.lines), pa.array([*other], pa.int32())])
    texts = pa.concat_arrays([texts, pa.array([*other.values()], pa.string())]).take(pc.sort_indices(lines))
    whole = pa.ListArray.from_arrays(pa.array([0, len(texts)], pa.int32()), texts.cast(pa.large_binary()))
    return pc.binary_join(whole, pa.scalar(b"\n", pa.large_binary()))[0].as_py() + b"\n"


def _needs_quotes(reading: Reading) -> NDArray[np.bool_]:
    """The records that would be read otherwise without quotes (one a record)."""
    needs = np.zeros(len(reading.records), np.bool_)
    for at, column in enumerate(reading.records.cells):
        texts = column.dictionary.buffers()[2]
        if at and not (texts and any(sign in texts.to_pybytes() for sign in (b'"', b"\n", reading.delimiter.encode()))):
            continue  # as most columns: seen ten times faster than by asking each text
        # a byte order mark at the beginning of a line falls away, and `sep=` announces a separator
        pattern = f'["\n{re.escape(reading.delimiter)}]' + ("" if at else r"|^\x{feff}|(?i)^\s*sep=")
        needs |= pc.match_substring_regex(column.dictionary, pattern).to_numpy(zero_copy_only=False)[column.indices.to_numpy()]
    return needs


def lines_of_role(reading: Reading, role: Role) -> list[int]:
    """The numbers of the lines of a file that have a role."""
    return (np.flatnonzero(reading.line_roles == role) + 1).tolist()


def _all_quoted(texts: pa.StringArray) -> pa.StringArray:
    return pc.binary_join_element_wise('"', pc.replace_substring(texts, '"', '""'), '"', "")


def redacted_unreadable(data: bytes, rule: str | None = None, blank_lines: int = 0) -> bytes:
    """The bytes of a file without a recognised header; a notice instead where its first lines show columns that may name people.

    A line that is too long or too wide to be examined counts as one that names people. `rule` is the one that refused the file.
    The notice is refused by the same rule and has as many blank lines, so that, read again, it says of the file what was said.
    """
    if any(_may_name_people(line, is_text=rule != "FIC-02") for line in _first_lines(data)):
        return WITHHELD + SAME_REFUSAL.get(rule or "", b"") + b"\n" * blank_lines
    return data


def kept_unread(data: bytes, *, is_anybody_erased: bool) -> bytes:
    """What may be kept of a file that nobody reads, by a look at its beginning: all, or a notice instead.

    A notice where titles of columns that may name people stand there, or where somebody was erased, who may be in it; and
    instead of a workbook or an archive, of which a look tells nothing.
    """
    head = data[:HEAD_BYTES]
    if may_be_workbook(data):
        return WITHHELD
    return data if not is_anybody_erased and redacted_unreadable(head) == head else WITHHELD


def _may_name_people(line: str, *, is_text: bool) -> bool:
    """Whether this is a line of titles of which one is a person's, or that of a return about people, with others than its own.

    A line too long or too wide to be examined counts as one, unless the file is not text: then it has no titles.
    """
    if is_oversized_line(line) or is_wide(line):
        return is_text
    cells = [cell.strip(' "') for cell in _SEPARATOR.split(line)]
    if len(cells) > 1 and any(len(cell) <= _LONGEST_TITLE and is_identifier(cell) for cell in set(cells)):
        return True
    if len(line) > _LONGEST_HEADER:
        return False
    headers = (
        match_columns([cell.strip(' "') for cell in line.split(delimiter)]) for delimiter in DELIMITERS if delimiter in line
    )
    return any(header is not None and header.dropped for header in headers)


def _first_lines(data: bytes) -> list[str]:
    try:
        return decode(data).lines[:_LINES_LOOKED_AT]
    except Unreadable:  # it may be text all the same
        return _LINE_BREAK.split(data.decode("utf-8", "replace"), maxsplit=_LINES_LOOKED_AT)[:_LINES_LOOKED_AT]
