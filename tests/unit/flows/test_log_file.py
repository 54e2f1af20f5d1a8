"""The log that operators read: what was found where, by which rule, and nothing of what stood there."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from flows import log_file
from tests.golden.nights import Home
from tests.spec.paper import csv_of


def test_a_night_logs_each_finding_by_file_line_and_rule_and_never_a_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    home.night({"actions.csv": csv_of("actions"), "sessions.csv": csv_of("sessions", "places=CANARI"), "rien.csv": b"CANARI\n"})
    path = home.folder / "suivi.log"
    lines = path.read_text(encoding="utf-8").splitlines()
    assert any(" INFO error sessions.csv, line 2: " in line for line in lines), lines
    assert any(" INFO error rien.csv: FIC-" in line for line in lines)
    assert any(" INFO load: " in line for line in lines)
    assert "CANARI" not in path.read_text(encoding="utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    monkeypatch.setattr(log_file, "_LARGEST", 300)
    (home.folder / "suivi.toml").write_text('log_file = "../elsewhere.log"\n')
    home.night({})
    assert {old.name for old in tmp_path.glob("elsewhere.log*")} >= {"elsewhere.log", "elsewhere.log.1"}
