"""The archive gives the store and the warehouse again, whatever happened to them, and nobody is told twice."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from flows.cli.rebuild import described
from flows.errors import Problem
from flows.recovery.rebuild import OriginalsDamaged, rebuild
from flows.settings import load_settings
from tests.golden.history import tell
from tests.golden.nights import Home
from tests.spec.paper import csv_of
from warehouse.compare_databases import differences, dump
from warehouse.errors import KeyUnusable, LedgerDamaged, StoreMissing
from warehouse.intake.ledger_events import NightBegan
from warehouse.intake.ledger_file import ledger_path, read_ledger

NOW = datetime(2019, 6, 1, tzinfo=UTC)


@pytest.fixture
def home(history: Path, tmp_path: Path) -> Home:
    """A copy of its own of the home with a history."""
    shutil.copytree(history, tmp_path / "home", ignore=shutil.ignore_patterns("snapshots"))
    return Home(tmp_path / "home")


def canonical(home: Home, name: str) -> list[str]:
    return list(dump(home.folder / name))


def touched(home: Home) -> dict[Path, int]:
    """Every file of the home with its moment, but the lock and the log of who ran what."""
    own = (".lock", "audit.jsonl")
    return {path: path.stat().st_mtime_ns for path in home.folder.rglob("*") if path.is_file() and path.name not in own}


def without_publishing(patch: pytest.MonkeyPatch) -> None:
    """Let nights end without a new warehouse, for which these tests need not wait."""
    patch.setattr("tests.golden.nights.compute", lambda night: None)
    patch.setattr("tests.golden.nights.publish", lambda night, computed: [])


def ask_store(home: Home, query: str) -> list[tuple]:
    with duckdb.connect(str(home.folder / "store.duckdb"), read_only=True) as con:
        return con.execute(query).fetchall()


@pytest.mark.slow
def test_a_rebuilt_home_is_the_same_to_the_last_row(home: Home) -> None:
    settings = load_settings(home.folder)
    before = {name: canonical(home, name) for name in ("store.duckdb", "warehouse.duckdb")}
    files = touched(home)
    proof = rebuild(settings, verify=True)
    assert proof.is_proven, described(proof)
    assert touched(home) == files
    done = rebuild(settings, now=NOW)
    assert {name: canonical(home, name) for name in before} == before  # what people were told, and the mails, too
    assert done.kept_aside is not None and os.stat(done.kept_aside).st_mode & 0o777 == 0o600
    assert os.stat(settings.store).st_mode & 0o777 == 0o600
    # what was untold is told once, and then there is no more to tell
    assert tell(home, NOW, "mail3") == ["<mail3@suivi>"]
    assert tell(home, NOW, "mail4") == []


@pytest.mark.attack
@pytest.mark.slow
@pytest.mark.faults
def test_what_is_not_what_the_archive_gives_is_named_without_its_values(home: Home) -> None:
    with duckdb.connect(str(home.folder / "store.duckdb")) as con:
        con.execute("UPDATE rows_learners SET learner_ref = 'ZZCANARY' WHERE submission_id = 5 AND line = 2")
        con.execute("DELETE FROM findings WHERE rule = 'FIC-13'")
    with duckdb.connect(str(home.folder / "warehouse.duckdb")) as con:
        con.execute("UPDATE indicators.positive_exit SET positive = positive + 1 WHERE level = 'session' AND horizon = 'M6'")
    proof = rebuild(load_settings(home.folder), verify=True)
    said = described(proof)
    assert not proof.is_proven and said[-1] == "Not proven."
    assert "store: rows_learners differs: 1 rows only in what there was, 1 only in the new one" in said
    assert "store: findings differs: 0 rows only in what there was, 1 only in the new one" in said
    assert any("submission_id=5 line=2" in line for line in said)
    assert any(line.startswith("warehouse: indicators.positive_exit differs: ") for line in said)
    assert "ZZCANARY" not in json.dumps(proof.as_json())


@pytest.mark.attack
@pytest.mark.slow
@pytest.mark.faults
def test_a_lost_store_comes_back_and_nobody_is_told_twice(home: Home) -> None:
    kept = home.folder / "kept.duckdb"
    shutil.move(home.folder / "store.duckdb", kept)
    with pytest.raises(StoreMissing, match="suivi rebuild"):
        rebuild(load_settings(home.folder), verify=True)
    done = rebuild(load_settings(home.folder), now=NOW)
    assert {one.table for one in differences(kept, home.folder / "store.duckdb")} == {
        "notified", "outbox", "deliveries", "overdue_notices", "overdue_ends", "signal_notices",
    }  # fmt: skip
    assert "notified" in done.lost and "Lost with the old store" in "\n".join(described(done))
    assert done.warehouse == () and done.store is None and done.kept_aside is None
    assert tell(home, NOW, "again") == []
    assert ask_store(home, "SELECT count(*) FROM outbox") == [(0,)]
    night = home.night({"e.csv": csv_of("suivi", "echeance=M3 & observe_le=20/12/2018")}, on=date(2019, 6, 2))
    assert night["totals"]["accepted"] == 1
    told = "SELECT n.number FROM notified AS n WHERE n.what = 'signal' AND n.message_id IS NULL"
    assert ask_store(home, f"SELECT count(*), count(*) FILTER (notice_id NOT IN ({told})) FROM signal_notices") == [(1, 0)]


@pytest.mark.attack
@pytest.mark.slow
@pytest.mark.faults
def test_a_damaged_store_comes_back_without_the_originals_that_are_gone_too(home: Home) -> None:
    with (home.folder / "store.duckdb").open("r+b") as file:
        file.write(b"\x00" * 8192)
    gone, altered = (one for one in read_ledger(home.folder).files if one.name in ("d.csv", "c2.csv"))
    os.unlink(home.folder / "archive" / gone.sha256[:2] / gone.sha256)
    path = home.folder / "archive" / altered.sha256[:2] / altered.sha256
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b";M;", b";F;"))
    with pytest.raises(OriginalsDamaged) as refused:
        rebuild(load_settings(home.folder))
    assert f"{gone.sha256[:12]} (d.csv, missing)" in str(refused.value)
    assert f"{altered.sha256[:12]} (c2.csv, altered)" in str(refused.value)
    assert (home.folder / "store.duckdb").read_bytes()[:8192] == b"\x00" * 8192  # nothing was touched
    done = rebuild(load_settings(home.folder), without_damaged=True)
    assert [(one.name, one.state) for one in done.originals] == [("d.csv", "missing"), ("c2.csv", "altered")]
    refusals = "SELECT file_name, decision, records FROM submissions WHERE file_name IN ('d.csv', 'c2.csv') ORDER BY 1"
    assert ask_store(home, refusals) == [("c2.csv", "refused", 0), ("d.csv", "refused", 0)]
    assert done.kept_aside is not None and Path(done.kept_aside).read_bytes()[:8192] == b"\x00" * 8192


def other_key(home: Home) -> None:
    key = home.folder / "secrets" / "pseudonym.key"
    key.chmod(0o600)
    key.write_text("ab" * 32)


def without_key(home: Home) -> None:
    os.unlink(home.folder / "secrets" / "pseudonym.key")


def without_both(home: Home) -> None:
    os.unlink(home.folder / "store.duckdb")
    os.unlink(ledger_path(home.folder))


def with_a_broken_line(home: Home) -> None:
    os.unlink(home.folder / "store.duckdb")
    lines = ledger_path(home.folder).read_bytes().split(b"\n")
    ledger_path(home.folder).write_bytes(b"\n".join([*lines[:3], b"{", *lines[4:]]))


def without_a_file(home: Home) -> None:
    os.unlink(home.folder / "store.duckdb")
    lines = ledger_path(home.folder).read_bytes().splitlines(keepends=True)
    ledger_path(home.folder).write_bytes(b"".join(line for line in lines if b'"file":2,' not in line))


@pytest.mark.faults
@pytest.mark.parametrize(
    ("harm", "error", "said"),
    [
        (other_key, KeyUnusable, "put the right one back"),
        (without_key, KeyUnusable, "put it back from your backup"),
        (without_both, LedgerDamaged, "ledger.jsonl is missing"),
        (with_a_broken_line, LedgerDamaged, "line 4, cannot be read"),
        (without_a_file, LedgerDamaged, "lacks file 2"),
    ],
)
def test_what_cannot_be_rebuilt_is_said_in_one_line(
    home: Home, harm: Callable[[Home], None], error: type[Exception], said: str
) -> None:
    harm(home)
    before = sorted(path.name for path in home.folder.iterdir())
    with pytest.raises(error, match=said) as raised:
        rebuild(load_settings(home.folder))
    assert len(str(raised.value).splitlines()) == 1
    assert sorted(path.name for path in home.folder.iterdir()) == before


def test_a_home_that_received_nothing_has_nothing_to_rebuild(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="nothing to rebuild from"):
        rebuild(load_settings(tmp_path))


@pytest.mark.faults
def test_the_ledger_is_made_again_from_the_store(home: Home) -> None:
    path = ledger_path(home.folder)
    aside = path.with_name("ledger.jsonl.damaged")
    written, files = path.read_bytes(), read_ledger(home.folder).files
    # gone; its last line cut off; cut off when it was first written; another thing
    for left in (None, written[:-20], written[:20], b"?\n"):
        assert not aside.exists()
        path.unlink()
        if left is not None:
            path.write_bytes(left)
        with pytest.MonkeyPatch.context() as patch:
            without_publishing(patch)
            home.night(on=date(2019, 5, 29))
        assert read_ledger(home.folder).files == files
    assert aside.read_bytes() == b"?\n"


@pytest.mark.faults
def test_a_store_put_back_from_an_old_backup_is_noticed(home: Home, tmp_path: Path) -> None:
    shutil.copy(home.folder / "store.duckdb", tmp_path / "backup.duckdb")
    with pytest.MonkeyPatch.context() as patch:
        without_publishing(patch)
        home.night({"new.csv": csv_of("depenses", "piece=F9")}, on=date(2019, 5, 29))
    shutil.copy(tmp_path / "backup.duckdb", home.folder / "store.duckdb")
    with pytest.raises(Problem, match="old backup"):
        home.night(on=date(2019, 5, 30))


def test_a_home_without_its_ledger_s_copy_gets_it_on_its_next_night(home: Home) -> None:
    """With no rules noted of its nights either: a store that was begun before version 3 of it has none of the first ones."""
    before = read_ledger(home.folder)
    shutil.rmtree(home.folder / "archive" / "programmes")
    os.unlink(ledger_path(home.folder))
    with duckdb.connect(str(home.folder / "store.duckdb")) as con:
        con.execute("DELETE FROM night_rules")
    with pytest.MonkeyPatch.context() as patch:
        without_publishing(patch)
        home.night(on=date(2019, 5, 29))
    after = read_ledger(home.folder)
    without_rules = [replace(event, rules=None) if isinstance(event, NightBegan) else event for event in before.events]
    assert list(after.events[: len(without_rules)]) == without_rules
    assert after.files == before.files and after.key_fingerprint == before.key_fingerprint
