"""Writes a blank workbook as .ods: the same sheets as the .xlsx, in the few parts of OpenDocument that they need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from xml.sax.saxutils import escape

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
from transforms.pages.ods_package import DATE_STYLE, document, element, ods_package, paragraph

#: the rows below the titles, down to the last of a sheet
_ROWS_BELOW = 1_048_575
#: of a character, in centimetres
_CHARACTER_CM = 0.21
#: days since 30 December 1899, by which a spreadsheet counts: 1 March 1900
_FIRST_DAY = 61
_LARGEST_AMOUNT = "999999999999.99"
_CELL_FORMATS = {
    CellFormat.TEXT: "<number:text-style style:name='N-text'><number:text-content/></number:text-style>",
    CellFormat.DATE: DATE_STYLE,
    CellFormat.AMOUNT: (
        "<number:number-style style:name='N-amount' number:language='fr' number:country='FR'>"
        "<number:number number:decimal-places='2' number:min-integer-digits='1' number:grouping='true'/></number:number-style>"
    ),
    CellFormat.WHOLE_NUMBER: (
        "<number:number-style style:name='N-whole_number'>"
        "<number:number number:decimal-places='0' number:min-integer-digits='1'/></number:number-style>"
    ),
}
_BORDERED = {"fo:border": "0.5pt solid #8a8a8a"}
_BOLD, _ITALIC = {"fo:font-weight": "bold"}, {"fo:font-style": "italic"}
_AT_TOP = {"fo:wrap-option": "wrap", "style:vertical-align": "top"}
#: properties of the cell and of its text
_LOOKS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "required": ({"fo:background-color": "#1f3a5f", **_BORDERED}, {**_BOLD, "fo:color": "#ffffff"}),
    "optional": ({"fo:background-color": "#e3e8ef", **_BORDERED}, {**_ITALIC, "fo:color": "#1a1a1a"}),
    "title": ({}, {**_BOLD, "fo:font-size": "16pt"}),
    "heading": ({}, {**_BOLD, "fo:font-size": "13pt"}),
    "titles": ({"fo:background-color": "#e3e8ef", **_BORDERED, **_AT_TOP}, _BOLD),
    "column": ({**_BORDERED, **_AT_TOP}, {}),
    "text": ({}, {}),
}


@lru_cache(maxsize=32)
def ods_template(kinds: tuple[str, ...], deposit_url: str | None = None) -> bytes:
    """The blank .ods of these returns, one sheet each, then guidance and lists. KeyError for an unknown return."""
    sheets = template_sheets(kinds)
    lists = lists_of_codes(sheets)
    parts = {
        "content.xml": _content(sheets, lists, deposit_url),
        "styles.xml": document("document-styles", element("office:styles")),
        "meta.xml": document("document-meta", element("office:meta", {}, element("dc:title", {}, escape(", ".join(kinds))))),
        "settings.xml": _settings([*kinds, *([LISTS] if lists else [])]),
    }
    return ods_package(parts)


def _content(sheets: Sequence[TemplateSheet], lists: Sequence[ListOfCodes], deposit_url: str | None) -> str:
    ranges = {one.name: f"[${LISTS}.$B${one.first_row}:.$B${one.last_row}]" for one in lists}
    rules = [
        _rule(f"{sheet.kind}-{at}", sheet.kind, at, column, ranges)
        for sheet in sheets
        for at, column in enumerate(sheet.columns)
    ]
    tables = [_table_of_return(sheet) for sheet in sheets]
    tables.append(_table(GUIDANCE, GUIDANCE_WIDTHS, ((row.shown_as, row.cells) for row in guidance_rows(sheets, deposit_url))))
    if lists:
        tables.append(_table(LISTS, LIST_WIDTHS, _rows_of_lists(lists)))
    widths = {*GUIDANCE_WIDTHS, *LIST_WIDTHS, *(column.width for sheet in sheets for column in sheet.columns)}
    book = element("office:spreadsheet", {}, element("table:content-validations", {}, *rules), *tables)
    return document(
        "document-content", element("office:automatic-styles", {}, *_styles(widths)), element("office:body", {}, book)
    )


def _styles(widths: Iterable[int]) -> Iterator[str]:
    for width in sorted(widths):
        properties = element("style:table-column-properties", {"style:column-width": f"{width * _CHARACTER_CM:.2f}cm"})
        yield element("style:style", {"style:name": f"w-{width}", "style:family": "table-column"}, properties)
    for cell_format, style in _CELL_FORMATS.items():
        yield style
        named = {"style:name": cell_format.value, "style:family": "table-cell", "style:data-style-name": f"N-{cell_format.value}"}
        yield element("style:style", named)
    for name, (of_cell, of_text) in _LOOKS.items():
        named = {"style:name": f"look-{name}", "style:family": "table-cell", "style:data-style-name": "N-text"}
        said = [element(f"style:{of}-properties", how) for of, how in (("table-cell", of_cell), ("text", of_text)) if how]
        yield element("style:style", named, *said)


def _rule(name: str, kind: str, at: int, column: TemplateColumn, ranges: dict[str, str]) -> str:
    """What may be typed in a column, and the words beside it."""
    attributes = {"table:name": name, "table:allow-empty-cell": "true", "table:base-cell-address": f"{kind}.{_letter(at)}2"}
    if condition := _condition(column, ranges):
        attributes["table:condition"] = f"of:{condition}"
    if column.list_name:
        attributes["table:display-list"] = "unsorted"
    shown = {"table:title": column.title, "table:display": "true"}
    said = [element("table:help-message", shown, paragraph(column.prompt))]
    if condition:
        grade = {"table:message-type": "warning" if column.limit in TEXT_LENGTHS else "stop"}
        said.append(element("table:error-message", {**shown, **grade}, paragraph(f"{column.accepted} {column.if_unknown}")))
    return element("table:content-validation", attributes, *said)


def _condition(column: TemplateColumn, ranges: dict[str, str]) -> str | None:
    if column.list_name:
        written_out = ";".join(f'"{choice}"' for choice in column.choices)
        return f"cell-content-is-in-list({ranges[column.list_name] if column.has_long_list else written_out})"
    if column.limit is Limit.DATE:
        return f"cell-content-is-date() and cell-content()>={_FIRST_DAY}"
    if column.limit is Limit.AMOUNT:
        return f"cell-content-is-decimal-number() and cell-content-is-between(-{_LARGEST_AMOUNT},{_LARGEST_AMOUNT})"
    if column.limit is Limit.COUNT:
        return "cell-content-is-whole-number() and cell-content()>=0"
    if column.limit is None:
        return None
    fewest, most = TEXT_LENGTHS[column.limit]
    return f"cell-content-text-length-is-between({fewest},{most})"


def _letter(at: int) -> str:
    """The letter of a column; no return has more than 26."""
    return chr(ord("A") + at)


def _table_of_return(sheet: TemplateSheet) -> str:
    columns = [_column(one.width, one.format.value) for one in sheet.columns]
    titles = [_cell("required" if one.is_required else "optional", one.title) for one in sheet.columns]
    looks = [(one.format.value, f"{sheet.kind}-{at}") for at, one in enumerate(sheet.columns)]
    below = [
        element("table:table-cell", {"table:style-name": style, "table:content-validation-name": rule}) for style, rule in looks
    ]
    rows = [
        element("table:table-row", {}, *titles),
        element("table:table-row", {"table:number-rows-repeated": str(_ROWS_BELOW)}, *below),
    ]
    return element("table:table", {"table:name": sheet.kind}, *columns, *rows)


def _table(name: str, widths: Sequence[int], rows: Iterable[tuple[str, tuple[str, ...]]]) -> str:
    columns = [_column(width, "look-text") for width in widths]
    told = [element("table:table-row", {}, *(_cell(look, cell) for cell in cells or ("",))) for look, cells in rows]
    return element("table:table", {"table:name": name}, *columns, *told)


def _rows_of_lists(lists: Iterable[ListOfCodes]) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "titles", LIST_TITLES
    for one in lists:
        for code, label in one.entries:
            yield "column", (one.columns, code, label)


def _column(width: int, style: str) -> str:
    return element("table:table-column", {"table:style-name": f"w-{width}", "table:default-cell-style-name": style})


def _cell(look: str, text: str) -> str:
    if not text:
        return element("table:table-cell", {"table:style-name": f"look-{look}"})
    return element(
        "table:table-cell", {"table:style-name": f"look-{look}", "office:value-type": "string"}, paragraph(text)
    )  # fmt: skip


#: a row stays above (2 is frozen), and the rest begins below it
_FROZEN = {
    "HorizontalSplitMode": ("short", 0), "VerticalSplitMode": ("short", 2), "HorizontalSplitPosition": ("int", 0),
    "VerticalSplitPosition": ("int", 1), "ActiveSplitRange": ("short", 2), "PositionLeft": ("int", 0),
    "PositionRight": ("int", 0),
    "PositionTop": ("int", 0), "PositionBottom": ("int", 1),
}  # fmt: skip


def _settings(frozen: Sequence[str]) -> str:
    """What keeps the first row of these sheets in sight, and shows the first of them."""
    items = [
        element("config:config-item", {"config:name": name, "config:type": of}, str(value))
        for name, (of, value) in _FROZEN.items()
    ]
    tables = [element("config:config-item-map-entry", {"config:name": name}, *items) for name in frozen]
    view = element(
        "config:config-item-map-entry", {},
        element("config:config-item", {"config:name": "ViewId", "config:type": "string"}, "view1"),
        element("config:config-item-map-named", {"config:name": "Tables"}, *tables),
        element("config:config-item", {"config:name": "ActiveTable", "config:type": "string"}, frozen[0]),
    )  # fmt: skip
    views = element("config:config-item-map-indexed", {"config:name": "Views"}, view)
    named = element("config:config-item-set", {"config:name": "ooo:view-settings"}, views)
    return document("document-settings", element("office:settings", {}, named))
