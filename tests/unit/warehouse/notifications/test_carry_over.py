"""What a rebuild carries over of an old store: all of which people were notified, under either name of the table."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.unit.store_builders import day, finding, submission
from warehouse.notifications.carry_over import read_old_store, restore_notifications
from warehouse.notifications.outbox import Outbox
from warehouse.store.store import Store


def senders_to_notify(store: Store, run_id: str, at: int) -> list[str]:
    """The senders whose updates would deserve a mail in that night."""
    found: list[str] = []

    def make(pending: object, earlier_ids: object) -> list[object]:
        found.extend(str(sender.siret) for sender in pending.senders if sender.deserves_a_mail)  # type: ignore[attr-defined]
        return []

    Outbox(store).write_night_mails(run_id, day(at), date(2026, 3, 3), None, make)  # type: ignore[arg-type]
    return found


def faulty_store(home: Path) -> Store:
    """A store with a file in which something is wrong, of which nobody was notified yet."""
    store = Store.open(home)
    store.load("run", [submission("actions", [{}]), submission("sessions", [{}], unread=[None], findings=[finding(3)])])
    return store


@pytest.mark.parametrize("name", ["notified", "told"])
def test_of_what_people_were_not_notified_yet_they_are_by_the_rebuilt_store(tmp_path: Path, name: str) -> None:
    faulty_store(tmp_path / "old").close()
    path = tmp_path / "old" / "store.duckdb"
    if name == "told":
        with duckdb.connect(str(path)) as con:
            con.execute("alter table notified rename column notified_at to told_at")
            con.execute("alter table notified rename to told")
    old = read_old_store(path)
    assert old.lost == []
    assert old.events is not None and old.events.num_rows > 0
    with faulty_store(tmp_path / "new") as rebuilt:
        restore_notifications(rebuilt, old, day(1), None)
        assert len(senders_to_notify(rebuilt, "next", 2)) == 1


def test_where_that_cannot_be_read_people_count_as_notified(tmp_path: Path) -> None:
    (tmp_path / "store.duckdb").write_bytes(b"no database")
    old = read_old_store(tmp_path / "store.duckdb")
    assert "notified" in old.lost and "outbox" in old.lost
    with faulty_store(tmp_path / "new") as rebuilt:
        restore_notifications(rebuilt, old, day(1), None)
        assert senders_to_notify(rebuilt, "next", 2) == []
