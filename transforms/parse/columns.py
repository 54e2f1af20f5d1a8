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
from transforms.parse.values import Places, parse_cell
from transforms.read import Reading
from transforms.read.decode import is_mis_decoded

#: What may be wrong with a cell, by the number that stands for it in `DistinctCells.problems`; 0 is nothing.
PROBLEMS: tuple[CellProblemKind | None, ...] = (None, *CellProblemKind)

ARROW_TYPES = {
    ValueType.DATE: pa.date32(),
    ValueType.AMOUNT: pa.decimal128(14, 2),
    ValueType.WHOLE_NUMBER: pa.int32(),
    ValueType.YES_NO: pa.bool_(),
}


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

    def take(self, at: NDArray[Any]) -> TypedColumn:
        """Of these rows alone: places, or a mask; the distinct cells stay as they are."""
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
        return TypedRows(
            self.lines[at], {name: TypedColumn(column.cells, column.codes[at]) for name, column in self.columns.items()}
        )

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


def text_columns(reading: Reading, rows: NDArray[Any]) -> tuple[NDArray[np.int32], dict[str, pa.DictionaryArray]]:
    """The lines and texts of a file by field name, at these places (or where a mask is true); columns that it lacks are absent."""
    records = reading.records.take(rows)
    columns = reading.matched.columns
    texts = {column.name: records.cells[at] for at, column in enumerate(columns) if column is not None}
    return records.lines, texts


def parse_columns(
    contract: Return,
    files: Sequence[tuple[NDArray[np.int32], Mapping[str, pa.DictionaryArray]]],
    places: Places,
    calls: Collection[str],
) -> TypedRows:
    """The rows of several files of one return, stacked in their order.

    Args:
        contract: the return that they are of.
        files: lines and texts of each, as text_columns gives them.
        places: the communes that exist.
        calls: the calls for projects of the programme.
    """
    lines = np.concatenate([np.empty(0, np.int32), *(lines for lines, _ in files)])
    return TypedRows(
        lines, {column.name: _parse_column(column, files, places, calls) for column in contract.columns}
    )


def _parse_column(
    column: Column, files: Sequence[tuple[NDArray[np.int32], Mapping[str, pa.DictionaryArray]]], places: Places, calls: Collection[str]
) -> TypedColumn:
    nothing = pa.string()
    chunks = [
        texts[column.name].cast(nothing) if column.name in texts else pa.nulls(len(lines), nothing) for lines, texts in files
    ]
    stacked = pa.chunked_array(chunks, nothing).combine_chunks().dictionary_encode(null_encoding="encode")
    texts = stacked.dictionary
    parsed = [parse_cell(column, text or "", places, calls) for text in texts.to_pylist()]
    is_there = np.array([text is not None for text in texts.to_pylist()], np.bool_)
    problems = np.array([PROBLEMS.index(cell.problem) for cell in parsed], np.uint8) * is_there
    return TypedColumn(
        DistinctCells(
            texts,
            pa.array([cell.value for cell in parsed], ARROW_TYPES.get(column.type, nothing)),
            problems.astype(np.uint8),
            pa.array([cell.suggestion for cell in parsed], nothing),
            np.array([text is not None and is_mis_decoded(text) for text in texts.to_pylist()], np.bool_),
        ),
        stacked.indices.to_numpy(zero_copy_only=False).astype(np.int32),
    )
