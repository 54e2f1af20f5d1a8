"""What is known of bytes of which something was taken: the file, its rows, and the first file that replaced any of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import duckdb

from expectations.contract.returns import RETURNS
from warehouse.contract_tables import store_table


@dataclass(frozen=True)
class Sent:
    """A file as its sender knows it: its name, and the day on which it was received (Europe/Paris)."""

    name: str
    received_on: date


@dataclass(frozen=True)
class SentBefore:
    """A file that was taken on an earlier night. `rows` are scope and key of all its rows, as the store writes them."""

    sent: Sent
    replaced_by: Sent | None
    rows: Sequence[tuple[str, str]] = field(repr=False)


def sent_before(con: duckdb.DuckDBPyConnection, sha256: str) -> SentBefore:
    """The last file with these bytes of which anything was taken, from a store that has one."""
    ((number, kind, *sent),) = con.execute(
        "SELECT submission_id, kind, file_name, received_on FROM submissions"
        " WHERE sha256 = ? AND decision IN ('accepted', 'partial') ORDER BY submission_id DESC LIMIT 1",
        [sha256],
    ).fetchall()
    later = con.execute(
        "SELECT s.file_name, s.received_on FROM closings AS c JOIN submissions AS s ON s.submission_id = c.closed_by"
        " WHERE c.kind = ? AND c.submission_id = ? ORDER BY c.closed_by LIMIT 1",
        [kind, number],
    ).fetchall()
    table = store_table(RETURNS[kind])
    rows = con.execute(f"SELECT scope, row_key FROM {table} WHERE submission_id = ?", [number]).fetchall()
    return SentBefore(Sent(*sent), Sent(*later[0]) if later else None, rows)
