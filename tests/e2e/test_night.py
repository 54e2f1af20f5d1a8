"""The steps of a night without Prefect: what is taken, in which order, what stays in the inbox, what may not stop it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from expectations.catalogue import template
from expectations.contract.returns import RETURNS
from flows.errors import NightFailed, WrongUse
from flows.pages.report_json import DECISIONS
from tests.golden.nights import Home
from warehouse.errors import UnstorableFile
from warehouse.intake.archive import Archive
from warehouse.store.store import Store

FILE_KEYS = {
    "name", "sha256", "kind", "provider_siret", "decision", "records", "accepted", "quarantined", "blank_lines", "reasons",
}  # fmt: skip
Drop = Callable[[str, bytes], Path]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SUIVI_SETTLE_SECONDS", "0")
    (tmp_path / "inbox").mkdir()
    return tmp_path


@pytest.fixture
def drop(home: Path) -> Drop:
    def drop(name: str, data: bytes) -> Path:
        path = home / "inbox" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (time.time() - 100, time.time() - 100))
        return path

    return drop


def run(home: Path, as_of: date | None = None, *, tells: bool = False) -> dict[str, Any]:
    """A night; what it would print as JSON, after a trip through JSON. It tells nobody unless asked to."""
    return json.loads(json.dumps(Home(home, tells=tells).night(as_of=as_of)))  # type: ignore[no-any-return]


def decisions(report: dict[str, Any]) -> dict[str, str]:
    return {file["name"]: file["decision"] for file in report["files"]}


def inbox(home: Path) -> list[str]:
    return sorted(path.relative_to(home / "inbox").as_posix() for path in (home / "inbox").rglob("*") if not path.is_dir())


def test_the_report_has_the_shape_of_the_interface(home: Path, drop: Drop) -> None:
    for kind in RETURNS:
        drop(f"sous dossier/{kind}.csv", template(kind, True))
    drop("encore.csv.part", b"siret")
    report = run(home, tells=True)
    assert set(report) == {"run_id", "as_of", "files", "totals", "alerts", "tables", "seconds"}
    assert all(set(file) == FILE_KEYS for file in report["files"])
    assert decisions(report) == {
        **{f"sous dossier/{kind}.csv": "accepted" for kind in RETURNS}, "encore.csv.part": "deferred"
    }  # fmt: skip
    for file in report["files"]:
        assert file["records"] == file["accepted"] + file["quarantined"]
    assert report["totals"]["files"] == len(RETURNS) + 1
    assert report["totals"]["decisions"] == {**dict.fromkeys(DECISIONS, 0), "accepted": len(RETURNS), "deferred": 1}
    assert report["totals"]["records"] == sum(file["records"] for file in report["files"])
    (alert,) = report["alerts"]  # what is overdue; there is no mail server
    assert set(alert) == {"to", "subject", "message_id", "state"}
    assert (alert["to"], alert["state"]) == ("contact@exemple.fr", "file")
    assert len(list((home / "outbox").glob("*.eml"))) == 1
    assert {"name", "rows"} == set(report["tables"][0])
    assert {"receive", "read", "check", "load", "compute", "publish", "report"} <= set(report["seconds"])
    assert date.fromisoformat(report["as_of"])


def test_everything_but_deferred_files_leaves_the_inbox(home: Path, drop: Drop) -> None:
    drop("bon.csv", template("sessions", True))
    drop("vide.csv", b"")
    drop("classeur.csv", b"PK\x03\x04")
    left = [drop(name, template("sessions", True)) for name in ("a.tmp", "b.part", "~$c.csv")]
    report = run(home)
    assert inbox(home) == sorted(path.name for path in left)
    assert decisions(report) == {
        "bon.csv": "accepted", "vide.csv": "refused", "classeur.csv": "refused",
        "a.tmp": "deferred", "b.part": "deferred", "~$c.csv": "deferred",
    }  # fmt: skip
    for file in report["files"]:
        if file["decision"] in ("refused", "deferred"):
            assert file["reasons"]
    taken = [file for file in report["files"] if file["decision"] == "accepted"]
    assert all(Archive(home).has(file["sha256"]) for file in taken)


def test_a_duplicate_is_one_within_a_night_and_across_nights(home: Path, drop: Drop) -> None:
    drop("b.csv", template("sessions", True))
    drop("a.csv", b"")
    drop("c.csv", template("sessions", True))
    assert decisions(run(home)) == {"a.csv": "refused", "b.csv": "accepted", "c.csv": "duplicate"}
    # the very same place, bytes and time as the first: a duplicate all the same
    drop("b.csv", template("sessions", True))
    drop("a.csv", b"")
    report = run(home)
    assert decisions(report) == {"a.csv": "refused", "b.csv": "duplicate"}
    with Store.open(home) as store:
        ledger = [(line["file_name"], line["decision"]) for line in store.submissions()]
        received = [line["received_at"] for line in store.submissions()]
    assert [decision for _, decision in ledger] == ["accepted", "refused", "duplicate", "duplicate", "refused"]
    assert received == sorted(set(received))


def test_links_and_hostile_names(home: Path, drop: Drop, tmp_path_factory: pytest.TempPathFactory) -> None:
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.csv"
    secret.write_bytes(template("sessions", True))
    (home / "inbox" / "lien.csv").symlink_to(secret)
    (home / "inbox" / "dossier").symlink_to(secret.parent)
    os.mkfifo(home / "inbox" / "tube.csv")
    names = ["<script>.csv", "'; DROP TABLE submissions; --.csv", "=1+1.csv", "[bold].csv", "\x1b[31m.csv", "a\nb.csv", "é" * 100 + ".csv"]
    for number, name in enumerate(names):
        drop(name, template("sessions", True) + b"\r\n" * number)
    raw = os.fsencode(home / "inbox") + b"/\xff\xfe.csv"
    with open(raw, "wb") as file:
        file.write(b"rien")
    report = run(home)
    assert len(report["files"]) == len(names) + 1
    assert inbox(home) == ["lien.csv", "tube.csv"]
    assert (home / "inbox" / "dossier").is_symlink()
    assert secret.exists()
    assert sorted(file["name"] for file in report["files"]) == sorted([*names, "\ufffd\ufffd.csv"])


def test_an_empty_inbox_is_a_night_like_any_other(home: Path) -> None:
    report = run(home, date(2026, 3, 31))
    assert (report["files"], report["as_of"]) == ([], "2026-03-31")
    assert (home / "warehouse.duckdb").exists()


def test_a_file_too_large_is_refused_with_its_reason(home: Path, drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUIVI_MAX_FILE_MB", "0.001")
    large, naming = template("sessions", True) + b"\r\n" * 1000, b"id_apprenant;Nom\r\n" + b"L1;Dupond\r\n" * 1000
    drop("gros.csv", large)
    drop("noms.csv", naming)
    files = {file["name"]: file for file in run(home)["files"]}
    assert {(file["decision"], file["records"]) for file in files.values()} == {("refused", 0)}
    assert "taille" in files["gros.csv"]["reasons"][0]
    assert Archive(home).read(files["gros.csv"]["sha256"]) == large
    assert b"Dupond" not in Archive(home).read(files["noms.csv"]["sha256"])
    # Allowed later, the same bytes are judged again.
    monkeypatch.setenv("SUIVI_MAX_FILE_MB", "1")
    drop("gros.csv", large)
    (file,) = run(home)["files"]
    assert file["decision"] == "accepted"


def test_a_fresh_file_is_waited_for(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUIVI_SETTLE_SECONDS", "0.5")
    (home / "inbox" / "frais.csv").write_bytes(template("sessions", True))
    assert decisions(run(home)) == {"frais.csv": "accepted"}


def test_a_long_settling_time_leaves_the_file_to_the_next_night(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUIVI_SETTLE_SECONDS", "600")
    (home / "inbox" / "frais.csv").write_bytes(template("sessions", True))
    (file,) = run(home)["files"]
    assert (file["decision"], file["sha256"], file["records"]) == ("deferred", None, 0)
    assert inbox(home) == ["frais.csv"]


def test_what_no_table_can_hold_is_refused_and_the_others_are_stored(
    home: Path, drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop("a.csv", template("sessions", True))
    drop("b.csv", template("actions", True))
    load = Store.load

    def refusing(self: Store, run_id: str, submissions: Any) -> list[int]:
        guilty = tuple(n for n, one in enumerate(submissions) if one.file.name == "a.csv" and one.file.rows)
        if guilty:
            raise UnstorableFile("files hold what no table can", guilty)
        return load(self, run_id, submissions)

    monkeypatch.setattr(Store, "load", refusing)
    report = run(home)
    assert decisions(report) == {"a.csv": "refused", "b.csv": "accepted"}
    assert inbox(home) == []


def test_a_failed_load_leaves_the_inbox_as_it_was(home: Path, drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    drop("a.csv", template("sessions", True))

    def broken(self: Store, run_id: str, submissions: Any) -> list[int]:
        raise ValueError("CANARI")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "load", broken)
        with pytest.raises(NightFailed) as caught:
            run(home)
    assert str(caught.value).startswith("the night failed at step load: ValueError at test_night.py:")
    assert "CANARI" not in str(caught.value)
    assert "CANARI" in caught.value.details
    assert inbox(home) == ["a.csv"]
    assert not (home / "warehouse.duckdb").exists()
    assert decisions(run(home)) == {"a.csv": "accepted"}
    with Store.open(home) as store:
        assert [night["state"] for night in store.nights()] == ["done", "failed"]


def test_a_night_cut_off_before_it_emptied_the_inbox_is_not_counted_twice(
    home: Path, drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop("a.csv", template("sessions", True))

    def killed(arrival: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("flows.steps.load.inbox.remove", killed)
        with pytest.raises(KeyboardInterrupt):
            run(home)
    assert inbox(home) == ["a.csv"]
    assert run(home)["files"] == []
    assert inbox(home) == []
    with Store.open(home) as store:
        assert [line["decision"] for line in store.submissions()] == ["accepted"]


def test_a_wrong_programme_file_is_told_with_its_line(home: Path) -> None:
    (home / "suivi.toml").write_text('programme_file = "programme.toml"\n')
    (home / "programme.toml").write_text("[[calls]]\nfrom = 3\n")
    with pytest.raises(WrongUse, match=r"programme.toml, line \d"):
        run(home)
