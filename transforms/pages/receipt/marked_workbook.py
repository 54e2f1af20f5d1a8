"""A file as its sender's own workbook: every row where it was, the wrong cells marked and explained, nothing corrected."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from expectations.contract import Severity
from expectations.contract.french import counted, with_french_spaces
from expectations.findings import Finding, Findings
from transforms.read import Reading, Role
from transforms.read.decode import CONTROL, decode
from transforms.read.find_header import is_sep_line
from transforms.read.totals_and_guidance import MARK
from transforms.redaction.read_and_redact import read_and_redact
from transforms.redaction.unwanted_columns import lines_of_role, stand_in

#: as many as a workbook may have that is sent to us, less what the list takes: it is made to be sent again
MOST_CELLS = 1_900_000
#: so many cells are explained one by one in the list, and so many in notes: with ten times as many a spreadsheet takes a minute
#: to open
MOST_EXPLAINED, MOST_NOTES = 10_000, 1_000
#: what a cell of a spreadsheet can hold, in units of UTF-16
_LONGEST_CELL = 32_767
#: the sheet that lists what is marked; no row of it is a header of a return
TO_CORRECT = "À corriger"
_LIST_TITLES = ("Ligne", "Cellule", "Colonne", "Gravité", "Règle", "Ce qui ne va pas")
_LIST_WIDTHS = (9, 10, 26, 12, 11, 110)
_SAID = {Severity.ERROR: "Erreur", Severity.WARNING: "À vérifier"}
_NOT_KEPT = "Les valeurs de cette colonne n'ont pas été gardées : supprimez-la."
_TEXT_NOT_KEPT = "Le texte de cette ligne n'a pas été gardé : reprenez-le de votre tableau."
#: Stands for such a line, and is no value of any column: an empty row would not be missed when the workbook is sent again, and
#: what the line said would be withdrawn without a word.
_STAND_IN = "# ligne {} : texte non gardé, à reprendre"
#: a workbook says when it was made: always the same moment, so that the same file has the same bytes
_MADE_AT = datetime(2018, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_TEXT = {"num_format": "@"}
_LOOKS: dict[str, dict[str, Any]] = {
    "text": _TEXT,
    "title": {**_TEXT, "bold": True, "bottom": 1},
    # A thick frame and a thin dashed one, bold and italic: nobody needs to see the colours.
    "error": {**_TEXT, "bg_color": "#FFC7CE", "font_color": "#7A0010", "bold": True, "border": 5, "border_color": "#B00020"},
    "warning": {**_TEXT, "bg_color": "#FFEB9C", "font_color": "#5C4500", "italic": True, "border": 3, "border_color": "#8A6D00"},
    "wrapped": {"text_wrap": True, "valign": "top"},
    "top": {"valign": "top"},
    "link": {"valign": "top", "font_color": "#0563C1", "underline": 1},
    "list title": {"bold": True, "bg_color": "#E3E8EF", "border": 1},
}


class CannotBeMarked(ValueError):
    """Why there is no such workbook of a file, in French."""


@dataclass(frozen=True)
class _Said:
    """One thing that is wrong with a cell, or with its whole line where it is of no column."""

    severity: Severity
    rule: str
    sentence: str
    is_of_column: bool


@dataclass
class _Mark:
    """What is wrong with a cell, and the gravest severity of it."""

    severity: Severity
    said: list[_Said] = field(default_factory=list)


_Marks = dict[int, dict[int, _Mark]]  # by line and place
_Explained = tuple[int, int, _Mark]  # line, place


@dataclass(frozen=True)
class _Sheet:
    """One return: the name of its sheet, its rows, those that are no records, and what is wrong."""

    name: str
    reading: Reading
    other: dict[int, tuple[str, ...]]
    marks: _Marks


def marked_workbook(content: bytes, findings: Sequence[Finding], scratch: Path | None = None) -> bytes:
    """The file as an .xlsx: line n is row n, cells are texts exactly as they were sent, wrong ones marked and explained.

    A mark is a colour, a frame, a note in the cell, and a row of the second sheet, with a link. Values of columns that may name
    people are left out, as are persons who were erased. A damaged line has its whole text in its first cell, and a sentence there
    where that is not kept. It holds personal data.

    Args:
        content: the file as a CSV: as it came, or as the archive keeps it.
        findings: what stands of it; errors and warnings on lines are marked.
        scratch: a private folder for parts of it while it is made (default: the system's for temporary files).

    Raises CannotBeMarked where it has no readable rows, nothing to mark, or more cells than may be sent.
    """
    return marked_returns([(content, findings)], scratch)


def marked_returns(returns: Sequence[tuple[bytes, Sequence[Finding]]], scratch: Path | None = None) -> bytes:
    """As `marked_workbook`, of a workbook that holds several returns: a sheet for each, in their order, and one list.

    Raises CannotBeMarked too where one of them has no readable rows: what would be sent again must be whole.
    """
    sheets: list[_Sheet] = []
    for content, findings in returns:
        reading = read_and_redact(content).reading
        if reading is None:
            raise CannotBeMarked("Ce fichier n'a pas de lignes qui puissent être lues : son reçu dit pourquoi.")
        name, others = reading.matched.kind, sum(one.reading.matched.kind == reading.matched.kind for one in sheets)
        marks = _marks(reading, Findings.of(findings))
        sheets.append(_Sheet(f"{name} {others + 1}" if others else name, reading, _other_lines(reading, content), marks))
    if sum(one.reading.physical_lines * len(one.reading.header) for one in sheets) > MOST_CELLS:
        most = counted(MOST_CELLS, "cellule", "cellules")
        raise CannotBeMarked(with_french_spaces(f"Ce fichier a plus de {most} : son reçu nomme toutes les lignes."))
    if not any(one.marks for one in sheets):
        raise CannotBeMarked("Rien n'est à marquer : aucune ligne de ce fichier n'a d'erreur ni de point à vérifier.")
    return _written(sheets, scratch)


def _marks(reading: Reading, findings: Findings) -> _Marks:
    """What is wrong, by line and place; what is said of no column of the file is said of the first whose values are kept."""
    places: dict[str, int] = {}
    for at, column in enumerate(reading.matched.columns):
        if column is not None:
            places.setdefault(column.name, at)
    marks, first = _Marks(), _first_kept(reading)
    for (name, rule, severity, message), lines in findings.about_lines.sayings():
        if severity not in _SAID:
            continue
        at, told = places.get(name or "", first), _Said(severity, rule, with_french_spaces(message), name in places)
        for line in lines:
            mark = marks.setdefault(line, {}).setdefault(at, _Mark(severity))
            mark.said.append(told)
            if severity == Severity.ERROR:
                mark.severity = severity
    return marks


def _first_kept(reading: Reading) -> int:
    return next((at for at in range(len(reading.header)) if at not in reading.matched.dropped), 0)


def _other_lines(reading: Reading, content: bytes) -> dict[int, tuple[str, ...]]:
    """The rows of what is no record: titles that come again, lines above them, damaged lines as one text in the first cell."""
    lines = decode(content).lines
    # Above the titles of a file with unwanted columns nothing is kept, and people may be named there.
    above = () if reading.matched.dropped else lines_of_role(reading, Role.PREAMBLE)
    rows = {
        line: tuple(lines[line - 1].split(reading.delimiter)) for line in above if not is_sep_line(lines[line - 1])
    } | dict.fromkeys(lines_of_role(reading, Role.HEADER), reading.header)
    for damaged in reading.damaged:
        texts = dict(enumerate(lines[damaged.line - 1 : damaged.last_line], start=damaged.line))
        is_kept = not reading.matched.dropped and texts != stand_in(damaged, reading)
        text = "\n".join(texts.values()) if is_kept else _STAND_IN.format(damaged.line)
        rows[damaged.line] = (*[""] * _first_kept(reading), text)
    return {line: tuple(map(_cell, cells)) for line, cells in rows.items()}


def _rows(reading: Reading, other: dict[int, tuple[str, ...]]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Every row that holds anything, with its line, from the top to the bottom."""
    dropped = set(reading.matched.dropped)
    empty = [""] * len(reading.records)
    columns = [empty if at in dropped else _texts(cells) for at, cells in enumerate(reading.records.cells)]
    rest = iter(sorted(other.items()))
    upcoming = next(rest, None)
    for line, *cells in zip(reading.records.lines.tolist(), *columns, strict=True):
        while upcoming is not None and upcoming[0] < line:
            yield upcoming
            upcoming = next(rest, None)
        yield line, () if any(cell.startswith(f"{MARK} ") for cell in cells) else tuple(cells)
    if upcoming is not None:
        yield upcoming
    yield from rest


def _texts(cells: Any) -> list[str]:
    """The cells of a column as a workbook can hold them; each distinct text is looked at once."""
    texts = [_cell(text) for text in cells.dictionary.to_pylist()]
    return [texts[code] for code in cells.indices.to_pylist()]


def _written(sheets: Sequence[_Sheet], scratch: Path | None) -> bytes:
    from xlsxwriter import Workbook

    book_content = io.BytesIO()
    # Rows go to files beside, which hold personal data: they lie in a folder of their own, gone with it however this ends.
    with (
        tempfile.TemporaryDirectory(dir=scratch) as folder,
        Workbook(book_content, {"constant_memory": True, "tmpdir": folder}) as book,
    ):
        book.set_properties({"title": ", ".join(one.name for one in sheets), "created": _MADE_AT})
        looks = {name: book.add_format(look) for name, look in _LOOKS.items()}
        pages = [book.add_worksheet(one.name) for one in sheets]
        listed = book.add_worksheet(TO_CORRECT)
        for page, one, noted in zip(pages, sheets, _explained(sheets, MOST_NOTES), strict=True):
            _write_rows(page, one, noted, looks)
        _write_list(listed, sheets, looks)
    return book_content.getvalue()


def _write_rows(page: Any, sheet: _Sheet, explained: list[_Explained], looks: dict[str, Any]) -> None:
    reading, other = sheet.reading, sheet.other
    page.set_column(0, len(reading.header) - 1, 18, looks["text"])
    page.freeze_panes(reading.header_line, 0)
    titles = set(lines_of_role(reading, Role.HEADER))
    lost = {one.line for one in reading.damaged if other[one.line][-1] == _STAND_IN.format(one.line)}
    noted = {(line, at) for line, at, _ in explained}
    for line, cells in _rows(reading, other):
        look = looks["title" if line in titles else "text"]
        of_line = sheet.marks.get(line, {})
        for at, cell in enumerate(cells):
            if cell and at not in of_line:
                page.write_string(line - 1, at, cell, look)
        for at, mark in of_line.items():
            text, how = cells[at] if at < len(cells) else "", looks[str(mark.severity)]
            if text:
                page.write_string(line - 1, at, text, how)
            else:
                page.write_blank(line - 1, at, None, how)
            # Row after row is written out and gone: what is said of a cell must be written with it.
            if (line, at) in noted:
                _write_note(page, line, at, mark, is_lost=line in lost)
        if line == reading.header_line:
            for at in reading.matched.dropped:
                page.write_comment(line - 1, at, with_french_spaces(_NOT_KEPT))


def _write_note(page: Any, line: int, at: int, mark: _Mark, *, is_lost: bool) -> None:
    said = [f"{_SAID[one.severity]} ({one.rule}) : {one.sentence}" for one in mark.said]
    said += [_TEXT_NOT_KEPT] if is_lost else []
    note = with_french_spaces("\n".join(said))[:_LONGEST_CELL]
    page.write_comment(line - 1, at, note, {"x_scale": 2.5, "y_scale": 0.6 + 0.7 * len(said)})


def _explained(sheets: Sequence[_Sheet], most: int) -> list[list[_Explained]]:
    """At most so many cells that are marked, by sheet: errors first, in the order of the sheet. A sheet gets what is left."""
    found: list[list[_Explained]] = []
    for sheet in sheets:
        cells = [(line, at, mark) for line, of_line in sheet.marks.items() for at, mark in of_line.items()]
        left = most - sum(map(len, found))
        gravest = sorted(cells, key=lambda cell: (cell[2].severity != Severity.ERROR, cell[0], cell[1]))[:left]
        found.append(sorted(gravest, key=lambda cell: cell[:2]))
    return found


def _write_list(page: Any, sheets: Sequence[_Sheet], looks: dict[str, Any]) -> None:
    """One row for each thing that is wrong, with a link to its cell."""
    for at, width in enumerate(_LIST_WIDTHS):
        page.set_column(at, at, width if at != 1 or len(sheets) == 1 else 26)
    explained = _explained(sheets, MOST_EXPLAINED)
    where = f"de la feuille « {sheets[0].name} »" if len(sheets) == 1 else "des autres feuilles"
    page.write_string(0, 0, with_french_spaces(f"Corrigez les cellules marquées {where}, puis renvoyez ce classeur entier."))
    if left := sum(len(of_line) for sheet in sheets for of_line in sheet.marks.values()) - sum(map(len, explained)):
        more = counted(left, "autre cellule est marquée", "autres cellules sont marquées")
        page.write_string(1, 0, with_french_spaces(f"{more} sans être dans cette liste : le reçu nomme toutes les lignes."))
    for at, title in enumerate(_LIST_TITLES):
        page.write_string(2, at, title, looks["list title"])
    page.freeze_panes(3, 0)
    row = 3
    for sheet, cells in zip(sheets, explained, strict=True):
        row = _write_sayings(page, row, sheet, cells, looks, is_only=len(sheets) == 1)


def _write_sayings(
    page: Any, row: int, sheet: _Sheet, cells: list[_Explained], looks: dict[str, Any], *, is_only: bool
) -> int:  # fmt: skip
    """Write what is said of the cells of a sheet, from that row of the list on; the first row after them."""
    from xlsxwriter.utility import xl_rowcol_to_cell

    for line, at, mark in cells:
        cell = xl_rowcol_to_cell(line - 1, at)
        for said in mark.said:
            page.write_number(row, 0, line, looks["top"])
            page.write_url(row, 1, f"internal:'{sheet.name}'!{cell}", looks["link"], cell if is_only else f"{sheet.name} {cell}")
            if said.is_of_column:
                page.write_string(row, 2, _cell(sheet.reading.header[at]), looks["top"])
            page.write_string(row, 3, _SAID[said.severity], looks["top"])
            page.write_string(row, 4, said.rule, looks["top"])
            page.write_string(row, 5, said.sentence[:_LONGEST_CELL], looks["wrapped"])
            row += 1
    return row


def _cell(text: str) -> str:
    """The text as a cell can hold it: no control characters, and cut where it is too long."""
    shown = CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
    if 2 * len(shown) <= _LONGEST_CELL or len(shown.encode("utf-16-le", "replace")) <= 2 * _LONGEST_CELL:
        return shown
    return shown.encode("utf-16-le", "replace")[: 2 * (_LONGEST_CELL - 1)].decode("utf-16-le", "ignore") + "…"
