"""How many cells an .ods has and how far they lie, whichever way they are written."""

from __future__ import annotations

import pytest

from tests.workbooks import open_document
from transforms.read.workbook_refusals import RefusedWorkbook, WorkbookRefusal
from transforms.workbooks.open_document import take_apart
from transforms.workbooks.unpack import unpacked

VALUE = '<table:table-cell office:value-type="float" office:value="1"/>'
EMPTY = '<table:table-cell table:style-name="a"/>'
ERROR = '<table:table-cell office:value-type="string" calcext:value-type="error"><text:p>#N/A</text:p></table:table-cell>'
THRICE = '<table:table-cell table:number-columns-repeated="3" office:value-type="float" office:value="1"/>'
#: the rows of a table, and what is known of it: filled cells, rows, columns, what stands in the place of which cells
ROWS = {
    "values": (f"<table:table-row>{VALUE * 3}</table:table-row>" * 2, (6, 2, 3, {})),
    "empty cells between and behind": (f"<table:table-row>{EMPTY}{VALUE}{EMPTY}{VALUE}{EMPTY * 5}</table:table-row>", (2, 1, 4, {})),
    "repeated": (f"<table:table-row>{VALUE}{THRICE}{VALUE}</table:table-row>", (5, 1, 5, {})),
    "an error behind values": (f"<table:table-row>{VALUE * 2}{ERROR}{VALUE}</table:table-row>", (4, 1, 4, {(0, 2): "#N/A"})),
    "an error at the end of a row": (f"<table:table-row>{VALUE}{ERROR}</table:table-row><table:table-row>{VALUE}</table:table-row>", (3, 2, 2, {(0, 1): "#N/A"})),
    "a formula without a value": (f'<table:table-row>{VALUE}<table:table-cell table:formula="of:=1"/></table:table-row>', (2, 1, 2, {(0, 1): "#SANS VALEUR!"})),
    "rows that are repeated": (f'<table:table-row table:number-rows-repeated="4">{VALUE * 2}</table:table-row><table:table-row>{VALUE}</table:table-row>', (9, 5, 2, {})),
    "empty rows before": (f'<table:table-row table:number-rows-repeated="9">{EMPTY}</table:table-row><table:table-row>{VALUE}</table:table-row>', (1, 10, 1, {})),
    "covered": (f'<table:table-row>{VALUE}<table:covered-table-cell table:number-columns-repeated="2"/>{VALUE}</table:table-row>', (2, 1, 4, {})),
}  # fmt: skip


def table(rows: str) -> str:
    return f'<table:table table:name="a">{rows}</table:table>'


@pytest.mark.parametrize(("rows", "known"), ROWS.values(), ids=ROWS)
def test_cells_are_counted_where_they_lie(rows: str, known: tuple[int, int, int, dict[tuple[int, int], str]]) -> None:
    first, second = take_apart(parts_of(table(rows) + table(rows)))[1]
    assert (first.cells, first.rows, first.columns, first.instead) == known
    assert (second.cells, second.rows, second.columns, second.instead) == known


def test_cells_that_are_counted_by_row_are_limited_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transforms.workbooks.open_document.MOST_CELLS", 5)
    take_apart(parts_of(table(f"<table:table-row>{VALUE * 5}</table:table-row>")))
    with pytest.raises(RefusedWorkbook) as refused:
        take_apart(parts_of(table(f"<table:table-row>{VALUE * 3}</table:table-row>" * 2)))
    assert refused.value.reason is WorkbookRefusal.CELLS


def parts_of(body: str) -> dict[str, bytes]:
    return unpacked(open_document(body), lambda _: True)
