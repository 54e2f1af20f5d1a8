"""Reads the text of one cell once, strictly and kindly (returns.md, "Reading a value")."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from typing import Any, Protocol

from stdnum.exceptions import ValidationError
from stdnum.fr import siret as siret_number

from expectations.contract import Column, ValueType
from expectations.contract.codes import CodeList, code_list, fold

#: spaces of any kind: what str.isspace() knows, and the invisible ones that it does not
_SPACES = "".join(map(chr, [*range(0x2000, 0x2010), 0x20, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x85, 0xA0, 0x1680, 0x180E, 0x2028,
                            0x2029, 0x202F, 0x205F, 0x2060, 0x3000, 0xFEFF]))  # fmt: skip
_INNER_SPACE = f"[{_SPACES}]"
_EMPTY = frozenset({"", "nd", "nc", "n/a", "-"})
_BREAK = re.compile(r"\s*[\r\n]+\s*")

EMPTY, UNREADABLE, UNLISTED, REPAIRED = "V", "I", "L", "A"


class Places(Protocol):
    """Which communes exist (warehouse.reference.places.Places fulfils it)."""

    def commune(self, code: str) -> bool: ...
    def is_postcode(self, code: str) -> bool: ...


@dataclass(frozen=True)
class Parsed:
    """A value, or what keeps it from being one: V empty, I unreadable, L not in the list; A is read after a repair.

    `suggestion` completes the rule's sentence in French and never holds the cell's text.
    """

    value: Any
    problem: str | None = None
    suggestion: str | None = None


def parse_cell(column: Column, text: str, places: Places, calls: Collection[str]) -> Parsed:
    """The typed value of a cell. Never raises.

    Args:
        column: the column of the contract.
        text: the cell as it stands in the file.
        places: the communes that exist.
        calls: the calls for projects of the programme.
    """
    trimmed = text.strip(_SPACES)
    if trimmed.lower() in _EMPTY:
        if column.empty_means_unknown:
            return Parsed("NSP")
        return Parsed(None, None if column.optional else EMPTY)
    if column.type is ValueType.COMMUNE:
        return _commune(trimmed, places)
    if column.type is ValueType.CALL:
        return _call(trimmed, calls)
    if column.codes is not None or column.type is ValueType.YES_NO:
        return _code(column.codes or code_list("yes_no"), trimmed, column.type)
    return _READERS[column.type](trimmed)


# ------------------------------------------------------------------------------------------------------------- dates

_MIDNIGHT = r"(?:[ T]0?0:00(?::00(?:\.0+)?)?)?"
_DAY_FIRST = re.compile(rf"([0-9]{{1,2}})([/.-])([0-9]{{1,2}})\2([0-9]{{4}}){_MIDNIGHT}")
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})-([0-9]{{1,2}})-([0-9]{{1,2}}){_MIDNIGHT}")
_SHORT_YEAR = re.compile(r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2}")
_SERIAL = re.compile(r"[0-9]{5}([.,][0-9]+)?")
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


def _date(text: str) -> Parsed:
    text = re.sub(f"{_INNER_SPACE}+", " ", text)
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = int(found[1]), int(found[3]), int(found[4])
    elif found := _YEAR_FIRST.fullmatch(text):
        year, month, day = int(found[1]), int(found[2]), int(found[3])
    elif _SHORT_YEAR.fullmatch(text):
        return Parsed(None, UNREADABLE, "l'année n'a que deux chiffres")
    elif _SERIAL.fullmatch(text):
        return Parsed(None, UNREADABLE, "c'est un numéro de jour d'Excel : mettez la colonne au format date")
    else:
        return Parsed(None, UNREADABLE)
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return Parsed(None, UNREADABLE, "l'année est invraisemblable")
    try:
        return Parsed(date(year, month, day))
    except ValueError:
        hint = "le mois vient après le jour" if month > 12 >= day else "ce jour n'existe pas"
        return Parsed(None, UNREADABLE, hint)


# ----------------------------------------------------------------------------------------------------------- numbers

_CURRENCY = re.compile(rf"{_INNER_SPACE}*(?:€|EUR|euros?){_INNER_SPACE}*$", re.IGNORECASE)
_GROUPED = rf"[0-9]{{1,3}}(?:{_INNER_SPACE}[0-9]{{3}})+"
_AMOUNTS = [
    re.compile(rf"({_GROUPED}|[0-9]+)(?:[.,]([0-9]{{1,2}}))?"),
    re.compile(r"([0-9]{1,3}(?:\.[0-9]{3})+),([0-9]{1,2})"),
    re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+)\.([0-9]{1,2})"),
]
_AMBIGUOUS = re.compile(r"[0-9]{1,3}[.,][0-9]{3}")
_LONG_FRACTION = re.compile(r"[0-9 .,]*[.,][0-9]{3,}")
_WHOLE = re.compile(rf"{_GROUPED}|[0-9]+")
_LARGEST_AMOUNT, _LARGEST_WHOLE = Decimal(10) ** 12, 2**31


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


def _amount(text: str) -> Parsed:
    body = _CURRENCY.sub("", text)
    negative = False
    if found := re.fullmatch(r"\((.*)\)", body):
        negative, body = True, _CURRENCY.sub("", found[1].strip(_SPACES))
    elif body.startswith("-"):
        negative, body = True, body[1:].strip(_SPACES)
    for form in _AMOUNTS:
        if found := form.fullmatch(body):
            value = Decimal(f"{_digits(found[1])}.{(found[2] or '').ljust(2, '0')}")
            if value >= _LARGEST_AMOUNT:
                return Parsed(None, UNREADABLE, "le montant est invraisemblable")
            return Parsed(-value if negative else value)
    if _AMBIGUOUS.fullmatch(body):
        return Parsed(None, UNREADABLE, "on ne sait si le séparateur est celui des milliers ou des décimales")
    if _LONG_FRACTION.fullmatch(body):
        return Parsed(None, UNREADABLE, "il y a plus de deux décimales")
    return Parsed(None, UNREADABLE)


def _whole_number(text: str) -> Parsed:
    if not _WHOLE.fullmatch(text) or int(_digits(text)) >= _LARGEST_WHOLE:
        return Parsed(None, UNREADABLE)
    return Parsed(int(_digits(text)))


# ------------------------------------------------------------------------------------------------- codes and places


@cache
def _nearest(codes: CodeList, folded: str) -> str | None:
    close = get_close_matches(folded, codes.lookup, n=1, cutoff=0.6)
    return codes.lookup[close[0]] if close else None


def _code(codes: CodeList, text: str, kind: ValueType) -> Parsed:
    code = codes.find(text)
    if code is None:
        near = _nearest(codes, fold(text)[:80])
        return Parsed(None, UNLISTED, f"la valeur la plus proche est {near}" if near else None)
    return Parsed(code == "OUI" if kind is ValueType.YES_NO else code)


def _call(text: str, calls: Collection[str]) -> Parsed:
    folded = {fold(call): call for call in calls}
    if fold(text) in folded:
        return Parsed(folded[fold(text)])
    close = get_close_matches(fold(text)[:80], folded, n=1, cutoff=0.6)
    return Parsed(None, UNLISTED, f"la valeur la plus proche est {folded[close[0]]}" if close else None)


def _commune(text: str, places: Places) -> Parsed:
    code = text.upper()
    if places.commune(code):
        return Parsed(code)
    if re.fullmatch(r"[0-9]{4}", code) and places.commune("0" + code):
        return Parsed("0" + code, REPAIRED)
    if places.is_postcode(code) or (re.fullmatch(r"[0-9]{4}", code) and places.is_postcode("0" + code)):
        return Parsed(None, UNREADABLE, "c'est un code postal : cherchez le code INSEE de la commune")
    return Parsed(None, UNREADABLE, "ce code n'est celui d'aucune commune")


# ---------------------------------------------------------------------------------------------------- names and texts

_SCIENTIFIC = re.compile(r"[0-9]+([.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_LONGEST_ID = 64


def _siret(text: str) -> Parsed:
    if _SCIENTIFIC.fullmatch(text):
        return Parsed(None, UNREADABLE, "abîmé par le tableur : mettez la colonne au format texte et ressaisissez-le")
    digits = re.sub(rf"[{_SPACES}.]", "", text)
    if re.fullmatch(r"[0-9]{13}", digits):
        return Parsed(None, UNREADABLE, "il n'a que 13 chiffres : un zéro a sans doute été perdu au début")
    if not re.fullmatch(r"[0-9]{14}", digits):
        return Parsed(None, UNREADABLE, "un SIRET a 14 chiffres")
    try:
        return Parsed(str(siret_number.validate(digits)))
    except ValidationError:
        return Parsed(None, UNREADABLE, "la clé de contrôle est fausse : un chiffre est mal recopié")


def _id(text: str) -> Parsed:
    if len(text) > _LONGEST_ID:
        return Parsed(None, UNREADABLE, "il a plus de 64 caractères")
    return Parsed(text) if text.isprintable() else Parsed(None, UNREADABLE, "il contient des caractères invisibles")


def _text(text: str) -> Parsed:
    return Parsed(_BREAK.sub(" ", text))


def _email(text: str) -> Parsed:
    return Parsed(text) if _EMAIL.fullmatch(text) and len(text) <= 254 else Parsed(None, UNREADABLE)


def _certification_code(text: str) -> Parsed:
    found = re.fullmatch(rf"(RNCP|RS){_INNER_SPACE}*([0-9]{{1,6}})", text.upper())
    return Parsed(found[1] + found[2]) if found else Parsed(None, UNREADABLE)


def _rome(text: str) -> Parsed:
    found = re.fullmatch(r"[A-Z][0-9]{4}", text.upper())
    return Parsed(found[0]) if found else Parsed(None, UNREADABLE)


_READERS: dict[ValueType, Callable[[str], Parsed]] = {
    ValueType.DATE: _date,
    ValueType.AMOUNT: _amount,
    ValueType.WHOLE_NUMBER: _whole_number,
    ValueType.SIRET: _siret,
    ValueType.ID: _id,
    ValueType.TEXT: _text,
    ValueType.EMAIL: _email,
    ValueType.CERTIFICATION_CODE: _certification_code,
    ValueType.ROME: _rome,
}
