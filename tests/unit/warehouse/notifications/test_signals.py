"""Signals over the nights: since when they stand, and which are new to the steward."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from tests.unit.store_builders import day
from warehouse.notifications.carry_over import read_old_store, restore_notifications
from warehouse.notifications.outbox import Mail, Outbox, PendingUpdates
from warehouse.notifications.signals import note_signals, signals_since
from warehouse.store.store import Store

FIRST = date(2018, 10, 1)
UNIT = "90012000700019"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as store:
        yield store


def on(number: int) -> date:
    return FIRST + timedelta(days=number)


def found(values: dict[str, float]) -> pa.Table:
    """What a night found, by signal: of one unit each."""
    rows = [
        {"signal": signal, "level": "provider", "level_id": UNIT, "value": value, "sentence": f"Il y en a {value:g}.", "since": FIRST,
         "provider_name": "Numérique", "question": "Pourquoi ?", "weight": weight}
        for weight, (signal, value) in enumerate(values.items())
    ]  # fmt: skip
    kinds = {"value": pa.float64(), "since": pa.date32(), "weight": pa.int32()}
    names = ("signal", "level", "level_id", "value", "sentence", "since", "provider_name", "question", "weight")
    return pa.Table.from_pylist(rows, schema=pa.schema([(name, kinds.get(name, pa.string())) for name in names]))


def night(store: Store, number: int, values: dict[str, float], *, is_told: bool = True, as_of: date | None = None) -> list[tuple[str, bool]]:
    """A night that finds these values; the signals that are new to the steward, and whether they have grown."""
    store.begin_night(f"night {number}", day(number), as_of or on(number))
    note_signals(store, day(number), as_of or on(number), found(values))
    told: list[tuple[str, bool]] = []

    def make(pending: PendingUpdates, earlier_ids: object) -> list[Mail]:
        told.extend((one.signal, one.has_grown) for one in pending.signals)
        notices = tuple(notice for one in pending.signals for notice in one.notices)
        return [Mail(f"<{number}>", "digest", "steward", "a@b.example", "", b"", signals=notices)] if is_told else []

    Outbox(store).write_night_mails(f"night {number}", day(number), on(number), None, make, found(values))
    return told


def since(store: Store, as_of: date) -> dict[str, date]:
    return {row["signal"]: row["since"] for row in signals_since(store, as_of).to_pylist()}


def test_each_signal_is_told_once_and_again_once_it_has_grown_by_a_tenth(store: Store) -> None:
    assert night(store, 0, {"SIG-02": 10, "SIG-01": 4}) == [("SIG-01", False), ("SIG-02", False)], "the gravest first"
    assert night(store, 1, {"SIG-02": 10.9, "SIG-01": 3}) == []
    assert night(store, 2, {"SIG-02": 11, "SIG-01": 4}) == [("SIG-02", True)]
    assert night(store, 3, {"SIG-02": 11}) == []
    assert night(store, 4, {"SIG-01": 4}) == [("SIG-01", False)], "it was gone"
    assert since(store, on(4)) == {"SIG-01": on(4)}
    assert since(store, on(2)) == {"SIG-01": FIRST, "SIG-02": FIRST}, "as of then"


def test_what_was_never_told_stays_to_be_told_while_it_stands(store: Store) -> None:
    assert night(store, 0, {"SIG-01": 4, "SIG-02": 1}, is_told=False) == [("SIG-02", False), ("SIG-01", False)]
    assert night(store, 1, {"SIG-01": 8}) == [("SIG-01", False)]
    assert night(store, 2, {"SIG-01": 8}) == []
    assert since(store, on(2)) == {"SIG-01": FIRST}


def test_a_night_of_an_earlier_day_ends_nothing_that_a_later_day_has_brought(store: Store) -> None:
    night(store, 0, {"SIG-01": 4}, as_of=on(5))
    assert night(store, 1, {}) == []
    assert since(store, on(1)) == {}
    assert night(store, 2, {"SIG-01": 4}, as_of=on(6)) == []
    assert since(store, on(6)) == {"SIG-01": on(5)}


def test_a_rebuilt_store_knows_what_was_told(store: Store, tmp_path: Path) -> None:
    night(store, 0, {"SIG-01": 4})
    night(store, 1, {"SIG-01": 4, "SIG-02": 1}, is_told=False)
    store.close()
    with Store.open(tmp_path / "rebuilt") as rebuilt:
        restore_notifications(rebuilt, read_old_store(tmp_path / "store.duckdb"), day(1), None)
        assert night(rebuilt, 2, {"SIG-01": 4, "SIG-02": 1}) == [("SIG-02", False)]
        assert since(rebuilt, on(2)) == {"SIG-01": FIRST, "SIG-02": on(1)}
