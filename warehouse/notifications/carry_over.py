"""Carries into a rebuilt store what the archive does not hold: the mails, what people were notified of, the audits."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from expectations.contract.returns import RETURNS
from warehouse.notifications.pending_updates import update_overdue_notices
from warehouse.query_results import arrow_table, read_sql
from warehouse.store.schema import store_tables
from warehouse.store.store import Store
from warehouse.table_declarations import store_table

#: moment, reference date and quality.overdue of a night
OverdueOfNight = tuple[datetime, date, pa.Table]

#: the tables that a rebuild makes again from the archive and the ledger
DERIVED_TABLES = frozenset({
    "meta", "nights", "night_rules", "examinations", "submissions", "held_answers", "bound_senders",
    "quarantined_rows", "closings", "findings", "resolutions",
    "cross_findings", "cross_resolutions", "erased_scopes", *(store_table(contract) for contract in RETURNS.values()),
})  # fmt: skip
#: the other tables, which are carried over row by row; not `notified`: its numbers may be others in the rebuilt store
CARRIED_TABLES = tuple(table.name for table in store_tables() if table.name not in DERIVED_TABLES | {"notified"})
#: of them, those of which the warehouse is made too
AUDIT_TABLES = ("audit_draws", "audit_strata", "audit_items", "audit_results")


@dataclass(frozen=True)
class OldNotifications:
    """What could be read of an old store: whole tables by name, and of what people were notified.

    `events` has what, number, identity, message_id and notified_at (NULL: they were not notified yet) of all of which people
    can be notified; `by_name` has the rows of the table notified that are about nights, mails and addresses. Both are None
    where the table could not be read. `references` has provider_siret, session_id, learner_ref and learner_key of the leavers
    whom audits drew.
    """

    tables: Mapping[str, pa.Table]
    events: pa.Table | None
    by_name: pa.Table | None
    references: pa.Table | None = field(default=None, repr=False)

    @property
    def lost(self) -> list[str]:
        """The names of the tables that could not be read."""
        lost = [name for name in CARRIED_TABLES if name not in self.tables]
        return lost if self.events is not None else [*lost, "notified"]


NOTHING_READ = OldNotifications({}, None, None)


def read_old_store(path: Path) -> OldNotifications:
    """Read what the archive does not hold out of a store that may be damaged, table by table; nothing is changed."""
    try:
        con = duckdb.connect(str(path), read_only=True)
    except duckdb.Error:
        return NOTHING_READ
    with contextlib.closing(con):
        tables = {name: table for name in CARRIED_TABLES if (table := _read(con, f"select * from {name}")) is not None}
        references = _read(con, _sql("references_of_audits"))
        # a store so damaged that it could not be brought up to date may have the name of before version 5
        for notified in ("notified", "told"):
            by_name = _read(con, _sql("read_notified_by_name", notified=notified))
            if by_name is not None:
                events = _read(con, _sql("read_notified_events", notified=notified, notifiable_events=_sql("notifiable_events")))
                return OldNotifications(tables, events, by_name, references)
        return OldNotifications(tables, None, None, references)


def restore_audits(store: Store, old: OldNotifications) -> None:
    """Put the audits into a rebuilt store: all that could be read of them, or nothing.

    Their leavers are known by the keys of the rebuilt store, which are others where the key of the pseudonyms is.
    """
    if any(name not in old.tables for name in AUDIT_TABLES):
        return
    with store.transaction("put back the audits") as con:
        for name in AUDIT_TABLES:
            _insert(con, name, old.tables[name])
        if old.references is not None:
            con.register("old_references", old.references)
            try:
                con.execute(_sql("give_audits_new_keys"))
            finally:
                con.unregister("old_references")


def restore_notifications(store: Store, old: OldNotifications, at: datetime, overdue: OverdueOfNight | None) -> None:
    """Put into a rebuilt store what was read of the old one.

    Where it is not known of what people were notified, they count as notified of everything: nobody is to hear of the same
    thing twice.

    Args:
        store: the rebuilt store.
        old: what was read of the old one.
        at: the moment that is noted for what counts as notified.
        overdue: of the last night, noted where the old notices of overdue returns are lost.
    """
    tables = {name: table for name, table in old.tables.items() if name not in AUDIT_TABLES}
    for notices, ends in (("overdue_notices", "overdue_ends"), ("signal_notices", "signal_ends")):
        if notices not in tables or ends not in tables:  # the one without the other would say what is not so
            tables = {name: table for name, table in tables.items() if name not in (notices, ends)}
    with store.transaction("put back what people were told") as con:
        for name, table in tables.items():
            _insert(con, name, table)
        if "overdue_notices" not in tables and overdue is not None:
            update_overdue_notices(con, *overdue)
        events = _sql("notifiable_events")
        if old.events is None or old.by_name is None:
            con.execute(_sql("mark_all_events_notified", notifiable_events=events), {"at": at})
            con.execute(_sql("mark_failed_nights_notified"), {"at": at})
            con.execute(_sql("mark_addresses_notified"), {"at": at})
            return
        _insert(con, "notified", old.by_name)
        con.register("old_events", old.events)
        try:
            con.execute(_sql("restore_notified_events", notifiable_events=events), {"at": at})
        finally:
            con.unregister("old_events")


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    con.register("old_rows", rows)
    try:
        con.execute(f"insert into {table} select * from old_rows")
    finally:
        con.unregister("old_rows")


def _read(con: duckdb.DuckDBPyConnection, query: str) -> pa.Table | None:
    """The rows; None where they cannot be read, because the store is damaged or has no such table."""
    try:
        return arrow_table(con, query)
    except duckdb.Error:
        return None


def _sql(name: str, **names: str) -> str:
    return read_sql("warehouse.notifications", name, **names)
