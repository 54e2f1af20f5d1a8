"""Columns of text to typed columns: each distinct text is read once, whatever the number of rows that hold it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from expectations.contract import CellProblemKind, Column, Return, ValueType
from transforms.parse.named_persons import LIKE_A_NUMBER, SHORTEST_NUMBER
from transforms.parse.values import LONGEST_ID, Places, parse_cell
from transforms.read import Reading
from transforms.read.decode import is_mis_decoded

#: What may be wrong with a cell, by the number that stands for it in `DistinctCells.problems`; 0 is nothing.
PROBLEMS: tuple[CellProblemKind | None, ...] = (None, *CellProblemKind)

#: a file's lines (int32) and, by field name, its texts; a column that it lacks is absent
FileTexts = tuple[NDArray[np.int32], Mapping[str, pa.DictionaryArray]]

ARROW_TYPES = {
    ValueType.DATE: pa.date32(),
    ValueType.AMOUNT: pa.decimal128(14, 2),
    ValueType.WHOLE_NUMBER: pa.int32(),
    ValueType.YES_NO: pa.bool_(),
}

#: Texts that are their own value: letters, digits and the signs of references, with three digits in a row and no space around. No
#: empty word, wrapper or day of a spreadsheet has three; of its numbers `1E-123` has, which is why no E may be second to a digit.
_SIGN = r"[A-Za-z0-9/_ -]"
_PLAIN = rf"^(?:[A-Za-z]{_SIGN}*|[0-9](?:[A-DF-Za-z0-9/_ -]{_SIGN}*)?)?[0-9]{{3}}(?:{_SIGN}*[A-Za-z0-9/_-])?$"
#: the types in which nearly every row may differ, with the longest plain text
_LONGEST_PLAIN = {ValueType.ID: LONGEST_ID, ValueType.TEXT: 1 << 15}


@dataclass(frozen=True)
class DistinctCells:
    """The different cells of a column, each once, and what was read of them.

    All are as long. `texts` are the exact texts, null for "the file has no such column". `values` are typed (ARROW_TYPES, else
    string), null where a cell is empty or unreadable. `problems` are places in PROBLEMS. `hints` complete the sentence of the
    problem's rule, in French and without the cell's text; null for none. `mis_decoded` tells of text in a wrong encoding.
    """

    texts: pa.StringArray = field(repr=False)
    values: pa.Array = field(repr=False)
    problems: NDArray[np.uint8]
    hints: pa.StringArray
    mis_decoded: NDArray[np.bool_]


@dataclass(frozen=True)
class TypedColumn:
    """A column after parsing: for each row which of the distinct cells it holds (int32)."""

    cells: DistinctCells
    codes: NDArray[np.int32]

    def values(self) -> pa.Array:
        """The typed values, one a row."""
        return self.cells.values.take(pa.array(self.codes))

    def problems(self) -> NDArray[np.uint8]:
        """What was wrong with each row's cell, as a place in PROBLEMS."""
        return self.cells.problems[self.codes]

    def take(self, at: NDArray[Any] | slice) -> TypedColumn:
        """Of these rows alone: places, a mask, or a slice; the distinct cells stay as they are."""
        return TypedColumn(self.cells, self.codes[at])


@dataclass(frozen=True)
class TypedRows:
    """The rows of a file, or of many stacked, by columns: the line of each in its file, and each column of the contract."""

    lines: NDArray[np.int32]
    columns: Mapping[str, TypedColumn]

    def __len__(self) -> int:
        return len(self.lines)

    def take(self, at: NDArray[Any] | slice) -> TypedRows:
        """These rows alone: places, a mask, or a slice (which copies nothing)."""
        return TypedRows(self.lines[at], {name: column.take(at) for name, column in self.columns.items()})

    def table(self) -> pa.Table:
        """The rows as a table: `line`, then the contract's columns, typed."""
        return pa.table({"line": self.lines, **{name: column.values() for name, column in self.columns.items()}})

    def tuples(self, names: Sequence[str]) -> list[tuple[Any, ...]]:
        """The values of these columns row by row, for a few rows."""
        return list(zip(*(self.columns[name].values().to_pylist() for name in names), strict=True))

    def keys(self, names: Sequence[str]) -> pa.StringArray:
        """The values of these columns, joined as a key (warehouse.store.stage.row_key); null where one of them is."""
        values = [self.columns[name].values().cast(pa.string()) for name in names]
        return pc.binary_join_element_wise(*values, "\x1f") if len(values) > 1 else values[0]


NO_ROWS = TypedRows(np.empty(0, np.int32), {})


def text_columns(reading: Reading, rows: NDArray[Any]) -> FileTexts:
    """The lines and texts of a file by field name, at these places or where a mask is true."""
    records = reading.records
    if not (rows.dtype == np.bool_ and rows.all()):
        records = records.take(rows)
    columns = reading.matched.columns
    texts = {column.name: records.cells[at] for at, column in enumerate(columns) if column is not None}
    return records.lines, texts


def parse_columns(contract: Return, files: Sequence[FileTexts], places: Places, calls: Collection[str]) -> TypedRows:
    """The rows of several files of one return, stacked in their order.

    Args:
        contract: the return that they are of.
        files: lines and texts of each, as text_columns gives them.
        places: the communes that exist.
        calls: the calls for projects of the programme.
    """
    lines = np.concatenate([np.empty(0, np.int32), *(lines for lines, _ in files)])
    columns = {}
    for column in contract.columns:
        texts, codes = _stack([(len(lines), texts.get(column.name)) for lines, texts in files])
        columns[column.name] = TypedColumn(_parse(column, texts, places, calls), codes)
    return TypedRows(lines, columns)


def _stack(files: Sequence[tuple[int, pa.DictionaryArray | None]]) -> tuple[pa.StringArray, NDArray[np.int32]]:
    """The different texts of a column in all files, and which of them each row holds.

    `files` has for each the number of its rows and its texts. Only the dictionaries are compared, not the rows.
    """
    absent = pa.nulls(1, pa.string())
    dictionaries = [absent if texts is None else texts.dictionary for _, texts in files]
    together = pa.concat_arrays([*dictionaries, pa.array([], pa.string())]).dictionary_encode(null_encoding="encode")
    place_of = together.indices.to_numpy()
    codes, row, first = np.zeros(sum(rows for rows, _ in files), np.int32), 0, 0
    for (rows, texts), dictionary in zip(files, dictionaries, strict=True):
        held = 0 if texts is None else texts.indices.to_numpy()
        codes[row : row + rows] = place_of[first : first + len(dictionary)][held]
        row, first = row + rows, first + len(dictionary)
    return together.dictionary, codes


def _parse(column: Column, texts: pa.StringArray, places: Places, calls: Collection[str]) -> DistinctCells:
    """What was read of different texts, null that of a file without the column; only those not plain are looked at."""
    odd = np.ones(len(texts), np.bool_)
    if column.type in _LONGEST_PLAIN:
        is_short = pc.less_equal(pc.binary_length(texts), _LONGEST_PLAIN[column.type])
        odd = ~_mask(pc.and_(pc.match_substring_regex(texts, _PLAIN), is_short))
    if column.must_name_nobody and _mask(pc.greater_equal(pc.binary_length(texts), SHORTEST_NUMBER)).any():
        odd |= _mask(pc.match_substring_regex(texts, LIKE_A_NUMBER))
    parsed = [parse_cell(column, text or "", places, calls) for text in texts.filter(pa.array(odd)).to_pylist()]
    problems = np.zeros(len(texts), np.uint8)
    problems[odd] = [PROBLEMS.index(cell.problem) for cell in parsed]
    problems[_mask(texts.is_null())] = 0
    values = pa.array([cell.value for cell in parsed], ARROW_TYPES.get(column.type, pa.string()))
    hints = pa.array([cell.suggestion for cell in parsed], pa.string())
    return DistinctCells(
        texts,
        values if len(values) == len(texts) else pc.replace_with_mask(texts, odd, values),
        problems,
        pc.replace_with_mask(pa.nulls(len(texts), pa.string()), odd, hints),
        _mis_decoded(texts),
    )


def _mis_decoded(texts: pa.StringArray) -> NDArray[np.bool_]:
    suspect = ~_mask(pc.string_is_ascii(texts.fill_null("")))
    suspect[suspect] = list(map(is_mis_decoded, texts.filter(pa.array(suspect)).to_pylist()))
    return suspect


def _mask(found: pa.BooleanArray) -> NDArray[np.bool_]:
    """A mask as numpy has it; nothing is false."""
    return np.asarray(found.fill_null(False).to_numpy(zero_copy_only=False), np.bool_)
