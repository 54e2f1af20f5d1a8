"""What spreadsheets and people do to whole files: the mishaps of the demo."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date
from random import Random

_FIRST_NAMES = ("Inès", "Léo", "Chloé", "Mehdi", "Zoé", "Noah", "Éléonore", "Théo", "Fatou", "Axel", "Maïlys", "Hugo")
_LAST_NAMES = ("DEVAUCHEL", "LEPINOY", "CARTIGNIE", "VANROBEECK", "DUMOULINEL", "BRASSARTE", "WIELANDRE", "HOCQUEZ")


def empty_workbook(text: str) -> bytes:
    """An Excel workbook without a return in it, under the name of a CSV. The same bytes every time."""
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>',
        "xl/worksheets/sheet1.xml": f"<worksheet><sheetData><row><c><is><t>{text}</t></is></c></row></sheetData></worksheet>",
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), content)
    return stream.getvalue()


def decoded_twice(data: bytes) -> bytes:
    """UTF-8 opened as Windows-1252 and saved as UTF-8 again: é becomes Ã©."""
    text = data.decode("utf-8-sig").encode("utf-8").decode("cp1252", errors="replace")
    return b"\xef\xbb\xbf" + text.encode("utf-8")


def _by_line(data: bytes, change: Callable[[int, list[str]], list[str]]) -> bytes:
    """Change the cells of a file without quotes, line by line; line 0 is the header."""
    bom, text = data[:3], data[3:].decode("utf-8")
    lines = [line.split(";") for line in text.removesuffix("\r\n").split("\r\n")]
    return bom + "".join(";".join(change(n, cells)) + "\r\n" for n, cells in enumerate(lines)).encode("utf-8")


def with_names(data: bytes, rng: Random) -> bytes:
    """Two columns with the names of the learners, which nobody asked for."""

    def change(n: int, cells: list[str]) -> list[str]:
        names = [rng.choice(_LAST_NAMES), rng.choice(_FIRST_NAMES)] if n else ["Nom", "Prénom"]
        return [*cells[:3], *names, *cells[3:]]

    return _by_line(data, change)


def without_zeros(data: bytes) -> bytes:
    """Commune codes of the Aisne without their leading zero, as a spreadsheet shows numbers."""
    return re.sub(rb";0(\d{4})(?=;)", rb";\1", data)


def excel_dates(data: bytes, place: int) -> bytes:
    """Three dates of five as the numbers that Excel keeps inside."""

    def change(n: int, cells: list[str]) -> list[str]:
        if n and n % 5 < 3:
            day = date(*map(int, reversed(cells[place].split("/"))))
            cells[place] = str((day - date(1899, 12, 30)).days)
        return cells

    return _by_line(data, change)
