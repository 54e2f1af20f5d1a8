"""What is read of a sheet: which cells, on which line, and what of them is kept."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.contract.returns import RETURNS
from expectations.programme import load_programme
from expectations.verdict.decide import FileVerdict
from flows.steps.check import judge_files
from tests.spec.paper import VALID, csv_of
from tests.typed_rows import comparable, lines_of, rows_of
from tests.workbooks import (
    DOT,
    by_hand,
    repacked,
    texts,
    typed,
    with_hidden,
    with_open_document,
    with_openpyxl,
    with_xlsxwriter,
)
from transforms.read import Role, account, read_return
from transforms.read.decode import NOTHING
from transforms.redaction.read_and_redact import read_and_redact
from transforms.workbooks.read_workbook import read_workbook
from warehouse.reference.places import load_places

FILES = Path(__file__).parent / "files"
CANARY = "ZZCANARY"
#: those that write a text as one, whatever it begins with
WRITERS = {"XlsxWriter": with_xlsxwriter, "by hand": lambda sheets: by_hand(sheets, inline=True), "OpenDocument": with_open_document}


def judged(data: bytes, hashes: list[str] | None = None) -> list[FileVerdict]:
    return judge_files([("retour.xlsx", data)], date(2026, 11, 24), load_programme(), load_places(), hashes=hashes)


def said(file: FileVerdict) -> list[tuple[int | None, str, str]]:
    return [(finding.line, finding.rule, finding.message) for finding in file.findings]


def text_of(table: Sequence[Sequence[Any]], write: Callable[..., bytes] = with_openpyxl) -> str:
    (sheet,) = read_workbook(write({"a": table}))
    assert sheet.text is not None
    return sheet.text.decode()


def test_the_line_is_the_row_of_the_sheet_whatever_stands_above() -> None:
    header, *rows = typed("depenses", "", "piece=F2 & montant=zz", "piece=F3")
    (file,) = judged(with_openpyxl({"a": [[], [CANARY, "Dépenses 2018"], [], header, rows[0], [], *rows[1:]]}))
    assert lines_of(file) == [5, 8]
    assert [line for line, *_ in said(file)] == [7]
    assert (file.records, file.blank_lines) == (3, 3)
    assert CANARY.encode() not in file.archive_bytes


def test_cells_beyond_the_titles_and_in_columns_that_nobody_asked_for_are_not_kept() -> None:
    header, row = typed("depenses")
    table = [[*header, "remarque"], [*row, CANARY, CANARY], [*row[:2], "F2", *row[3:], "", CANARY], ["", "", "", "", "", "", CANARY]]
    (file,) = judged(with_openpyxl({"a": table}))
    as_csv = "\n".join([csv_of("depenses", "", "piece=F2").decode().replace("montant\n", "montant;remarque\n").replace("0,00\n", "0,00;x\n"), ";;;;;;x"])
    (of_csv,) = judge_files([("retour.csv", as_csv.replace("\n\n", "\n").encode())], date(2026, 11, 24), load_programme(), load_places())
    assert (said(file), rows_of(file)) == (said(of_csv), rows_of(of_csv))
    assert "« remarque »" in file.reasons[0]
    assert CANARY.encode() not in file.archive_bytes
    (again,) = judged(file.archive_bytes, [file.sha256])
    assert comparable(again) == comparable(file)


@pytest.mark.parametrize("kind", RETURNS)
def test_what_is_kept_is_judged_as_what_came(kind: str) -> None:
    header, row = typed(kind)
    table = [["Titre"], [*header, "Nom", None, "x"], [*row, CANARY, CANARY, CANARY], [None] * len(row) + [CANARY], ["TOTAL"]]
    (file,) = judged(with_openpyxl({"a": table}))
    assert CANARY.encode() not in file.archive_bytes
    (again,) = judged(file.archive_bytes, [file.sha256])
    assert comparable(again) == comparable(file)


@pytest.mark.parametrize("ending", ["xlsx", "xls", "ods"])
def test_errors_hidden_rows_and_merged_cells_as_libreoffice_writes_them(ending: str) -> None:
    """Errors are told by line; hidden rows and columns are read; a merged cell's value stands in its first; a hidden sheet is said."""
    file, old = judged((FILES / f"libreoffice-errors.{ending}").read_bytes())
    found = {(line, rule): message for line, rule, message in said(file)}
    assert set(found) == {(6, "DEP-01V"), (6, "DEP-06I"), (8, "DEP-05L")}
    assert "corrigez la formule" in found[6, "DEP-06I"] and "corrigez la formule" in found[8, "DEP-05L"]
    assert [(row["line"], row["document_ref"], str(row["amount_eur"])) for row in rows_of(file)] == [(5, "F1", "1000.00"), (7, "F3", "0.30")]
    assert (file.name, old.name) == ("retour.xlsx", "retour.xlsx#Ancien")
    assert [rule for _, rule, _ in said(old)] == ["FIC-27"]
    assert all(CANARY.encode() not in one.archive_bytes for one in (file, old))


def with_last_cell(kind: str, cell: str) -> bytes:
    """A workbook with one valid row, whose last cell is this XML."""
    data = by_hand({"a": texts(kind)}, inline=True)
    part = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml").decode()
    at = part.rindex("<c r=")
    return repacked(data, {"xl/worksheets/sheet1.xml": part[:at] + cell + part[part.index("</row>", at) :]})


@pytest.mark.parametrize("cell", ["<c r='F2'><f>1+1</f></c>", '<c r="F2"><f>1+1</f><v/></c>', '<c><f>1+1</f><v></v></c>', '<c r="F2" t="n"><f/></c>'])
def test_a_formula_without_a_value_is_an_error(cell: str) -> None:
    (file,) = judged(with_last_cell("depenses", cell))
    ((line, message),) = [(line, message) for line, rule, message in said(file) if rule == "DEP-06I"]
    assert line == 2 and "pas de valeur enregistrée : ouvrez le classeur" in message


def test_so_is_one_of_openpyxl_and_of_opendocument() -> None:
    header, row = typed("depenses")
    (file,) = judged(with_openpyxl({"a": [header, [*row[:5], "=1+1"]]}))
    data = with_open_document({"a": [header, [*row[:5], "@"]]})
    content = zipfile.ZipFile(io.BytesIO(data)).read("content.xml").decode()
    cell = '<table:table-cell office:value-type="string"><text:p>@</text:p></table:table-cell>'
    assert cell in content
    (other,) = judged(repacked(data, {"content.xml": content.replace(cell, '<table:table-cell table:formula="of:=1+1"/>')}))
    for one in (file, other):
        assert any(rule == "DEP-06I" and "pas de valeur enregistrée" in message for _, rule, message in said(one))


@pytest.mark.parametrize(("cell", "source"), [
    ('<c r="H2" t="str"><f>"EMPLOYEUR"</f><v>EMPLOYEUR</v></c>', "EMPLOYEUR"), ('<c r="H2" t="str"><f>""</f><v></v></c>', None),
])  # fmt: skip
def test_a_formula_counts_by_its_last_value_even_where_that_is_empty(cell: str, source: str | None) -> None:
    (file,) = judged(with_last_cell("suivi", cell))
    assert [row["source"] for row in rows_of(file)] == [source]


def test_a_text_that_does_not_say_that_it_is_one_is_read() -> None:
    header, row = typed("depenses")
    data = with_open_document({"a": [header, row]})
    content = zipfile.ZipFile(io.BytesIO(data)).read("content.xml").decode()
    (file,) = judged(repacked(data, {"content.xml": content.replace(' office:value-type="string"><text:p>F1', "><text:p>F1")}))
    assert [row["document_ref"] for row in rows_of(file)] == ["F1"]


def test_a_comment_is_no_part_of_its_cell() -> None:
    comment = f"<office:annotation><text:p>{CANARY}</text:p></office:annotation>"
    cells = ["<table:table-cell>{}<text:p>F1</text:p></table:table-cell>", '<table:table-cell table:number-columns-repeated="1">{}</table:table-cell>',
             '<table:table-cell table:formula="of:=1/0" office:value-type="string" calcext:value-type="error">{}<text:p>#DIV/0!</text:p></table:table-cell>',
             '<table:table-cell table:formula="of:=1">{}</table:table-cell>', '<table:table-cell office:value-type="string">{}<text:p>x</text:p></table:table-cell>']
    data = with_open_document({"a": texts("depenses")[:1]})
    content = zipfile.ZipFile(io.BytesIO(data)).read("content.xml").decode()
    row = "<table:table-row>" + "".join(cell.format(comment) for cell in cells) + "</table:table-row></table:table>"
    (sheet,) = read_workbook(repacked(data, {"content.xml": content.replace("</table:table>", row)}))
    assert (sheet.text or b"").splitlines()[1] == b"F1;;#DIV/0!;#SANS VALEUR!;x;"


def test_comments_pictures_properties_and_other_sheets_are_not_read() -> None:
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, {"default_date_format": "dd/mm/yyyy"}) as book:
        book.set_properties({"title": CANARY, "author": CANARY})
        sheet = book.add_worksheet("Dépenses")
        for number, row in enumerate(typed("depenses")):
            sheet.write_row(number, 0, row)
        sheet.write_comment(1, 0, CANARY, {"author": CANARY})
        sheet.write_url(1, 2, f"https://exemple.fr/{CANARY}", None, "F1")
        sheet.insert_image(0, 9, "dot.png", {"image_data": io.BytesIO(DOT), "description": CANARY})
        sheet.set_header(CANARY)
        book.define_name("NOM", f'="{CANARY}"')
        book.add_worksheet(CANARY).write(0, 0, CANARY)
    (file,) = judged(packed.getvalue())
    assert (file.decision, file.name) == ("accepted", "retour.xlsx")
    assert CANARY.encode() not in file.archive_bytes


def test_each_of_several_returns_has_its_name_and_its_own_hash() -> None:
    workbook = with_openpyxl({"Sessions": typed("sessions"), "Notes": [["x"]], "Suivi M6": typed("suivi")})
    first, second = judged(workbook)
    assert [(file.name, file.kind, file.decision) for file in (first, second)] == [
        ("retour.xlsx#Sessions", "sessions", "accepted"), ("retour.xlsx#Suivi M6", "suivi", "accepted"),
    ]  # fmt: skip
    assert first.sha256 != second.sha256
    assert [file.sha256 for file in judged(workbook)] == [first.sha256, second.sha256]


def test_sheets_with_titles_alone_are_left_out_where_others_have_rows() -> None:
    """Of a model with a sheet for each return people fill some; what is empty replaces nothing, and would be answered each time."""
    filled, blank = typed("suivi"), [*typed("sessions")[:1], [], ["", " "]]
    assert [file.name for file in judged(with_openpyxl({"A": blank, "B": filled, "C": blank[:1]}))] == ["retour.xlsx"]
    assert [file.name for file in judged(with_openpyxl({"A": blank, "B": typed("suivi")[:1]}))] == ["retour.xlsx#A", "retour.xlsx#B"]
    assert [file.name for file in judged(with_hidden({"B": filled}, {"A": blank}))] == ["retour.xlsx"]
    assert [file.name for file in judged(with_hidden({"B": blank}, {"A": filled}))] == ["retour.xlsx", "retour.xlsx#A"]


def test_a_header_again_with_its_titles_in_another_order_moves_the_types_too() -> None:
    header, row = typed("depenses")
    turned = typed("depenses", "piece=F2")[1][::-1]
    text = text_of([header, row, header[::-1], turned])
    assert text.splitlines()[3].split(";") == ["1000.00", "PERSONNEL", "2018-04-30", "F2", "A1", "90012000700019"]


@pytest.mark.parametrize("cell", ["sep=,", " SEP=;", "\ufeffsep=,"])
def test_a_cell_that_looks_like_the_announcement_of_a_separator_is_a_record(cell: str) -> None:
    (sheet,) = read_workbook(by_hand({"a": [*texts("depenses"), [cell, "", "", "", "", ""], [cell]]}, inline=True))
    assert sheet.text is not None
    roles = read_return(sheet.text).line_roles.tolist()
    assert set(roles[2:]) <= {Role.RECORD, Role.DAMAGED}, "neither a preamble nor blank"


def test_a_line_break_in_a_cell_is_none_of_the_file() -> None:
    rows = texts("financements", "")
    rows[1][3] = "La\nRégion\r\ndes\rHauts"
    (file,) = judged(with_xlsxwriter({"a": rows}))
    assert [(row["line"], row["funder"]) for row in rows_of(file)] == [(2, "La Région des Hauts")]


def test_a_control_character_sets_the_record_aside() -> None:
    rows = texts("financements", "", "reference=V2 & financeur=R\x82gion")
    (file,) = judged(with_open_document({"a": rows}))
    assert [(line, rule) for line, rule, _ in said(file)] == [(3, "LIG-04")]


def test_a_tab_or_a_break_within_a_text_of_opendocument_is_read() -> None:
    data = with_open_document({"a": texts("depenses")})
    content = zipfile.ZipFile(io.BytesIO(data)).read("content.xml").decode()
    (sheet,) = read_workbook(repacked(data, {"content.xml": content.replace("PERSONNEL", "a<text:tab/>b<text:line-break/>c<text:s/>d")}))
    assert "F1;30/04/2018;a\tb\u2028c d;1000,00" in (sheet.text or b"").decode()


def test_hidden_rows_and_columns_are_read() -> None:
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, {"default_date_format": "dd/mm/yyyy"}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(typed("depenses", "", "piece=F2")):
            sheet.write_row(number, 0, row)
        sheet.set_column(1, 3, None, None, {"hidden": True})
        sheet.set_row(1, None, None, {"hidden": True})
        sheet.autofilter(0, 0, 2, 5)
    (file,) = judged(packed.getvalue())
    assert lines_of(file) == [2, 3]


#: what a cell may hold that a file of text would be misread for, or that would break its lines
ODD = st.sampled_from(["sep=,", "PAR1", "%PDF-", "<html>", '"', '""x', "a;b", "a,b\tc|d", "\ufeffx", "x\u2028y", "EFFACE A", "=1", "'x", " "])
TEXTS = st.one_of(ODD, st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=12))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(TEXTS, min_size=6, max_size=6), max_size=6), st.lists(st.lists(ODD, max_size=3), max_size=3), st.sampled_from(sorted(WRITERS)))
def test_every_text_comes_through_as_it_stands(rows: list[list[str]], above: list[list[str]], writer: str) -> None:
    table = [*above, list(VALID["depenses"]), *rows]
    (sheet,) = read_workbook(WRITERS[writer]({"a": table}))
    assert sheet.text is not None
    reading = read_return(sheet.text)
    account(reading)
    assert reading.header_line == len(above) + 1
    read = {record.line: record.cells for record in reading.records.rows()}
    for number, cells in enumerate(rows, start=len(above) + 2):
        if number in read:
            assert [cell.replace("\u2028", "\n").strip() for cell in read[number]] == [cell.replace("\u2028", "\n").strip() for cell in cells]
        else:  # nothing is lost: it is a record set aside, for what it says, or a blank line
            assert reading.line_roles[number - 1] in (Role.DAMAGED, Role.BLANK, Role.HEADER)
            assert not "".join(cells).strip(NOTHING) or reading.line_roles[number - 1] != Role.BLANK
    kept = read_and_redact(sheet.text, None, True)
    assert kept.reading is not None
    assert [record.cells for record in read_return(kept.archive_bytes).records.rows()] == [record.cells for record in kept.reading.records.rows()]
