"""The one Jinja2 environment: templates escaped by default, and French forms of numbers, shares, money and dates."""

from __future__ import annotations

import os
import re
import sys
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemBytecodeCache, PackageLoader, StrictUndefined

from expectations.contract.french import NO_BREAK_SPACE, NO_VALUE, counted, number
from expectations.contract.returns import RETURNS
from warehouse.paris_days import PARIS, day_of

_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
#: what severities are called, in the singular
SEVERITY_LABELS = {"error": "erreur", "warning": "alerte", "info": "information"}
_QUOTED = re.compile(r"(?<=«[\u00a0 ])(.+?)(?=[\u00a0 ]»)")


def share(value: float | None, decimals: int = 1) -> str:
    """A share between 0 and 1 as `91,7 %`."""
    return NO_VALUE if value is None else f"{number(100 * value, decimals)}{NO_BREAK_SPACE}%"


def euros(value: float | Decimal | None, decimals: int = 0) -> str:
    """Money as `1 500 000 €`."""
    return NO_VALUE if value is None else f"{number(value, decimals)}{NO_BREAK_SPACE}€"


def day(value: date | datetime | None) -> str:
    """`24 novembre 2026`, in Europe/Paris where a time is given."""
    if value is None:
        return NO_VALUE
    if isinstance(value, datetime):
        value = day_of(value)
    first = "1ᵉʳ" if value.day == 1 else str(value.day)
    return f"{first} {_MONTHS[value.month - 1]} {value.year}"


def short_day(value: date | None) -> str:
    """`24/11/2026`."""
    return NO_VALUE if value is None else f"{value:%d/%m/%Y}"


def month(value: date | None) -> str:
    """`novembre 2026`."""
    return NO_VALUE if value is None else f"{_MONTHS[value.month - 1]} {value.year}"


def moment(value: datetime | None) -> str:
    """`24 novembre 2026 à 4 h 05`, in Europe/Paris, whose clocks a moment without a zone is of."""
    if value is None:
        return NO_VALUE
    local = value.astimezone(PARIS) if value.tzinfo else value
    return f"{day(local)} à {local.hour}{NO_BREAK_SPACE}h{NO_BREAK_SPACE}{local.minute:02d}"


def kind_title(kind: str | None) -> str:
    """The French title of a kind of return: `dépenses justifiées`; the kind itself where the contract has none of that name."""
    contract = RETURNS.get(kind or "")
    return contract.title[:1].lower() + contract.title[1:] if contract else kind or ""


def return_name(kind: str | None) -> str:
    """`retour « dépenses justifiées »`."""
    return f"retour «{NO_BREAK_SPACE}{kind_title(kind)}{NO_BREAK_SPACE}»"


def quotations(text: str) -> list[str]:
    """A sentence cut at its « quotations »: every second part is one, so that an Arabic name turns nothing else."""
    return _QUOTED.split(text)


def _compiled_before() -> FileSystemBytecodeCache | None:
    """What Jinja compiled in earlier processes, beside what Python did and under its rules: a third of a second a night.

    None where Python has been told to keep nothing, or the user of the service may not write there.
    """
    folder = Path(__file__).with_name("__pycache__")
    writable = not sys.dont_write_bytecode and os.access(folder, os.W_OK)
    return FileSystemBytecodeCache(str(folder), f"%s.{sys.implementation.cache_tag}.jinja") if writable else None


@cache
def templates() -> Environment:
    """The environment; templates lie in transforms/pages/templates. A name that is not given is an error."""
    environment = Environment(
        loader=PackageLoader("transforms.pages"),
        autoescape=lambda name: not (name or "").endswith(".txt.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=_compiled_before(),
    )
    environment.filters |= {"number": number, "share": share, "euros": euros, "day": day, "moment": moment}
    environment.filters |= {"quotations": quotations, "kind_title": kind_title, "return_name": return_name}
    environment.globals |= {"counted": counted}
    return environment


def compile_all() -> None:
    """Compile every template and keep it, where that may be written: what the installation does for users who may not."""
    for name in templates().list_templates(extensions=["j2"]):
        templates().get_template(name)


def as_in_template(text: str) -> str:
    """The text as HTML, escaped as `{{ text }}` is in a template."""
    return str(templates().filters["escape"](text))
