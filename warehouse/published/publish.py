"""The warehouse that analysts open: built beside, verified, then put in place whole."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from expectations.contract.returns import RETURNS
from warehouse.contract_tables import (
    META_RELEASE,
    META_ROW_COUNTS,
    QUALITY_FILES,
    QUALITY_FINDINGS,
    QUALITY_PROVIDER_SCORES,
    Table,
    comment_statements,
    create_table,
)
from warehouse.durable_files import SHARED_FILE, private_files, sync_file, sync_folder
from warehouse.errors import PublicationFailed
from warehouse.published.clean import DETAIL, clean_tables, write_detail
from warehouse.published.in_force import key_in_force, materialise_in_force
from warehouse.published.quality import write_files, write_findings, write_scores
from warehouse.query_results import arrow_table, single_row
from warehouse.store.store import Store

__all__ = ["attach_in_force", "materialise_in_force", "open_read_only", "publish"]

#: Written so that analysts with DuckDB 1.5 can open it too.
STORAGE_VERSION = "v1.5.0"

Fill = Callable[[duckdb.DuckDBPyConnection, date], None]


def warehouse_path(home: Path) -> Path:
    """What analysts open."""
    return home / "warehouse.duckdb"


def publish(
    home: Path,
    store: Store,
    as_of: date,
    fill: Fill,
    meta: Mapping[str, Any],
    *,
    target: Path | None = None,
    now: datetime | None = None,
    detail: bool = False,
) -> list[tuple[str, int]]:
    """Build the warehouse as of a day and put it in place.

    Args:
        home: the home folder.
        store: the open store; its file is let go of for instants.
        as_of: the reference date.
        fill: makes every table that is not made here, from the schemas `in_force` and `history`; it writes `clean` and
            `work.cross_findings`. No personal value is within its reach.
        meta: what meta.release says beyond the reference date: run_id, suivi_version, programme_version, changes_since.
        target: where to publish instead of warehouse.duckdb, for a snapshot of a past day; the ledger learns nothing of it.
        detail: whether analysts get the schema `detail` too (setting analysts_detail).
        now: the night's moment, from which on the ledger knows what is found across returns; this moment if None.

    Returns:
        name and rows of each table.

    Raises PublicationFailed where the new warehouse is not fit to be shown. Whatever is raised, the old one stays.
    """
    target = target or warehouse_path(home)
    new = target.with_name(target.name + ".new")
    _sweep(target)
    learns = target == warehouse_path(home)
    try:
        counts = _build(new, store, as_of, fill, meta, now or datetime.now(UTC), learns=learns, detail=detail)
        _verify(new, counts)
        os.chmod(new, SHARED_FILE)
        sync_file(new)
        # The log of a warehouse that someone opened to write belongs to the old file: beside the new one it would make
        # that one unopenable.
        target.with_name(target.name + ".wal").unlink(missing_ok=True)
        os.replace(new, target)
        sync_folder(target.parent)
    finally:
        _sweep(target)
    return counts


def open_read_only(home: Path) -> duckdb.DuckDBPyConnection:
    """A connection to the published warehouse that can write nothing and reach no other file. duckdb.Error if there is none."""
    locked = {"enable_external_access": "false", "lock_configuration": "true", "autoload_known_extensions": "false"}
    return duckdb.connect(str(warehouse_path(home)), read_only=True, config=locked)


def attach_in_force(con: duckdb.DuckDBPyConnection, store: Store, as_of: date) -> None:
    """Attach to `con` what was in force on a day (materialise_in_force), for what is asked between nights."""
    with _store_attached(con, store):
        materialise_in_force(con, "private", as_of)


def _beside(target: Path) -> Iterator[Path]:
    for name in (".new", ".history.new"):
        path = target.with_name(target.name + name)
        yield from (path, path.with_name(path.name + ".wal"), path.with_name(path.name + ".tmp"))


def _sweep(target: Path) -> None:
    """Remove what a build has left beside the warehouse, this one's or a killed one's."""
    for path in _beside(target):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _build(
    new: Path, store: Store, as_of: date, fill: Fill, meta: Mapping[str, Any], now: datetime, *, learns: bool,
    detail: bool,
) -> list[tuple[str, int]]:
    config = {"storage_compatibility_version": STORAGE_VERSION}
    with private_files(), contextlib.closing(duckdb.connect(str(new), config=config)) as con:
        con.execute("SET TimeZone = 'UTC'")
        history = new.with_name(new.name.removesuffix(".new") + ".history.new")
        for schema in ("clean", "work", "quality", "meta"):
            con.execute(f"CREATE SCHEMA {schema}")
        with _store_attached(con, store):
            materialise_in_force(con, "private", as_of, history)
            write_files(con, "private", as_of)
        con.execute("BEGIN")  # once: some forty statements would each wait for the disk
        fill(con, as_of)
        if detail:
            write_detail(con)
        con.execute("COMMIT")
        # Of an earlier day the ledger must not learn: it would take what is known since for gone. Nor of a snapshot.
        if learns and store.last_received_on() <= as_of:
            store.note_cross_findings(str(meta.get("run_id", "")), now, _cross_findings(con))
        with _store_attached(con, store):
            write_findings(con, "private", as_of)
        write_scores(con)
        _write_release(con, as_of, meta)
        con.execute("DETACH in_force")
        con.execute("DETACH history")
        con.execute("DROP SCHEMA work CASCADE")
        con.execute("BEGIN")  # once: each comment of its own would wait for the disk
        _comment(con, [*clean_tables(), *([DETAIL] if detail else [])])
        counts = _count_rows(con)
        con.execute("COMMIT")
        # close() hides a full disk; CHECKPOINT tells of it
        con.execute("CHECKPOINT")
    if new.with_name(new.name + ".wal").exists():
        raise PublicationFailed(f"{new} was not written to its end: see that its disk has room")
    return counts


@contextlib.contextmanager
def _store_attached(con: duckdb.DuckDBPyConnection, store: Store) -> Iterator[None]:
    with store.released() as path:
        con.execute(f"ATTACH '{str(path).replace(chr(39), chr(39) * 2)}' AS private (READ_ONLY)")
        try:
            yield
        finally:
            con.execute("DETACH private")


def _cross_findings(con: duckdb.DuckDBPyConnection) -> Any:
    query = "SELECT submission_id, line, kind, provider_siret, column_name, rule, severity, message FROM work.cross_findings"
    return arrow_table(con, query)


def _write_release(con: duckdb.DuckDBPyConnection, as_of: date, meta: Mapping[str, Any]) -> None:
    con.execute(create_table(META_RELEASE))
    con.execute(
        "INSERT INTO meta.release"
        " SELECT $run_id, $as_of, $now, $suivi, $duckdb, $programme, count(*), max(submission_id), $since"
        " FROM quality.files",
        {
            "run_id": meta.get("run_id"), "as_of": as_of, "now": datetime.now(UTC), "suivi": meta.get("suivi_version"),
            "duckdb": duckdb.__version__, "programme": meta.get("programme_version"),
            "since": meta.get("changes_since"),
        },
    )  # fmt: skip


def _comment(con: duckdb.DuckDBPyConnection, for_analysts: Sequence[Table]) -> None:
    made_here = (QUALITY_FILES, QUALITY_FINDINGS, QUALITY_PROVIDER_SCORES, META_RELEASE, META_ROW_COUNTS)
    con.execute(create_table(META_ROW_COUNTS))
    for table in (*made_here, *for_analysts):
        for statement in comment_statements(table):
            con.execute(statement)


def _count_rows(con: duckdb.DuckDBPyConnection) -> list[tuple[str, int]]:
    """Count the rows of every table, and write that down."""
    counts = [(name, _rows(con, name)) for name in _tables(con) if name != META_ROW_COUNTS.name]
    con.executemany("INSERT INTO meta.row_counts VALUES (?, ?)", [list(count) for count in counts])
    return [*counts, (META_ROW_COUNTS.name, len(counts))]


def _tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    found = con.execute(
        "SELECT schema_name || '.' || table_name FROM duckdb_tables()"
        " WHERE database_name = current_database() AND NOT internal AND NOT temporary ORDER BY 1"
    ).fetchall()
    return [name for (name,) in found]


def _rows(con: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(single_row(con, f"SELECT count(*) FROM {table}")[0])


def _verify(new: Path, counts: list[tuple[str, int]]) -> None:
    """Prove, on the file as it lies on the disk, that it is whole, that keys are unique, that nothing personal is in it."""
    with contextlib.closing(duckdb.connect(str(new), read_only=True)) as con:
        if [(name, _rows(con, name)) for name in _tables(con)] != sorted(counts):
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
