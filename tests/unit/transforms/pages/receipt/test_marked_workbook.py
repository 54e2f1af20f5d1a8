"""A file as its sender's own workbook: every row where it was, wrong cells marked, nothing run, nobody named, fit to be sent again."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from expectations.contract import Severity
from expectations.findings import Finding
from expectations.programme import load_programme
from expectations.verdict.decide import FileVerdict
from flows.steps.check import judge_files
from tests.spec.paper import VALID, csv_of
from transforms.pages.receipt import marked_workbook as module
from transforms.pages.receipt.marked_workbook import TO_CORRECT, CannotBeMarked, marked_workbook
from transforms.parse.choose_columns import read_and_choose
from warehouse.reference.places import load_places

NAME = "ZZNAME"
TITLES = ";".join(VALID["depenses"])
ROW = ";".join(VALID["depenses"].values())


def judged(data: bytes) -> FileVerdict:
    (verdict,) = judge_files([("x.csv", data)], date(2026, 11, 24), load_programme(), load_places())
    return verdict


def marked(data: bytes) -> dict[str, Worksheet]:
    """The sheets of the workbook of a file."""
    book = openpyxl.load_workbook(io.BytesIO(marked_workbook(data, judged(data).findings)), rich_text=False)
    return {sheet.title: sheet for sheet in book.worksheets}


def as_sent_again(sheet: Worksheet) -> bytes:
    """The sheet as somebody would export it."""
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([cell.value for cell in row] for row in sheet)
    return text.getvalue().encode()


def note(sheet: Worksheet, cell: str) -> str:
    return sheet[cell].comment.text.replace("\u00a0", " ")


def looks(sheet: Worksheet) -> dict[str, str]:
    """The cells with a colour, and how each is framed."""
    return {cell.coordinate: cell.border.left.style for row in sheet for cell in row if cell.fill.fill_type == "solid"}


MESSY = "\n".join([
    "Dépenses 2018;de l'organisme", TITLES, ROW, "", ROW.replace("F1", '"F\n2"'), "trop;peu", TITLES, ROW.replace("F1", "=F3|calc"),
    ROW.replace("F1", "F4").replace("PERSONNEL", "@SUM(1)"), ROW.replace("F1", "'F5"), "TOTAL;;;;;4000",
]).encode()  # fmt: skip


def test_every_row_stands_where_it_stood_and_every_cell_is_the_text_that_was_sent() -> None:
    sheet, reading = marked(MESSY)["depenses"], read_and_choose(MESSY)
    for record in reading.records.rows():
        assert tuple(cell.value or "" for cell in sheet[record.line]) == record.cells
    assert {cell.data_type for row in sheet for cell in row if cell.value} == {"s"}, "none is a formula or a number"
    assert {cell.number_format for row in sheet for cell in row if cell.value} == {"@"}
    other = {row: [cell.value for cell in sheet[row] if cell.value] for row in (1, 2, 4, 6, 7, 8)}
    titles = TITLES.split(";")
    assert other == {1: ["Dépenses 2018", "de l'organisme"], 2: titles, 4: [], 6: [], 7: ["trop;peu"], 8: titles}
    assert sheet.freeze_panes == "A3"


def test_a_wrong_cell_has_a_frame_a_note_and_a_row_of_the_list_with_a_link() -> None:
    sheets = marked(MESSY)
    sheet, listed = sheets["depenses"], sheets[TO_CORRECT]
    cells = {"C5": "DEP-03I", "A7": "LIG-01", "E10": "DEP-05L", "A12": "LIG-09"}
    assert looks(sheet) == dict.fromkeys(cells, "thick")
    assert {cell.coordinate for row in sheet for cell in row if cell.comment} == {*cells}
    assert note(sheet, "E10").startswith("Erreur (DEP-05L) : La cellule « poste » n'est pas dans la liste")
    rows = [*listed.iter_rows(min_row=4)]
    assert [tuple(cell.value for cell in row[:5]) for row in rows] == [
        (5, "C5", "piece", "Erreur", "DEP-03I"), (7, "A7", None, "Erreur", "LIG-01"), (10, "E10", "poste", "Erreur", "DEP-05L"),
        (12, "A12", None, "Erreur", "LIG-09"),
    ]  # fmt: skip
    assert [row[1].hyperlink.location for row in rows] == [f"'depenses'!{cell}" for cell in cells]
    assert all(note(sheet, cell).endswith(row[5].value.replace("\u00a0", " ")) for cell, row in zip(cells, rows, strict=True))


def test_a_warning_looks_otherwise_than_an_error_and_a_remark_is_not_marked() -> None:
    data = csv_of("apprenants", "", "id_apprenant=L2 & commune=1004", "id_apprenant=L3 & commune=1004 & sexe=?")
    sheet = marked(data)["apprenants"]
    assert len({*looks(sheet).values()}) == 2
    assert {*looks(sheet)} == {"E4", "G3", "G4"}
    assert note(sheet, "G3").startswith("À vérifier (APP-07A) : ")
    twice = csv_of("depenses", "", "", "piece=F2 & date=x")
    assert {*looks(marked(twice)["depenses"])} == {"D4"}, "identical rows are a remark"


def test_a_cell_with_an_error_and_a_warning_is_an_error_and_says_both() -> None:
    data = csv_of("depenses", "", "piece=F2")
    findings = [
        Finding(3, "amount_eur", "DEP-52", Severity.WARNING, "Vérifiez."), Finding(3, "amount_eur", "DEP-06I", Severity.ERROR, "Corrigez."),
    ]  # fmt: skip
    sheet = openpyxl.load_workbook(io.BytesIO(marked_workbook(data, findings)))["depenses"]
    assert note(sheet, "F3") == "À vérifier (DEP-52) : Vérifiez.\nErreur (DEP-06I) : Corrigez."
    assert sheet["F3"].font.bold


def test_corrected_it_is_sent_again_and_taken() -> None:
    data = csv_of("depenses", "", "piece=F2 & poste=Nourriture", "piece=F3 & date=31/02/2018", "piece=F4", "piece=F5")
    sheets = marked(data)
    assert judged(as_sent_again(sheets["depenses"])).quarantined == 2, "as it is, it is as wrong as it was"
    sheets["depenses"]["E3"].value, sheets["depenses"]["D4"].value = "AUTRE", "28/02/2018"
    again = judged(as_sent_again(sheets["depenses"]))
    assert (again.decision, again.records, again.accepted, again.findings) == ("accepted", 5, 5, ())
    beside = judged(as_sent_again(sheets[TO_CORRECT]))
    assert (beside.decision, beside.records) == ("refused", 0)


def learners(*lines: str) -> bytes:
    titles, *rows = csv_of("apprenants", "", "id_apprenant=L2 & sexe=?", "id_apprenant=L3").decode().splitlines()
    return "\n".join([f"Liste de {NAME}", f"{titles};Nom", *(f"{row};{NAME}" for row in rows), *lines]).encode()


@pytest.mark.parametrize("of", ["what came", "what is kept"])
def test_nobody_is_named(of: str) -> None:
    data = learners(f"reste;{NAME}")
    verdict = judged(data)
    content = marked_workbook(data if of == "what came" else verdict.archive_bytes, verdict.findings)
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        assert not [name for name in file.namelist() if NAME.encode() in file.read(name)]
    sheet = openpyxl.load_workbook(io.BytesIO(content))["apprenants"]
    assert [sheet.cell(row, 3).value for row in (3, 4, 5)] == ["L1", "L2", "L3"]
    assert sheet["S2"].value == "Nom" and note(sheet, "S2").startswith("Les valeurs de cette colonne n'ont pas été gardées")
    assert sheet["A6"].value == "# ligne 6 : texte non gardé, à reprendre" and "reprenez-le de votre tableau" in note(sheet, "A6")
    again = judged(as_sent_again(sheet))
    assert (again.records, again.accepted) == (4, 2), "the line that is missing is missed"


def test_of_a_record_that_was_erased_nothing_stands_there() -> None:
    data = csv_of("apprenants", "", "id_apprenant=L2 & sexe=?").decode().splitlines()
    mark = f"EFFACE A {'90012000700019/S1'} {'0' * 32}" + ";" * data[0].count(";")
    content = "\n".join([data[0], mark, *data[1:]]).encode()
    sheet = openpyxl.load_workbook(io.BytesIO(marked_workbook(content, [Finding(4, "sex", "APP-05L", Severity.ERROR, "F ou M.")])))["apprenants"]
    assert [cell.value for cell in sheet[2]] == [None] * (data[0].count(";") + 1)
    assert {*looks(sheet)} == {"E4"}


def test_the_same_file_gives_the_same_bytes_and_leaves_nothing_lying(tmp_path: Path) -> None:
    findings = judged(MESSY).findings
    assert marked_workbook(MESSY, findings, tmp_path) == marked_workbook(MESSY, findings, tmp_path)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(("data", "findings", "reason"), [
    (b"PK\x03\x04", (), "n'a pas de lignes qui puissent être lues"),
    (b"", (), "n'a pas de lignes qui puissent être lues"),
    (csv_of("depenses"), (), "Rien n'est à marquer"),
    (csv_of("depenses"), [Finding(None, None, "FIC-11", Severity.WARNING, "x")], "Rien n'est à marquer"),
    (csv_of("depenses"), [Finding(2, None, "DEP-21", Severity.INFO, "x")], "Rien n'est à marquer"),
    (csv_of("depenses") + b"\n" * 10, [Finding(2, None, "DEP-21", Severity.ERROR, "x")], "a plus de 60 cellules"),
])  # fmt: skip
def test_what_cannot_be_marked_says_why(
    data: bytes, findings: Sequence[Finding], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_CELLS", 60)
    with pytest.raises(CannotBeMarked, match=reason):
        marked_workbook(data, findings)


def test_of_very_many_wrong_cells_all_are_marked_and_the_first_errors_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_EXPLAINED", 3)
    monkeypatch.setattr(module, "MOST_NOTES", 2)
    data = csv_of("apprenants", *(f"id_apprenant=L{n} & {'commune=1004' if n < 3 else 'sexe=?'}" for n in range(1, 8)), *[
        f"id_apprenant=M{n}" for n in range(9)
    ])  # fmt: skip
    sheets = marked(data)
    assert len(looks(sheets["apprenants"])) == 7
    assert {cell.coordinate for row in sheets["apprenants"] for cell in row if cell.comment} == {"E4", "E5"}
    assert [row[1].value for row in sheets[TO_CORRECT].iter_rows(min_row=4)] == ["E4", "E5", "E6"]
    assert sheets[TO_CORRECT]["A2"].value.replace("\u00a0", " ").startswith("4 autres cellules sont marquées")


@pytest.mark.parametrize("text", ["x" * 40_000, "\N{GRINNING FACE}" * 20_000, "é" * 33_000], ids=["plain", "two units each", "accents"])
def test_a_line_too_long_for_a_cell_is_cut(text: str) -> None:
    data = f"{TITLES}\n{ROW}\n{ROW.replace('F1', 'F2')}\n{text}\n".encode()
    value = marked(data)["depenses"]["A4"].value
    assert len(value.encode("utf-16-le")) // 2 <= 32_767
    assert value.endswith("…") and text.startswith(value[:-1]) and len(value) > 16_000
