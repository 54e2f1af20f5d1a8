"""Finds the header in the cells of a sheet, and writes the sheet as CSV text whose line numbers are its row numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from expectations.contract import Column
from transforms.read.decode import NOTHING, is_nothing
from transforms.read.find_header import LINES_LOOKED_AT, Repeats
from transforms.read.match_columns import MatchedHeader, match_columns
from transforms.read.record_limits import MOST_COLUMNS
from transforms.workbooks.cell_texts import LINE_SEPARATOR, Cell, cell_text

_SEPARATOR = ";"
#: what stands for a row above the header, which may name people: nothing of it is kept but that it is no header
_PREAMBLE = f"sep={_SEPARATOR}"
#: what a line that begins so would be taken for: the mark of another file, the announcement of a separator
_MEANS_ELSE = re.compile(r"\ufeff|\s*sep=", re.IGNORECASE)
_NOTHING = NOTHING + _SEPARATOR

Rows = Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class SheetHeader:
    """The header of a sheet: index of its row, its titles up to the last one, and which columns they are."""

    row: int
    titles: tuple[str, ...]
    matched: MatchedHeader


def find_sheet_header(rows: Rows) -> SheetHeader | None:
    """The first row of titles of a return, among as many rows as are looked at in a CSV; None where there is none."""
    looked_at = 0
    for at, row in enumerate(rows):
        titles = [cell_text(cell, None).replace(LINE_SEPARATOR, " ") for cell in row]
        while titles and is_nothing(titles[-1]):
            titles.pop()
        if not titles:
            continue
        looked_at += 1
        if len(titles) <= MOST_COLUMNS and (matched := match_columns(titles)):
            return SheetHeader(at, tuple(titles), matched)
        if looked_at == LINES_LOOKED_AT:
            break
    return None


def sheet_text(rows: Rows, header: SheetHeader, instead: Mapping[tuple[int, int], str]) -> bytes:
    """The sheet as UTF-8, cells separated by `;`, as far as its last title: what stands beyond has none and is not read.

    Args:
        rows: from the first row of the sheet on, empty ones too.
        header: where the header is; of the rows above nothing is told but whether they are empty.
        instead: texts of cells, by row and column, in the place of what `rows` say.
    """
    width = len(header.titles)
    lines = ["" if all(map(_is_empty, row)) else _PREAMBLE for row in rows[: header.row]]
    lines.append(_SEPARATOR.join(map(_quoted, header.titles)))
    columns = header.matched.columns
    repeats = Repeats(header.titles, match_columns)
    told: dict[int, dict[int, str]] = {}
    for (at, column), text in instead.items():
        if at > header.row and column < width:
            told.setdefault(at, {})[column] = text
    for at in range(header.row + 1, max(len(rows), max(told, default=0) + 1)):
        cells: list[Cell] = list(rows[at][:width]) if at < len(rows) else []
        cells += [""] * (width - len(cells))
        if at in told:
            for column, text in told[at].items():
                cells[column] = text
        elif all(type(cell) is str for cell in cells) and (order := repeats.order(list(map(str, cells)))):
            columns = _moved(header.matched.columns, order)
        lines.append(_line(cells, columns))
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _line(cells: Sequence[Cell], columns: Sequence[Column | None]) -> str:
    texts = [cell_text(cell, column) for cell, column in zip(cells, columns, strict=True)]
    line = _SEPARATOR.join(texts)
    if '"' in line or line.count(_SEPARATOR) >= len(texts) or _MEANS_ELSE.match(line):
        line = _SEPARATOR.join(map(_quoted, texts))
    return line if line.strip(_NOTHING) else ""


def _moved(columns: Sequence[Column | None], order: Sequence[int]) -> tuple[Column | None, ...]:
    """The columns below a header that came again with its titles in another order."""
    moved = list(columns)
    for at, column in zip(order, columns, strict=True):
        moved[at] = column
    return tuple(moved)


def _is_empty(cell: Cell) -> bool:
    return isinstance(cell, str) and is_nothing(cell)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
