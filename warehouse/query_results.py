"""Asks DuckDB a question and gives the whole answer: one row, or all rows as an Arrow table."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa


def single_row(
    con: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
) -> tuple[Any, ...]:
    """The row. AssertionError if there is none or more."""
    # fetchone() would leave the result unfinished, and DuckDB 2.0 then refuses register() and sql() on the connection.
    rows = con.execute(query, parameters or None).fetchall()
    if len(rows) != 1:
        raise AssertionError(f"{len(rows)} rows where one is due")
    row: tuple[Any, ...] = rows[0]
    return row


def arrow_table(con: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    """The rows of a query that reads no temporary table."""
    # a cursor of its own: sql() refuses a connection on which somebody left a result unread
    with contextlib.closing(con.cursor()) as cursor:
        return cursor.sql(query).to_arrow_table()
