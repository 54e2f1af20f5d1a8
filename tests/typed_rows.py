"""Typed rows by hand: rows as dictionaries of values, laid out in the columns that a file's rows have after parsing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from expectations.contract import Return
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
