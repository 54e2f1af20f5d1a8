"""Databases without the rows of erased persons: written anew, since DuckDB leaves what was deleted in its file."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import duckdb

from expectations.contract.returns import RETURNS
from warehouse.contract_tables import store_table
from warehouse.durable_files import private_files, sync_file, sync_folder
from warehouse.erasure.erased_persons import Erased
from warehouse.errors import StoreUnusable, told_of
from warehouse.published.published_tables import DETAIL
from warehouse.published.unfinished_file import STORAGE_VERSION
from warehouse.query_results import quoted, single_row
from warehouse.store.store import Store

Counts = Mapping[str, int]
#: records that are but marks in the archive: SHA-256 of the file, line, up to which file that is so (None: all)
Lines = Iterable[tuple[str, int, int | None]]
#: what is now said of a file: SHA-256, rule, sentence
Retold = Iterable[tuple[str, str, str]]
#: gives a mail's subject and content without them; its first argument is the Message-ID
Clean = Callable[[str, str, bytes], tuple[str, bytes]]

#: the kinds of return that are about learners: their keys begin with provider, session and reference
_KINDS = tuple(contract for contract in RETURNS.values() if "learner_ref" in contract.key)
_KEY = ("provider_siret", "session_id", "learner_ref")
assert all(contract.key[:3] == _KEY for contract in _KINDS)


def _part(place: int) -> str:
    """A part of a key. DuckDB 2.0.0 cannot compare what split_part gives of a column that is NULL throughout."""
    return f"split_part(coalesce(x.row_key, ''), chr(31), {place})"


_KNOWN = " UNION ".join(
    [f"SELECT {', '.join(_KEY)} FROM old.{store_table(contract)}" for contract in _KINDS]
    + [
        f"SELECT {', '.join(map(_part, (1, 2, 3)))} FROM old.{table} AS x"
        " JOIN old.submissions AS s ON s.submission_id = x.submission_id"
        f" WHERE x.row_key IS NOT NULL AND s.kind IN ({', '.join(quoted(contract.kind) for contract in _KINDS)})"
        for table in ("quarantined_rows", "findings", "cross_findings")
    ]
)
# `persons` are the keys of those erased, `marked` the records of which an original has but a mark.
_LOOK_UP = f"""
    CREATE TEMP TABLE keyed AS
    SELECT provider_siret || chr(31) || session_id || chr(31) || learner_ref AS row_key FROM persons;
    CREATE TEMP TABLE gone_rows AS
    {" UNION ALL ".join(
        f"SELECT '{c.kind}' AS kind, submission_id, line FROM old.{store_table(c)} SEMI JOIN persons USING ({', '.join(_KEY)})"
        for c in _KINDS
    )};
    CREATE TEMP TABLE gone_lines AS
    SELECT submission_id, line FROM gone_rows
    UNION
    SELECT s.submission_id, m.line FROM marked AS m JOIN old.submissions AS s ON s.sha256 = m.sha256
    WHERE s.submission_id <= coalesce(m.up_to, s.submission_id);
    CREATE TEMP TABLE of_learners AS
    SELECT submission_id FROM old.submissions WHERE kind IN ({", ".join(quoted(c.kind) for c in _KINDS)});
    CREATE TEMP TABLE gone_findings AS
    SELECT 'finding' AS what, finding_id FROM old.findings AS x
    WHERE {{about}} OR (submission_id, line) IN (FROM gone_lines)
    UNION ALL
    SELECT 'cross_finding', finding_id FROM old.cross_findings AS x
    WHERE {{about}} OR (submission_id, line) IN (FROM gone_lines);
    CREATE TEMP TABLE numbers AS
    SELECT what, finding_id, row_number() OVER (PARTITION BY what ORDER BY finding_id) AS new_id
    FROM (
        SELECT 'finding' AS what, finding_id FROM old.findings
        UNION ALL
        SELECT 'cross_finding', finding_id FROM old.cross_findings
    )
    WHERE (what, finding_id) NOT IN (FROM gone_findings)
"""
_ABOUT = f"""
    (x.submission_id IN (FROM of_learners) AND concat_ws(chr(31), {", ".join(map(_part, (1, 2, 3)))}) IN (FROM keyed))
"""
_OF_FINDING = "SELECT finding_id FROM gone_findings WHERE what = 'finding'"
_OF_CROSS = "SELECT finding_id FROM gone_findings WHERE what = 'cross_finding'"
#: which rows of the store's tables go, `x` being the table
_GONE = {
    **{
        store_table(c): f"(x.submission_id, x.line) IN (SELECT submission_id, line FROM gone_rows WHERE kind = '{c.kind}')"
        for c in _KINDS
    },
    "closings": "(x.kind, x.submission_id, x.line) IN (FROM gone_rows)",
    "quarantined_rows": _ABOUT,
    "findings": f"x.finding_id IN ({_OF_FINDING})",
    "resolutions": f"x.finding_id IN ({_OF_FINDING})",
    "cross_findings": f"x.finding_id IN ({_OF_CROSS})",
    "cross_resolutions": f"x.finding_id IN ({_OF_CROSS})",
    "told": "(x.what IN ('finding', 'resolution') AND x.number IN (" + _OF_FINDING + "))"
            " OR (x.what IN ('cross_finding', 'cross_resolution') AND x.number IN (" + _OF_CROSS + "))",
}  # fmt: skip
# The findings that stay are numbered anew without a gap, as they are by a rebuild from an archive without the persons.
_NUMBERED = """
    SELECT x.* REPLACE (n.new_id AS finding_id)
    FROM old.{table} AS x JOIN numbers AS n ON n.what = '{what}' AND n.finding_id = x.finding_id ORDER BY x.rowid
"""
_COPIED = {
    # what they named had arrived, and is not awaited again
    "erased_scopes": "FROM old.erased_scopes UNION "
    + " UNION ".join(
        f"SELECT submission_id, '{c.kind}', scope FROM old.{store_table(c)} SEMI JOIN persons USING ({', '.join(_KEY)})"
        for c in _KINDS
    ),
    "findings": """
        SELECT x.* REPLACE (n.new_id AS finding_id, coalesce(r.message, x.message) AS message)
        FROM old.findings AS x
        JOIN numbers AS n ON n.what = 'finding' AND n.finding_id = x.finding_id
        JOIN old.submissions AS s ON s.submission_id = x.submission_id
        LEFT JOIN retold AS r ON x.line IS NULL AND r.sha256 = s.sha256 AND r.rule = x.rule
        ORDER BY x.rowid
    """,
    "outbox": """
        SELECT x.* REPLACE (coalesce(m.subject, x.subject) AS subject, coalesce(m.content, x.content) AS content)
        FROM old.outbox AS x LEFT JOIN mails AS m ON m.message_id = x.message_id ORDER BY x.rowid
    """,
    "resolutions": _NUMBERED.format(table="resolutions", what="finding"),
    "cross_findings": _NUMBERED.format(table="cross_findings", what="cross_finding"),
    "cross_resolutions": _NUMBERED.format(table="cross_resolutions", what="cross_finding"),
    "told": f"""
        SELECT x.* REPLACE (coalesce(n.new_id, x.number) AS number)
        FROM old.told AS x
        LEFT JOIN numbers AS n ON n.what = replace(x.what, 'resolution', 'finding') AND n.finding_id = x.number
        WHERE coalesce(NOT ({_GONE["told"]}), TRUE) ORDER BY x.rowid
    """,
}


def forget_in_store(
    store: Store, erased: Erased, marked: Lines, retold: Retold = (), clean: Clean | None = None, *, dry_run: bool = False
) -> Counts:
    """Write the store anew without the persons who were erased, and put it in its place whole.

    Args:
        store: the open store; it is let go of, and open again afterwards.
        erased: who they are.
        marked: the records that are but marks in the archive.
        retold: sentences that quoted what is no longer in the file.
        clean: gives a mail's subject and content without them; None to leave the mails alone.
        dry_run: only count.

    Returns:
        the rows that went, by table. Raises StoreUnusable where it cannot be written; the old one then stays.
    """

    def look_up(con: duckdb.DuckDBPyConnection) -> None:
        keys = [key for key in con.execute(_KNOWN).fetchall() if erased.is_person(*key)]
        con.execute("CREATE TEMP TABLE persons (provider_siret VARCHAR, session_id VARCHAR, learner_ref VARCHAR)")
        con.execute("CREATE TEMP TABLE marked (sha256 VARCHAR, line INTEGER, up_to BIGINT)")
        con.execute("CREATE TEMP TABLE mails (message_id VARCHAR, subject VARCHAR, content BLOB)")
        con.execute(_RETOLD)
        for table, rows in (
            ("persons", keys), ("marked", list(marked)), ("retold", list(retold)), ("mails", _changed_mails(con, clean)),
        ):  # fmt: skip
            if rows:
                con.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
        con.execute(_LOOK_UP.format(about=_ABOUT))

    try:
        with store.released() as path:
            gone = _rewritten(path, _GONE, look_up, copied=_COPIED, mode=0o600, dry_run=dry_run)
    except duckdb.Error as error:
        raise StoreUnusable(f"could not write the store anew: {store.path} {told_of(error, 'room for two')}") from None
    return gone


def _changed_mails(con: duckdb.DuckDBPyConnection, clean: Clean | None) -> list[tuple[str, str, bytes]]:
    if clean is None:
        return []
    changed = []
    for message_id, subject, content in con.execute("SELECT message_id, subject, content FROM old.outbox").fetchall():
        if (now := clean(message_id, subject, bytes(content))) != (subject, bytes(content)):
            changed.append((message_id, *now))
    return changed


def forget_in_warehouse(path: Path, erased: Erased, retold: Retold = (), *, dry_run: bool = False) -> Counts:
    """Write a snapshot anew without the rows of erased persons, and with what is now said; its indicators stay as published.

    Returns the rows that went, by table, and how many sentences changed; nothing is written where there are none. duckdb.Error
    if it cannot be read.
    """
    told: list[int] = []

    def look_up(con: duckdb.DuckDBPyConnection) -> None:
        con.execute("CREATE TEMP TABLE persons (learner_key VARCHAR)")
        con.execute("CREATE TEMP TABLE purged (provider_siret VARCHAR, session_id VARCHAR)")
        for table, rows in (("persons", [(key,) for key in erased.learner_keys]), ("purged", list(erased.purged))):
            if rows:
                con.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
        con.execute(_RETOLD)
        if sentences := list(retold):
            con.executemany("INSERT INTO retold VALUES (?, ?, ?)", sentences)
        told.append(int(single_row(con, f"SELECT count(*) FROM ({_OF_SNAPSHOT}) AS x WHERE x.message <> x.said")[0]))

    is_gone = "x.learner_key IN (FROM persons) OR (x.provider_siret, x.session_id) IN (FROM purged)"
    gone = {f"clean.{contract.table}": is_gone for contract in _KINDS}
    gone[DETAIL.name] = f"x.learner_key IN (SELECT x.learner_key FROM old.clean.learners AS x WHERE {is_gone})"
    copied = {"quality.findings": f"SELECT * EXCLUDE (said) REPLACE (said AS message) FROM ({_OF_SNAPSHOT})"}
    mode = path.stat().st_mode & 0o777
    counts = _rewritten(
        path, gone, look_up, copied=copied, mode=mode, dry_run=dry_run, storage=STORAGE_VERSION,
        is_needed=lambda counts: any(counts.values()) or any(told),
    )  # fmt: skip
    return {**counts, "quality.findings": sum(told)}


_RETOLD = "CREATE TEMP TABLE retold (sha256 VARCHAR, rule VARCHAR, message VARCHAR)"
_OF_SNAPSHOT = """
    SELECT x.*, coalesce(r.message, x.message) AS said
    FROM old.quality.findings AS x
    JOIN old.quality.files AS f ON f.submission_id = x.submission_id
    LEFT JOIN retold AS r ON x.line IS NULL AND r.sha256 = f.sha256 AND r.rule = x.rule
    ORDER BY x.rowid
"""


def _rewritten(
    path: Path, gone: Mapping[str, str], look_up: Callable[[duckdb.DuckDBPyConnection], None], *, mode: int, dry_run: bool,
    copied: Mapping[str, str] | None = None, storage: str = "latest", is_needed: Callable[[Counts], bool] = lambda counts: True,
) -> Counts:  # fmt: skip
    new = path.with_name(path.name + ".new")
    _sweep(new)
    try:
        with private_files(), contextlib.closing(duckdb.connect(config={"temp_directory": f"{new}.tmp"})) as con:
            con.execute("SET TimeZone = 'UTC'")
            con.execute(f"ATTACH {quoted(str(path))} AS old (READ_ONLY)")
            look_up(con)
            tables = _tables(con)
            counts = {
                name: int(single_row(con, f"SELECT count(*) FROM old.{name} AS x WHERE {gone[name]}")[0])
                for name in tables if name in gone
            }  # fmt: skip
            if dry_run or not is_needed(counts):
                return counts
            con.execute(f"ATTACH {quoted(str(new))} AS fresh (STORAGE_VERSION '{storage}')")
            con.execute("COPY FROM DATABASE old TO fresh (SCHEMA)")
            for name in tables:
                _copy(con, name, gone.get(name), (copied or {}).get(name))
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
        _sweep(new)


_ROW_COUNTS = "meta.row_counts"


def _copy(con: duckdb.DuckDBPyConnection, name: str, is_gone: str | None, copied: str | None) -> None:
    if name == _ROW_COUNTS:  # what the other tables hold now; it comes after them
        for table, _ in con.execute(f"SELECT table_name, rows FROM old.{name} ORDER BY rowid").fetchall():
            con.execute(f"INSERT INTO fresh.{name} SELECT ?, count(*) FROM fresh.{table}", [table])
        return
    condition = "" if is_gone is None else f" WHERE coalesce(NOT ({is_gone}), TRUE)"
    con.execute(f"INSERT INTO fresh.{name} {copied or f'SELECT * FROM old.{name} AS x{condition}'}")


def _tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The tables of the old database, schema-qualified where it is not `main`; the counts of the others last."""
    rows = con.execute(
        "SELECT CASE WHEN schema_name = 'main' THEN '' ELSE schema_name || '.' END || table_name FROM duckdb_tables()"
        " WHERE database_name = 'old' AND NOT internal ORDER BY 1"
    ).fetchall()
    return sorted((name for (name,) in rows), key=lambda name: name == _ROW_COUNTS)


def _sweep(new: Path) -> None:
    for left in (new, new.with_name(new.name + ".wal")):
        left.unlink(missing_ok=True)
    shutil.rmtree(new.with_name(new.name + ".tmp"), ignore_errors=True)
