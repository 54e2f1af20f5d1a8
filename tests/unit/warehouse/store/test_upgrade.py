"""A store of version 1 (store_v1.sql: its own DDL, two files) is brought up to date once, whole or not at all."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from tests.unit.store_builders import ask, day, submission
from warehouse.errors import StoreUnusable
from warehouse.notifications.outbox import Outbox, PendingUpdates
from warehouse.notifications.updates import FindingUpdate
from warehouse.store import upgrade
from warehouse.store.pseudonyms import Pseudonyms, load_key
from warehouse.store.schema import SCHEMA_VERSION, store_tables
from warehouse.store.store import Store

V1 = Path(__file__).with_name("store_v1.sql").read_text(encoding="utf-8")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A home with a store of version 1."""
    fingerprint = Pseudonyms(load_key(tmp_path, may_create=True)).fingerprint
    with duckdb.connect(str(tmp_path / "store.duckdb")) as con:
        con.execute(V1)
        con.execute("INSERT INTO meta VALUES (1, ?, ?)", [datetime(2026, 3, 1, tzinfo=UTC), fingerprint])
    return tmp_path


def version(home: Path) -> int:
    with duckdb.connect(str(home / "store.duckdb"), read_only=True) as con:
        return int(con.execute("SELECT schema_version FROM meta").fetchall()[0][0])


def test_an_old_store_opens_and_keeps_its_rows(old: Path) -> None:
    with Store.open(old) as store:
        assert [(file["file_name"], file["records"]) for file in store.submissions()] == [("actions.csv", 1), ("sessions.csv", 2)]
        assert store.known_sirets() == {"20003456500013"}
        assert ask(store, "SELECT session_id, seats FROM rows_sessions") == [("S1", 24)]
        assert store.load("second", [submission("apprenants", [{}], at=day(1))]) == [3]
        columns = "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal ORDER BY ALL"
        assert ask(store, columns) == sorted((table.name, column.name) for table in store_tables() for column in table.columns)
    assert version(old) == SCHEMA_VERSION
    with Store.open(old, read_only=True) as again:
        assert len(again.submissions()) == 3


def test_what_an_old_store_never_told_is_told(old: Path) -> None:
    heard: list[FindingUpdate] = []

    def make(pending: PendingUpdates, earlier_ids: object) -> list[object]:
        heard.extend(finding for sender in pending.senders for finding in sender.findings)
        return []

    with Store.open(old) as store:
        assert Outbox(store).write_night_mails("second", day(1), date(2026, 3, 3), None, make) == []  # type: ignore[arg-type]
    assert [(finding.file_name, finding.line, finding.rule, finding.is_new) for finding in heard] == [
        ("sessions.csv", 3, "SES-07I", True)
    ]


def test_cut_off_halfway_it_is_still_the_old_store(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(table: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(upgrade, "create_table", broken)
    with pytest.raises(KeyboardInterrupt):
        Store.open(old)
    assert version(old) == 1
    monkeypatch.undo()
    with Store.open(old) as store:
        assert len(store.submissions()) == 2


def test_it_is_not_changed_by_looking(old: Path) -> None:
    with pytest.raises(StoreUnusable, match="earlier version: run `suivi nightly`"):
        Store.open(old, read_only=True)
    assert version(old) == 1
