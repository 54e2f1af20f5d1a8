"""`suivi status`: what it tells of a home in which nights went well, failed, are running, or have never run."""

from __future__ import annotations

import contextlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from flows.cli import main
from flows.lock import night_lock
from flows.night import Night
from flows.settings import load_settings
from tests.golden.nights import Home
from tests.spec.paper import csv_of

DAY = date(2026, 3, 2)
NAME = "refusé\x1b[31m.csv"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home after a night with a session whose learners are overdue and a file that is refused, and a night cut off."""
    home = Home(tmp_path_factory.mktemp("status"))
    files = {"actions.csv": csv_of("actions"), "sessions.csv": csv_of("sessions", "places=CANARI", "numero_session=S2")}
    home.night({**files, NAME: b"CANARI"}, on=DAY)
    with contextlib.suppress(KeyboardInterrupt), Night(load_settings(home.folder), DAY):
        raise KeyboardInterrupt
    return home


@pytest.fixture
def told(home: Home, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What a program reads of it."""
    assert main(["status", "--home", str(home.folder), "--format", "json"]) == 0
    out = capsys.readouterr().out
    assert "CANARI" not in out
    found: dict[str, Any] = json.loads(out)
    return found


def test_programs_are_told_everything(home: Home, told: dict[str, Any]) -> None:
    assert [night["state"] for night in told["nights"]] == ["failed", "done"]
    assert {night["as_of"] for night in told["nights"]} == {"2026-03-02"}
    assert told["running"] is None
    assert told["last_night"] == {"files": {}, "refused": []}
    assert told["files"] == {"accepted": 1, "partial": 1, "refused": 1}
    assert {kind: (late["returns"], late["providers"]) for kind, late in told["overdue"].items()} == {
        "apprenants": (1, 1), "depenses": (1, 1),
    }  # fmt: skip
    assert told["overdue"]["apprenants"]["longest_days"] > told["overdue"]["depenses"]["longest_days"] > 365
    assert told["open_findings"]["error"] >= 2
    assert told["warehouse"]["run_id"] == told["nights"][1]["run_id"]
    assert told["warehouse"]["path"] == str(home.folder / "warehouse.duckdb")
    assert told["warehouse"]["created_at"].endswith(("+01:00", "+02:00"))
    assert told["mails"] == {"file": 1}, "the provider's; nobody else to write to is set"
    assert told["receipts"] == str(home.folder / "receipts")


def test_people_are_told_the_same_in_lines(home: Home, told: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--home", str(home.folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    failed, done = (night["run_id"] for night in told["nights"])
    assert lines[0] == f"home {home.folder}"
    assert lines[1].startswith(f"night {failed}: failed, as of 2026-03-02")
    assert lines[2].startswith(f"night {done}: done, as of 2026-03-02")
    assert "files of the last night: none" in lines
    assert "files: 1 accepted, 1 partial, 1 refused" in lines
    assert f"receipts: {home.folder / 'receipts'}" in lines
    assert any(line.startswith("overdue: 1 apprenants (by ") for line in lines)


def test_the_files_of_the_last_night_name_those_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = Home(tmp_path)
    home.night({NAME: b"CANARI"})
    assert main(["status", "--home", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "files of the last night: 1 refused\n  refused: refusé\N{REPLACEMENT CHARACTER}[31m.csv\n" in out
    assert "overdue: nothing" in out


def test_while_a_night_runs_the_warehouse_alone_is_asked(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    with night_lock(home.folder, "the-other"):
        assert main(["status", "--home", str(home.folder), "--format", "json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert main(["status", "--home", str(home.folder)]) == 0
        out = capsys.readouterr().out
    assert "the-other" in told["running"]
    assert (told["nights"], told["mails"]) == (None, None)
    assert told["files"]["refused"] == 1
    assert "a night is running: process" in out
    assert "files of the last night" not in out


def test_a_home_without_a_night_is_told_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--home", str(tmp_path)]) == 2
    assert "no night has run in" in capsys.readouterr().err
    (tmp_path / "store.duckdb").write_bytes(b"CANARI")
    assert main(["status", "--home", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "store.duckdb cannot be read (" in err


def test_without_its_store_it_says_what_the_doctor_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "archive" / "ab").mkdir(parents=True)
    (tmp_path / "archive" / "ab" / ("ab" * 32)).write_bytes(b"x")
    assert main(["status", "--home", str(tmp_path)]) == 1
    assert "is missing although" in capsys.readouterr().err
