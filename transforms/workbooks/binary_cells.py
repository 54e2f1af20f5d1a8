"""Goes through the records of an .xls (BIFF): sheets, how many cells and how far, and those that hold an error."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from transforms.read.formula_errors import NOT_COMPUTED
from transforms.read.workbook_refusals import RefusedWorkbook, WorkbookRefusal
from transforms.workbooks.sheet_scan import SheetScan

_BEGIN, _END_OF_STREAM, _FILE_PASS, _SHEET = 0x809, 0x0A, 0x2F, 0x85
_SHARED_TEXTS, _CONTINUED, _SHARED_TEXT = 0xFC, 0x3C, 0xFD
_FORMULA, _ERROR = 0x06, 0x205
_OLD_FORMULAS = frozenset({0x206, 0x406})
#: records of one filled cell: formula, text, number, boolean or error, shared text, packed number, formatted text
_CELLS = frozenset({*_OLD_FORMULAS, _FORMULA, 0x204, 0x203, _ERROR, _SHARED_TEXT, 0x27E, 0xD6})
_SEVERAL_NUMBERS = 0xBD
_CODE_PAGE, _SINCE_97 = 0x42, 0x600
_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALEUR!", 0x17: "#REF!", 0x1D: "#NOM?", 0x24: "#NOMBRE!", 0x2A: "#N/A",
}  # fmt: skip


#: the code page of texts since Excel 97: UTF-16
UTF_16 = struct.pack("<H", 1200)


def misleading_code_page(stream: bytes) -> int | None:
    """Where a workbook stream says that its texts are in another code page than UTF-16, though all are since Excel 97.

    Excel does not look there, and some programs write what they wrote before; the reader of cells believes it.
    """
    if len(stream) < 8 or struct.unpack_from("<H", stream, 4) != (_SINCE_97,):
        return None
    places = (start for kind, start, _ in _records(stream, 0) if kind == _CODE_PAGE)
    return next((start for start in places if start + 2 <= len(stream) and stream[start : start + 2] != UTF_16), None)


def scan_binary(stream: bytes) -> list[SheetScan]:
    """What is known of the sheets of a workbook stream, charts and modules among them, in its order.

    In this format each formula has a value; that one was never computed cannot be seen. The reader of cells knows no formula
    that is written as before Excel 97: it counts as one without a value.

    Raises:
        RefusedWorkbook: it is protected or damaged.
    """
    try:
        return _scans(stream)
    except struct.error as error:
        raise RefusedWorkbook(WorkbookRefusal.DAMAGED) from error


def _scans(stream: bytes) -> list[SheetScan]:
    places: list[tuple[int, SheetScan]] = []
    texts: list[bytes] = []
    last = 0
    for kind, start, length in _records(stream, 0):
        if kind == _FILE_PASS:
            raise RefusedWorkbook(WorkbookRefusal.PROTECTED)
        if kind == _SHEET:
            at, state = struct.unpack_from("<IB", stream, start)
            places.append((at, SheetScan("", bool(state & 3))))
        elif kind == _SHARED_TEXTS or (kind == _CONTINUED and last == _SHARED_TEXTS):
            texts += [stream[start : start + length]] if length else []
        last = kind if kind != _CONTINUED else last
    lengths = _lengths(texts)
    for at, scan in places:
        _scan(stream, at, lengths, scan)
    return [scan for _, scan in places]


def _scan(stream: bytes, at: int, lengths: list[int], scan: SheetScan) -> None:
    for kind, start, length in _records(stream, at):
        if kind in _CELLS:
            row, first = struct.unpack_from("<2H", stream, start)
            last = first
            if kind == _SHARED_TEXT:
                number, = struct.unpack_from("<I", stream, start + 6)
                scan.text += lengths[number] if number < len(lengths) else 0
            elif kind in _OLD_FORMULAS:
                scan.instead[row, first] = NOT_COMPUTED
            elif kind == _ERROR and stream[start + 7]:
                scan.instead[row, first] = _ERRORS.get(stream[start + 6], "#N/A")
            elif kind == _FORMULA and stream[start + 12 : start + 14] == b"\xff\xff" and stream[start + 6] == 2:
                scan.instead[row, first] = _ERRORS.get(stream[start + 8], "#N/A")
        elif kind == _SEVERAL_NUMBERS:
            row, first = struct.unpack_from("<2H", stream, start)
            last, = struct.unpack_from("<H", stream, start + length - 2)
        else:
            continue
        scan.cells += max(1, last - first + 1)
        scan.rows, scan.columns = max(scan.rows, row + 1), max(scan.columns, last + 1)


def _records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """The records of one substream: kind, where the content begins, how long it is. Those of charts in it are left out."""
    depth = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<2H", stream, at)
        if kind == _BEGIN:
            depth += 1
        elif kind == _END_OF_STREAM:
            depth -= 1
            if depth <= 0:
                return
        elif depth == 1:
            yield kind, at + 4, length
        at += 4 + length


def _lengths(texts: list[bytes]) -> list[int]:
    """How many characters each shared text has. A text may go on in the next record, there with a flag of its own."""
    lengths: list[int] = []
    if not texts:
        return lengths
    at, which = 8, 0  # after the two counts
    while which < len(texts):
        if at >= len(texts[which]):
            at, which = at - len(texts[which]), which + 1
            continue
        count, flags = struct.unpack_from("<HB", texts[which], at)
        at += 3
        runs = extended = 0
        if flags & 8:
            runs, = struct.unpack_from("<H", texts[which], at)
            at += 2
        if flags & 4:
            extended, = struct.unpack_from("<I", texts[which], at)
            at += 4
        lengths.append(count)
        width = 1 + (flags & 1)
        while (room := max(0, (len(texts[which]) - at) // width)) < count:
            count -= room
            which += 1
            if which == len(texts):
                return lengths
            width, at = 1 + (texts[which][0] & 1), 1
        at += count * width + 4 * runs + extended
    return lengths
