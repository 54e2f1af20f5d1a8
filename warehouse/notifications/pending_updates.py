"""What people were not notified of yet: finds it in the store as temporary tables, and marks it as notified."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import duckdb
import pyarrow as pa

from warehouse.query_results import read_sql

#: the columns of quality.overdue that notices are made of
_OVERDUE = "provider_siret, kind, level, level_id, horizon, rule, due_on"
_NOTHING_OVERDUE = pa.schema(
    [(name, pa.date32() if name == "due_on" else pa.string()) for name in _OVERDUE.split(", ")]
).empty_table()
_VIEWS = ("rejections_view", "all_findings_view", "standing_notices_view")
_TABLES = ("pending_findings", "pending_settlements", "pending_files", "pending_overdue", "pending_arrivals")


def find_pending(con: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary tables pending_findings, _settlements, _files, _overdue and _arrivals.

    The file sql/<name>.sql says what is in each. The views all_findings and standing_notices are made too. To be called after
    update_overdue_notices, within the transaction that writes the mails.
    """
    for name in (*_VIEWS, *_TABLES):
        con.execute(_sql(name))


def update_overdue_notices(
    con: duckdb.DuckDBPyConnection, at: datetime, as_of: date, overdue: pa.Table | None
) -> None:
    """Bring the store's notices of overdue returns up to what a night found, and keep that in the temporary table overdue_now.

    Args:
        con: a connection to the store.
        at: the moment that new notices, and the ends of old ones, are noted with.
        as_of: the reference date of the night.
        overdue: the table quality.overdue; None for a night of an earlier day, which changes no notice: returns that have come
            since that day would be overdue again.
    """
    for name in _VIEWS:
        con.execute(_sql(name))
    con.register("overdue_rows", _NOTHING_OVERDUE if overdue is None else overdue)
    try:
        con.execute(f"create or replace temp table overdue_now as select {_OVERDUE} from overdue_rows")
        if overdue is not None:
            con.execute(_sql("note_overdue"), {"at": at})
            con.execute(_sql("note_overdue_ends"), {"at": at, "as_of": as_of})
    finally:
        con.unregister("overdue_rows")


def mark_notified(con: duckdb.DuckDBPyConnection, at: datetime, mail_of_sender: Mapping[str | None, str | None]) -> None:
    """Note that these senders were notified at that moment of all that was pending for them; after find_pending.

    `mail_of_sender` gives the Message-ID of the mail by SIRET (None: the Region), None where nothing was worth a mail.
    """
    senders, mails = pa.array(list(mail_of_sender), pa.string()), pa.array(list(mail_of_sender.values()), pa.string())
    con.register("mail_of_sender", pa.table({"sender_siret": senders, "message_id": mails}))
    try:
        con.execute(_sql("mark_notified"), {"at": at})
    finally:
        con.unregister("mail_of_sender")


def _sql(name: str) -> str:
    return read_sql("warehouse.notifications", name)
