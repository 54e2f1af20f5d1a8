"""The history of what was found across returns: since when each finding stands, and when it went.

A finding is the same one night after night while its row (file and line), its rule and its column are.
"""

from __future__ import annotations

from datetime import datetime

import duckdb
import pyarrow as pa

from expectations.contract.returns import RETURNS
from warehouse.query_results import read_sql
from warehouse.table_declarations import store_table

_SQL_PACKAGE = "warehouse.store"


def update_history(con: duckdb.DuckDBPyConnection, at: datetime, rows: pa.Table, first: int) -> None:
    """Bring the history up to what a night found.

    Args:
        con: the store, in a transaction.
        at: the night's moment.
        rows: all that the night found, with the columns of work.cross_findings.
        first: the number of the first new finding.
    """
    con.register("found", rows)
    try:
        con.execute(read_sql(_SQL_PACKAGE, "keys_of_found_rows"))
        for contract in RETURNS.values():
            con.execute(read_sql(_SQL_PACKAGE, "key_rows_found", table=store_table(contract)), {"kind": contract.kind})
        con.execute(read_sql(_SQL_PACKAGE, "findings_seen"))
        con.execute(read_sql(_SQL_PACKAGE, "findings_standing"))
        con.execute(read_sql(_SQL_PACKAGE, "open_cross_findings"), {"first": first, "at": at})
        con.execute(read_sql(_SQL_PACKAGE, "close_cross_findings"), {"at": at})
    finally:
        con.unregister("found")


def note_examined(con: duckdb.DuckDBPyConnection, run_id: str, at: datetime) -> None:
    """Note that a night has looked across returns, at that moment; the first time that it did counts."""
    con.execute(read_sql(_SQL_PACKAGE, "note_examination"), {"run_id": run_id, "at": at})
