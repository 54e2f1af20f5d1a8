"""How one office writes its files: encoding, separators, titles, dates, amounts, codes; drawn for each provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

from expectations.contract import Column, Return, ValueType

NBSP = "\u00a0"
COMMENT_TITLE = "Commentaire"

Renderer = Callable[[Any], str]


@dataclass(frozen=True)
class Style:
    """One office's habits. `titles`: template, alias or capitals. `encoding`: a codec, or `mixed` for line by line."""

    encoding: str = "utf-8-sig"
    delimiter: str = ";"
    newline: str = "\r\n"
    titles: str = "template"
    dates: str = "%d/%m/%Y"
    amounts: str = "plain"
    flags: tuple[str, str, str] = ("OUI", "NON", "NSP")
    codes: str = "code"
    spaced_siret: bool = False
    quote_all: bool = False
    preamble: tuple[str, ...] = ()
    trailing: int = 0
    shuffled: bool = False
    commented: bool = False
    final_newline: bool = True
    control_z: bool = False


#: what `suivi template` and `suivi synth --dirty 0` write
PLAIN = Style()

_FLAGS = (
    ("OUI", "NON", "NSP"),
    ("oui", "non", "nsp"),
    ("Oui", "Non", "?"),
    ("O", "N", ""),
    ("1", "0", ""),
    ("x", "n", "NSP"),
)
_AMOUNTS: Mapping[str, Renderer] = {
    "plain": lambda value: f"{value:.2f}".replace(".", ","),
    "point": lambda value: f"{value:.2f}",
    "spaces": lambda value: f"{value:,.2f}".replace(",", NBSP).replace(".", ","),
    "euros": lambda value: f"{value:,.2f}".replace(",", " ").replace(".", ",") + " €",
    "dots": lambda value: f"{value:,.2f}".replace(",", "_").replace(".", ",").replace("_", "."),
    "accounting": lambda value: f"({-value:.2f})".replace(".", ",") if value < 0 else f"{value:.2f}".replace(".", ","),
}
#: levels as they were numbered before 2019; 8 and NSP have no old form
_OLD_LEVELS = {"SANS": "VI", "3": "V", "4": "IV", "5": "III", "6": "II", "7": "I"}
_SEXES = {"F": "Femme", "M": "Homme", "X": "X"}


def draw_style(rng: Random, name: str, kind: str, today: date) -> Style:
    """The habits of an office for one of its files."""
    encoding = rng.choices(("utf-8-sig", "cp1252", "utf-8", "utf-16", "mixed"), (40, 32, 16, 6, 6))[0]
    preamble: tuple[str, ...] = ()
    if rng.random() < 0.3:
        preamble = (f"Retour {kind} – Région Hauts-de-France", f"{name} – édité le {today:%d/%m/%Y}", "")
    delimiter = rng.choices((";", ",", "\t", "|"), (78, 11, 8, 3))[0]
    if not preamble and rng.random() < 0.08:
        preamble = (f"sep={delimiter}",)
    return Style(
        encoding=encoding,
        delimiter=delimiter,
        newline=rng.choices(("\r\n", "\n", "\r"), (80, 17, 3))[0],
        titles=rng.choices(("template", "alias", "capitals"), (55, 30, 15))[0],
        dates=rng.choices(("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%Y 00:00:00"), (66, 14, 8, 6, 6))[0],
        amounts=rng.choice(tuple(_AMOUNTS)),
        flags=rng.choice(_FLAGS),
        codes=rng.choices(("code", "lower", "label"), (62, 18, 20))[0],
        spaced_siret=rng.random() < 0.15,
        quote_all=rng.random() < 0.12,
        preamble=preamble,
        trailing=rng.choices((0, 1, 3), (88, 7, 5))[0],
        shuffled=rng.random() < 0.15,
        commented=rng.random() < 0.2,
        final_newline=rng.random() > 0.15,
        control_z=rng.random() < 0.04,
    )


def renderer(column: Column, style: Style) -> Renderer:
    """How that office writes a value of that column; None is an empty cell."""
    kind, codes = column.type, column.codes
    if kind is ValueType.DATE:
        return cache(lambda value: value.strftime(style.dates))  # the days of a few years, each many times
    if kind is ValueType.AMOUNT:
        return _AMOUNTS[style.amounts]
    if kind is ValueType.WHOLE_NUMBER:
        return str
    if kind in (ValueType.YES_NO, ValueType.YES_NO_UNKNOWN):
        yes, no, unknown = style.flags
        return {True: yes, False: no, "OUI": yes, "NON": no, "NSP": unknown}.__getitem__
    if kind is ValueType.SIRET and style.spaced_siret:
        return lambda value: f"{value[:3]} {value[3:6]} {value[6:9]} {value[9:]}"
    if kind is ValueType.DIPLOMA and style.codes == "lower":
        return lambda value: _OLD_LEVELS.get(value) or str(value)
    if kind is ValueType.SEX and style.codes == "label":
        return _SEXES.__getitem__
    if kind is ValueType.CODE and codes is not None and style.codes != "code":
        return codes.labels.__getitem__ if style.codes == "label" else _lower_with_spaces
    return str


def _lower_with_spaces(code: str) -> str:
    return code.replace("_", " ").capitalize()


def other_forms(column: Column, value: Any) -> list[str]:
    """Other right ways to write that value than the office's own: what one hurried person types in one cell."""
    if value is None:
        return []
    if isinstance(value, date):
        forms = ("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y")
        return [value.strftime(form) for form in forms] + [f"{value.day}/{value.month}/{value.year}"]
    if isinstance(value, Decimal):
        return [render(value) for render in _AMOUNTS.values()]
    if column.type is ValueType.YES_NO_UNKNOWN:
        return {"OUI": ["Oui", "vrai", "1"], "NON": ["n", "faux", "0"], "NSP": ["ne sait pas", "?"]}[value]
    if column.type is ValueType.CODE and column.codes is not None:
        return [value.lower(), _lower_with_spaces(value), column.codes.labels[value]]
    if column.type is ValueType.SIRET:
        return [f"{value[:3]} {value[3:6]} {value[6:9]} {value[9:]}", f"{value[:9]}.{value[9:]}"]
    return []


def titles(contract: Return, columns: list[Column], style: Style, rng: Random) -> list[str]:
    """The header that the office writes over these columns."""
    if style.titles == "alias":
        return [rng.choice(column.aliases) if column.aliases else column.header for column in columns]
    if style.titles == "capitals":
        return [column.header.upper().replace("_", " ") for column in columns]
    return [column.header for column in columns]
