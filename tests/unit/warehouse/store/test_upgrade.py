"""A store of version 4, as that version wrote it, is brought up to date once, whole or not at all; an older one is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.golden.old_homes import home_of_version_4
from tests.unit.store_builders import ask, day, submission
from warehouse.errors import StoreOfAnotherVersion, StoreUnusable
from warehouse.notifications.outbox import Outbox, PendingUpdates
from warehouse.store import upgrade
from warehouse.store.schema import SCHEMA_VERSION, store_tables
from warehouse.store.store import Store

NOTIFIED = "SELECT count(*), count(message_id), count(DISTINCT message_id), max(notified_at) = TIMESTAMPTZ '2019-05-26 02:00Z' FROM notified"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A home with a store of version 4."""
    return home_of_version_4(tmp_path / "home")


def version(home: Path) -> int:
    with duckdb.connect(str(home / "store.duckdb"), read_only=True) as con:
        return int(con.execute("SELECT schema_version FROM meta").fetchall()[0][0])


def rows_by_table(home: Path) -> dict[str, int]:
    with duckdb.connect(str(home / "store.duckdb"), read_only=True) as con:
        names = [name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        return {name: con.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0] for name in names}


def test_an_old_store_opens_and_keeps_its_rows(old: Path) -> None:
    before = rows_by_table(old)
    with Store.open(old) as store:
        assert [(file["file_name"], file["decision"], file["sender"]) for file in store.submissions()] == [
            ("region/actions.csv", "accepted", "region"), ("A/sessions.csv", "accepted", "A"),
            ("A/apprenants.csv", "partial", "A"), ("A/suivi.csv", "accepted", "A"), ("A/apprenants 2.csv", "accepted", "A"),
            ("A/sessions encore.csv", "duplicate", "A"), ("A/noms.csv", "refused", "A"), ("B/depenses.csv", "held", "B"),
        ]  # fmt: skip
        assert ask(store, NOTIFIED) == [(14, 13, 2, True)]
        columns = "SELECT table_name, column_name, NOT is_nullable FROM duckdb_columns() WHERE NOT internal ORDER BY ALL"
        assert ask(store, columns) == sorted(
            (table.name, column.name, column.required) for table in store_tables() for column in table.columns
        )
    before["notified"] = before.pop("told")
    assert rows_by_table(old) == {table.name: 0 for table in store_tables()} | before
    assert version(old) == SCHEMA_VERSION
    with Store.open(old) as again:
        assert again.load("third", [submission("apprenants", [{}], at=day(1))]) == [9]
    with Store.open(old, read_only=True) as again:
        assert len(again.submissions()) == 9


def test_what_an_old_store_told_is_not_told_again(old: Path) -> None:
    heard: list[tuple[str, ...]] = []

    def make(pending: PendingUpdates, earlier_ids: object) -> list[object]:
        heard.append(tuple(finding.rule for sender in pending.senders for finding in sender.findings if finding.is_new))
        return []

    with Store.open(old) as store:
        assert Outbox(store).write_night_mails("third", day(1), date(2026, 3, 3), None, make) == []  # type: ignore[arg-type]
        with store.transaction("lose a row") as con:
            con.execute("DELETE FROM notified WHERE what = 'finding' AND number = 1")
            con.execute("DELETE FROM resolutions")
        assert Outbox(store).write_night_mails("fourth", day(2), date(2026, 3, 4), None, make) == []  # type: ignore[arg-type]
    # nobody was told of the file that names nobody, now its folder's; the second time shows that the first one could have failed
    assert heard == [("FIC-03",), ("APP-06I", "FIC-03")]


def test_cut_off_halfway_it_is_still_the_old_store(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(con: duckdb.DuckDBPyConnection) -> None:
        finish(con)
        raise KeyboardInterrupt

    finish = upgrade.upgrade
    before = rows_by_table(old)
    monkeypatch.setattr("warehouse.store.store.upgrade", cut_off)
    with pytest.raises(KeyboardInterrupt):
        Store.open(old)
    assert version(old) == 4 and rows_by_table(old) == before
    monkeypatch.undo()
    with Store.open(old) as store:
        assert len(store.submissions()) == 8


def test_it_is_not_changed_by_looking(old: Path) -> None:
    with pytest.raises(StoreUnusable, match="earlier version: run `suivi nightly`"):
        Store.open(old, read_only=True)
    assert version(old) == 4


def test_one_of_version_5_lacks_no_table_either(old: Path) -> None:
    Store.open(old).close()
    with duckdb.connect(str(old / "store.duckdb")) as con:
        con.execute("DROP TABLE signal_notices; UPDATE meta SET schema_version = 5")
    Store.open(old).close()
    assert version(old) == SCHEMA_VERSION and "signal_notices" in rows_by_table(old)


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("too_old", [1, 2, 3])
def test_an_older_one_is_refused_in_one_line(old: Path, too_old: int, read_only: bool) -> None:
    with duckdb.connect(str(old / "store.duckdb")) as con:
        con.execute("UPDATE meta SET schema_version = ?", [too_old])
    with pytest.raises(StoreUnusable) as refused:
        Store.open(old, read_only=read_only)
    assert not isinstance(refused.value, StoreOfAnotherVersion)
    assert str(refused.value).endswith(f"too old a version ({too_old}): run `suivi rebuild`, which makes it from the archive")
    assert "\n" not in str(refused.value)
    assert version(old) == too_old
