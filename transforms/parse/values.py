"""Reads the text of one cell once, strictly and kindly (docs/spec/returns.md, "Reading a value")."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any, Protocol

from stdnum.exceptions import ValidationError
from stdnum.fr import siret as siret_number

from expectations.contract import CellProblemKind, Column, ValueType
from expectations.contract.codes import as_kept, code_list, fold
from transforms.parse.cells import (
    DAMAGED,
    GAP,
    GAPS,
    INVISIBLE,
    SCIENTIFIC,
    SEVERAL_GAPS,
    TOO_NARROW,
    Parsed,
    formula_error,
    is_empty,
    is_too_narrow,
    unreadable,
    unwrapped,
)
from transforms.parse.dates import read_date
from transforms.parse.named_persons import names_a_person
from transforms.parse.numbers import read_amount, read_whole_number
from transforms.parse.suggest_code import closed_up, suggest_code


class Places(Protocol):
    """Which communes exist (warehouse.reference.places.Places fulfils it)."""

    def is_commune(self, code: str) -> bool:
        """Whether it is a commune's code."""

    def is_postcode(self, code: str) -> bool:
        """Whether it is a postcode and no commune's code."""

    def is_postcode_of_larger(self, code: str) -> bool:
        """Whether it is a commune's code and also the postcode of a larger commune."""


def parse_cell(column: Column, text: str, places: Places, calls: Collection[str]) -> Parsed:
    """The typed value of a cell. Never raises.

    Args:
        column: the column of the contract.
        text: the cell as it stands in the file.
        places: the communes that exist.
        calls: the calls for projects of the programme.
    """
    text = unwrapped(text)
    if is_empty(text):
        if column.empty_means_unknown:
            return Parsed("NSP")
        return Parsed(None, None if column.optional else CellProblemKind.EMPTY)
    kind = column.type
    if hint := formula_error(text):
        is_listed = kind in _LISTS or (kind not in _READERS and kind is not ValueType.COMMUNE)
        return Parsed(None, CellProblemKind.UNLISTED if is_listed else CellProblemKind.UNREADABLE, hint)
    if kind in _FROM_CELLS and is_too_narrow(text):
        return unreadable(TOO_NARROW)
    if kind is ValueType.COMMUNE:
        return _commune(text, places, column.may_be_abroad)
    parsed = _READERS[kind](text) if kind in _READERS else _listed(as_kept(text), _forms(column, calls))
    if column.must_name_nobody and parsed.value is not None and names_a_person(parsed.value):
        return Parsed(parsed.value, CellProblemKind.REPAIRED)
    return _with_proposal(column, text, calls) if parsed.problem is CellProblemKind.UNLISTED else parsed


# ------------------------------------------------------------------------------------------------------------- codes

#: These three lists are compared letter by letter. fold(), which drops signs, would take "-1" for 1 and "n°" for n.
_YES_NO: dict[str, Any] = {
    **dict.fromkeys(("oui", "o", "vrai", "true", "1", "x"), "OUI"),
    **dict.fromkeys(("non", "n", "faux", "false", "0"), "NON"),
}
_YES_NO_UNKNOWN = {**_YES_NO, **dict.fromkeys(("nsp", "ne sait pas", "?"), "NSP")}
_SEXES = {**dict.fromkeys(("f", "femme", "mme", "2"), "F"), **dict.fromkeys(("m", "h", "homme", "m.", "1"), "M"), "x": "X"}

_LISTS = {ValueType.YES_NO: "yes_no", ValueType.YES_NO_UNKNOWN: "yes_no_unknown", ValueType.SEX: "sex"}
_FOLDED_AWAY = "_-'’./°"
_LONGEST_CODE = 80


def _is_plain(text: str) -> bool:
    """False where fold() would hide a sign at an end, or turn a foreign digit into ours."""
    return text == text.strip(_FOLDED_AWAY) and (text.isascii() or not any(c > "\x7f" and c.isnumeric() for c in text))


def _listed(text: str, lookup: Mapping[str, str]) -> Parsed:
    code = lookup.get(fold(text)) if len(text) <= _LONGEST_CODE and _is_plain(text) else None
    return Parsed(code) if code else Parsed(None, CellProblemKind.UNLISTED)


def _with_proposal(column: Column, text: str, calls: Collection[str]) -> Parsed:
    """That a text is not in the list, with the code that it means if that is sure."""
    forms, code = _forms(column, calls), None
    if len(text) <= _LONGEST_CODE:
        closed = closed_up(forms) if column.type is ValueType.CALL else _closed_up_list(_list_name(column))
        code = suggest_code(as_kept(text), forms, closed)
    return Parsed(None, CellProblemKind.UNLISTED, f"écrivez {code}" if code else None)


def _list_name(column: Column) -> str:
    return column.codes.name if column.codes is not None else _LISTS[column.type]


def _forms(column: Column, calls: Collection[str]) -> Mapping[str, str]:
    """The folded codes and variants of a column's list, with the code of each."""
    return {fold(call): call for call in calls} if column.type is ValueType.CALL else code_list(_list_name(column)).lookup


@cache
def _closed_up_list(name: str) -> Mapping[str, str]:
    return closed_up(code_list(name).lookup)


def _by_the_letter(text: str, values: Mapping[str, str]) -> Parsed:
    value = values.get(SEVERAL_GAPS.sub(" ", text).lower()) if len(text) <= 20 else None
    return Parsed(value) if value else Parsed(None, CellProblemKind.UNLISTED)


def _yes_no(text: str) -> Parsed:
    read = _by_the_letter(text, _YES_NO)
    return read if read.problem else Parsed(read.value == "OUI")


def _yes_no_unknown(text: str) -> Parsed:
    return _by_the_letter(text, _YES_NO_UNKNOWN)


def _sex(text: str) -> Parsed:
    return _by_the_letter(text, _SEXES)


# ------------------------------------------------------------------------------------------------------------ places

_COMMUNE = re.compile(r"[0-9][0-9AaBb][0-9]{3}")
_FOUR_DIGITS = re.compile(r"[0-9]{4}")
_ABROAD = re.compile(r"99[0-9]{3}")
_LOST_ZERO = "un zéro manquait au début et a été rétabli : mettez la colonne au format texte"
_ALSO_POSTCODE = "c'est aussi le code postal d'une commune plus peuplée : si c'est elle, écrivez son code INSEE"
_NO_SITE = "99 désigne l'étranger : une session se tient dans une commune de France"


def _commune(text: str, places: Places, may_be_abroad: bool) -> Parsed:
    code = "0" + text if _FOUR_DIGITS.fullmatch(text) else text
    if not _COMMUNE.fullmatch(code):
        return unreadable(DAMAGED if SCIENTIFIC.fullmatch(text) else None)
    code = code.upper()
    if places.is_commune(code):
        doubts = [_LOST_ZERO] * (len(text) == 4) + [_ALSO_POSTCODE] * places.is_postcode_of_larger(code)
        return Parsed(code, CellProblemKind.REPAIRED, " ; ".join(doubts)) if doubts else Parsed(code)
    if places.is_postcode(code):
        return unreadable("c'est un code postal : cherchez le code INSEE de la commune")
    if _ABROAD.fullmatch(code):
        return Parsed(code) if may_be_abroad else unreadable(_NO_SITE)
    return unreadable("ce code n'est celui d'aucune commune")


# ---------------------------------------------------------------------------------------------------- names and texts

_BETWEEN_DIGITS = re.compile(rf"[{GAPS}{INVISIBLE}\t.]")
_SIRET = re.compile(r"[0-9]{14}")
#: a SIRET that went through a number: its last digits are zeros of the computer's, not the provider's
_FLOAT = re.compile(r"[0-9]{11,14}[.,]0{1,2}")
#: what a spreadsheet makes of a long number, and of a reference that it takes for a day: `2,4952E+19`, `01-févr`, `mai-18`
_SHOWN_NUMBER = re.compile(r"-?[0-9](?:[.,][0-9]+)?E[+-][0-9]{2,3}")
_MONTH = (
    r"(?:janv|févr|mars|avr|mai|juin|juil|août|sept|oct|nov|déc|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)\.?"
)
_SHOWN_DAY = re.compile(rf"[0-9]{{1,2}}-{_MONTH}(?:-[0-9]{{2}})?|{_MONTH}-[0-9]{{2}}")
_BREAK = re.compile("\r\n|[\n\v\f\r\x85\u2028\u2029]")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+[A-Za-z](?:[A-Za-z0-9-]{{0,61}}[A-Za-z0-9])")
_CERTIFICATION = re.compile(rf"(RNCP|RS){GAP}*([0-9]{{1,10}})", re.IGNORECASE | re.ASCII)
_ROME = re.compile(r"[A-Za-z][0-9]{4}")
LONGEST_ID, _LONGEST_LOCAL, _LONGEST_EMAIL = 64, 64, 254


def _siret(text: str) -> Parsed:
    if SCIENTIFIC.fullmatch(text) or _FLOAT.fullmatch(text):
        return unreadable(DAMAGED)
    digits = _BETWEEN_DIGITS.sub("", text)
    if not _SIRET.fullmatch(digits):
        hints = {13: "il n'a que 13 chiffres : un zéro initial a sans doute été perdu", 9: "c'est un SIREN, de 9 chiffres"}
        return unreadable(hints.get(len(digits)) if digits.isascii() and digits.isdigit() else None)
    try:
        return Parsed(str(siret_number.validate(digits)))
    except ValidationError:
        if digits.endswith("000"):
            return unreadable("ses derniers chiffres sont des zéros : il a été arrondi et " + DAMAGED)
        return unreadable("la clé de contrôle est fausse : un chiffre est mal recopié")


def _id(text: str) -> Parsed:
    text = as_kept(text)
    if len(text) > LONGEST_ID:
        return unreadable("il a plus de 64 caractères")
    if _SHOWN_NUMBER.fullmatch(text) or _SHOWN_DAY.fullmatch(text):
        return unreadable(DAMAGED)
    # To whoever types it a no-break space is a space. Kept apart, the same learner would have two keys in two files.
    if not text.isascii():
        text = "".join(" " if unicodedata.category(c) == "Zs" else c for c in text)
    return Parsed(text) if text.isprintable() else unreadable("il contient un saut de ligne ou un caractère invisible")


def _text(text: str) -> Parsed:
    return Parsed(_BREAK.sub(" ", as_kept(text)))


def _email(text: str) -> Parsed:
    fits = len(text) <= _LONGEST_EMAIL and text.find("@") <= _LONGEST_LOCAL and _EMAIL.fullmatch(text)
    if fits:
        return Parsed(text)
    return unreadable("une seule adresse, sans nom autour" if text.count("@") > 1 or "<" in text else None)


def _certification_code(text: str) -> Parsed:
    found = _CERTIFICATION.fullmatch(text)
    return Parsed(found[1].upper() + found[2]) if found else unreadable()


def _rome(text: str) -> Parsed:
    return Parsed(text.upper()) if _ROME.fullmatch(text) else unreadable()


_READERS: dict[ValueType, Callable[[str], Parsed]] = {
    ValueType.DATE: read_date,
    ValueType.AMOUNT: read_amount,
    ValueType.WHOLE_NUMBER: read_whole_number,
    ValueType.YES_NO: _yes_no,
    ValueType.YES_NO_UNKNOWN: _yes_no_unknown,
    ValueType.SEX: _sex,
    ValueType.SIRET: _siret,
    ValueType.ID: _id,
    ValueType.TEXT: _text,
    ValueType.EMAIL: _email,
    ValueType.CERTIFICATION_CODE: _certification_code,
    ValueType.ROME: _rome,
}
#: types whose cells a spreadsheet formats, so that a column that is too narrow hides them
_FROM_CELLS = frozenset({
    ValueType.DATE, ValueType.AMOUNT, ValueType.WHOLE_NUMBER, ValueType.SIRET, ValueType.COMMUNE, ValueType.EMAIL,
    ValueType.ID,
})  # fmt: skip
