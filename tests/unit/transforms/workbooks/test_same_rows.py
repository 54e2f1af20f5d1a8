"""A workbook gives what the CSV of the same values gives: rows, findings, decision, counts; whatever program wrote it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from expectations.contract.returns import RETURNS
from expectations.programme import load_programme
from expectations.verdict.checked_file import RefusalLimits
from expectations.verdict.decide import FileVerdict
from flows.steps.check import judge_files
from tests.spec.paper import csv_of
from tests.typed_rows import comparable
from tests.workbooks import by_hand, texts, typed, with_open_document, with_openpyxl, with_xlsxwriter
from warehouse.reference.places import load_places

FILES = Path(__file__).parent / "files"
#: files with a sheet for each return and ROWS on it, each written from values by the program in its name: LibreOffice and Gnumeric,
#: and what web applications write with: Apache POI, SheetJS, ExcelJS, openxlsx (R), Spreadsheet (Ruby), Spreadsheet::WriteExcel
#: (Perl), xlwt, pyexcel and odfpy (Python). All values are invented.
MADE = (
    "libreoffice.xlsx", "libreoffice.xls", "libreoffice.ods", "gnumeric.xlsx", "gnumeric.xls", "gnumeric.ods", "poi.xls", "sheetjs.xlsx",
    "exceljs.xlsx", "openxlsx.xlsx", "ruby.xls", "writeexcel.xls", "xlwt.xls", "pyexcel.ods", "odfpy.ods",
)  # fmt: skip
RECEIVED_ON = date(2026, 11, 24)
#: rows that are taken, and rows of which each is in error for one cell
ROWS = {
    "actions": ("", "numero_action=A2 & subvention=1234,56 & certification=", "numero_action=A3 & cout_total=0", "numero_action=A4 & enveloppe=ERN"),
    "sessions": ("", "numero_session=S2 & commune=01004 & places=7", "numero_session=S3 & commune=1004", "numero_session=S4 & fin=01/01/2018"),
    "apprenants": (
        "", "id_apprenant=0017 & niveau=SANS & qpv=NSP & sortie_le= & fin_de_parcours= & certification=", "id_apprenant=L3 & naissance=29/02/1996",
        "id_apprenant=L4 & sexe=Z", "id_apprenant=L5 & niveau=9", "id_apprenant=L6 & naissance=",
    ),
    "suivi": ("", "id_apprenant=L2 & echeance=M3 & observe_le=28/12/2018 & numerique=NON", "id_apprenant=L3 & situation=CDDI"),
    "depenses": ("", "piece=F2 & montant=-12,5", "piece=F3 & montant=0,3", "piece=F4 & montant=zz", "piece=F5 & date=30/04/18", "piece="),
    "financements": ("", "reference=V2 & financeur=Europe & nature=EUROPE & montant=1234567,89", "reference=V3 & etat=PAYE", "reference=0042"),
}  # fmt: skip
Write = Callable[[dict[str, Sequence[Sequence[Any]]]], bytes]
#: each way to write a workbook, and whether it has types or texts alone
WAYS: dict[str, tuple[Write, bool]] = {
    "XlsxWriter": (with_xlsxwriter, True),
    "XlsxWriter, texts": (with_xlsxwriter, False),
    "XlsxWriter, days from 1904": (partial(with_xlsxwriter, date_1904=True), True),
    "XlsxWriter, row by row": (partial(with_xlsxwriter, constant_memory=True), True),
    "openpyxl": (with_openpyxl, True),
    "openpyxl, texts": (with_openpyxl, False),
    "texts as results of formulas": (by_hand, True),
    "texts in their cells": (partial(by_hand, inline=True), True),
    "prefixed elements": (partial(by_hand, prefix="x:"), True),
    "cells that do not say where they are": (partial(by_hand, references=False, inline=True), True),
    "Strict Open XML, days as texts": (partial(by_hand, is_strict=True), True),
    "absolute relations, days from 1904": (partial(by_hand, absolute=True, is_1904=True), True),
    "UTF-16": (partial(by_hand, encoding="UTF-16", inline=True), True),
    "Windows-1252": (partial(by_hand, encoding="windows-1252"), True),
    "another name of the list of sheets": (partial(by_hand, workbook_name="workbook22.xml", inline=True), True),
    "OpenDocument": (with_open_document, True),
    "OpenDocument, texts": (with_open_document, False),
}


def judged(files: Sequence[tuple[str, bytes]]) -> list[FileVerdict]:
    """What is said of files, when no share of rows in error refuses one whole."""
    return judge_files(files, RECEIVED_ON, load_programme(), load_places(), limits=RefusalLimits(refuse_above=1.0))


def compared(file: FileVerdict) -> dict[str, Any]:
    """A verdict but for the file's name and hash."""
    return comparable(file) | {"name": "", "sha256": ""}


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, Any]]:
    """What is said of each file, by name; all are judged in one go, as a night does."""
    files = [(f"csv {kind}", csv_of(kind, *ROWS[kind])) for kind in RETURNS]
    for way, (write, is_typed) in WAYS.items():
        files += [(f"{way} {kind}", write({"Feuille 1": (typed if is_typed else texts)(kind, *ROWS[kind])})) for kind in RETURNS]
    files += [(name, (FILES / name).read_bytes()) for name in MADE]
    return {file.name: compared(file) for file in judged(files)}


@pytest.mark.parametrize("kind", RETURNS)
@pytest.mark.parametrize("way", [*WAYS, *MADE])
def test_a_workbook_is_judged_as_its_csv(way: str, kind: str, answers: dict[str, dict[str, Any]]) -> None:
    # one sheet that is a return has the file's name, several have their own too
    assert answers[f"{way} {kind}" if way in WAYS else f"{way}#{kind}"] == answers[f"csv {kind}"]


def test_each_way_is_in_the_place_of_its_csv(answers: dict[str, dict[str, Any]]) -> None:
    assert len(answers) == (1 + len(WAYS) + len(MADE)) * len(RETURNS)
    assert {file["decision"] for file in answers.values()} == {"partial", "accepted"}  # none is refused, or a duplicate
