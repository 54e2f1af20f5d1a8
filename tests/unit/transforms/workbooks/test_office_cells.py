"""Cells that are counted without walking through them are counted as if they had been."""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.workbooks import MAIN, by_hand, typed, with_openpyxl, with_xlsxwriter
from transforms.workbooks import office_cells
from transforms.workbooks.office_cells import SharedStrings, scan_cells
from transforms.workbooks.sheet_scan import SheetScan

TABLE = {"a": [[], *typed("depenses", "", "piece=F2"), ["", "", "x"]]}
#: what is inside `sheetData`, and whether its cells can be counted without walking through them
FORMS = {
    "plain": ('<row r="1"><c r="A1"><v>1</v></c><c r="B1" s="1" t="s"><v>0</v></c><c r="C1" s="2"/></row>', True),
    "no row": ("", True),
    "an error": ('<row r="1"><c r="A1" t="e"><v>#N/A</v></c></row>', False),
    "an error in single quotes": ("<row r='1'><c r='B2' t='e'><v>#N/A</v></c></row>", False),
    "a formula": ('<row r="1"><c r="A1"><f>1+1</f></c></row>', False),
    "cells that do not say where they are": ('<row><c><v>1</v></c><c t="e"><v>#REF!</v></c></row>', False),
    "a comment": ('<row r="1"><!-- <c r="XFD9"> --><c r="A1"><v>1</v></c></row>', False),
    "other white space": ('<row r="1"><c\n r="D4" t="e"><v>#N/A</v></c></row>', False),
    "another attribute": ('<row r="1"><c r="A1" cm="1"><v>1</v></c></row>', False),
    "formatted far away": ('<row r="1"><c r="A1"><v>1</v></c></row><row r="900"><c r="XFD900" s="1"/></row>', False),
}


def scanned(part: bytes, monkeypatch: pytest.MonkeyPatch | None = None) -> SheetScan:
    scan = SheetScan("a")
    if monkeypatch:
        monkeypatch.setattr(office_cells, "_counted", lambda *_: None)
    scan_cells(part, SharedStrings(), scan)
    return scan


@pytest.mark.parametrize(("inside", "is_plain"), FORMS.values(), ids=FORMS)
def test_both_ways_say_the_same(inside: str, is_plain: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    part = f'<worksheet xmlns="{MAIN}"><sheetData>{inside}</sheetData></worksheet>'.encode()
    assert (office_cells._counted(part, SheetScan("a")) is not None) == is_plain
    fast = scanned(part)
    slow = scanned(part, monkeypatch)
    assert (fast.instead, fast.cells) == (slow.instead, slow.cells)
    assert fast.rows >= slow.rows and fast.columns >= slow.columns  # cells that are but formatted may count


@pytest.mark.parametrize("write", [with_xlsxwriter, with_openpyxl, by_hand, lambda sheets: by_hand(sheets, inline=True)])
def test_so_they_do_of_what_programs_write(write, monkeypatch: pytest.MonkeyPatch) -> None:
    part = zipfile.ZipFile(io.BytesIO(write(TABLE))).read("xl/worksheets/sheet1.xml")
    fast = scanned(part)
    slow = scanned(part, monkeypatch)
    assert (fast.instead, fast.cells, slow.rows, slow.columns) == (slow.instead, slow.cells, 5, 6)
