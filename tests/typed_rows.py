"""Typed rows by hand, laid out in the columns that a file's rows have after parsing; and how verdicts that have such are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from expectations.contract import Return
from expectations.verdict.decide import FileVerdict
from transforms.parse.columns import ARROW_TYPES, DistinctCells, TypedColumn, TypedRows


def typed_rows(contract: Return, rows: Sequence[tuple[int, Mapping[str, Any]]]) -> TypedRows:
    """Rows of line and values by field name; nothing is wrong with any cell."""
    columns = {}
    for column in contract.columns:
        values = [values.get(column.name) for _, values in rows]
        columns[column.name] = TypedColumn(
            DistinctCells(
                pa.array(["" if value is None else str(value) for value in values], pa.string()),
                pa.array(values, ARROW_TYPES.get(column.type, pa.string())),
                np.zeros(len(rows), np.uint8),
                pa.nulls(len(rows), pa.string()),
                np.zeros(len(rows), np.bool_),
            ),
            np.arange(len(rows), dtype=np.int32),
        )
    return TypedRows(np.array([line for line, _ in rows], np.int32), columns)


def quarantined_rows(rows: Sequence[tuple[int, str | None]]) -> pa.Table:
    """Rows in error, of line and key."""
    return pa.table(
        {"line": pa.array([line for line, _ in rows], pa.int32()), "row_key": pa.array([key for _, key in rows], pa.string())}
    )


def comparable(file: FileVerdict) -> dict[str, Any]:
    """A verdict by the names of its fields, less the texts that are kept of it: as columns of arrays it cannot be compared."""
    rows = None if file.rows is None else file.rows.table()
    return vars(file) | {"rows": rows, "findings": list(file.findings), "archive_bytes": b"", "in_error": None}


def rows_of(file: FileVerdict) -> list[dict[str, Any]]:
    """The rows taken of a file: `line`, and the values by field name."""
    return [] if file.rows is None else file.rows.table().to_pylist()


def lines_of(file: FileVerdict) -> list[int]:
    """The lines of the rows taken of a file."""
    return [row["line"] for row in rows_of(file)]


def lines_in_error(file: FileVerdict) -> list[int]:
    """The lines of the rows in error of a file."""
    return [] if file.quarantined_rows is None else file.quarantined_rows["line"].to_pylist()
