"""Blank workbooks: their titles are read, their lists are the contract's, and nothing in them is ever taken for data."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from expectations.contract import Column, ValueType
from expectations.contract.codes import code_list
from expectations.contract.returns import RETURNS
from expectations.programme import load_programme
from expectations.verdict.decide import FileVerdict
from flows.steps.check import judge_files
from transforms.pages.blank_workbook import description
from transforms.pages.blank_workbook.description import LONGEST_PROMPT, template_sheets
from transforms.pages.blank_workbook.ods import ods_template
from transforms.pages.blank_workbook.xlsx import xlsx_template
from transforms.read.match_columns import match_columns
from warehouse.reference import load_places

ALL = tuple(RETURNS)
FORMATS = {"xlsx": xlsx_template, "ods": ods_template}
EVERY = [(kind, name) for kind in RETURNS for name in FORMATS]
NUMBER_FORMATS = {ValueType.DATE: "dd/mm/yyyy", ValueType.AMOUNT: "#,##0.00", ValueType.WHOLE_NUMBER: "0"}
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"


def sheets_of(content: bytes) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def judged(rows: Sequence[Sequence[Any]]) -> FileVerdict:
    """What is said of a sheet, as somebody would export it."""
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([_exported(cell) for cell in row] for row in rows)
    (verdict,) = judge_files([("x.csv", text.getvalue().encode())], date(2026, 11, 24), load_programme(), load_places())
    return verdict


def _exported(cell: Any) -> Any:
    return f"{cell:%d/%m/%Y}" if isinstance(cell, date | datetime) else cell


def codes_of(column: Column) -> tuple[str, ...]:
    codes = column.codes or (code_list("yes_no") if column.type is ValueType.YES_NO else None)
    return codes.codes if codes else ()


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_its_titles_are_those_of_the_return_and_mark_what_must_be_filled(kind: str, name: str) -> None:
    first, *others = sheets_of(FORMATS[name]((kind,))).items()
    assert first[0] == kind
    (titles,) = first[1]
    header = match_columns(titles)
    assert header is not None
    assert (header.kind, header.columns, header.missing, header.unknown) == (kind, RETURNS[kind].columns, (), ())
    may_be_empty = [column.optional or column.type is ValueType.YES_NO_UNKNOWN for column in RETURNS[kind].columns]
    assert [not title.endswith("*") for title in titles] == may_be_empty
    assert [sheet for sheet, _ in others] == ["Mode d'emploi", "Listes"][: 1 + any(map(codes_of, RETURNS[kind].columns))]


@pytest.mark.parametrize("name", FORMATS)
def test_all_returns_in_one_workbook_are_a_sheet_each(name: str) -> None:
    assert [*sheets_of(FORMATS[name](ALL))] == [*ALL, "Mode d'emploi", "Listes"]


@pytest.mark.parametrize(("kinds", "name"), [*(((kind,), name) for kind, name in EVERY), (ALL, "xlsx"), (ALL, "ods")])
def test_guidance_and_lists_are_no_return_and_hold_the_examples(kinds: tuple[str, ...], name: str) -> None:
    sheets = sheets_of(FORMATS[name](kinds))
    for kind in kinds:
        empty = judged(sheets.pop(kind))
        assert (empty.kind, empty.records, [finding.rule for finding in empty.findings]) == (kind, 0, ["FIC-14"])
    for rows in sheets.values():
        verdict = judged(rows)
        assert (verdict.decision, verdict.records, [finding.rule for finding in verdict.findings]) == ("refused", 0, ["FIC-03"])
    said = {cell for row in sheets["Mode d'emploi"] for cell in row}
    assert {column.example for kind in kinds for column in RETURNS[kind].columns} <= said


@pytest.mark.parametrize("kind", RETURNS)
def test_filled_in_it_is_accepted_with_its_guidance_left_in_it(kind: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx_template((kind,))))
    for at, column in enumerate(RETURNS[kind].columns, 1):
        is_date = column.type is ValueType.DATE
        book[kind].cell(2, at).value = datetime.strptime(column.example, "%d/%m/%Y") if is_date else column.example
    saved = io.BytesIO()
    book.save(saved)
    sheets = sheets_of(saved.getvalue())
    verdict = judged(sheets.pop(kind))
    assert (verdict.kind, verdict.decision, verdict.records, verdict.accepted) == (kind, "accepted", 1, 1)
    assert verdict.findings == ()
    assert {judged(rows).records for rows in sheets.values()} == {0}


@pytest.mark.parametrize("kind", RETURNS)
def test_a_spreadsheet_keeps_what_is_typed_as_what_it_is(kind: str) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_template((kind,))))[kind]
    assert sheet.freeze_panes == "A2"
    columns = [*sheet.column_dimensions.values()]
    styles = [next(one.number_format for one in columns if one.min <= cell.column <= one.max) for cell in sheet[1]]
    assert styles == [NUMBER_FORMATS.get(column.type, "@") for column in RETURNS[kind].columns]


@pytest.mark.parametrize("kind", RETURNS)
def test_what_can_be_chosen_are_the_codes_of_the_contract(kind: str) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_template((kind,))))[kind]
    rules = {str(rule.sqref).partition(":")[0]: rule for rule in sheet.data_validations.dataValidation}
    for at, column in enumerate(RETURNS[kind].columns, 1):
        rule = rules[f"{sheet.cell(2, at).column_letter}2"]
        assert (rule.type == "list") == bool(codes_of(column))
        if codes := codes_of(column):
            assert rule.formula1 == f'"{",".join(codes)}"'
            assert all("," not in code for code in codes), "a spreadsheet would cut it in two"
        assert str(rule.sqref).endswith("1048576")
        assert column.example in rule.prompt and len(rule.prompt) <= LONGEST_PROMPT
        assert len(rule.error or "") <= LONGEST_PROMPT and len(rule.promptTitle) <= 32


@pytest.mark.parametrize("kind", RETURNS)
def test_the_ods_asks_and_shows_the_same(kind: str) -> None:
    with zipfile.ZipFile(io.BytesIO(ods_template((kind,)))) as file:
        assert [file.namelist()[0], file.infolist()[0].compress_type] == ["mimetype", zipfile.ZIP_STORED]
        content, settings = (ElementTree.fromstring(file.read(name)) for name in ("content.xml", "settings.xml"))
    rules = {rule.get(f"{TABLE}name"): rule for rule in content.iter(f"{TABLE}content-validation")}
    table = next(content.iter(f"{TABLE}table"))
    _, *below = table.iter(f"{TABLE}table-row")
    assert sum(int(row.get(f"{TABLE}number-rows-repeated", "1")) for row in below) == 1_048_575
    for row in below:
        for cell, column in zip(row, RETURNS[kind].columns, strict=True):
            rule = rules[cell.get(f"{TABLE}content-validation-name")]
            listed = re.findall(r'"(\w+)"', rule.get(f"{TABLE}condition") or "")
            assert tuple(listed) == codes_of(column)
            assert column.example in "".join(rule.itertext())
    styles = {style.get(f"{STYLE}name") for style in content.iter() if style.get(f"{STYLE}family")}
    assert {of for at in content.iter() for name, of in at.items() if "style-name" in name and "data-" not in name} <= styles
    assert "VerticalSplitMode" in {name for at in settings.iter() for name in at.attrib.values()}


def test_a_list_too_long_to_be_written_out_is_a_range_of_the_sheet_of_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(description, "LONGEST_LIST", 20)
    book = openpyxl.load_workbook(io.BytesIO(xlsx_template.__wrapped__(("suivi",))))
    formulas = {rule.formula1 for rule in book["suivi"].data_validations.dataValidation if rule.type == "list"}
    ranges = [formula for formula in formulas if "!" in formula]
    listed = {tuple(cell.value for (cell,) in book["Listes"][formula.partition("!")[2].replace("$", "")]) for formula in ranges}
    long = {codes_of(column) for column in RETURNS["suivi"].columns if len(",".join(codes_of(column))) > 20}
    assert listed == long and len(long) == 2
    with zipfile.ZipFile(io.BytesIO(ods_template.__wrapped__(("suivi",)))) as file:
        conditions = re.findall(r"in-list\(\[\$Listes\.\$B\$(\d+):\.\$B\$(\d+)\]\)", file.read("content.xml").decode())
    assert {f"=Listes!$B${first}:$B${last}" for first, last in conditions} == {f"={formula.lstrip('=')}" for formula in ranges}


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_template_has_the_same_bytes_and_names_nobody(name: str) -> None:
    make = FORMATS[name].__wrapped__
    assert make(ALL) == make(ALL)
    with zipfile.ZipFile(io.BytesIO(make(ALL))) as file:
        assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        text = " ".join(file.read(each).decode() for each in file.namelist())
    assert not re.search(r"<(?:dc:creator|cp:lastModifiedBy|meta:initial-creator)>[^<]", text)
    assert not re.search(r"20(?:19|2\d)-\d\d-\d\dT", text), "when it was made"


@pytest.mark.parametrize("name", FORMATS)
def test_it_says_where_files_are_sent(name: str) -> None:
    with_page = sheets_of(FORMATS[name](("suivi",), "https://depot.example"))["Mode d'emploi"]
    without = sheets_of(FORMATS[name](("suivi",)))["Mode d'emploi"]
    assert any("https://depot.example" in row[0] for row in with_page)
    assert any("dossier de votre organisme" in row[0] for row in without)


def test_a_template_of_no_return_is_an_error() -> None:
    with pytest.raises(KeyError):
        template_sheets(["stagiaires"])
