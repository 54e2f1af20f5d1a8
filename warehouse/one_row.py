"""Asks DuckDB a question that has one row for an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb


def one_row(
    con: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
) -> tuple[Any, ...]:
    """The row. AssertionError if there is none or more."""
    # fetchone() would leave the result unfinished, and DuckDB 2.0 then refuses register() and sql() on the connection.
    rows = con.execute(query, parameters or None).fetchall()
    if len(rows) != 1:
        raise AssertionError(f"{len(rows)} rows where one is due")
    row: tuple[Any, ...] = rows[0]
    return row
