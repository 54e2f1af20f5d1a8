"""Databases without the rows of erased persons: written anew, since DuckDB leaves what was deleted in its file."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from expectations.contract.returns import RETURNS
from warehouse.durable_files import private_files, sync_file, sync_folder
from warehouse.erasure.erased_persons import ErasedPersons
from warehouse.errors import StoreUnusable, safe_description
from warehouse.published.published_tables import DETAIL
from warehouse.published.unfinished_file import STORAGE_VERSION
from warehouse.query_results import quoted, read_sql, single_row
from warehouse.store.store import Store
from warehouse.table_declarations import store_table

Counts = Mapping[str, int]
#: records that are but marks in the archive: SHA-256 of the file, line, up to which file that is so (None: all)
MarkedLines = Iterable[tuple[str, int, int | None]]
#: what is now said of a file as a whole: SHA-256, rule, sentence
NewSentences = Iterable[tuple[str, str, str]]
#: gives a mail's subject and content without the persons; its first argument is the Message-ID
CleanMail = Callable[[str, str, bytes], tuple[str, bytes]]

_SQL_PACKAGE = "warehouse.erasure"
#: the kinds of return that are about learners: their keys begin with provider, session and reference
_KINDS = tuple(contract for contract in RETURNS.values() if "learner_ref" in contract.key)
assert all(contract.key[:3] == ("provider_siret", "session_id", "learner_ref") for contract in _KINDS)
# the .sql files name them
assert [(contract.kind, store_table(contract)) for contract in _KINDS] == [
    ("apprenants", "rows_learners"), ("suivi", "rows_followups"),
]  # fmt: skip

#: the store's tables of which rows may go
_STORE_TABLES = (
    *map(store_table, _KINDS), "closings", "quarantined_rows", "findings", "resolutions", "cross_findings", "cross_resolutions",
    "notified", "audit_results",
)  # fmt: skip
_ROW_COUNTS = "meta.row_counts"


def remove_from_store(
    store: Store, erased: ErasedPersons, marked: MarkedLines, new_sentences: NewSentences = (), clean: CleanMail | None = None, *,
    dry_run: bool = False,
) -> Counts:  # fmt: skip
    """Write the store anew without the persons who were erased, and put it in its place whole.

    Args:
        store: the open store; it is let go of, and open again afterwards.
        erased: who they are.
        marked: the records that are but marks in the archive.
        new_sentences: they take the place of sentences that quoted what is no longer in the file.
        clean: gives a mail's subject and content without the persons; None to leave the mails alone.
        dry_run: only count.

    Returns:
        the rows that went, by table. Raises StoreUnusable where it cannot be written; the old one then stays.
    """

    def look_up(con: duckdb.DuckDBPyConnection, _: Collection[str]) -> None:
        keys = [key for key in con.execute(read_sql(_SQL_PACKAGE, "learners_named")).fetchall() if erased.is_person(*key)]
        con.execute(read_sql(_SQL_PACKAGE, "tables_of_erasure"))
        _fill(con, "persons", keys)
        _fill(con, "erased_keys", ((key,) for key in erased.learner_keys))
        _fill(con, "marked", marked)
        _fill(con, "new_sentences", new_sentences)
        _fill(con, "mails", _changed_mails(con, clean))
        con.execute(read_sql(_SQL_PACKAGE, "rows_that_go"))

    copies = {
        "erased_scopes": read_sql(_SQL_PACKAGE, "scopes_that_arrived"),
        "outbox": read_sql(_SQL_PACKAGE, "mails_without_persons"),
        "audit_items": read_sql(_SQL_PACKAGE, "audit_items_without_persons"),
        "notified": read_sql(_SQL_PACKAGE, "notifications_that_stay"),
        "findings": read_sql(_SQL_PACKAGE, "findings_that_stay"),
        "resolutions": read_sql(_SQL_PACKAGE, "renumbered_rows_that_stay", table="resolutions", what="finding"),
        "cross_findings": read_sql(_SQL_PACKAGE, "renumbered_rows_that_stay", table="cross_findings", what="cross_finding"),
        "cross_resolutions": read_sql(_SQL_PACKAGE, "renumbered_rows_that_stay", table="cross_resolutions", what="cross_finding"),
    }
    try:
        with store.closed_meanwhile() as path:
            return _rewritten(path, _STORE_TABLES, look_up, copies=copies, mode=0o600, dry_run=dry_run)
    except duckdb.Error as error:
        raise StoreUnusable(f"could not write the store anew: {store.path} {safe_description(error, 'room for two')}") from None


def _changed_mails(con: duckdb.DuckDBPyConnection, clean: CleanMail | None) -> list[tuple[str, str, bytes]]:
    if clean is None:
        return []
    changed = []
    for message_id, subject, content in con.execute("SELECT message_id, subject, content FROM old.outbox").fetchall():
        if (now := clean(message_id, subject, bytes(content))) != (subject, bytes(content)):
            changed.append((message_id, *now))
    return changed


def remove_from_snapshot(path: Path, erased: ErasedPersons, new_sentences: NewSentences = (), *, dry_run: bool = False) -> Counts:
    """Write a snapshot anew without the rows of erased persons, and with what is now said; its indicators stay as published.

    Returns the rows that went, by table, and how many sentences changed; nothing is written where there are none. duckdb.Error
    if it cannot be read.
    """
    clean_tables = [f"clean.{contract.table}" for contract in _KINDS]
    changed_sentences = 0

    def look_up(con: duckdb.DuckDBPyConnection, tables: Collection[str]) -> None:
        nonlocal changed_sentences
        con.execute(read_sql(_SQL_PACKAGE, "tables_of_erasure_in_snapshot"))
        _fill(con, "persons", ((key,) for key in erased.learner_keys))
        _fill(con, "purged", erased.purged)
        _fill(con, "new_sentences", new_sentences)
        changed_sentences = int(single_row(con, read_sql(_SQL_PACKAGE, "count_new_sentences_of_snapshot"))[0])
        for name in clean_tables:
            if name in tables:
                con.execute(read_sql(_SQL_PACKAGE, "snapshot_rows_that_go", table=name))
        if DETAIL.name in tables:
            con.execute(read_sql(_SQL_PACKAGE, "snapshot_details_that_go", table=DETAIL.name))

    counts = _rewritten(
        path, [*clean_tables, DETAIL.name], look_up, copies={"quality.findings": read_sql(_SQL_PACKAGE, "snapshot_findings")},
        mode=path.stat().st_mode & 0o777, dry_run=dry_run, storage=STORAGE_VERSION,
        is_needed=lambda counts: any(counts.values()) or changed_sentences > 0,
    )  # fmt: skip
    return {**counts, "quality.findings": changed_sentences}


def _fill(con: duckdb.DuckDBPyConnection, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    if found := list(rows):
        con.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(found[0]))})", found)


def _rewritten(
    path: Path, may_lose: Collection[str], look_up: Callable[[duckdb.DuckDBPyConnection, Collection[str]], None], *,
    copies: Mapping[str, str], mode: int, dry_run: bool, storage: str = "latest",
    is_needed: Callable[[Counts], bool] = lambda counts: True,
) -> Counts:  # fmt: skip
    """Write a database anew and put it in its place whole; how many rows went, by table.

    Args:
        path: the closed database.
        may_lose: the tables of which rows may go.
        look_up: is given a connection to which it is attached as `old`, and its tables; fills the table `rows_that_go`.
        copies: by table the query that gives its new rows, where that is more than leaving some out.
        mode: of the new file.
        dry_run: only count.
        storage: DuckDB's version of the new file.
        is_needed: says of the counts whether anything has to be written.
    """
    new = path.with_name(path.name + ".new")
    _remove_unfinished(new)
    try:
        with private_files(), contextlib.closing(duckdb.connect(config={"temp_directory": f"{new}.tmp"})) as con:
            con.execute("SET TimeZone = 'UTC'")
            con.execute(f"ATTACH {quoted(str(path))} AS old (READ_ONLY)")
            tables = _tables(con)
            look_up(con, tables)
            going = dict(con.execute("SELECT table_name, count(*) FROM rows_that_go GROUP BY table_name").fetchall())
            counts = {name: going.get(name, 0) for name in tables if name in may_lose}
            if dry_run or not is_needed(counts):
                return counts
            con.execute(f"ATTACH {quoted(str(new))} AS fresh (STORAGE_VERSION '{storage}')")
            con.execute("COPY FROM DATABASE old TO fresh (SCHEMA)")
            for name in tables:
                _copy(con, name, copies.get(name))
            con.execute("CHECKPOINT fresh")
            for name in tables:
                before, after = (int(single_row(con, f"SELECT count(*) FROM {db}.{name}")[0]) for db in ("old", "fresh"))
                if name not in (_ROW_COUNTS, "erased_scopes") and after != before - counts.get(name, 0):
                    raise StoreUnusable(f"{path} could not be written anew whole; it stays as it was")
        if new.with_name(new.name + ".wal").exists():
            raise StoreUnusable(f"{new} was not written to its end: see that its disk has room")
        os.chmod(new, mode)
        sync_file(new)
        os.replace(new, path)
        path.with_name(path.name + ".wal").unlink(missing_ok=True)
        sync_folder(path.parent)
        return counts
    finally:
        _remove_unfinished(new)


def _copy(con: duckdb.DuckDBPyConnection, name: str, query: str | None) -> None:
    if name == _ROW_COUNTS:  # what the other tables hold now; it comes after them
        for table, _ in con.execute(f"SELECT table_name, rows FROM old.{name} ORDER BY rowid").fetchall():
            con.execute(f"INSERT INTO fresh.{name} SELECT ?, count(*) FROM fresh.{table}", [table])
        return
    con.execute(f"INSERT INTO fresh.{name}\n{query or read_sql(_SQL_PACKAGE, 'rows_that_stay', table=name)}")


def _tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables of the old database, schema-qualified where it is not `main`; the counts of the others last."""
    rows = con.execute(read_sql(_SQL_PACKAGE, "tables_of_old_database")).fetchall()
    return sorted((name for (name,) in rows), key=lambda name: name == _ROW_COUNTS)


def _remove_unfinished(new: Path) -> None:
    for left in (new, new.with_name(new.name + ".wal")):
        left.unlink(missing_ok=True)
    shutil.rmtree(new.with_name(new.name + ".tmp"), ignore_errors=True)
