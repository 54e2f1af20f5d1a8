"""Takes a workbook of OpenDocument (.ods) apart: its sheets, which are hidden, and what the reader of cells would not say."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from transforms.read.formula_errors import NOT_COMPUTED, error_text
from transforms.read.workbook_refusals import RefusedWorkbook, WorkbookRefusal
from transforms.workbooks.sheet_scan import MOST_CELLS, MOST_SHEETS, SheetScan, refuse_too_large
from transforms.workbooks.xml_events import XmlWalk, as_utf_8, attribute, local

CONTENT, MIMETYPE, MANIFEST = "content.xml", "mimetype", "meta-inf/manifest.xml"
WANTED = frozenset({CONTENT, MIMETYPE, MANIFEST})
_SPREADSHEET = b"application/vnd.oasis.opendocument.spreadsheet"
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_CELLS = ("table-cell", "covered-table-cell")


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
    content = as_utf_8(parts.pop(CONTENT))
    cells = _Content()
    cells.walk(content)
    refuse_too_large(cells.sheets)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("mimetype", _SPREADSHEET)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return packed.getvalue(), cells.sheets


class _Content(XmlWalk):
    """The sheets of the content. A row or a cell that is repeated counts as often as it is."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[SheetScan] = []
        self.parser.EndElementHandler = self._end
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._tables = 0
        self._row = self._rows_repeated = 0
        self._column = self._columns_repeated = 0
        #: of the cell that is open: its attributes, its text, whether it is inside a comment
        self._cell: dict[str, str] | None = None
        self._said: list[str] = []
        self._comments = 0

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        name = local(name)
        if name in _CELLS:
            self._cell, self._comments = attributes, 0
            self._said.clear()
            self._columns_repeated = _repeated(attribute(attributes, "number-columns-repeated"), _LAST_COLUMN)
            self.parser.CharacterDataHandler = self._text
        elif name == "annotation":
            self._comments += 1
        elif name == "table-row":
            self._rows_repeated = _repeated(attribute(attributes, "number-rows-repeated"), _LAST_ROW)
            self._column = 0
        elif name == "table":
            self._tables += 1
            if self._tables > 1 or len(self.sheets) >= MOST_SHEETS:  # a table in a cell is none that a spreadsheet writes
                raise RefusedWorkbook(WorkbookRefusal.DAMAGED if self._tables > 1 else WorkbookRefusal.SHEETS)
            is_hidden = attribute(attributes, "style-name") in self._hidden_styles
            self.sheets.append(SheetScan(attribute(attributes, "name"), is_hidden))
            self._row = 0
        elif name == "style":
            self._style = attribute(attributes, "name")
        elif name == "table-properties" and attribute(attributes, "display") == "false":
            self._hidden_styles.add(self._style)

    def _text(self, text: str) -> None:
        if not self._comments:
            self._said.append(text)

    def _end(self, name: str) -> None:
        name = local(name)
        if name in _CELLS:
            if self._cell is not None and self.sheets:
                self._judge(self._cell)
            self._cell = None
            self._column += self._columns_repeated
            self.parser.CharacterDataHandler = None
        elif name == "annotation":
            self._comments -= 1
        elif name == "table-row":
            self._row += self._rows_repeated
        elif name == "table":
            self._tables -= 1

    def _judge(self, cell: dict[str, str]) -> None:
        """Count the cell that ends, and note what stands in it where the reader of cells would say that it is empty."""
        text, scan = "".join(self._said).strip(), self.sheets[-1]
        value_type = formula = extended = ""
        for key, value in cell.items():
            if (named := local(key)) == "formula":
                formula = value
            elif named == "value-type":
                # Both office: and calcext: have one; only the latter knows errors.
                value_type, extended = value if value != "error" else value_type, value if value == "error" else extended
        if extended:
            instead = error_text(text)
        elif formula and not value_type:
            instead = NOT_COMPUTED
        elif not value_type and text:
            instead = text
        elif not value_type:
            return
        else:
            instead = ""
        repeated = self._rows_repeated * self._columns_repeated
        scan.cells += repeated
        scan.text += len(text) * repeated
        scan.rows = max(scan.rows, self._row + self._rows_repeated)
        scan.columns = max(scan.columns, self._column + self._columns_repeated)
        if scan.cells > MOST_CELLS:
            raise RefusedWorkbook(WorkbookRefusal.CELLS)
        if instead:
            for row in range(self._row, self._row + self._rows_repeated):
                for column in range(self._column, self._column + self._columns_repeated):
                    scan.instead[row, column] = instead


def _repeated(said: str, most: int) -> int:
    if not said:
        return 1
    if not said.isascii() or not said.isdigit() or not 1 <= int(said[:9]) <= most or len(said) > 9:
        raise RefusedWorkbook(WorkbookRefusal.DAMAGED)
    return int(said)
