"""A warehouse that is not published yet: a file beside the one that it is to replace, for the night's own user alone."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb

from warehouse.durable_files import private_files
from warehouse.errors import PublicationFailed
from warehouse.query_results import quoted
from warehouse.store.store import Store

#: Written so that analysts with DuckDB 1.5 can open it too.
STORAGE_VERSION = "v1.5.0"
#: What DuckDB may hold in memory; what is more lies beside the file for as long.
_MEMORY = "1GB"
#: the name under which the store is attached to what is computed from it
STORE_ALIAS = "private"


def unfinished_path(target: Path) -> Path:
    """The file in which a warehouse is computed that is to be published as `target`."""
    return target.with_name(target.name + ".new")


def steps_folder(target: Path) -> Path:
    """The folder of the steps on the way, while the warehouse is computed by an engine that writes files."""
    return target.with_name(target.name + ".steps.new")


def history_path(target: Path) -> Path:
    """The file that holds every version of every row while the warehouse is computed."""
    return target.with_name(target.name + ".history.new")


@contextlib.contextmanager
def unfinished_warehouse(target: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a new file beside `target`, for the block; what killed nights have left there is removed before.

    After the block the file at `unfinished_path(target)` is whole and closed. Where the block raises, nothing stays.
    Raises PublicationFailed where the disk did not take all of it.
    """
    remove_unfinished(target)
    new = unfinished_path(target)
    try:
        config = {"storage_compatibility_version": STORAGE_VERSION}
        with private_files(), contextlib.closing(duckdb.connect(str(new), config=config)) as con:
            con.execute(f"SET TimeZone = 'UTC'; SET memory_limit = '{_MEMORY}'")
            yield con
            # close() hides a full disk; CHECKPOINT tells of it
            con.execute("CHECKPOINT")
        if new.with_name(new.name + ".wal").exists():
            raise PublicationFailed(f"{new} was not written to its end: see that its disk has room")
    except BaseException:
        remove_unfinished(target)
        raise
    _remove(history_path(target))
    _remove(steps_folder(target))


@contextlib.contextmanager
def store_attached(con: duckdb.DuckDBPyConnection, store: Store) -> Iterator[None]:
    """The store, read only, under STORE_ALIAS for the block; it is let go of by its own connection for as long."""
    with store.closed_meanwhile() as path:
        con.execute(f"ATTACH {quoted(str(path))} AS {STORE_ALIAS} (READ_ONLY)")
        try:
            yield
        finally:
            con.execute(f"DETACH {STORE_ALIAS}")


def remove_unfinished(target: Path) -> None:
    """Remove what was computed beside `target` and not published, by this night or by one that was killed."""
    _remove(unfinished_path(target))
    _remove(history_path(target))
    _remove(steps_folder(target))


def _remove(database: Path) -> None:
    for path in (database, database.with_name(database.name + ".wal"), database.with_name(database.name + ".tmp")):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
