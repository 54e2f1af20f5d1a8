"""The schema `meta`: what a warehouse was made of, and how many rows each of its tables has."""

from __future__ import annotations

from datetime import date, datetime

import duckdb

from warehouse.paris_days import PARIS
from warehouse.query_results import read_sql, single_row
from warehouse.table_declarations import META_RELEASE, META_ROW_COUNTS, Table, comment_statements, create_table


def write_release(
    con: duckdb.DuckDBPyConnection, *, run_id: str, as_of: date, suivi_version: str, programme_version: str,
    models_version: str, changes_since: date | None,
) -> None:  # fmt: skip
    """Make meta.release, of quality.files and what is given here.

    Args:
        con: the warehouse being computed.
        run_id: the night.
        as_of: the reference date.
        suivi_version: the version of the code.
        programme_version: the fingerprint of the programme file.
        models_version: tells the SQL of the indicators from that of other versions.
        changes_since: the reference date of the release that quality.changes compares with; None where there is none.
    """
    con.execute(create_table(META_RELEASE))
    con.execute(
        read_sql("warehouse.published", "write_release"),
        {
            "run_id": run_id, "as_of": as_of, "created_at": datetime.now(PARIS).replace(tzinfo=None),
            "suivi_version": suivi_version, "duckdb_version": duckdb.__version__, "programme_version": programme_version,
            "models_version": models_version, "changes_since": changes_since,
        },
    )  # fmt: skip
    write_comments(con, META_RELEASE)


def write_row_counts(con: duckdb.DuckDBPyConnection) -> list[tuple[str, int]]:
    """Make meta.row_counts of all tables that are there; gives name and rows of each, its own last."""
    con.execute(create_table(META_ROW_COUNTS))
    write_comments(con, META_ROW_COUNTS)
    counts = [(name, row_count(con, name)) for name in table_names(con) if name != META_ROW_COUNTS.name]
    con.executemany("INSERT INTO meta.row_counts VALUES (?, ?)", [list(count) for count in counts])
    return [*counts, (META_ROW_COUNTS.name, len(counts))]


def write_comments(con: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Say in the database what a table and its columns hold."""
    for statement in comment_statements(table):
        con.execute(statement)


def table_names(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables of a warehouse, with their schemas, in the order of their names."""
    return [name for (name,) in con.execute(read_sql("warehouse.published", "table_names")).fetchall()]


def view_names(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The views of a warehouse, with their schemas, in the order of their names."""
    return [name for (name,) in con.execute(read_sql("warehouse.published", "view_names")).fetchall()]


def row_count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    """How many rows a table has."""
    return int(single_row(con, f"SELECT count(*) FROM {table}")[0])
