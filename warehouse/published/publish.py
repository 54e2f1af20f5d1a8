"""Publishes a computed warehouse: verified as it lies on the disk, then put in the place of the old one in one step."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

import duckdb

from expectations.contract.returns import RETURNS
from warehouse.durable_files import SHARED_FILE, sync_file, sync_folder
from warehouse.errors import PublicationFailed
from warehouse.published.meta_tables import row_count, table_names
from warehouse.published.published_tables import clean_tables, key_in_force
from warehouse.published.unfinished_file import unfinished_path
from warehouse.query_results import single_row


def warehouse_path(home: Path) -> Path:
    """What analysts open."""
    return home / "warehouse.duckdb"


def put_in_place(target: Path, tables: Sequence[tuple[str, int]]) -> None:
    """Verify the warehouse that was computed beside `target`, and put it there in one step; until then the old one stays.

    Args:
        target: where it is to lie.
        tables: name and rows of each table that was written to it.

    Raises PublicationFailed where the new warehouse is not fit to be shown, OSError where it cannot be put there; the
    computed file then stays where it is.
    """
    new = unfinished_path(target)
    _verify(new, tables)
    os.chmod(new, SHARED_FILE)
    sync_file(new)
    # The log of a warehouse that someone opened to write belongs to the old file: beside the new one it would make
    # that one unopenable.
    target.with_name(target.name + ".wal").unlink(missing_ok=True)
    os.replace(new, target)
    sync_folder(target.parent)


def open_read_only(home: Path) -> duckdb.DuckDBPyConnection:
    """A connection to the published warehouse that can write nothing and reach no other file. duckdb.Error if there is none."""
    locked = {"enable_external_access": "false", "lock_configuration": "true", "autoload_known_extensions": "false"}
    return duckdb.connect(str(warehouse_path(home)), read_only=True, config=locked)


def _verify(new: Path, counts: Sequence[tuple[str, int]]) -> None:
    """Prove, on the file as it lies on the disk, that it is whole, that keys are unique, that nothing personal is in it."""
    with contextlib.closing(duckdb.connect(str(new), read_only=True, config={"memory_limit": "512MB"})) as con:
        if [(name, row_count(con, name)) for name in table_names(con)] != sorted(counts):
            raise PublicationFailed("the new warehouse has not the rows that were written to it; yesterday's stays")
        for contract in RETURNS.values():
            _prove_unique(con, f"clean.{contract.table}", ", ".join(key_in_force(contract)))
        for table in clean_tables():
            shown = [name for name, *_ in con.execute(f"DESCRIBE {table.name}").fetchall()]
            if shown != [column.name for column in table.columns]:
                raise PublicationFailed(f"the new warehouse has other columns in {table.name}; yesterday's stays")
            if "line" in shown:
                _prove_unique(con, table.name, "submission_id, line")
        personal = {column.name for contract in RETURNS.values() for column in contract.columns if column.personal}
        names = con.execute("SELECT DISTINCT column_name FROM duckdb_columns() WHERE NOT internal").fetchall()
        if shown := sorted(personal & {name for (name,) in names}):
            raise PublicationFailed(f"the new warehouse has personal columns ({', '.join(shown)}); yesterday's stays")


def _prove_unique(con: duckdb.DuckDBPyConnection, table: str, key: str) -> None:
    query = f"SELECT count(*) FROM (SELECT {key} FROM {table} GROUP BY {key} HAVING count(*) > 1)"
    if twice := single_row(con, query)[0]:
        raise PublicationFailed(f"{twice} keys are twice in {table} ({key}); yesterday's warehouse stays")
