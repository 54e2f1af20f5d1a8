"""Goes through the cells of a sheet of Office Open XML: how many and how far, errors, and formulas that were never computed."""

from __future__ import annotations

import re

from transforms.read.formula_errors import NOT_COMPUTED, error_text
from transforms.read.workbook_refusals import RefusedWorkbook, WorkbookRefusal
from transforms.workbooks.sheet_scan import LARGEST_AREA, LARGEST_TEXT, SheetScan
from transforms.workbooks.xml_events import XmlWalk, local

_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_VALUES = frozenset({"v", "is"})
_DIGITS = "0123456789"
#: a cell as most programs begin it, with its column, and the row that it is in
_PLAIN_CELL = re.compile(rb'<c r="([A-Z]{1,3})[0-9]{1,7}"(?: s="[0-9]{1,6}")?(?: t="(?:s|n|b|d|str|inlineStr)")?/?>')
_PLAIN_ROW = re.compile(rb'<c r="[A-Z]{1,3}([0-9]{1,7})"')
_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


#: how the element begins that holds the cells, whatever its prefix
_BEGIN_OF_CELLS = re.compile(rb"<(?:[^\s<>/:]{1,100}:)?sheetData[\s/>]")


class SharedStrings(XmlWalk):
    """The texts that cells share: how long each is, in characters."""

    def __init__(self) -> None:
        super().__init__()
        self.lengths: list[int] = []
        self.parser.CharacterDataHandler = self._more

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """One more text, or a piece of it."""
        if local(name) == "si":
            self.lengths.append(0)

    def _more(self, text: str) -> None:
        if self.lengths:
            self.lengths[-1] += len(text)


def cells_alone(part: bytes) -> bytes:
    """The part of a sheet without what stands around its cells: the reader of cells gives up at merged columns (`A:A`).

    Where something else than elements may look like one (comments, instructions), the part is left as it is.
    """
    begin, last = _BEGIN_OF_CELLS.search(part), part.rfind(b"sheetData")
    if begin is None or b"<!" in part or part.find(b"<?", 1) >= 0:
        return part
    return b"<worksheet>" + part[begin.start() : part.index(b">", last) + 1] + b"</worksheet>"


def scan_cells(part: bytes, strings: SharedStrings, scan: SheetScan) -> None:
    """Note in `scan` what the sheet's part says of its cells. RefusedWorkbook where it is damaged."""
    shared = _counted(part, scan)
    if shared is None:
        cells = _Cells(scan)
        cells.walk(part)
        cells.close()
        shared = cells.shared
    scan.text = shared * max(strings.lengths, default=0)
    if scan.text > LARGEST_TEXT:  # as one long text that stands once makes it seem
        texts = _SharedTexts(strings.lengths)
        texts.walk(part)
        scan.text = texts.length


def _counted(part: bytes, scan: SheetScan) -> int | None:
    """How many cells share texts, where the part is written as most programs do and holds neither formula nor error.

    Then its cells can be counted without walking through them, five times faster. None where it must be walked through.
    """
    start, stop = part.find(b"<sheetData>"), part.rfind(b"</sheetData>")
    if start < 0 or stop < 0 or part.count(b"sheetData") != 2 or b"<!" in part or part.find(b"<f", start, stop) >= 0:
        return None
    data = part[start:stop]
    columns = _PLAIN_CELL.findall(data)
    rows = _PLAIN_ROW.findall(data)
    if not len(columns) == len(rows) == data.count(b"<c"):
        return None
    filled = data.count(b"<v") + data.count(b"<is")
    last_row = max(map(int, set(rows)), default=0)
    last_column = 1 + max((_column_of(name.decode("ascii")) for name in set(columns)), default=-1)
    if last_row > _LAST_ROW or last_row * last_column > LARGEST_AREA:  # by cells that are but formatted, perhaps
        return None
    scan.cells, scan.rows, scan.columns = filled, last_row, last_column
    return data.count(b' t="s"')


class _Cells(XmlWalk):
    """The cells, one after the other. Most are done with the beginning of their elements, as a call costs what it costs."""

    def __init__(self, scan: SheetScan) -> None:
        super().__init__()
        self.shared = 0
        self._scan = scan
        self._row = -1
        self._column = -1
        self._kind = ""
        self._is_formula = False
        self._said: list[str] = []
        self._columns: dict[str, int] = {}
        self._prefix: str | None = None
        self._digits = ""

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """A cell, its formula or its value."""
        if self._prefix is None:  # that of the first element is that of all
            self._prefix = name[: name.rfind(":") + 1]
        if self._prefix:
            name = name.removeprefix(self._prefix)
        if name == "c":
            if self._is_formula or self._kind == "e":
                self.close()
            self._kind = attributes.get("t", "n")
            reference = attributes.get("r")
            if reference is None:
                self._column += 1
            else:
                self._go_to(reference)
        elif name in _VALUES:
            self._filled()
            if self._is_formula or self._kind == "e":
                self.parser.CharacterDataHandler = self._said.append
            elif self._kind == "s":
                self.shared += 1
        elif name == "f":
            if self._column >= 0:
                self._is_formula = True
        elif name == "row":
            if self._is_formula or self._kind == "e":
                self.close()
            self._digits = attributes.get("r", "")
            self._row = self._number(self._digits) if self._digits else self._row + 1
            self._column = -1

    def close(self) -> None:
        """Judge the cell that is over, where it is an error or a formula."""
        said = "".join(self._said).strip()
        if self._kind == "e":
            self._scan.instead[self._row, self._column] = error_text(said)
            self._filled()
        elif self._is_formula and not said and self._kind not in ("str", "inlineStr"):
            self._scan.instead[self._row, self._column] = NOT_COMPUTED
            self._filled()
        self._said.clear()
        self._is_formula, self._kind = False, ""
        self.parser.CharacterDataHandler = None

    def _filled(self) -> None:
        scan = self._scan
        scan.cells += 1
        if self._row >= scan.rows:
            scan.rows = self._row + 1
        if self._column >= scan.columns:
            scan.columns = self._column + 1

    def _go_to(self, reference: str) -> None:
        letters = reference.rstrip(_DIGITS)
        if reference[len(letters) :] != self._digits:
            self._digits = reference[len(letters) :]
            self._row = self._number(self._digits)
        column = self._columns.get(letters)
        if column is None:
            column = self._columns[letters] = _column_of(letters.upper())
        self._column = column

    @staticmethod
    def _number(digits: str) -> int:
        if not digits.isascii() or not digits.isdigit() or not 1 <= int(digits[:9]) <= _LAST_ROW or len(digits) > 9:
            raise RefusedWorkbook(WorkbookRefusal.DAMAGED)
        return int(digits) - 1


class _SharedTexts(XmlWalk):
    """How many characters the cells hold that share texts."""

    def __init__(self, lengths: list[int]) -> None:
        super().__init__()
        self.length = 0
        self._lengths = lengths
        self._is_shared = False
        self._said: list[str] = []
        self.parser.EndElementHandler = self._end

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """A cell or its value."""
        if local(name) == "c":
            self._is_shared = attributes.get("t") == "s"
        elif local(name) == "v" and self._is_shared:
            self._said.clear()
            self.parser.CharacterDataHandler = self._said.append

    def _end(self, name: str) -> None:
        if self.parser.CharacterDataHandler is not None:
            said = "".join(self._said).strip()
            if said.isascii() and said.isdigit() and int(said[:9]) < len(self._lengths):
                self.length += self._lengths[int(said[:9])]
            self.parser.CharacterDataHandler = None


def _column_of(letters: str) -> int:
    if not letters or len(letters) > 3 or not set(letters) <= _LETTERS:
        raise RefusedWorkbook(WorkbookRefusal.DAMAGED)
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    if number > _LAST_COLUMN:
        raise RefusedWorkbook(WorkbookRefusal.DAMAGED)
    return number - 1
