"""Signals over the nights: since when each one stands, which have grown, and of which the steward was not notified yet."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

import duckdb
import pyarrow as pa

from warehouse.query_results import read_sql
from warehouse.store.store import Store


class SignalUpdate(NamedTuple):
    """A signal that is new to the steward, or has grown by a tenth since the last word of it.

    `sentence` says in French what is seen, `question` what to ask the provider; `notices` are the numbers of what is told.
    """

    signal: str
    level: str
    level_id: str
    provider_name: str | None
    sentence: str
    question: str
    since: date
    has_grown: bool
    notices: list[int]


def note_signals(store: Store, at: datetime, as_of: date, found: pa.Table) -> None:
    """Note in the store what signals a night found: those that are new or have grown by a tenth, and those that are gone.

    Args:
        store: the open store.
        at: the night's moment.
        as_of: its reference date.
        found: all that it found, with the columns signal, level, level_id and value.
    """
    with store.transaction("note the signals") as con, _found(con, found):
        con.execute(_sql("note_signals"), {"at": at, "as_of": as_of})
        con.execute(_sql("note_signal_ends"), {"at": at, "as_of": as_of})


def signals_since(store: Store, as_of: date) -> pa.Table:
    """Since when the nights have found each signal without a break: signal, level, level_id and since, a reference date.

    Nights of a later reference date than `as_of` count for nothing.
    """
    with store.transaction("read the notices of signals") as con:
        return con.sql(_sql("signals_since"), params={"as_of": as_of}).to_arrow_table()


def new_signals(con: duckdb.DuckDBPyConnection, found: pa.Table) -> list[SignalUpdate]:
    """The signals of which the steward was not notified yet, or not since they have grown: the gravest first.

    Args:
        con: a connection to the store, after note_signals.
        found: quality.signals, with question and weight of reference.signals, and the name of the provider.
    """
    with _found(con, found):
        return [SignalUpdate(*row) for row in con.execute(_sql("new_signals")).fetchall()]


@contextlib.contextmanager
def _found(con: duckdb.DuckDBPyConnection, found: pa.Table) -> Iterator[None]:
    """The table found_signals and the view standing_signals, for the block."""
    con.execute(_sql("standing_signals_view"))
    con.register("found_signals", found)
    try:
        yield
    finally:
        con.unregister("found_signals")


def _sql(name: str) -> str:
    return read_sql("warehouse.notifications", name)
