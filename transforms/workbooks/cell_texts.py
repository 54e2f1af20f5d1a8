"""Writes the typed cell of a workbook as the text that a CSV would have of it, by the type of its column."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from expectations.contract import Column, ValueType

#: what a cell of a workbook holds, as it was stored
Cell = int | float | str | bool | date | datetime | time | timedelta

#: A spreadsheet computes with so many digits, and shows no more.
_DIGITS = 15
#: A computed amount that is nearer to a cent than this is that cent.
_NEAR = Decimal("0.000001")
_CENT = Decimal("0.01")
_NUMBERS = frozenset({ValueType.AMOUNT, ValueType.WHOLE_NUMBER, ValueType.DATE})
_MONTHS = ("janv", "févr", "mars", "avr", "mai", "juin", "juil", "août", "sept", "oct", "nov", "déc")
#: how a spreadsheet shows an hour in a column of days: the reader of values tells it as its damage
_NO_DAY = "00-janv-00"
_NO_NUMBER = "#NOMBRE!"
_BREAK = re.compile("\r\n|[\n\r]")
#: a line break that is none of the file's
LINE_SEPARATOR = "\u2028"


def cell_text(cell: Cell, column: Column | None) -> str:
    """The text of a cell.

    Args:
        cell: as it was stored; '' where it is empty.
        column: the contract's, None where the return has no such column.
    """
    if isinstance(cell, str):
        return _BREAK.sub(LINE_SEPARATOR, cell) if "\n" in cell or "\r" in cell else cell
    kind = column.type if column is not None else None
    if isinstance(cell, bool):
        return "VRAI" if cell else "FAUX"
    if isinstance(cell, int | float):
        return _amount(cell) if kind is ValueType.AMOUNT else _number(cell, kind)
    if isinstance(cell, date):  # and datetime
        return _day(cell, kind)
    # an hour
    return _NO_DAY if kind is ValueType.ID else str(cell)


def _amount(number: float) -> str:
    """Digits with a point; what is no amount to the cent gets so many decimals that nobody takes its point for thousands."""
    if not math.isfinite(number):
        return _NO_NUMBER
    exact = Decimal(repr(number))
    cents = exact.quantize(_CENT, ROUND_HALF_EVEN) if abs(exact) < 10**20 else exact
    if abs(exact - cents) <= _NEAR:
        return f"{cents:f}"
    text = f"{exact:f}"
    return text + "0" * max(0, 4 - len(text.partition(".")[2]))


def _number(number: float, kind: ValueType | None) -> str:
    """Whole numbers as their digits, unless they have more than a spreadsheet keeps: then the last ones are not those typed."""
    if not math.isfinite(number):
        return _NO_NUMBER
    if abs(number) >= 10**_DIGITS:
        return f"{number:.{_DIGITS - 1}E}"
    if number == int(number):
        return str(int(number))
    text = f"{number:.{_DIGITS}g}"
    return text if kind in _NUMBERS or "e" in text else text.replace(".", ",")


def _day(day: date, kind: ValueType | None) -> str:
    # Fractions of a second are the computer's: days are stored as numbers with decimals.
    if isinstance(day, datetime) and (day.hour, day.minute, day.second) != (0, 0, 0):
        text = f"{day:%H:%M:%S}"
        return _as_shown(day) if kind is ValueType.ID else f"{day.year:04d}-{day.month:02d}-{day.day:02d} {text}"
    return _as_shown(day) if kind is ValueType.ID else f"{day.year:04d}-{day.month:02d}-{day.day:02d}"


def _as_shown(day: date) -> str:
    """How a spreadsheet shows a reference that it took for a day."""
    return f"{day.day:02d}-{_MONTHS[day.month - 1]}-{day.year % 100:02d}"
