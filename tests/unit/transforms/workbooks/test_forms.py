"""The forms that programs give a workbook, and what stands in one beside its cells: the rows are those of the CSV all the same."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest
import xlsxwriter

from expectations.programme import load_programme
from expectations.verdict.checked_file import RefusalLimits
from flows.steps.check import judge_files
from tests.spec.paper import csv_of
from tests.typed_rows import comparable
from tests.workbooks import DOT, OFFICE, repacked, texts, typed, with_open_document, with_openpyxl, with_xlsxwriter
from warehouse.reference.places import load_places

KIND = "financements"
ROWS = ("", "reference=V2 & financeur=Europe & nature=EUROPE & montant=1234,56", "reference=0042 & montant=-0,3", "reference=V3 & etat=PAYE")
TABLE = typed(KIND, *ROWS)
SHEET = "xl/worksheets/sheet1.xml"
CANARY = "ZZCANARY"


def edited(data: bytes, part: str, *changes: tuple[str, str]) -> bytes:
    """The same workbook with patterns of a part replaced, each of which is there."""
    text = zipfile.ZipFile(io.BytesIO(data)).read(part).decode()
    for pattern, put in changes:
        text, count = re.subn(pattern, put, text)
        assert count, f"nothing to replace: {pattern}"
    return repacked(data, {part: text.encode()})


def office(*changes: tuple[str, str]) -> bytes:
    """A workbook of XlsxWriter of which the sheet is edited so."""
    return edited(with_xlsxwriter({"a": TABLE}), SHEET, *changes)


def formatted(day: str, amount: str = "0.00") -> bytes:
    """A workbook whose days and amounts have these formats."""
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed) as book:
        sheet = book.add_worksheet()
        days, amounts = book.add_format({"num_format": day}), book.add_format({"num_format": amount})
        for at, row in enumerate(TABLE):
            for column, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(at, column, value, days)
                else:
                    sheet.write(at, column, value, *[amounts] * isinstance(value, float))
    return packed.getvalue()


def rich() -> bytes:
    """Shared texts in runs, as for a word in bold, with how they are spoken, which is no part of them."""
    runs = (
        r'<r><t>\1</t></r><r><rPr><b/><sz val="11"/></rPr><t xml:space="preserve">\2</t></r>'
        r'<rPh sb="0" eb="1"><t>フリガナ</t></rPh><phoneticPr fontId="1"/>'
    )
    return edited(with_xlsxwriter({"a": TABLE}), "xl/sharedStrings.xml", ("<t>([^<])([^<]*)</t>", runs))


def furnished() -> bytes:
    """A workbook with all that people add to a sheet: a table, filters, lists, comments, pictures, charts, protection."""
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, {"default_date_format": "dd/mm/yyyy"}) as book:
        sheet = book.add_worksheet("Financements")
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=Financements!$H$2:$H$5"})
        book.add_chartsheet("Graphique").set_chart(chart)
        for at, row in enumerate(TABLE):
            sheet.write_row(at, 0, row)
        sheet.add_table(0, 0, len(TABLE) - 1, len(TABLE[0]) - 1, {"columns": [{"header": title} for title in TABLE[0]]})
        sheet.freeze_panes(1, 2)
        sheet.set_column(20, 99, 15, book.add_format({"num_format": "dd/mm/yyyy"}))
        sheet.data_validation(1, 5, 999, 5, {"validate": "list", "source": ["VERSE", "PREVU", CANARY]})
        sheet.conditional_format(1, 7, 999, 7, {"type": "cell", "criteria": "<", "value": 0, "format": book.add_format({"bold": True})})
        sheet.write_comment(1, 1, CANARY, {"author": CANARY})
        sheet.insert_image(1, 3, "dot.png", {"image_data": io.BytesIO(DOT), "description": CANARY})
        sheet.insert_textbox(2, 3, CANARY)
        sheet.add_sparkline(1, 12, {"range": "Financements!H2:H5"})
        sheet.ignore_errors({"number_stored_as_text": "A1:C99"})
        sheet.protect("secret")
        sheet.outline_settings(visible=False)
        sheet.set_row(3, None, None, {"level": 1, "hidden": True})
    return packed.getvalue()


def with_parts_of_others() -> bytes:
    """Parts and relations that hold values of other places: links to other workbooks, caches of pivot tables, properties."""
    cache = f'<pivotCacheRecords xmlns="x"><r><s v="{CANARY}"/></r></pivotCacheRecords>'
    data = repacked(with_xlsxwriter({"a": TABLE}), {
        "xl/externalLinks/externalLink1.xml": f'<externalLink xmlns="x"><externalBook><sheetNames><sheetName val="{CANARY}"/></sheetNames></externalBook></externalLink>',
        "xl/pivotCache/pivotCacheRecords1.xml": cache, "docProps/custom.xml": f"<Properties>{CANARY}</Properties>",
        "customXml/item1.xml": f"<x>{CANARY}</x>", "xl/vbaProject.bin": CANARY * 9, "xl/calcChain.xml": "<calcChain/>",
    })  # fmt: skip
    relations = "".join(
        f'<Relationship Id="x{at}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for at, (kind, target) in enumerate([("externalLink", "externalLinks/externalLink1.xml"), ("vbaProject", "vbaProject.bin"), ("calcChain", "calcChain.xml")])
    ) + f'<Relationship Id="y" Type="{OFFICE}/hyperlink" TargetMode="External" Target="file:///C:/Users/{CANARY}/a.xlsx"/>'
    data = edited(data, "xl/_rels/workbook.xml.rels", ("</Relationships>", relations + "</Relationships>"))
    names = f'<workbookProtection lockStructure="1"/><mc:AlternateContent xmlns:mc="m"><mc:Choice Requires="x15"><x15:absPath xmlns:x15="p" url="C:/Users/{CANARY}/"/></mc:Choice></mc:AlternateContent><bookViews'
    return edited(data, "xl/workbook.xml", ("<bookViews", names), ("</sheets>", f"</sheets><definedNames><definedName name=\"{CANARY}\">a!$A$1</definedName></definedNames>"))


def streamed() -> bytes:
    """An archive written in one go, where sizes stand behind each part."""

    class Pipe(io.RawIOBase):
        written = b""

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            Pipe.written += bytes(data)
            return len(data)

    with zipfile.ZipFile(io.BytesIO(with_xlsxwriter({"a": TABLE}))) as old, zipfile.ZipFile(Pipe(), "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            with new.open(name, "w", force_zip64=True) as part:
                part.write(old.read(name))
    return Pipe.written


def numbers_export() -> bytes:
    """As Numbers exports: a sheet that tells what was exported, then each table with its name above."""
    summary = [["Résumé de l'exportation"], ["Nom de feuille Numbers", "Nom de tableau Numbers", "Nom de feuille Excel"], ["Feuille 1", "Tableau 1", CANARY]]
    return with_xlsxwriter({"Résumé de l'exportation": summary, "Feuille 1 - Tableau 1": TABLE})


def with_renamed_parts(name: str, target: str) -> bytes:
    data = with_xlsxwriter({"a": TABLE})
    part = zipfile.ZipFile(io.BytesIO(data)).read(SHEET)
    return edited(repacked(data, {SHEET: None, name: part}), "xl/_rels/workbook.xml.rels", (r'Target="worksheets/sheet1\.xml"', f'Target="{target}"'))


def open_content(*changes: tuple[str, str]) -> bytes:
    return edited(with_open_document({"a": TABLE}), "content.xml", *changes)


DRAWN = f'<draw:frame><draw:image/><svg:title xmlns:svg="s">{CANARY}</svg:title></draw:frame><draw:g><draw:g/><draw:custom-shape><text:p>{CANARY}</text:p></draw:custom-shape></draw:g>'
LAST = '<row r="1048576" spans="1:8" s="1" customFormat="1"><c r="A1048576" s="1"/></row>'
EMPTY = "".join(f'<row r="{at}"><c r="A{at}" s="1"/><c r="B{at}" s="1"/></row>' for at in range(len(TABLE) + 1, 3000))
FORMS: Mapping[str, Callable[[], bytes]] = {
    "texts in runs, with how they are spoken": rich,
    "numbers and days as texts": lambda: edited(with_xlsxwriter({"a": texts(KIND, *ROWS)}), SHEET, ("</worksheet>", '<ignoredErrors><ignoredError sqref="A1:H9" numberStoredAsText="1"/></ignoredErrors></worksheet>')),
    "a dimension that is too small": lambda: office((r'<dimension ref="[^"]*"/>', '<dimension ref="A1"/>')),
    "a dimension that is all of the sheet": lambda: office((r'<dimension ref="[^"]*"/>', '<dimension ref="A1:XFD1048576"/>')),
    "a dimension that is none": lambda: office((r'<dimension ref="[^"]*"/>', '<dimension ref="#REF!"/>')),
    "no dimension": lambda: office((r'<dimension ref="[^"]*"/>', "")),
    "formatted to the last row": lambda: office(("</sheetData>", EMPTY + LAST + "</sheetData>")),
    "formatted columns": lambda: office(("<sheetData>", '<cols><col min="1" max="16384" width="9" style="1"/></cols><sheetData>')),
    "merged columns": lambda: office(("</sheetData>", '</sheetData><mergeCells count="2"><mergeCell ref="J:K"/><mergeCell ref="12:1048576"/></mergeCells>')),
    "an extension with formulas": lambda: office(("</worksheet>", '<extLst><ext xmlns:x14="x" xmlns:xm="y"><x14:dataValidation><x14:formula1><xm:f>Listes!A1</xm:f></x14:formula1><f/><c r="A1" t="e"/></x14:dataValidation></ext></extLst></worksheet>')),
    "alternate content": lambda: office(("<sheetData>", '<mc:AlternateContent xmlns:mc="m"><mc:Choice Requires="x"><sheetCalcPr/></mc:Choice></mc:AlternateContent><sheetData>')),
    "comments and instructions in the XML": lambda: office(("<sheetData>", "<?x y?><sheetData><!-- <row> -->")),
    "rows that do not say where they are": lambda: office(('<row r="[0-9]+"', "<row")),
    "a mark at the beginning of the XML": lambda: office(("^", "\ufeff")),
    "broken over lines": lambda: office(("><", ">\r\n  <")),
    "numbers to 17 digits": lambda: office(("<v>1234.56</v>", "<v>1234.5599999999999</v>"), ("<v>-0.3</v>", "<v>-0.29999999999999999</v>"), ("<v>10000</v>", "<v>1.0E4</v>")),
    "formulas with values": lambda: office(("<v>1234.56</v>", "<f>SUM(J1:J2)</f><v>1234.56</v>"), ("<v>-0.3</v>", '<f t="shared" ref="H4:H5" si="0">J4*2</f><v>-0.3</v>')),
    "formulas of a range": lambda: office(('<c r="H3"', '<c r="H3" cm="1"'), ("<v>1234.56</v>", '<f t="array" ref="H3">J3</f><v>1234.56</v>')),
    "days from 1904, with an extension": lambda: edited(with_xlsxwriter({"a": TABLE}, date_1904=True), "xl/workbook.xml", ("</workbook>", '<extLst><ext xmlns:x15="x"><x15:workbookPr chartTrackingRefBase="1"/><x15:sheet name="b"/></ext></extLst></workbook>')),
    "furnished": furnished,
    "parts of others": with_parts_of_others,
    "written in one go": streamed,
    "an empty part that is said to be deflated": lambda: with_empty_part(),
    "Numbers": numbers_export,
    "names of parts in capitals": lambda: with_renamed_parts("xl/Worksheets/Sheet1.XML", "worksheets/sheet1.xml"),
    "names of parts with backslashes": lambda: with_renamed_parts(r"xl\worksheets\sheet1.xml", r"worksheets\\sheet1.xml"),
    "names of parts with a blank": lambda: with_renamed_parts("xl/worksheets/feuille 1.xml", "worksheets/feuille%201.xml"),
    "names of parts upwards": lambda: with_renamed_parts("sheets/a.xml", "../sheets/a.xml"),
    **{f"days as {day}": lambda day=day: formatted(day) for day in (  # type: ignore[misc]
        "[$-40C]d mmmm yyyy;@", "dd/mm/yyyy;@", "[$-F800]dddd, mmmm dd, yyyy", "[$-40C]d-mmm-yy", "jj/mm/aaaa", "yyyy-mm-dd", 'd" du mois "m" de "yyyy', "m/d/yyyy h:mm", "[Red]dd/mm/yyyy",
    )},
    **{f"amounts as {amount}": lambda amount=amount: formatted("dd/mm/yyyy", amount) for amount in (  # type: ignore[misc]
        '#,##0.00\\ "€"', "#,##0.00\\ [$€-40C]", '_-* #,##0.00\\ _€_-;\\-* #,##0.00\\ _€_-;_-* "-"??\\ _€_-;_-@_-', "[Red]-0.00;0.00", '0.00" dépensés ce mois"', "\\d0.00", "0.00E+00", "@", "# ?/?", "[$EUR] 0.00", "[>=1000]0.00;[Red]0.00",
    )},
    "OpenDocument, broken over lines": lambda: open_content((r"><(?=/?table|text:p|office)", ">\n    <")),
    "OpenDocument, pictures and shapes in cells": lambda: open_content((r"(<table:table-cell[^>]*>)(?=<text:p>)", rf"\1{DRAWN}")),
    "OpenDocument, comments in cells": lambda: open_content((r"(<table:table-cell[^>]*>)(?=<text:p>)", rf"\1<office:annotation><text:p>{CANARY}</text:p><table:table-row/></office:annotation>")),
    "OpenDocument, runs and links": lambda: open_content(("<text:p>([^<])([^<]*)</text:p>", r'<text:p>\1<text:span>\2</text:span></text:p>'), ("<text:span>([^<]+)<", r'<text:span><text:a>\1</text:a><')),
    "OpenDocument, titles that are repeated on each page": lambda: open_content((r"<table:table-row>(.*?)</table:table-row>", r"<table:table-header-rows><table:table-row>\1</table:table-row></table:table-header-rows>")),
    "OpenDocument, rows in groups": lambda: open_content((r"</table:table-row>(.*)</table:table-row>", r"</table:table-row><table:table-row-group>\1</table:table-row></table:table-row-group>")),
    "OpenDocument, currencies and hours": lambda: open_content(('"float" office:value="(1234|-0)', r'"currency" office:currency="EUR" office:value="\1'), ('(office:date-value="[^"]*)"', r'\1T00:00:00"')),
    "OpenDocument, formatted to the last row": lambda: open_content(("</table:table>", '<table:table-row table:number-rows-repeated="1048571"><table:table-cell table:style-name="x" table:number-columns-repeated="16384"/></table:table-row></table:table>')),
    "OpenDocument, tracked changes and validations": lambda: open_content(("<table:table ", '<table:tracked-changes><table:cell-content-change><table:previous><table:change-track-table-cell><text:p>old</text:p></table:change-track-table-cell></table:previous></table:cell-content-change></table:tracked-changes><table:content-validations/><table:table table:protected="true" ')),
}  # fmt: skip


def with_empty_part() -> bytes:
    """As LibreOffice writes an empty picture: deflated to nothing."""
    data = repacked(with_openpyxl({"a": TABLE}), {"docProps/thumbnail.wmf": b""})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        part = archive.getinfo("docProps/thumbnail.wmf")
        assert part.compress_size == 2
    at = data.rindex(b"PK\x01\x02")
    changed = bytearray(data)
    changed[at + 20 : at + 24] = bytes(4)
    return bytes(changed)


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    """What is said of each, and of the CSV; all in one go, as a night does."""
    files = [("csv", csv_of(KIND, *ROWS)), *((name, make()) for name, make in FORMS.items())]
    judged = judge_files(files, date(2026, 11, 24), load_programme(), load_places(), limits=RefusalLimits(refuse_above=1.0))
    assert not any(CANARY.encode() in file.archive_bytes for file in judged)
    return {file.name: comparable(file) | {"name": "", "sha256": ""} for file in judged}


@pytest.mark.parametrize("form", FORMS)
def test_its_rows_are_those_of_the_csv(form: str, answers: dict[str, Any]) -> None:
    assert answers[form] == answers["csv"]
