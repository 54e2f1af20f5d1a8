"""What is known of a sheet before its cells are read: how many there are, how far they lie, and what the reader would not say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from transforms.read.workbook_refusals import RefusedWorkbook, WorkbookRefusal

#: of a workbook
MOST_SHEETS, MOST_CELLS = 50, 2_000_000
#: of one sheet from its first cell to its last filled one: the reader lays out all of it
LARGEST_AREA = 10_000_000
#: of all cells of a workbook: a text that stands once in the file may stand in every cell
LARGEST_TEXT = 500_000_000


@dataclass
class SheetScan:
    """One sheet as it lies in the file, in its order there.

    `instead` has by row and column (from 0) what stands in the cells of which the reader of cells says that they are empty:
    errors, and formulas that were never computed. `rows` and `columns` are how far filled cells reach, `text` how many characters
    they may hold together.
    """

    name: str
    is_hidden: bool = False
    instead: dict[tuple[int, int], str] = field(default_factory=dict)
    cells: int = 0
    rows: int = 0
    columns: int = 0
    text: int = 0


def refuse_too_large(sheets: Iterable[SheetScan]) -> None:
    """Raise RefusedWorkbook where the sheets of a workbook are more than may be read."""
    sheets = list(sheets)
    if len(sheets) > MOST_SHEETS:
        raise RefusedWorkbook(WorkbookRefusal.SHEETS)
    if sum(sheet.cells for sheet in sheets) > MOST_CELLS:
        raise RefusedWorkbook(WorkbookRefusal.CELLS)
    if any(sheet.rows * sheet.columns > LARGEST_AREA for sheet in sheets):
        raise RefusedWorkbook(WorkbookRefusal.AREA)
    if sum(sheet.text for sheet in sheets) > LARGEST_TEXT:
        raise RefusedWorkbook(WorkbookRefusal.UNPACKED)
