"""Returns as an office keeps them in a spreadsheet: a title above the table, days and numbers as such, a sheet of notes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from typing import Any

from expectations.contract import Column, ValueType
from expectations.contract.returns import RETURNS
from transforms.pages.ods_package import DATE_STYLE, document, element, ods_package, paragraph
from transforms.synth.plan import Row
from transforms.synth.style import Style, renderer, titles

#: a workbook says when it was made: always the same moment, so that the same returns have the same bytes
_MADE_AT = datetime(2018, 1, 1, tzinfo=UTC).replace(tzinfo=None)
#: of a column, in characters and in centimetres
_WIDTH, _WIDTH_CM = 18, 3.8


@dataclass(frozen=True)
class Lookup:
    """A formula whose last value was an error, because what it looks up is not there."""

    formula: str
    error: str = "#N/A"


Cell = str | int | float | date | Lookup | None


@dataclass(frozen=True)
class Sheet:
    """A sheet: its name, and its rows from the first on; `header` is the row of titles, None where there is none."""

    name: str
    rows: Sequence[Sequence[Cell]]
    header: int | None = None


def return_sheet(name: str, kind: str, rows: Iterable[Row], style: Style, rng: Random, title: str) -> Sheet:
    """A return as a sheet: title, an empty row, titles of columns and codes in the office's style, days and numbers as such.

    A value of a row may be a cell already: a Lookup.
    """
    columns = list(RETURNS[kind].columns)
    renderers = [renderer(column, style) for column in columns]
    header: list[Cell] = list(titles(RETURNS[kind], columns, style, rng))
    below = [[_cell(row[column.name], column, render) for column, render in zip(columns, renderers, strict=True)] for row in rows]
    return Sheet(name, [[title], [], header, *below], header=2)


def _cell(value: Any, column: Column, render: Any) -> Cell:
    if value is None or isinstance(value, date | Lookup):
        return value
    if isinstance(value, Decimal):
        return float(value)
    # As a spreadsheet keeps what was typed; a code with a zero in front was typed as a text.
    is_number = column.type in (ValueType.WHOLE_NUMBER, ValueType.SIRET)
    return int(value) if is_number else str(render(value))


def xlsx(sheets: Sequence[Sheet]) -> bytes:
    """The .xlsx of these sheets; the same bytes for the same ones."""
    from xlsxwriter import Workbook

    content = io.BytesIO()
    with Workbook(content, {"in_memory": True}) as book:
        book.set_properties({"created": _MADE_AT})
        bold, titled = book.add_format({"bold": True, "font_size": 14}), book.add_format({"bold": True, "bg_color": "#E3E8EF"})
        day, amount = book.add_format({"num_format": "dd/mm/yyyy"}), book.add_format({"num_format": "#,##0.00"})
        whole = book.add_format({"num_format": "0"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            page.set_column(0, max(map(len, sheet.rows)), _WIDTH)
            for at, row in enumerate(sheet.rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, str):
                        page.write_string(at, column, cell, titled if at == sheet.header else bold if at == 0 else None)
                    elif isinstance(cell, Lookup):
                        page.write_formula(at, column, cell.formula, amount, cell.error)
                    elif isinstance(cell, date):
                        page.write_datetime(at, column, cell, day)
                    elif cell is not None:
                        page.write_number(at, column, cell, amount if isinstance(cell, float) else whole)
    return content.getvalue()


def ods(sheets: Sequence[Sheet]) -> bytes:
    """The .ods of these sheets; the same bytes for the same ones. They may hold no Lookup."""
    day = {"style:name": "day", "style:family": "table-cell", "style:data-style-name": "N-date"}
    wide = element("style:table-column-properties", {"style:column-width": f"{_WIDTH_CM}cm"})
    bold = element("style:text-properties", {"fo:font-weight": "bold"})
    styles = (
        DATE_STYLE,
        element("style:style", day),
        element("style:style", {"style:name": "wide", "style:family": "table-column"}, wide),
        element("style:style", {"style:name": "bold", "style:family": "table-cell"}, bold),
    )
    tables = [_table(sheet) for sheet in sheets]
    book = element("office:body", {}, element("office:spreadsheet", {}, *tables))
    return ods_package(
        {
            "content.xml": document("document-content", element("office:automatic-styles", {}, *styles), book),
            "styles.xml": document("document-styles", element("office:styles")),
        }
    )


def _table(sheet: Sheet) -> str:
    wide = {"table:style-name": "wide", "table:number-columns-repeated": str(max(map(len, sheet.rows)))}
    rows = []
    for at, row in enumerate(sheet.rows):
        look = "bold" if at in (0, sheet.header) else None
        rows.append(element("table:table-row", {}, *(_open_cell(cell, look) for cell in row or (None,))))
    return element("table:table", {"table:name": sheet.name}, element("table:table-column", wide), *rows)


def _open_cell(cell: Cell, look: str | None) -> str:
    if cell is None or isinstance(cell, Lookup):
        return element("table:table-cell")
    if isinstance(cell, date):
        value = {"table:style-name": "day", "office:value-type": "date", "office:date-value": cell.isoformat()}
        return element("table:table-cell", value, paragraph(f"{cell:%d/%m/%Y}"))
    if isinstance(cell, int | float):
        return element("table:table-cell", {"office:value-type": "float", "office:value": repr(cell)}, paragraph(str(cell)))
    named = {"table:style-name": look} if look else {}
    return element("table:table-cell", {**named, "office:value-type": "string"}, paragraph(cell))
