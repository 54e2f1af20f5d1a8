"""Brings a store that an earlier version wrote to today's tables: only what was never filled is made anew."""

from __future__ import annotations

import duckdb

from warehouse.tables import SCHEMA_VERSION, create_table, store_tables

#: Version 1 had an outbox into which nothing was ever put.
_REPLACED_SINCE = {1: ("outbox",)}


def can_upgrade(version: int | None) -> bool:
    """Whether a store of that version can be brought up to date."""
    return version in _REPLACED_SINCE


def upgrade(con: duckdb.DuckDBPyConnection, version: int) -> None:
    """Make what is missing and note the new version; called in a transaction, so that a kill leaves the old store."""
    for name in _REPLACED_SINCE[version]:
        con.execute(f"DROP TABLE IF EXISTS {name}")
    present = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal").fetchall()}
    for table in store_tables():
        if table.name not in present:
            con.execute(create_table(table))
    con.execute("UPDATE meta SET schema_version = ?", [SCHEMA_VERSION])
