"""Brings a store of an earlier version to today's tables."""

from __future__ import annotations

import duckdb

from warehouse.query_results import read_sql, single_row
from warehouse.store.corrections import give_files_to_their_folders_provider
from warehouse.store.schema import SCHEMA_VERSION, store_tables
from warehouse.table_declarations import create_table

#: The earlier versions that a home may have been written by.
_VERSIONS_BEFORE = (4, 5)


def can_upgrade(version: int | None) -> bool:
    """Whether a store of that version can be brought up to date."""
    return version in _VERSIONS_BEFORE


def upgrade(con: duckdb.DuckDBPyConnection) -> None:
    """Rename what has another name today, note whose files are, as nights do today, add tables that are new, note the version.

    Called in a transaction: a kill leaves the old store.
    """
    (version,) = single_row(con, "select schema_version from meta")
    if version == 4:
        con.execute(read_sql("warehouse.store", "upgrade_from_version_4"))
        give_files_to_their_folders_provider(con)
    there = {name for (name,) in con.execute(read_sql("warehouse.store", "tables_there")).fetchall()}
    for table in store_tables():
        if table.name not in there:
            con.execute(create_table(table))
    con.execute("update meta set schema_version = $version", {"version": SCHEMA_VERSION})
