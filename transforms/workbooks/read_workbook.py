"""The one door of workbooks: bytes in, out come the sheets that are returns, each as CSV text, or why there are none."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

from transforms.read.find_header import Match
from transforms.read.match_columns import match_columns
from transforms.read.workbook_refusals import OLE, RefusedWorkbook, WorkbookRefusal
from transforms.workbooks import office_open_xml, open_document
from transforms.workbooks.binary_cells import UTF_16, misleading_code_page, scan_binary
from transforms.workbooks.compound_file import CompoundFile
from transforms.workbooks.reader_process import PROTECTED, UnreadableSheets, sheets_of_xls
from transforms.workbooks.sheet_scan import SheetScan, refuse_too_large
from transforms.workbooks.sheet_text import Rows, find_sheet_header, sheet_text
from transforms.workbooks.unpack import unpacked

_PROTECTED = "EncryptedPackage"
#: how the part that lists the sheets ends in an .xlsb
_BINARY = ".bin"
#: the names of the stream with the cells of an .xls: since Excel 97, and before
_STREAMS = ("Workbook", "Book")
#: what a panic of the reader, which is written in Rust, is in Python: no Exception
_PANIC = "PanicException"
_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class ReturnSheet:
    """A sheet that is a return: its name, and its cells as CSV text, or None where it is hidden, whose text nobody reads.

    `has_rows` is whether anything stands under its titles.
    """

    name: str
    text: bytes | None = field(repr=False)
    has_rows: bool = True


def read_workbook(data: bytes, match: Match = match_columns) -> list[ReturnSheet]:
    """The sheets of a workbook that have the titles of a return, in their order; hidden ones have no text.

    Where one that is not hidden has rows, those with titles alone are left out: of a model with a sheet for each return people
    fill some, and an empty return replaces nothing. Nothing is executed. Not read are macros, links, comments, pictures,
    properties, and what stands on other sheets.

    Args:
        data: the bytes received; what format they are in is seen from what they hold, not from a name.
        match: says of the cells of one row which columns they are: those of the six returns, but for the sheet of an audit.

    Raises:
        RefusedWorkbook: it is protected, damaged, too large, no workbook, or no visible sheet of it is a return while no hidden
            one is either.
    """
    packed, scans = _taken_apart(data)
    refuse_too_large(scans)
    found: list[ReturnSheet] = []
    names: set[str] = set()
    for number, name, rows in _opened(packed, len(scans)):
        scan = scans[number]
        header = find_sheet_header(rows, match)
        if header is None:
            continue
        text = sheet_text(rows, header, scan.instead, match)
        has_rows = any(text.split(b"\n")[header.row + 1 :])
        found.append(ReturnSheet(_distinct(scan.name or name, names), None if scan.is_hidden else text, has_rows))
    if not found:
        raise RefusedWorkbook(WorkbookRefusal.NO_RETURN)
    filled = [sheet for sheet in found if sheet.has_rows]
    return filled if any(sheet.text is not None for sheet in filled) else found


def _taken_apart(data: bytes) -> tuple[bytes, list[SheetScan]]:
    """What the reader of cells is to open, and what is known of its sheets."""
    if data.startswith(OLE):
        streams = CompoundFile(data)
        if _PROTECTED in streams:
            raise RefusedWorkbook(WorkbookRefusal.PROTECTED)
        stream = next((name for name in _STREAMS if name in streams), None)
        if stream is None:
            raise RefusedWorkbook(WorkbookRefusal.NO_WORKBOOK)
        cells = streams.stream(stream)
        scans = scan_binary(cells)
        if (at := misleading_code_page(cells)) is not None:
            data = streams.replaced(stream, at, UTF_16)
        return data, scans
    parts = unpacked(data, lambda name: name in open_document.WANTED or office_open_xml.is_wanted(name))
    if open_document.is_spreadsheet(parts):
        return open_document.take_apart(parts)
    workbook = office_open_xml.workbook_part(parts)
    if workbook is None:
        raise RefusedWorkbook(WorkbookRefusal.NO_WORKBOOK)
    if workbook.endswith(_BINARY):
        raise RefusedWorkbook(WorkbookRefusal.BINARY)
    return office_open_xml.take_apart(parts, workbook)


def _opened(packed: bytes, sheets: int) -> Iterator[tuple[int, str, Rows]]:
    """The work sheets, one after the other: number, name, and rows from the first of the sheet on."""
    if packed.startswith(OLE):
        yield from _opened_apart(packed, sheets)
        return
    workbook = _asked(lambda: CalamineWorkbook.from_filelike(io.BytesIO(packed)))
    listed = workbook.sheets_metadata
    if len(listed) != sheets:
        raise RefusedWorkbook(WorkbookRefusal.DAMAGED)
    for number, sheet in enumerate(listed):
        if sheet.typ == SheetTypeEnum.WorkSheet:
            yield number, sheet.name, _asked(partial(_rows, workbook, number))


def _opened_apart(data: bytes, sheets: int) -> Iterator[tuple[int, str, Rows]]:
    """The same of an .xls, read in another process."""
    try:
        read = sheets_of_xls(data)
    except UnreadableSheets as error:
        is_protected = error.code == PROTECTED
        raise RefusedWorkbook(WorkbookRefusal.PROTECTED if is_protected else WorkbookRefusal.DAMAGED) from error
    if len(read) != sheets:
        raise RefusedWorkbook(WorkbookRefusal.DAMAGED)
    for number, (name, rows) in enumerate(read):
        if rows is not None:
            yield number, name, rows


def _rows(workbook: CalamineWorkbook, number: int) -> Rows:
    return workbook.get_sheet_by_index(number).to_python(skip_empty_area=False)


def _asked(ask: Callable[[], _Answer]) -> _Answer:
    """What the reader of cells answers. RefusedWorkbook where it cannot read, or panics: no workbook stops a night."""
    try:
        return ask()
    except PasswordError as error:
        raise RefusedWorkbook(WorkbookRefusal.PROTECTED) from error
    except CalamineError as error:
        raise RefusedWorkbook(WorkbookRefusal.DAMAGED) from error
    except BaseException as error:
        if type(error).__name__ == _PANIC:
            raise RefusedWorkbook(WorkbookRefusal.DAMAGED) from error
        raise


def _distinct(name: str, names: set[str]) -> str:
    """The name of a sheet without slashes, which are for folders; two of one name are told apart by a number."""
    plain = name.replace("/", "-")
    distinct, number = plain, 1
    while distinct in names:
        number += 1
        distinct = f"{plain} ({number})"
    names.add(distinct)
    return distinct
