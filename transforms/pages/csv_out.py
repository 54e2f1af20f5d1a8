"""Writes every CSV that goes out: whatever a spreadsheet would run as a formula becomes text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

#: A spreadsheet runs a cell that starts with one of these; a leading apostrophe makes it text.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
BOM = b"\xef\xbb\xbf"


def escaped(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula, made text by a leading apostrophe; anything else as it is."""
    # Spaces before a formula are trimmed by some spreadsheets, which then run it.
    if not isinstance(value, str) or not value or not (value[0] in FORMULA_STARTS or value[0].isspace()):
        return value
    is_formula = value[0] in FORMULA_STARTS or value.lstrip().startswith(FORMULA_STARTS)
    return f"'{value}" if is_formula else value


def csv_bytes(rows: Iterable[Sequence[Any]], *, delimiter: str = ";", bom: bool = True) -> bytes:
    """Rows, the titles first, as UTF-8 with CRLF; by default what opens right in a French Excel."""
    return (BOM if bom else b"") + csv_text(rows, delimiter).encode("utf-8", "replace")


def csv_text(rows: Iterable[Sequence[Any]], delimiter: str = ";") -> str:
    """The same as a text, for those who put one together of parts."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows([escaped(cell) for cell in row] for row in rows)
    return text.getvalue()
