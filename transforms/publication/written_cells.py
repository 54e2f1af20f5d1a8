"""How a value reads in the files of a release: for programs, and for a French spreadsheet."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from transforms.pages.csv_out import escaped
from transforms.publication.table import SYMBOL, Secret

#: shares and costs are told to so many decimals
_DECIMALS = 6


def for_programs(value: Any) -> str:
    """`0.75`, `true`, `2026-09-30`; `s` where it is hidden, nothing where there is none. No text is run as a formula."""
    if value is None:
        return ""
    if isinstance(value, Secret):
        return SYMBOL
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal | float):
        return _number(value)
    return value.isoformat() if isinstance(value, date) else str(escaped(value))


def for_french_spreadsheets(value: Any) -> str:
    """`0,75`, `VRAI`, `30/09/2026`; otherwise as for_programs."""
    if isinstance(value, bool):
        return "VRAI" if value else "FAUX"
    if isinstance(value, Decimal | float):
        return _number(value).replace(".", ",")
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else for_programs(value)


def _number(value: Decimal | float) -> str:
    # no exponent, which some readers take for a text, and the cents of money
    if isinstance(value, Decimal):
        return f"{value:f}"
    text = f"{value:.{_DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
