"""Brings a store of the version before to today's tables."""

from __future__ import annotations

import duckdb

from warehouse.query_results import read_sql
from warehouse.store.corrections import give_files_to_their_folders_provider
from warehouse.store.schema import SCHEMA_VERSION

#: The only earlier version that a home may have been written by.
_VERSION_BEFORE = 4


def can_upgrade(version: int | None) -> bool:
    """Whether a store of that version can be brought up to date."""
    return version == _VERSION_BEFORE


def upgrade(con: duckdb.DuckDBPyConnection) -> None:
    """Rename what has another name today, note whose files are, as nights do today, and the new version.

    Called in a transaction: a kill leaves the old store.
    """
    con.execute(read_sql("warehouse.store", "upgrade_from_version_4"))
    give_files_to_their_folders_provider(con)
    con.execute("update meta set schema_version = $version", {"version": SCHEMA_VERSION})
