"""Writes a blank workbook as .xlsx: the same bytes whenever it is asked for, and nobody's name in it."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from transforms.pages.blank_workbook.description import (
    TEXT_LENGTHS,
    CellFormat,
    Limit,
    TemplateColumn,
    TemplateSheet,
    template_sheets,
)
from transforms.pages.blank_workbook.guidance import (
    GUIDANCE,
    GUIDANCE_WIDTHS,
    LIST_TITLES,
    LIST_WIDTHS,
    LISTS,
    ListOfCodes,
    guidance_rows,
    lists_of_codes,
)

#: the last row of a sheet, counted from 0: formats and lists go all the way down
_LAST_ROW = 1_048_575
#: a workbook says when it was made: always the same moment, so that the same template has the same bytes
_MADE_AT = datetime(2018, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_FIRST_DAY = date(1900, 3, 1)
#: in points
_ROW_HEIGHT = 15
_LARGEST_AMOUNT = 999_999_999_999.99
_NUMBER_FORMATS = {
    CellFormat.TEXT: "@",
    CellFormat.DATE: "dd/mm/yyyy",
    CellFormat.AMOUNT: "#,##0.00",
    CellFormat.WHOLE_NUMBER: "0",
}
_BORDER = {"border": 1, "border_color": "#8A8A8A"}
_LOOKS = {
    "required": {"bold": True, "bg_color": "#1F3A5F", "font_color": "#FFFFFF", "num_format": "@", **_BORDER},
    "optional": {"italic": True, "bg_color": "#E3E8EF", "font_color": "#1A1A1A", "num_format": "@", **_BORDER},
    "title": {"bold": True, "font_size": 16},
    "heading": {"bold": True, "font_size": 13},
    "titles": {"bold": True, "bg_color": "#E3E8EF", "text_wrap": True, "valign": "top", **_BORDER},
    "column": {"text_wrap": True, "valign": "top", "num_format": "@", **_BORDER},
    "text": {},
}


@lru_cache(maxsize=32)  # a night may attach the same template to every mail
def xlsx_template(kinds: tuple[str, ...], deposit_url: str | None = None) -> bytes:
    """The blank .xlsx of these returns, one sheet each, then guidance and lists. KeyError for an unknown return."""
    from xlsxwriter import Workbook

    sheets = template_sheets(kinds)
    lists = {one.name: one for one in lists_of_codes(sheets)}
    content = io.BytesIO()
    with Workbook(content, {"in_memory": True}) as book:
        book.set_properties({"title": ", ".join(kinds), "created": _MADE_AT})
        looks = {name: book.add_format(look) for name, look in _LOOKS.items()}
        formats = {name: book.add_format({"num_format": look}) for name, look in _NUMBER_FORMATS.items()}
        for sheet in sheets:
            _write_sheet(book.add_worksheet(sheet.kind), sheet, looks, formats, lists)
        _write_guidance(book.add_worksheet(GUIDANCE), sheets, deposit_url, looks)
        if lists:
            _write_lists(book.add_worksheet(LISTS), lists.values(), looks)
    return content.getvalue()


def _write_sheet(
    page: Any, sheet: TemplateSheet, looks: dict[str, Any], formats: dict[CellFormat, Any], lists: dict[str, ListOfCodes]
) -> None:
    page.freeze_panes(1, 0)
    for at, column in enumerate(sheet.columns):
        page.set_column(at, at, column.width, formats[column.format])
        page.write_string(0, at, column.title, looks["required" if column.is_required else "optional"])
        page.data_validation(1, at, _LAST_ROW, at, _rule(column, lists))


def _rule(column: TemplateColumn, lists: dict[str, ListOfCodes]) -> dict[str, Any]:
    """What may be typed in a column, and the words beside it, as XlsxWriter wants them."""
    said = {"input_title": column.title, "input_message": column.prompt, "error_title": column.title}
    said["error_message"] = f"{column.accepted} {column.if_unknown}"
    if column.list_name:
        of = lists[column.list_name]
        # Written out, a list outlives the sheet of lists, which some delete.
        source = f"={LISTS}!$B${of.first_row}:$B${of.last_row}" if column.has_long_list else list(column.choices)
        return {**said, "validate": "list", "source": source}
    if column.limit is Limit.DATE:
        return {**said, "validate": "date", "criteria": ">=", "value": _FIRST_DAY}
    if column.limit is Limit.AMOUNT:
        return {**said, "validate": "decimal", "criteria": "between", "minimum": -_LARGEST_AMOUNT, "maximum": _LARGEST_AMOUNT}
    if column.limit is Limit.COUNT:
        return {**said, "validate": "integer", "criteria": ">=", "value": 0}
    if column.limit is None:
        return {**said, "validate": "any"}
    fewest, most = TEXT_LENGTHS[column.limit]
    length = {"validate": "length", "criteria": "between", "minimum": fewest, "maximum": most, "error_type": "warning"}
    return {**said, **length}


def _write_guidance(page: Any, sheets: tuple[TemplateSheet, ...], deposit_url: str | None, looks: dict[str, Any]) -> None:
    page.hide_gridlines(2)
    for at, width in enumerate(GUIDANCE_WIDTHS):
        page.set_column(at, at, width)
    for number, row in enumerate(guidance_rows(sheets, deposit_url)):
        if row.shown_as == "column":  # not every program makes room for text that is wrapped
            page.set_row(number, _ROW_HEIGHT * max(map(_lines_of, row.cells, GUIDANCE_WIDTHS)))
        for at, cell in enumerate(row.cells):
            page.write_string(number, at, cell, looks[row.shown_as])
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)


def _lines_of(text: str, width: int) -> int:
    return -(-len(text) // width) or 1


def _write_lists(page: Any, lists: Iterable[ListOfCodes], looks: dict[str, Any]) -> None:
    page.freeze_panes(1, 0)
    for at, (title, width) in enumerate(zip(LIST_TITLES, LIST_WIDTHS, strict=True)):
        page.set_column(at, at, width)
        page.write_string(0, at, title, looks["titles"])
    for one in lists:
        for number, (code, label) in enumerate(one.entries, one.first_row - 1):
            for at, cell in enumerate((one.columns, code, label)):
                page.write_string(number, at, cell, looks["column"])
