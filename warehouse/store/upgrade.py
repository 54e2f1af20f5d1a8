"""Brings a store that an earlier version wrote to today's tables: only what was never filled is made anew."""

from __future__ import annotations

import duckdb

from warehouse.contract_tables import create_table
from warehouse.query_results import read_sql
from warehouse.store.schema import SCHEMA_VERSION, store_tables

#: Version 1 had an outbox into which nothing was ever put.
_REPLACED_SINCE: dict[int, tuple[str, ...]] = {1: ("outbox",), 2: (), 3: (), 4: ()}

# Before version 4 the sender stood in the file's name alone, as it is shown (see senders.sender_of).
_SENDERS_OF_NAMES = """
    INSERT INTO submissions
    SELECT *, CASE WHEN contains(file_name, '/') THEN nfc_normalize(split_part(file_name, '/', 1)) ELSE '' END, NULL
    FROM submissions_before ORDER BY submission_id
"""

# Before version 3 nobody wrote down which nights noted what they found across returns: those that ended, unless they were
# about an earlier day than the last file's. The moment is what Store.note_cross_findings makes of theirs.
_EXAMINED_BEFORE = """
    INSERT INTO examinations
    WITH
    ordered AS (SELECT run_id, started_at, as_of, state, rowid AS place FROM nights),
    received AS (
        SELECT o.place, s.received_at, s.received_on FROM submissions AS s JOIN ordered AS o ON o.run_id = s.run_id
    ),
    known AS (
        SELECT o.run_id, o.place, o.started_at, o.as_of, max(r.received_at) AS last_at, max(r.received_on) AS last_on
        FROM ordered AS o LEFT JOIN received AS r ON r.place <= o.place
        WHERE o.state = 'done'
        GROUP BY o.run_id, o.place, o.started_at, o.as_of
    )
    SELECT run_id, greatest(started_at, last_at) FROM known WHERE last_on IS NULL OR last_on <= as_of ORDER BY place
"""


def can_upgrade(version: int | None) -> bool:
    """Whether a store of that version can be brought up to date."""
    return version in _REPLACED_SINCE


def upgrade(con: duckdb.DuckDBPyConnection, version: int) -> None:
    """Make what is missing and note the new version; called in a transaction, so that a kill leaves the old store."""
    for name in _REPLACED_SINCE[version]:
        con.execute(f"DROP TABLE IF EXISTS {name}")
    if version < 4:  # made anew: DuckDB cannot demand that a column is filled once its table was changed in the transaction
        con.execute("ALTER TABLE submissions RENAME TO submissions_before")
    present = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal").fetchall()}
    if "told" in present:
        con.execute(read_sql("warehouse.store", "upgrade_from_version_4"))
        present.add("notified")
    for table in store_tables():
        if table.name not in present:
            con.execute(create_table(table))
    if version < 4:
        con.execute(_SENDERS_OF_NAMES)
        con.execute("DROP TABLE submissions_before")
    if version < 3:
        con.execute(_EXAMINED_BEFORE)
    con.execute("UPDATE meta SET schema_version = ?", [SCHEMA_VERSION])
