"""The private store: opened, guarded, and written in one transaction a batch."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from expectations.contract.returns import RETURNS
from tests.unit.store_builders import (
    OTHER_SIRET,
    SIRET,
    VALUES,
    ask,
    day,
    finding,
    in_force,
    submission,
)
from warehouse.errors import KeyUnusable, StoreDamaged, StoreMissing, StoreUnusable, UnstorableFile, WarehouseProblem
from warehouse.intake.archive import Archive
from warehouse.store import load_batch as load_module
from warehouse.store.pseudonyms import key_path
from warehouse.store.store import Store
from warehouse.store.submission import Arrival

LATER = date(2030, 1, 1)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# ----------------------------------------------------------------------------------------------------------------- opening


def test_the_store_is_its_owners_alone_even_while_it_is_written(home: Path) -> None:
    before = os.umask(0)
    try:
        with Store.open(home) as store:
            store.load("run", [submission("sessions", [{}])])
            seen = {path.name: mode(path) for path in home.glob("store.duckdb*")}
        assert set(seen.values()) == {0o600}
        assert len(seen) == 2  # with its log
    finally:
        os.umask(before)
    assert mode(home / "store.duckdb") == 0o600
    assert sorted(os.listdir(home)) == ["inbox", "secrets", "store.duckdb"]


def test_a_store_stays_what_it_was(home: Path) -> None:
    with Store.open(home) as store:
        store.load("run", [submission("sessions", [{}])])
    os.chmod(home / "store.duckdb", 0o644)
    with Store.open(home) as store:
        assert len(store.submissions()) == 1
        store.close()
        store.close()
    assert mode(home / "store.duckdb") == 0o600


@pytest.mark.parametrize("left", [None, b""])
def test_a_store_that_has_gone_missing_is_not_made_again(home: Path, left: bytes | None) -> None:
    with Store.open(home):
        Archive(home).put("a" * 64, b"content")
    (home / "store.duckdb").unlink()
    if left is not None:
        (home / "store.duckdb").write_bytes(left)
    with pytest.raises(StoreMissing) as raised:
        Store.open(home)
    assert "\n" not in str(raised.value)
    assert "suivi rebuild" in str(raised.value)


def test_a_killed_creation_leaves_no_half_store(home: Path) -> None:
    (home / "store.duckdb.new").write_bytes(b"half")
    (home / "store.duckdb.new.wal").write_bytes(b"half")
    with Store.open(home) as store:
        assert store.submissions() == []
    assert sorted(os.listdir(home)) == ["inbox", "secrets", "store.duckdb"]


def test_the_key_belongs_to_the_store(home: Path) -> None:
    Store.open(home).close()
    key_path(home).unlink()
    with pytest.raises(KeyUnusable, match="missing"):
        Store.open(home)
    key_path(home).write_text("0" * 64)
    with pytest.raises(KeyUnusable, match="not the key"):
        Store.open(home)


def test_a_store_of_another_version_is_refused(home: Path) -> None:
    Store.open(home).close()
    with duckdb.connect(str(home / "store.duckdb")) as con:
        con.execute("UPDATE meta SET schema_version = 99")
    with pytest.raises(StoreUnusable, match="version"):
        Store.open(home)


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: b"not a database",
        lambda whole: b"\0" * 20_000,
        lambda whole: whole[:100],
        lambda whole: whole[:20] + b"\xff" * 64 + whole[84:],  # DuckDB speaks of a "block" then, which is no lock
    ],
)
def test_a_damaged_store_is_told_in_one_line(home: Path, damage: Callable[[bytes], bytes]) -> None:
    Store.open(home).close()
    path = home / "store.duckdb"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(StoreDamaged, match=r"^[^\n]*is damaged[^\n]*`suivi rebuild`$"):
        Store.open(home)


def test_a_store_held_by_another_process_is_waited_for(home: Path) -> None:
    Store.open(home).close()
    hold = "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('held', flush=True); time.sleep(float(sys.argv[2]))"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(home / "store.duckdb"), "0.7"], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreUnusable, match="another process"):
            Store.open(home, longest_wait=0.1)
        began = time.monotonic()
        with Store.open(home, longest_wait=20):
            assert time.monotonic() - began < 15


def test_whoever_only_looks_makes_nothing(home: Path) -> None:
    with pytest.raises(StoreMissing, match="suivi nightly"):
        Store.open(home, read_only=True)
    assert os.listdir(home) == ["inbox"]
    with Store.open(home) as store:
        store.begin_night("run", day(0), day(0).date())
    with Store.open(home, read_only=True) as store:
        assert store.nights()[0]["state"] == "running"
        with pytest.raises(StoreUnusable):
            store.end_night("run", day(0), "done")


def test_nights_are_listed_newest_first(home: Path) -> None:
    with Store.open(home) as store:
        for number in range(3):
            store.begin_night(f"run{number}", day(number), day(number).date())
        store.end_night("run0", day(0), "done")
        store.end_night("run1", day(1), "failed")
        assert [(n["run_id"], n["state"]) for n in store.nights(2)] == [("run2", "running"), ("run1", "failed")]
        assert store.nights()[2]["finished_at"] == day(0)


# ------------------------------------------------------------------------------------------------------------------- the batch


def test_every_kind_goes_in_and_comes_out(home: Path) -> None:
    with Store.open(home) as store:
        assert store.load("run", [submission(kind, [{}]) for kind in RETURNS]) == [1, 2, 3, 4, 5, 6]
        for number, (kind, contract) in enumerate(RETURNS.items(), start=1):
            expected = {
                name: value
                for name, value in VALUES[kind].items()
                if name not in ("learner_ref", "national_ref", "born_on")
            }
            found = in_force(store, contract.table, LATER, ", ".join(["submission_id", "line", *expected]))
            assert found == [(number, 2, *expected.values())]
        assert in_force(store, "learners", LATER, "birth_year") == [(1994,)]
        # one learner, one pseudonym, in both returns
        keys = in_force(store, "learners", LATER, "learner_key") + in_force(store, "followups", LATER, "learner_key")
        assert len(set(keys)) == 1


def test_the_ledger_holds_every_file(home: Path) -> None:
    with Store.open(home) as store:
        files = [
            submission("sessions", [{}], name="a.csv", blank_lines=3),
            submission(None, decision="refused", findings=[finding(None, "FIC-03")], name="b.csv"),
            submission("sessions", decision="duplicate", name="c.csv", sha256="a" * 64),
            submission("actions", [{}, {"provider_siret": OTHER_SIRET}], unread=[None], name="d.csv"),
        ]
        store.load("run", files)
        lines = store.submissions()
        assert [line["file_name"] for line in lines] == ["a.csv", "b.csv", "c.csv", "d.csv"]
        assert [line["decision"] for line in lines] == ["accepted", "refused", "duplicate", "partial"]
        assert [line["provider_siret"] for line in lines] == [SIRET, None, SIRET, None]
        assert {line["received_on"] for line in lines} == {date(2026, 3, 2)}
        assert (lines[0]["blank_lines"], lines[3]["records"], lines[3]["quarantined"]) == (3, 3, 1)
        assert store.kinds_of_taken_files() == {files[0].file.sha256: ("sessions", SIRET), files[3].file.sha256: ("actions", None)}
        assert store.last_received_on() == date(2026, 3, 2)


def test_known_sirets_are_those_of_actions_in_force(home: Path) -> None:
    with Store.open(home) as store:
        assert store.known_sirets() == set()
        store.load("run", [submission("actions", [{}, {"provider_siret": OTHER_SIRET}]), submission("sessions", [{}])])
        assert store.known_sirets() == {SIRET, OTHER_SIRET}


def test_the_file_that_a_killed_night_stored_is_known_again(home: Path) -> None:
    arrival = Arrival("a.csv", home / "inbox" / "a.csv", b"", "a" * 64, day(0), identity=(1, 2, 3, 4))
    with Store.open(home) as store:
        assert not store.already_stored([arrival])
        store.load("run", [submission("sessions", [{}], name="a.csv", sha256="a" * 64, identity=(1, 2, 3, 4))])
        assert store.already_stored([arrival]) == [arrival]
        assert not store.already_stored([Arrival("a.csv", arrival.path, b"", "a" * 64, day(0), identity=(1, 2, 3, 5))])
        assert not store.already_stored([Arrival("b.csv", arrival.path, b"", "a" * 64, day(0), identity=(1, 2, 3, 4))])


COUNTS = (
    "SELECT (SELECT count(*) FROM submissions), (SELECT count(*) FROM rows_learners), (SELECT count(*) FROM findings)"
)
CANARY = "CANARI-Personne"


@pytest.mark.parametrize("changes", [{"session_id": None}, {"sex": None}], ids=lambda changes: next(iter(changes)))
def test_a_file_that_no_table_can_hold_is_named_and_nothing_is_stored(home: Path, changes: dict[str, Any]) -> None:
    with Store.open(home) as store:
        store.load("run", [submission("apprenants", [{}])])
        good = submission("apprenants", [{"learner_ref": "other"}], findings=[finding(2)])
        with pytest.raises(UnstorableFile) as raised:
            store.load("run", [good, submission("apprenants", [{"learner_ref": CANARY, **changes}])])
        assert raised.value.guilty == (1,)
        assert CANARY not in str(raised.value)
        assert raised.value.__cause__ is None
        assert ask(store, COUNTS) == [(1, 1, 0)]
        assert store.load("run", [good]) == [2]


def test_two_rows_of_one_key_are_refused(home: Path) -> None:
    with Store.open(home) as store, pytest.raises(UnstorableFile):
        store.load("run", [submission("sessions", [{}, {"seats": 3}])])


@pytest.mark.parametrize("step", ["correct_rows", "settle_files", "inherit_first_seen"])
def test_a_batch_is_in_the_store_whole_or_not_at_all(home: Path, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise duckdb.IOException(f"disk full near {CANARY}")

    with Store.open(home) as store:
        store.load("run", [submission("apprenants", [{}])])
        with monkeypatch.context() as patch:
            patch.setattr(load_module, step, fail)
            with pytest.raises(StoreUnusable) as raised:
                store.load("run", [submission("apprenants", [{}], findings=[finding(2)]), submission("sessions", [{}])])
        assert CANARY not in str(raised.value)
        assert isinstance(raised.value, WarehouseProblem)
        assert ask(store, COUNTS) == [(1, 1, 0)]
        assert ask(store, "SELECT * FROM closings") == []
        assert store.load("run", [submission("sessions", [{}])]) == [2]


def test_an_empty_batch_is_nothing(home: Path) -> None:
    with Store.open(home) as store:
        assert store.load("run", []) == []
        assert store.submissions() == []


def test_money_is_exact_and_national_references_are_hashed(home: Path) -> None:
    with Store.open(home) as store:
        store.load("run", [submission("depenses", [{"amount_eur": Decimal("-999999999999.99")}])])
        store.load("run", [submission("apprenants", [{"national_ref": CANARY}])])
        assert ask(store, "SELECT amount_eur FROM rows_expenses") == [(Decimal("-999999999999.99"),)]
        ((hashed,),) = ask(store, "SELECT national_ref FROM rows_learners")
    assert len(hashed) == 32
    assert CANARY.encode() not in (home / "store.duckdb").read_bytes()


# -------------------------------------------------------------------------------------------------------- findings across returns


def crossings(*lines: int, rule: str = "APP-51", number: int = 1) -> pa.Table:
    count = len(lines)
    return pa.table(
        {
            "submission_id": pa.array([number] * count, pa.int64()),
            "line": pa.array(lines, pa.int32()),
            "kind": pa.array(["apprenants"] * count, pa.string()),
            "provider_siret": pa.array([SIRET] * count, pa.string()),
            "column_name": pa.array(["session_id"] * count, pa.string()),
            "rule": pa.array([rule] * count, pa.string()),
            "severity": pa.array(["warning"] * count, pa.string()),
            "message": pa.array(["Une phrase."] * count, pa.string()),
        }
    )


def test_findings_across_returns_stand_from_their_first_night_to_their_last(home: Path) -> None:
    history = (
        "SELECT submission_id, line, first_seen, resolved_at FROM cross_findings"
        " LEFT JOIN cross_resolutions USING (finding_id) ORDER BY finding_id"
    )
    with Store.open(home) as store:
        store.load("run", [submission("apprenants", [{"learner_ref": "a"}, {"learner_ref": "b"}])])
        store.note_cross_findings("run", day(0), crossings(2, 3))
        store.note_cross_findings("run", day(1), crossings(2, 3))
        store.note_cross_findings("run", day(2), crossings(3))
        assert ask(store, history) == [(1, 2, day(0), day(2)), (1, 3, day(0), None)]
        # the row that still waits is sent again: another line of another file, since the same day
        store.load("run", [submission("apprenants", [{"learner_ref": "z"}, {"learner_ref": "b"}], at=day(3))])
        store.note_cross_findings("run", day(3), crossings(3, number=2))
        assert ask(store, history)[1:] == [(1, 3, day(0), day(3)), (2, 3, day(0), None)]
        store.note_cross_findings("run", day(4), crossings())
        store.note_cross_findings("run", day(5), crossings(3, number=2))
        assert ask(store, history)[2:] == [(2, 3, day(0), day(4)), (2, 3, day(5), None)]


# -------------------------------------------------------------------------------------------------------------------- size


def test_received_at_is_kept_to_the_microsecond(home: Path) -> None:
    at = datetime(2026, 10, 25, 1, 30, 0, 123456, tzinfo=UTC)  # the hour that comes twice in Paris
    with Store.open(home) as store:
        store.load("run", [submission("sessions", [{}], at=at)])
        assert store.submissions()[0]["received_at"] == at


def test_the_disk_is_blamed_for_what_is_its_own_alone(tmp_path: Path) -> None:
    """And no error of DuckDB is told with its text, which may quote a value."""
    with Store.open(tmp_path) as store:
        for raised, said in ((duckdb.IOException(CANARY), "disk has room"), (duckdb.InvalidInputException(CANARY), "fault of the program")):
            with pytest.raises(StoreUnusable, match=said) as told, store.transaction("do this"):
                raise raised
            assert CANARY not in str(told.value)
