"""Which warehouses were published, and which files they knew: asked of the store."""

from __future__ import annotations

from datetime import date

import duckdb

from warehouse.query_results import read_sql, single_row
from warehouse.store.submission import Release


def last_submission(con: duckdb.DuckDBPyConnection, store_alias: str, as_of: date) -> int:
    """The last file received by the end of that day, 0 for none. The ledger's days never go back: all before it are too."""
    query = f"SELECT coalesce(max(submission_id), 0) FROM {store_alias}.submissions WHERE received_on <= ?"
    return int(single_row(con, query, [as_of])[0])


def release_before(con: duckdb.DuckDBPyConnection, as_of: date) -> Release | None:
    """What was published last of an earlier reference date than that, from the store's connection; None if nothing was.

    Two nights of one day have the same one before them, so a night repeated after a kill has that of the first.
    """
    rows = con.execute(read_sql("warehouse.published", "release_before"), {"as_of": as_of}).fetchall()
    if not rows:
        return None
    run_id, released_as_of, programme_version = rows[0]
    return Release(run_id, released_as_of, programme_version, last_submission(con, "main", released_as_of))
