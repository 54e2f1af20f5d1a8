"""Finds the header in the cells of a sheet, and writes the sheet as CSV text whose line numbers are its row numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from expectations.contract import Column, ValueType
from transforms.read.decode import NOTHING, is_nothing
from transforms.read.find_header import LINES_LOOKED_AT, Match, Repeats
from transforms.read.match_columns import MatchedHeader, match_columns
from transforms.read.record_limits import MOST_COLUMNS
from transforms.workbooks.cell_texts import LINE_SEPARATOR, Cell, cell_text

_SEPARATOR = ";"
#: what stands for a row above the header, which may name people: nothing of it is kept but that it is no header
_PREAMBLE = f"sep={_SEPARATOR}"
#: what a line that begins so would be taken for: the mark of another file, the announcement of a separator
_MEANS_ELSE = re.compile(r"\ufeff|\s*sep=", re.IGNORECASE)
_NOTHING = NOTHING + _SEPARATOR

#: a cell with so many digits is no title
_DIGIT, _FEWEST_DIGITS = re.compile(r"\d"), 9

Rows = Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class SheetHeader:
    """The header of a sheet: index of its row, its titles up to the last one, and which columns they are."""

    row: int
    titles: tuple[str, ...]
    matched: MatchedHeader


def find_sheet_header(rows: Rows, match: Match = match_columns) -> SheetHeader | None:
    """The first row that `match` knows as titles, among as many rows as are looked at in a CSV; None where there is none."""
    looked_at = 0
    for at, row in enumerate(rows):
        titles = [cell_text(cell, None).replace(LINE_SEPARATOR, " ") for cell in row]
        while titles and is_nothing(titles[-1]):
            titles.pop()
        if not titles:
            continue
        looked_at += 1
        if len(titles) <= MOST_COLUMNS and (matched := match(titles)):
            return SheetHeader(at, tuple(titles), matched)
        if looked_at == LINES_LOOKED_AT:
            break
    return None


def sheet_text(
    rows: Rows, header: SheetHeader, instead: Mapping[tuple[int, int], str], match: Match = match_columns
) -> bytes:
    """The sheet as UTF-8, cells separated by `;`, as far as its last title: what stands beyond has none and is not read.

    Args:
        rows: from the first row of the sheet on, empty ones too, each as wide as the others.
        header: where the header is; of the rows above nothing is told but whether they are empty.
        instead: texts of cells, by row and column, in the place of what `rows` say.
        match: by which the header was found.
    """
    lines = ["" if all(map(_is_empty, row)) else _PREAMBLE for row in rows[: header.row]]
    lines.append(_SEPARATOR.join(map(_quoted, header.titles)))
    cells = _cells_below(rows, header, instead)
    for start, stop, columns in _stretches(cells, header, match):
        texts = [_texts(column[start:stop], means) for column, means in zip(cells, columns, strict=True)]
        lines += map(_line, zip(*texts, strict=True))
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _cells_below(rows: Rows, header: SheetHeader, instead: Mapping[tuple[int, int], str]) -> list[list[Cell]]:
    """The cells below the header by column, as many as it has titles."""
    width, first = len(header.titles), header.row + 1
    told = {(row - first, column): text for (row, column), text in instead.items() if row >= first and column < width}
    count = max(len(rows) - first, 1 + max((row for row, _ in told), default=-1))
    columns: list[list[Cell]] = [list(column) for column in zip(*rows[first:], strict=True)][:width]
    columns += [[] for _ in range(width - len(columns))]
    for cells in columns:
        cells.extend([""] * (count - len(cells)))
    for (row, at), text in told.items():
        columns[at][row] = text
    return columns


def _stretches(
    cells: Sequence[Sequence[Cell]], header: SheetHeader, match: Match
) -> Iterator[tuple[int, int, Sequence[Column | None]]]:
    """The rows below the header in stretches under one order of columns, each with what its columns are.

    A new one begins where the header comes again with its titles in another order. A row is asked whether it is one where no
    SIRET stands in its column.
    """
    columns: Sequence[Column | None] = header.matched.columns
    place = next((at for at, column in enumerate(columns) if column and column.type is ValueType.SIRET), 0)
    sirets = cells[place]
    titles = {cell for cell in set(sirets) if isinstance(cell, str) and len(_DIGIT.findall(cell)) < _FEWEST_DIGITS} - {""}
    repeats, start = Repeats(header.titles, match), 0
    for row in [at for at, cell in enumerate(sirets) if cell in titles] if titles else ():
        said = [column[row] for column in cells]
        texts = [cell for cell in said if isinstance(cell, str)]
        if len(texts) == len(said) and (order := repeats.order(texts)):
            yield start, row, columns
            columns, start = _moved(header.matched.columns, order), row
    yield start, len(sirets), columns


def _texts(cells: Sequence[Cell], column: Column | None) -> Sequence[str]:
    """The texts of the cells of one column; each distinct one is written once."""
    kinds = set(map(type, cells))
    if kinds == {str} and not any("\n" in text or "\r" in text for text in set(map(str, cells))):
        return [str(cell) for cell in cells]
    if bool in kinds and kinds & {int, float}:  # to a set 1 and true are one
        return [cell_text(cell, column) for cell in cells]
    written = {cell: cell_text(cell, column) for cell in set(cells)}
    return [written[cell] for cell in cells]


def _line(texts: Sequence[str]) -> str:
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
