"""What of a store is nowhere else: what people were told, and the mails. Taken out of the old store, put into a rebuilt one."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from expectations.contract.returns import RETURNS
from warehouse.contract_tables import store_table
from warehouse.notifications.not_yet_notified import note_overdue
from warehouse.query_results import arrow_table
from warehouse.store.schema import store_tables
from warehouse.store.store import Store

Overdue = tuple[datetime, date, Sequence[Mapping[str, Any]]]

#: the tables that archive and ledger give again
DERIVED = frozenset({
    "meta", "nights", "night_rules", "examinations", "submissions", "held_answers", "bound_senders",
    "quarantined_rows", "closings", "findings", "resolutions",
    "cross_findings", "cross_resolutions", "erased_scopes", *(store_table(contract) for contract in RETURNS.values()),
})  # fmt: skip
#: all others but `notified`, whose numbers may be others in the rebuilt store
CARRIED = tuple(table.name for table in store_tables() if table.name not in DERIVED | {"notified"})

# Whatever there is to tell, by what it is: its number may be another one where newer code finds more, or less.
_THINGS = """
    WITH
    of_files AS (
        SELECT finding_id, concat_ws('|', submission_id, coalesce(line, 0), coalesce(column_name, '-'), rule) AS thing
        FROM findings
    ),
    across AS (
        SELECT
            finding_id,
            concat_ws('|', submission_id, coalesce(line, 0), coalesce(column_name, '-'), rule, epoch_us(opened_at)) AS thing
        FROM cross_findings
    ),
    settled AS (
        SELECT finding_id FROM resolutions
        UNION
        -- by a rejection, which is told as one
        SELECT f.finding_id FROM findings AS f
        SEMI JOIN (SELECT submission_id FROM submissions WHERE decision = 'held') AS s ON s.submission_id = f.submission_id
    ),
    things AS (
        SELECT 'submission' AS what, submission_id AS number, CAST(submission_id AS VARCHAR) AS thing FROM submissions
        UNION ALL
        SELECT 'finding', finding_id, thing FROM of_files
        UNION ALL
        SELECT 'resolution', r.finding_id, f.thing FROM settled AS r JOIN of_files AS f ON f.finding_id = r.finding_id
        UNION ALL
        SELECT 'cross_finding', finding_id, thing FROM across
        UNION ALL
        SELECT 'cross_resolution', r.finding_id, f.thing
        FROM cross_resolutions AS r JOIN across AS f ON f.finding_id = r.finding_id
        UNION ALL
        SELECT 'overdue', notice_id, CAST(notice_id AS VARCHAR) FROM overdue_notices
        UNION ALL
        SELECT 'overdue_end', notice_id, CAST(notice_id AS VARCHAR) FROM overdue_ends
    )
    SELECT
        what, number, concat_ws('|', thing, row_number() OVER (PARTITION BY what, thing ORDER BY number)) AS thing
    FROM things
"""
_TOLD = f"""
    SELECT t.what, t.number, t.thing, d.message_id, d.notified_at
    FROM ({_THINGS}) AS t
    LEFT JOIN (
        SELECT what, number, any_value(message_id) AS message_id, min(notified_at) AS notified_at FROM notified GROUP BY what, number
    ) AS d ON d.what = t.what AND d.number = t.number
"""
# What was told stays told, by the same mail; what was still to be told is told the next night; what newer code finds in files
# of long ago is no news.
_RETELL = f"""
    INSERT INTO notified
    SELECT n.what, n.number, NULL, o.message_id, CASE WHEN o.thing IS NULL THEN $at ELSE o.notified_at END
    FROM ({_THINGS}) AS n
    LEFT JOIN old_told AS o ON o.what = n.what AND o.thing = n.thing
    WHERE o.thing IS NULL OR o.notified_at IS NOT NULL
"""
_ALL_TOLD = f"INSERT INTO notified SELECT what, number, NULL, NULL, $at FROM ({_THINGS})"
_NIGHTS_TOLD = """
    INSERT INTO notified SELECT 'night', NULL, n.run_id, NULL, $at FROM nights AS n
    WHERE n.state <> 'done' AND NOT EXISTS (SELECT 1 FROM notified AS t WHERE t.what = 'night' AND t.name = n.run_id)
"""
_ADDRESSES_TOLD = """
    INSERT INTO notified
    SELECT DISTINCT 'contact', NULL, concat(provider_siret, '/', submission_id), NULL, $at FROM rows_actions
"""


@dataclass(frozen=True)
class Salvaged:
    """What could be read of an old store: whole tables by name, and what was told and what not; None where nothing could.

    `told` has what, number, thing, message_id and notified_at (NULL: untold); `names` are the rows of `notified` about nights, mails and
    addresses.
    """

    tables: Mapping[str, pa.Table]
    told: pa.Table | None
    names: pa.Table | None

    @property
    def lost(self) -> list[str]:
        """The tables that could not be read."""
        return [*(name for name in CARRIED if name not in self.tables), *(["notified"] if self.told is None else [])]


NOTHING = Salvaged({}, None, None)


def salvage(path: Path) -> Salvaged:
    """Read what is nowhere else out of a store that may be damaged, table by table; nothing is changed."""
    try:
        con = duckdb.connect(str(path), read_only=True)
    except duckdb.Error:
        return NOTHING
    with contextlib.closing(con):
        tables = {name: table for name in CARRIED if (table := _read(con, f"SELECT * FROM {name}")) is not None}
        names = _read(con, "SELECT * FROM notified WHERE number IS NULL")
        return Salvaged(tables, _read(con, _TOLD) if names is not None else None, names)


def put_back(store: Store, salvaged: Salvaged, at: datetime, overdue: Overdue | None) -> None:
    """Put into a rebuilt store what was salvaged; where it is not known what was told, all is taken for told.

    Args:
        store: the rebuilt store.
        salvaged: what was read of the old one.
        at: the moment from which on the rest is told.
        overdue: moment, reference date and rows of quality.overdue of the last night, noted where the old notices are lost.
    """
    tables = dict(salvaged.tables)
    if "overdue_notices" not in tables or "overdue_ends" not in tables:
        tables = {name: table for name, table in tables.items() if not name.startswith("overdue_")}
    with store.transaction("put back what people were told") as con:
        for name, table in tables.items():
            _insert(con, f"INSERT INTO {name} SELECT * FROM salvaged", table)
        if "overdue_notices" not in tables and overdue is not None:
            note_overdue(con, *overdue)
        if salvaged.told is None or salvaged.names is None:
            con.execute(_ALL_TOLD, {"at": at})
            con.execute(_NIGHTS_TOLD, {"at": at})
            con.execute(_ADDRESSES_TOLD, {"at": at})
            return
        _insert(con, "INSERT INTO notified SELECT * FROM salvaged", salvaged.names)
        con.register("old_told", salvaged.told)
        try:
            con.execute(_RETELL, {"at": at})
        finally:
            con.unregister("old_told")


def _insert(con: duckdb.DuckDBPyConnection, statement: str, table: pa.Table) -> None:
    con.register("salvaged", table)
    try:
        con.execute(statement)
    finally:
        con.unregister("salvaged")


def _read(con: duckdb.DuckDBPyConnection, query: str) -> pa.Table | None:
    try:
        return arrow_table(con, query)
    except duckdb.Error:
        return None
