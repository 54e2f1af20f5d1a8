"""Queries and their answers: a query from its `.sql` file, a literal in it; the whole answer as a row, as dicts, as Arrow."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


@cache
def read_sql(package: str, name: str, **names: str) -> str:
    """The text of `sql/<name>.sql` in the folder of a package.

    What cannot be bound as a parameter, such as the name of a table, is written `{table}` in the file and given here by its name;
    other braces are left alone. KeyError if the file does not hold a name that is given; FileNotFoundError without the file.
    """
    text = (files(package) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    for placeholder, value in names.items():
        if f"{{{placeholder}}}" not in text:
            raise KeyError(f"{package}: {name}.sql has no {{{placeholder}}}")
        text = text.replace(f"{{{placeholder}}}", value)
    return text


def quoted(text: str) -> str:
    """The text as an SQL literal, for statements that take no parameters (ATTACH, COMMENT)."""
    return "'" + text.replace("'", "''") + "'"


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


def rows_as_dicts(result: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """All rows of what was just executed, each by the names of its columns."""
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def arrow_table(con: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    """The rows of a query that reads no temporary table."""
    # a cursor of its own: sql() refuses a connection on which somebody left a result unread
    with contextlib.closing(con.cursor()) as cursor:
        return cursor.sql(query).to_arrow_table()
