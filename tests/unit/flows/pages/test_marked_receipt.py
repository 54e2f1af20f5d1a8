"""The marked workbook where a user gets it: from a check, and of a file of which only a rule across returns says something."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from flows.cli import main
from tests.golden.nights import Home
from tests.spec.paper import csv_of

WRONG = csv_of("depenses", "", "piece=F2", "piece==F3 & poste=?", "piece=F4 & date=-1+1", "piece=F5") + b"reste;=x\n"


def test_what_rules_across_returns_found_is_marked_too(tmp_path: Path) -> None:
    home, path = Home(tmp_path / "home"), tmp_path / "a-corriger.xlsx"
    home.night({"suivi.csv": csv_of("suivi")})
    assert main(["receipt", "1", "--home", str(home.folder), "--format", "xlsx", "--out", str(path)]) == 0
    (row,) = openpyxl.load_workbook(path)["À corriger"].iter_rows(min_row=4)
    assert [cell.value for cell in row[:5]] == [2, "C2", "id_apprenant", "À vérifier", "SUI-51"]


def test_a_check_can_write_the_marked_workbook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sent, out = tmp_path / "depenses.csv", tmp_path / "out.xlsx"
    sent.write_bytes(WRONG)
    assert main(["check", "--marked", str(out), str(sent)]) == 1
    assert "ligne 4, colonne poste" in capsys.readouterr().out
    assert out.stat().st_mode & 0o777 == 0o600
    sheet = openpyxl.load_workbook(out)["depenses"]
    assert {cell.coordinate for row in sheet for cell in row if cell.comment} == {"E4", "D5", "A7"}
    assert (sheet["C4"].value, sheet["C4"].data_type) == ("=F3", "s")
    out.unlink()
    sent.write_bytes(csv_of("depenses"))
    assert main(["check", "--marked", str(out), str(sent)]) == 0
    assert "out.xlsx is not written: Rien n'est à marquer" in capsys.readouterr().err
    assert not out.exists()
    assert main(["check", "--marked", str(out), str(sent), str(sent)]) == 2
    assert "--marked writes one file" in capsys.readouterr().err
