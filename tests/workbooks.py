"""Workbooks for tests, as programs write them: XlsxWriter, openpyxl, and by hand in the forms of others."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import openpyxl
import xlsxwriter

from expectations.contract import ValueType
from expectations.contract.returns import RETURNS
from tests.spec.paper import VALID, changes

Sheets = Mapping[str, Sequence[Sequence[Any]]]

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_OFFICE = "http://purl.oclc.org/ooxml/officeDocument/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
#: a picture of one dot
DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)  # fmt: skip


def typed(kind: str, *rows: str) -> list[list[Any]]:
    """The header of a return and a row for each change of the valid one, as a spreadsheet holds them: days, numbers, booleans.

    What is no value of its column's type stays a text.
    """
    columns = {column.header: column.type for column in RETURNS[kind].columns}
    table: list[list[Any]] = [list(VALID[kind])]
    for row in rows or ("",):
        table.append([_as_typed(text, columns[title]) for title, text in (VALID[kind] | changes(row)).items()])
    return table


def _as_typed(text: str, kind: ValueType) -> Any:
    try:
        if kind is ValueType.DATE:
            return datetime.strptime(text, "%d/%m/%Y").date()
        if kind is ValueType.AMOUNT:
            return float(text.replace(",", "."))
        if kind is ValueType.WHOLE_NUMBER or (kind in (ValueType.SIRET, ValueType.COMMUNE, ValueType.DIPLOMA) and text[:1] != "0"):
            return int(text)
    except ValueError:
        return text
    return {"OUI": True, "NON": False}.get(text, text) if kind in (ValueType.YES_NO, ValueType.YES_NO_UNKNOWN) else text


def texts(kind: str, *rows: str) -> list[list[str]]:
    """The same as texts."""
    return [list(VALID[kind]), *(list((VALID[kind] | changes(row)).values()) for row in rows or ("",))]


def with_xlsxwriter(sheets: Sheets, **options: Any) -> bytes:
    """A workbook as XlsxWriter writes it; options are its own."""
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, {"default_date_format": "dd/mm/yyyy", "strings_to_formulas": False, **options}) as workbook:
        for name, table in sheets.items():
            sheet = workbook.add_worksheet(name)
            for number, row in enumerate(table):
                sheet.write_row(number, 0, row)
    return packed.getvalue()


def with_openpyxl(sheets: Sheets) -> bytes:
    """A workbook as openpyxl writes it."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, table in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in table:
            sheet.append(list(row))
    return saved(workbook)


def with_hidden(shown: Sheets, hidden: Sheets, state: str = "hidden") -> bytes:
    """The same, after sheets that are hidden (`hidden` or `veryHidden`)."""
    workbook = openpyxl.load_workbook(io.BytesIO(with_openpyxl({**hidden, **(shown or {"Feuil1": []})})))
    for name in hidden:
        workbook[name].sheet_state = state
    return saved(workbook)


def saved(workbook: openpyxl.Workbook) -> bytes:
    """The bytes of a workbook of openpyxl."""
    packed = io.BytesIO()
    workbook.save(packed)
    return packed.getvalue()


def by_hand(
    sheets: Sheets, *, prefix: str = "", is_strict: bool = False, inline: bool = False, references: bool = True,
    absolute: bool = False, is_1904: bool = False, encoding: str = "UTF-8", workbook_name: str = "workbook.xml",
) -> bytes:
    """A workbook in a form of other programs than those above.

    Args:
        sheets: rows by name.
        prefix: of all elements, such as `x:`.
        is_strict: in the namespaces of Strict Open XML, days as ISO texts.
        inline: texts in their cells, else as results of formulas (`t="str"`), so that none are shared.
        references: whether rows and cells say where they are.
        absolute: whether relations lead to absolute paths.
        is_1904: whether days are counted from 1904.
        encoding: of the sheets' XML.
        workbook_name: of the part that lists the sheets.
    """
    main, office = (STRICT, STRICT_OFFICE) if is_strict else (MAIN, OFFICE)
    mark = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    x = prefix
    parts: dict[str, str] = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r" Type="{office}/officeDocument" Target="xl/{workbook_name}"/></Relationships>',
        "xl/styles.xml": f'<{x}styleSheet {mark}="{main}"><{x}cellXfs><{x}xf numFmtId="0"/><{x}xf numFmtId="14"/></{x}cellXfs></{x}styleSheet>',
    }
    listed = "".join(f'<{x}sheet name={quoteattr(name)} sheetId="{n}" rel:id="s{n}"/>' for n, name in enumerate(sheets, 1))
    system = f'<{x}workbookPr date1904="1"/>' if is_1904 else ""
    parts[f"xl/{workbook_name}"] = f'<{x}workbook {mark}="{main}" xmlns:rel="{office}">{system}<{x}sheets>{listed}</{x}sheets></{x}workbook>'
    folder = "/xl/" if absolute else ""
    relations = "".join(f'<Relationship Target="{folder}worksheets/sheet{n}.xml" Type="{office}/worksheet" Id="s{n}"/>' for n in range(1, len(sheets) + 1))
    relations += f'<Relationship Target="{folder}styles.xml" Type="{office}/styles" Id="styles"/>'
    parts[f"xl/_rels/{workbook_name}.rels"] = f'<Relationships xmlns="{PACKAGE}/relationships">{relations}</Relationships>'
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
        for number, table in enumerate(sheets.values(), 1):
            rows = "".join(
                f"<{x}row" + (f' r="{r}">' if references else ">")
                + "".join(_cell(value, x, f"{_letters(c)}{r}" if references else "", is_strict, inline, is_1904) for c, value in enumerate(row))
                + f"</{x}row>"
                for r, row in enumerate(table, 1)
            )
            sheet = f'<?xml version="1.0" encoding="{encoding}"?>\n<{x}worksheet {mark}="{main}"><{x}sheetData>{rows}</{x}sheetData></{x}worksheet>'
            archive.writestr(f"xl/worksheets/sheet{number}.xml", sheet.encode(encoding))
    return packed.getvalue()


def _cell(value: Any, x: str, reference: str, is_strict: bool, inline: bool, is_1904: bool) -> str:
    at = f' r="{reference}"' if reference else ""
    if isinstance(value, bool):
        return f'<{x}c{at} t="b"><{x}v>{int(value)}</{x}v></{x}c>'
    if isinstance(value, int | float):
        return f"<{x}c{at}><{x}v>{value!r}</{x}v></{x}c>"
    if isinstance(value, date):
        if is_strict:
            return f'<{x}c{at} s="1" t="d"><{x}v>{value.isoformat()}</{x}v></{x}c>'
        first = date(1904, 1, 1) if is_1904 else date(1899, 12, 30)
        return f'<{x}c{at} s="1"><{x}v>{(value - first).days}</{x}v></{x}c>'
    if not value:
        return f"<{x}c{at}/>"
    if inline:
        return f'<{x}c{at} t="inlineStr"><{x}is><{x}t xml:space="preserve">{escape(value)}</{x}t></{x}is></{x}c>'
    return f'<{x}c{at} t="str"><{x}f>"x"</{x}f><{x}v>{escape(value)}</{x}v></{x}c>'


def _letters(column: int) -> str:
    return chr(ord("A") + column)


def open_document(body: str, *, styles: str = "", mimetype: str = "application/vnd.oasis.opendocument.spreadsheet", manifest: str = "") -> bytes:
    """An .ods with this content of its spreadsheet."""
    names = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text", "style")
    ) + ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", mimetype)
        archive.writestr("content.xml", f"<office:document-content{names}><office:automatic-styles>{styles}</office:automatic-styles><office:body><office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>")
        archive.writestr("META-INF/manifest.xml", f"<manifest>{manifest}</manifest>")
    return packed.getvalue()


def with_open_document(sheets: Sheets) -> bytes:
    """An .ods by hand."""
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}>"
        + "".join(f"<table:table-row>{''.join(map(_open_cell, row))}</table:table-row>" for row in table)
        + "</table:table>"
        for name, table in sheets.items()
    )
    return open_document(tables)


def _open_cell(value: Any) -> str:
    if isinstance(value, bool):
        return f'<table:table-cell office:value-type="boolean" office:boolean-value="{str(value).lower()}"/>'
    if isinstance(value, int | float):
        return f'<table:table-cell office:value-type="float" office:value="{value!r}"/>'
    if isinstance(value, date):
        return f'<table:table-cell office:value-type="date" office:date-value="{value.isoformat()}"/>'
    if not value:
        return "<table:table-cell/>"
    paragraphs = "".join(f"<text:p>{escape(line)}</text:p>" for line in value.split("\n"))
    return f'<table:table-cell office:value-type="string">{paragraphs}</table:table-cell>'


def repacked(data: bytes, change: Mapping[str, bytes | None]) -> bytes:
    """The same archive with other parts, added, in the place of some, or (None) left out."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in change:
                new.writestr(name, old.read(name))
        for name, part in change.items():
            if part is not None:
                new.writestr(name, part)
    return packed.getvalue()
