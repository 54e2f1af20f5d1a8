"""The sender's own workbook with the wrong cells marked: of a check, of a deposit, of a file that was read; and for nobody else."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from flows.deposit import marking
from flows.deposit.judging import Judges, NotJudged, Question
from flows.settings import settings_without_home
from tests.golden.nights import Home
from tests.spec.paper import csv_of
from tests.unit.flows.deposit.conftest import CANARY, OF_A, OF_B, OF_STAFF, A, B, Running
from tests.unit.flows.deposit.test_checking import everything_under, shown_text
from tests.unit.flows.deposit.test_depositing import deposit, held_store
from tests.workbooks import typed, with_xlsxwriter

Make = Callable[..., Running]
MINE = f"siret={A}"
SECRET = "VALEURCANARI"
WRONG = csv_of("sessions", f"{MINE} & numero_session=S7", f"{MINE} & numero_session=S8 & places={SECRET}")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def marked_cells(content: bytes) -> dict[str, list[str]]:
    """By sheet the values of the cells with a colour, each explained in a note."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {
        sheet.title: [str(cell.value) for row in sheet for cell in row if cell.fill.fill_type == "solid" and cell.comment]
        for sheet in book.worksheets[:-1]
    }


def check_for_workbook(page: Running, name: str, data: bytes):  # type: ignore[no-untyped-def]
    return page.visitor().send("/verifier", "/", {"reponse": "classeur"}, (name, data))


@pytest.mark.parametrize(("name", "data"), [
    ("mes séances.csv", WRONG),
    ("mes séances.xlsx", with_xlsxwriter({"Feuil1": typed("sessions", f"{MINE} & numero_session=S7", f"{MINE} & numero_session=S8 & places={SECRET}")})),
], ids=["csv", "xlsx"])  # fmt: skip
def test_a_check_gives_the_workbook_and_keeps_nothing(
    page_without_night: Make, caplog: pytest.LogCaptureFixture, name: str, data: bytes
) -> None:
    caplog.set_level("DEBUG")
    page, temporary = page_without_night(), Path(tempfile.gettempdir())
    before = set(temporary.iterdir())
    answer = check_for_workbook(page, name, data)
    assert (answer.status_code, answer.headers["content-type"]) == (200, XLSX)
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''mes%20s%C3%A9ances%20%C3%A0%20corriger.xlsx"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert marked_cells(answer.content) == {"sessions": [SECRET]}
    assert SECRET.encode() not in everything_under(page.home)
    assert SECRET not in caplog.text
    assert [one.name for one in set(temporary.iterdir()) - before if one.name.startswith("suivi-marked-")] == []


def test_a_workbook_of_several_returns_comes_back_as_one(page_without_night: Make) -> None:
    sheets = {"Mes séances": typed("sessions", MINE), "Suivi": typed("suivi", f"{MINE} & situation=ZZ"), "Dépenses": typed("depenses", f"{MINE} & montant=un")}
    answer = check_for_workbook(page_without_night(), "tout.xlsx", with_xlsxwriter(sheets))
    assert marked_cells(answer.content) == {"sessions": [], "suivi": ["ZZ"], "depenses": ["un"]}
    listed = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[-1]
    assert [(row[1].value, row[1].hyperlink.location) for row in listed.iter_rows(min_row=4)] == [("suivi F2", "'suivi'!F2"), ("depenses F2", "'depenses'!F2")]


@pytest.mark.parametrize(("data", "why"), [
    (csv_of("sessions", MINE), "Rien n'est à marquer"),
    (b"Bonjour,\nvoici mes retours.\n", "Ce fichier n'a pas de lignes qui puissent être lues"),
], ids=["right", "no return"])  # fmt: skip
def test_without_a_workbook_the_receipt_says_why(page_without_night: Make, data: bytes, why: str) -> None:
    answer = check_for_workbook(page_without_night(), "x.csv", data)
    assert answer.status_code == 200
    assert f"Pas de classeur : {why}" in shown_text(answer.text)
    assert "Vérifier un autre fichier" in answer.text


def test_what_a_process_that_is_killed_has_begun_is_gone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Rows of a workbook lie in files while it is made: whoever waits for the process removes them, whatever became of it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    judges = Judges(settings_without_home({}), processes=1, deadline=1.0)
    try:
        assert judges.judge(Question("x.csv", is_marked=True), lambda: WRONG).marked
        with pytest.raises(NotJudged):
            judges.judge(Question("x.csv", is_marked=True), lambda: csv_of("sessions", *(f"{MINE} & numero_session=S{n} & places=x" for n in range(20_000))) * 5)
    finally:
        judges.close()
    assert list(tmp_path.glob("suivi-marked-*")) == []


def test_a_deposit_that_waits_for_the_night_has_one(page_without_night: Make) -> None:
    page = page_without_night()
    visitor = page.entered(OF_A)
    place = deposit(visitor, "séances.csv", WRONG).headers["location"]
    assert f'href="{place}/classeur"' in visitor.look(place).text
    answer = visitor.look(f"{place}/classeur")
    assert (answer.status_code, marked_cells(answer.content)) == (200, {"sessions": [SECRET]})
    assert page.entered(OF_B).look(f"{place}/classeur").status_code == 404
    assert page.visitor().look(f"{place}/classeur").headers["location"].startswith("/connexion")
    # What lies under that name must be what was sent.
    (path,) = (page.home / "inbox" / "OPALE").iterdir()
    path.unlink()
    os.symlink("/etc/passwd", path)
    assert visitor.look(f"{place}/classeur").status_code == 409


@pytest.mark.slow
def test_a_receipt_has_one_for_its_sender_alone(page: Running) -> None:
    home = Home(page.home)
    of_b = csv_of("sessions", f"siret={B} & numero_session=S7 & places={CANARY}")
    stranger = csv_of("sessions", f"{MINE} & numero_session=S6 & places=AUTRUI")
    (page.home / "suivi.toml").write_text('senders = "off"\nsettle_seconds = 0\n', encoding="utf-8")
    home.night({"OPALE/séances.csv": WRONG, f"{CANARY}/séances.csv": of_b, "ailleurs/au nom d'OPALE.csv": stranger})
    numbers = {name: number for name, number in home.rows("select file_name, submission_id from quality.files")}
    mine, other, strange = numbers["OPALE/séances.csv"], numbers[f"{CANARY}/séances.csv"], numbers["ailleurs/au nom d'OPALE.csv"]
    clean = numbers["OPALE/sessions OPALE.csv"]
    visitor = page.entered(OF_A)
    base = f"/organisme/{A}/recus"
    answer = visitor.look(f"{base}/{mine}/classeur")
    assert (answer.status_code, marked_cells(answer.content)) == (200, {"sessions": [SECRET]})
    linked = f'href="{base}/{mine}/classeur"'
    assert linked in visitor.look(f"{base}/{mine}").text
    files = visitor.look(f"/organisme/{A}/fichiers").text
    assert linked in files
    for number in (clean, strange):
        assert f"/recus/{number}/classeur" not in files, "neither of a file without faults, nor of what somebody else has sent in one's name"
    assert visitor.look(f"{base}/{strange}").status_code == 200
    for address in (f"{base}/{strange}/classeur", f"{base}/{other}/classeur", f"/organisme/{B}/recus/{other}/classeur", f"{base}/999/classeur", f"{base}/x/classeur"):
        refused = visitor.look(address)
        assert refused.status_code == 404, address
        assert b"PK" not in refused.content[:2]
    assert page.entered(OF_STAFF).look(f"{base}/{mine}/classeur").status_code == 404
    nothing = visitor.look(f"{base}/{clean}/classeur")
    assert nothing.status_code == 409
    assert "Rien n'est à marquer" in shown_text(nothing.text)
    assert '"depot workbook"' in (page.home / "audit.jsonl").read_text(encoding="utf-8")
    assert SECRET not in (page.home / "audit.jsonl").read_text(encoding="utf-8")


@pytest.mark.slow
def test_what_lies_in_the_inbox_itself_is_nobodys_own(page_without_night: Make, home: Path) -> None:
    """There everybody can lay files, in anybody's name; what the provider has deposited there is its own."""
    Home(home).night({"actions.csv": csv_of("actions", f"{MINE} & courriel={OF_A} & cout_total=x", f"{MINE} & numero_action=A2 & courriel={OF_A}"), "séances.csv": WRONG})
    page = page_without_night("")
    visitor = page.entered(OF_A)
    deposit(visitor, "à moi.csv", WRONG.replace(b"S8", b"S9"))
    Home(home).night()
    files = {name: number for name, number in Home(home).rows("select file_name, submission_id from quality.files")}
    assert sorted(files) == ["actions.csv", "séances.csv", "à moi.csv"]
    answers = {name: visitor.look(f"/organisme/{A}/recus/{number}/classeur").status_code for name, number in files.items()}
    assert answers == {"actions.csv": 404, "séances.csv": 404, "à moi.csv": 200}


def test_while_a_night_holds_the_store_it_is_asked_for_again(page: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = page.entered(OF_A)
    (number,) = [number for name, number in Home(page.home).rows("select file_name, submission_id from quality.files") if name == "OPALE/sessions OPALE.csv"]
    monkeypatch.setattr(marking, "_WAIT_FOR_STORE", 0.1)
    with held_store(page.home):
        answer = visitor.look(f"/organisme/{A}/recus/{number}/classeur")
    assert answer.status_code == 503
    assert "nuit est en cours" in shown_text(answer.text)
