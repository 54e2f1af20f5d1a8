"""Takes a workbook of OpenDocument (.ods) apart: its sheets, which are hidden, and what the reader of cells would not say."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping

from transforms.read.formula_errors import NOT_COMPUTED, error_text
from transforms.read.workbook_refusals import RefusedWorkbook, WorkbookRefusal
from transforms.workbooks.sheet_scan import MOST_CELLS, MOST_SHEETS, SheetScan, refuse_too_large
from transforms.workbooks.xml_events import XmlWalk, as_utf_8

CONTENT, MIMETYPE, MANIFEST = "content.xml", "mimetype", "meta-inf/manifest.xml"
WANTED = frozenset({CONTENT, MIMETYPE, MANIFEST})
_SPREADSHEET = b"application/vnd.oasis.opendocument.spreadsheet"
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
#: white space between elements where none is part of a text: the reader of cells takes it for one, or gives up
_BETWEEN = re.compile(rb">\s+(?=</?(?:table|office|draw|svg|calcext):|<text:p[\s/>])")
#: what stands in texts as an element, which the reader of cells leaves out
_IN_TEXTS = ((b"<text:tab/>", b"\t"), (b"<text:line-break/>", b"\n"))
#: comments, and pictures and shapes, which lie in the cells that they are fixed to; so do their texts
_ASIDE = ("office:annotation", "draw:", "dr3d:")
#: what a cell has that stands in several places, or whose value was computed
_NOT_PLAIN = frozenset({"table:number-columns-repeated", "table:formula"})
_CELLS = frozenset({"table:table-cell", "table:covered-table-cell"})


def is_spreadsheet(parts: Mapping[str, bytes]) -> bool:
    """Whether the parts of an archive are those of a spreadsheet (or of a template of one)."""
    return CONTENT in parts and parts.get(MIMETYPE, b"").startswith(_SPREADSHEET)


def take_apart(parts: dict[str, bytes]) -> tuple[bytes, list[SheetScan]]:
    """The same content as a workbook that holds nothing else, and what is known of its sheets, in its order.

    Raises:
        RefusedWorkbook: it is protected, damaged, or too large.
    """
    if b"encryption-data" in parts.get(MANIFEST, b""):
        raise RefusedWorkbook(WorkbookRefusal.PROTECTED)
    content = _BETWEEN.sub(b">", as_utf_8(parts.pop(CONTENT)))
    for element, text in _IN_TEXTS:
        content = content.replace(element, text)
    cells = _Content()
    cells.walk(content)
    cells.close_row()
    refuse_too_large(cells.sheets)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("mimetype", _SPREADSHEET)
        archive.writestr("content.xml", _without(content, cells.asides))
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return packed.getvalue(), cells.sheets


class _Content(XmlWalk):
    """The sheets of the content. A row or a cell that is repeated counts as often as it is.

    Names are known with the prefixes that all programs give them: the reader of cells knows no others.

    A cell is judged where the next element of the table begins: to be called at each end too would take half as long again. Those
    that have a value, once, and nothing to be heard are most; they are counted as they begin, by row.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[SheetScan] = []
        self._hidden_styles: set[str | None] = set()
        self._style: str | None = None
        self._row = self._rows_repeated = 0
        self._column = self._columns_repeated = 0
        #: of the row that is open: how many of its cells were counted as they began, and how far they reach
        self._counted = self._last = 0
        #: of the cell that is open: whether it has a value, what its text stands for, whether that is heard, and what of it was
        self._has_value = False
        self._meant: Callable[[str], str] | None = None
        self._hears = False
        self._said: list[str] = []
        #: where comments, pictures and shapes begin and end in the content, in bytes
        self.asides: list[tuple[int, int]] = []

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if name == "text:p":
            return
        if name in _CELLS:
            if self._columns_repeated:
                self.close_cell()
            if (
                "office:value-type" in attributes
                and self._rows_repeated == 1
                and _NOT_PLAIN.isdisjoint(attributes)
                and attributes.get("calcext:value-type") != "error"
            ):
                self._column += 1
                self._counted += 1
                self._last = self._column
            else:
                self._begin_cell(attributes)
        elif name.startswith(_ASIDE):
            self._leave_out(name)
        elif name == "table:table-row":
            self.close_row()
            self._row += self._rows_repeated
            self._rows_repeated = _repeated(attributes.get("table:number-rows-repeated"), _LAST_ROW)
            self._column = self._columns_repeated = 0
        elif name == "table:table":
            self.close_row()
            if attributes.get("table:is-sub-table") == "true":  # no spreadsheet writes a table in a cell
                raise RefusedWorkbook(WorkbookRefusal.DAMAGED)
            if len(self.sheets) >= MOST_SHEETS:
                raise RefusedWorkbook(WorkbookRefusal.SHEETS)
            is_hidden = attributes.get("table:style-name") in self._hidden_styles
            self.sheets.append(SheetScan(attributes.get("table:name", ""), is_hidden))
            self._row = self._rows_repeated = 0
        elif name == "style:style":
            self._style = attributes.get("style:name")
        elif name == "style:table-properties" and attributes.get("table:display") == "false":
            self._hidden_styles.add(self._style)

    def close_row(self) -> None:
        """Close the last cell of the row that is over, and tell of the cells that were counted as they began."""
        self.close_cell()
        if self._counted and self.sheets:
            scan = self.sheets[-1]
            scan.cells += self._counted
            scan.rows = max(scan.rows, self._row + 1)
            scan.columns = max(scan.columns, self._last)
            if scan.cells > MOST_CELLS:
                raise RefusedWorkbook(WorkbookRefusal.CELLS)
        self._counted = self._last = 0

    def close_cell(self) -> None:
        """Count the cell that is over, and note what stands in it where the reader of cells would say that it is empty."""
        text = ""
        if self._hears:
            text = "".join(self._said).strip()
            self._has_value = self._has_value or bool(text)
            self._said.clear()
            self._hears, self.parser.CharacterDataHandler = False, None
        if self._has_value and self.sheets:
            self._judge(text, self.sheets[-1])
        self._column += self._columns_repeated
        self._columns_repeated, self._has_value, self._meant = 0, False, None

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        value_type, is_formula = attributes.get("office:value-type"), "table:formula" in attributes
        repeated = attributes.get("table:number-columns-repeated")
        self._columns_repeated = _repeated(repeated, _LAST_COLUMN) if repeated else 1
        self._has_value = value_type is not None or is_formula
        if attributes.get("calcext:value-type") == "error":
            self._meant = error_text
        elif value_type is None:  # a formula that was never computed, or a text that does not say that it is one
            self._meant = _not_computed if is_formula else str
        if self._meant or self._columns_repeated * self._rows_repeated > 1:
            self._hears, self.parser.CharacterDataHandler = True, self._said.append

    def _judge(self, text: str, scan: SheetScan) -> None:
        repeated = self._rows_repeated * self._columns_repeated
        scan.cells += repeated
        scan.text += len(text) * repeated
        scan.rows = max(scan.rows, self._row + self._rows_repeated)
        scan.columns = max(scan.columns, self._column + self._columns_repeated)
        if scan.cells > MOST_CELLS:
            raise RefusedWorkbook(WorkbookRefusal.CELLS)
        if self._meant:
            instead = self._meant(text)
            for row in range(self._row, self._row + self._rows_repeated):
                for column in range(self._column, self._column + self._columns_repeated):
                    scan.instead[row, column] = instead

    def _leave_out(self, name: str) -> None:
        """Neither see nor hear anything of a comment, a picture or a shape, to its end."""
        parser, depth = self.parser, 1
        start, heard = parser.CurrentByteIndex, parser.CharacterDataHandler

        def begin(begun: str, _: dict[str, str]) -> None:
            nonlocal depth
            depth += begun == name

        def end(ended: str) -> None:
            nonlocal depth
            depth -= ended == name
            if not depth:
                self.asides.append((start, parser.CurrentByteIndex))
                parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = self.begin, None, heard

        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin, end, None


def _without(content: bytes, elements: list[tuple[int, int]]) -> bytes:
    """The content without these elements, of which is known where their first and their last tag begin."""
    kept, at = list[bytes](), 0
    for start, last in elements:
        kept.append(content[at:start])
        at = content.index(b">", last) + 1
    return b"".join([*kept, content[at:]])


def _not_computed(_: str) -> str:
    return NOT_COMPUTED


def _repeated(said: str | None, most: int) -> int:
    if not said:
        return 1
    if not said.isascii() or not said.isdigit() or not 1 <= int(said[:9]) <= most or len(said) > 9:
        raise RefusedWorkbook(WorkbookRefusal.DAMAGED)
    return int(said)
