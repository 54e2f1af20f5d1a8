"""What is known of bytes of which something was taken: the file, its rows, and the first file that replaced any of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import duckdb

from expectations.contract.returns import RETURNS
from warehouse.query_results import read_sql, single_row
from warehouse.table_declarations import store_table


@dataclass(frozen=True)
class SentFile:
    """A file as its sender knows it: its name, and the day on which it was received (Europe/Paris)."""

    name: str
    received_on: date


@dataclass(frozen=True)
class SentBefore:
    """A file that was taken on an earlier night. `rows` are scope and key of all its rows, as the store writes them."""

    sent: SentFile
    replaced_by: SentFile | None
    rows: Sequence[tuple[str, str]] = field(repr=False)


def sent_before(con: duckdb.DuckDBPyConnection, sha256: str) -> SentBefore:
    """The last file with these bytes of which anything was taken, from a store that has one."""
    number, kind, *sent = single_row(con, read_sql("warehouse.intake", "last_file_taken"), {"sha256": sha256})
    later = con.execute(read_sql("warehouse.intake", "first_file_that_replaced"), {"kind": kind, "number": number}).fetchall()
    table = store_table(RETURNS[kind])
    rows = con.execute(f"SELECT scope, row_key FROM {table} WHERE submission_id = ?", [number]).fetchall()
    return SentBefore(SentFile(*sent), SentFile(*later[0]) if later else None, rows)
