"""Reads the text of one cell once, strictly and kindly (docs/spec/returns.md, "Reading a value")."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Protocol

from stdnum.exceptions import ValidationError
from stdnum.fr import siret as siret_number

from expectations.contract import CellProblemKind, Column, ValueType
from expectations.contract.codes import code_list, fold
from transforms.parse.suggest_code import Suggestions

#: spaces that stand inside a line: between groups of digits, around a currency sign
_GAPS = " \u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u202f\u205f\u3000"
#: not seen at all: zero-width spaces, joiners and direction marks, byte order mark
_INVISIBLE = "\u180e\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
#: what is trimmed from both ends of a cell
_SPACES = _GAPS + _INVISIBLE + "\t\n\v\f\r\x85\u2028\u2029"
_GAP = f"[{_GAPS}]"
_SEVERAL_GAPS = re.compile(f"{_GAP}+")
_EMPTY = frozenset({"", "nd", "nc", "n/a", "-"})

#: what a spreadsheet writes where it cannot show a value: `########`, `#VALEUR!`, `#N/A`, `Err:502`
_SPREADSHEET = re.compile(r"##+|(?P<formula>#[A-Z/0]{2,}\s?[!?]?|Err:[0-9]{3})")
_TOO_NARROW = "le tableur n'a écrit que des # : élargissez la colonne et exportez à nouveau"
_FORMULA = "c'est l'erreur d'une formule du tableur : corrigez la formule et exportez à nouveau"


class Places(Protocol):
    """Which communes exist (warehouse.reference.places.Places fulfils it)."""

    def is_commune(self, code: str) -> bool:
        """Whether it is a commune's code."""

    def is_postcode(self, code: str) -> bool:
        """Whether it is a postcode and no commune's code."""


@dataclass(frozen=True)
class Parsed:
    """A value, or what keeps it from being one; one that was repaired is a value and has a problem.

    `suggestion` completes the rule's sentence in French and never holds the cell's text.
    """

    value: Any
    problem: CellProblemKind | None = None
    suggestion: str | None = None


def parse_cell(
    column: Column, text: str, places: Places, calls: Collection[str], suggestions: Suggestions | None = None
) -> Parsed:
    """The typed value of a cell. Never raises.

    Args:
        column: the column of the contract.
        text: the cell as it stands in the file.
        places: the communes that exist.
        calls: the calls for projects of the programme.
        suggestions: of the file, whose budget is drawn on for an unknown code; None for a cell alone.
    """
    parsed = _parsed(column, text, places, calls)
    if parsed.problem != CellProblemKind.UNLISTED:
        return parsed
    near = (suggestions or Suggestions()).of(column.name, text.strip(_SPACES), _forms(column, calls))
    return replace(parsed, suggestion=f"la valeur la plus proche est {near}") if near else parsed


def _parsed(column: Column, text: str, places: Places, calls: Collection[str]) -> Parsed:
    trimmed = text.strip(_SPACES)
    if len(trimmed) <= 3 and trimmed.lower() in _EMPTY:
        if column.empty_means_unknown:
            return Parsed("NSP")
        return Parsed(None, None if column.optional else CellProblemKind.EMPTY)
    kind = column.type
    if trimmed[0] in "#E" and kind in _FROM_CELLS and (found := _SPREADSHEET.fullmatch(trimmed)):
        return _unreadable(_FORMULA if found["formula"] else _TOO_NARROW)
    if kind in _REPEATED:
        return (_read_once if len(trimmed) <= _LONGEST_KEPT else _read)(kind, trimmed)
    if kind is ValueType.COMMUNE:
        return _commune(trimmed, places)
    if kind is ValueType.CALL:
        return _listed(trimmed, _forms(column, calls))
    if column.codes is not None:
        return _listed(trimmed, column.codes.lookup)
    return _READERS[kind](trimmed)


def _unreadable(suggestion: str | None = None) -> Parsed:
    return Parsed(None, CellProblemKind.UNREADABLE, suggestion)


# ------------------------------------------------------------------------------------------------------------- dates

_MIDNIGHT = r"(?:[ T]0?0:00(?::00(?:\.0{1,9})?)?)?"
_DAY_FIRST = re.compile(rf"([0-9]{{1,2}})([/.-])([0-9]{{1,2}})\2([0-9]{{4}}){_MIDNIGHT}")
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})-([0-9]{{1,2}})-([0-9]{{1,2}}){_MIDNIGHT}")
#: forms that are refused, each with what is said of it; the first that fits
_NO_DATES = [
    (re.compile(rf"[0-9]{{1,2}}[/.-][0-9]{{1,2}}[/.-][0-9]{{2}}{_MIDNIGHT}"),
     "l'année n'a que deux chiffres : donnez à la colonne le format JJ/MM/AAAA dans votre tableur"),
    (re.compile(r"[0-9]{5}([.,][0-9]+)?"), "c'est un numéro de série d'Excel : mettez la colonne au format date"),
    (re.compile(rf"[0-9]{{4}}[/.][0-9]{{1,2}}[/.][0-9]{{1,2}}{_MIDNIGHT}"),
     "une date qui commence par l'année s'écrit avec des tirets"),
    (re.compile(r"[0-9]{1,4}[/.-][0-9]{1,2}[/.-][0-9]{1,4}[ T][0-9]{1,2}[:hH].*"), "une date s'écrit sans heure"),
    (re.compile(r"([^\W\d_]+\.?,? )?[0-9]{1,2}(er)?[ -][^\W\d_]{3,9}\.?[ -][0-9]{2,4}"), "le mois s'écrit en chiffres"),
]  # fmt: skip
#: a year outside is a slip of the hand: strptime would read 0026 for 26
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


def _date(text: str) -> Parsed:
    text = _SEVERAL_GAPS.sub(" ", text)
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = int(found[1]), int(found[3]), int(found[4])
    elif found := _YEAR_FIRST.fullmatch(text):
        year, month, day = int(found[1]), int(found[2]), int(found[3])
    else:
        return _unreadable(next((hint for form, hint in _NO_DATES if form.fullmatch(text)), None))
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return _unreadable("l'année est invraisemblable")
    try:
        return Parsed(date(year, month, day))
    except ValueError:
        return _unreadable("le jour vient avant le mois" if month > 12 >= day > 0 else "ce jour n'existe pas")


# ----------------------------------------------------------------------------------------------------------- numbers

_CURRENCY = "€"
_GROUPED = rf"[0-9]{{1,3}}(?:{_GAP}[0-9]{{3}})+"
_AMOUNTS = [
    re.compile(rf"({_GROUPED}|[0-9]+)(?:[.,]([0-9]{{1,2}}))?"),
    re.compile(r"([0-9]{1,3}(?:\.[0-9]{3})+),([0-9]{1,2})"),
    re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+)\.([0-9]{1,2})"),
]
_AMBIGUOUS = re.compile(r"[0-9]{1,3}[.,][0-9]{3}")
_LONG_FRACTION = re.compile(rf"[0-9.,{_GAPS}]*[.,][0-9]{{3,}}")
_SCIENTIFIC = re.compile(r"[0-9]+([.,][0-9]+)?E[+-]?[0-9]+", re.IGNORECASE | re.ASCII)
_HAS_FRACTION = re.compile(r"[0-9][.,]")
_WHOLE = re.compile(rf"{_GROUPED}|[0-9]+")
#: how the accounting format shows zero
_SHOWN_ZERO = re.compile(rf"-{_GAP}*[€?¤ÛÕ\ufffd]")
#: an amount whose no-break space or € the encoding of the file does not have
_LOST_SIGN = re.compile(rf"(?=.*[?ÿÊÛÕ¤\ufffd])[-(]?[0-9][0-9.,)€?ÿÊÛÕ¤\ufffd{_GAPS}]*")
_DAMAGED = "abîmé par un tableur (Excel) : mettez la colonne au format texte et ressaisissez la valeur"
_AMOUNT_DIGITS, _LARGEST_WHOLE = 12, 2**31 - 1  # DECIMAL(14,2), INTEGER


_NO_DIGIT = re.compile(r"[^0-9]")


def _digits(text: str) -> str:
    """The digits alone, without leading zeros."""
    return _NO_DIGIT.sub("", text).lstrip("0") or "0"


def _without_currency(text: str) -> str:
    return text[:-1].rstrip(_GAPS) if text.endswith(_CURRENCY) else text


def _amount(text: str) -> Parsed:
    body = _without_currency(text)
    negative = False
    if body.startswith("(") and body.endswith(")"):
        negative, body = True, _without_currency(body[1:-1].strip(_GAPS))
    elif body.startswith("-"):
        negative, body = True, body[1:].lstrip(_GAPS)  # the French accounting format puts spaces after the sign
    for form in _AMOUNTS:
        if found := form.fullmatch(body):
            digits = _digits(found[1])
            if len(digits) > _AMOUNT_DIGITS:
                return _unreadable("le montant est invraisemblable")
            value = Decimal(f"{digits}.{(found[2] or '').ljust(2, '0')}")
            return Parsed(-value if negative else value)
    if _AMBIGUOUS.fullmatch(body):
        return _unreadable("le point ou la virgule peut être celui des milliers ou des décimales")
    if _LONG_FRACTION.fullmatch(body):
        return _unreadable("il y a plus de deux décimales")
    if _SCIENTIFIC.fullmatch(body):
        return _unreadable(_DAMAGED)
    if _SHOWN_ZERO.fullmatch(text):
        return _unreadable("un tiret n'est pas un montant : écrivez 0 si c'est zéro")
    lost = "l'espace des milliers ou le signe € est abîmé : enregistrez le fichier en « CSV UTF-8 »"
    return _unreadable(lost if _LOST_SIGN.fullmatch(text) else None)


def _whole_number(text: str) -> Parsed:
    if _SCIENTIFIC.fullmatch(text):
        return _unreadable(_DAMAGED)
    if not _WHOLE.fullmatch(text):
        return _unreadable("un nombre entier s'écrit sans point ni virgule" if _HAS_FRACTION.search(text) else None)
    digits = _digits(text)
    if len(digits) > 10 or int(digits) > _LARGEST_WHOLE:
        return _unreadable("le nombre est invraisemblable")
    return Parsed(int(digits))


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


def _forms(column: Column, calls: Collection[str]) -> Mapping[str, str]:
    """The folded codes and variants of a column's list, with the code of each."""
    if column.type is ValueType.CALL:
        return {fold(call): call for call in calls}
    if column.codes is not None:
        return column.codes.lookup
    return code_list(_LISTS[column.type]).lookup


def _by_the_letter(text: str, values: Mapping[str, str]) -> Parsed:
    value = values.get(_SEVERAL_GAPS.sub(" ", text).lower()) if len(text) <= 20 else None
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


def _commune(text: str, places: Places) -> Parsed:
    code, problem = text, None
    if _FOUR_DIGITS.fullmatch(text):
        code, problem = "0" + text, CellProblemKind.REPAIRED
    if not _COMMUNE.fullmatch(code):
        return _unreadable(_DAMAGED if _SCIENTIFIC.fullmatch(text) else None)
    code = code.upper()
    if places.is_commune(code):
        return Parsed(code, problem)
    if places.is_postcode(code):
        return _unreadable("c'est un code postal : cherchez le code INSEE de la commune")
    return _unreadable("ce code n'est celui d'aucune commune")


# ---------------------------------------------------------------------------------------------------- names and texts

_BETWEEN_DIGITS = re.compile(rf"[{_GAPS}{_INVISIBLE}\t.]")
_SIRET = re.compile(r"[0-9]{14}")
#: a SIRET that went through a number: its last digits are zeros of the computer's, not the provider's
_FLOAT = re.compile(r"[0-9]{11,14}[.,]0{1,2}")
_BREAK = re.compile("\r\n|[\n\v\f\r\x85\u2028\u2029]")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+[A-Za-z](?:[A-Za-z0-9-]{{0,61}}[A-Za-z0-9])")
_CERTIFICATION = re.compile(rf"(RNCP|RS){_GAP}*([0-9]{{1,10}})", re.IGNORECASE | re.ASCII)
_ROME = re.compile(r"[A-Za-z][0-9]{4}")
_LONGEST_ID, _LONGEST_LOCAL, _LONGEST_EMAIL = 64, 64, 254


def _siret(text: str) -> Parsed:
    if _SCIENTIFIC.fullmatch(text) or _FLOAT.fullmatch(text):
        return _unreadable(_DAMAGED)
    digits = _BETWEEN_DIGITS.sub("", text)
    if not _SIRET.fullmatch(digits):
        hints = {13: "il n'a que 13 chiffres : un zéro initial a sans doute été perdu", 9: "c'est un SIREN, de 9 chiffres"}
        return _unreadable(hints.get(len(digits)) if digits.isascii() and digits.isdigit() else None)
    try:
        return Parsed(str(siret_number.validate(digits)))
    except ValidationError:
        return _unreadable("la clé de contrôle est fausse : un chiffre est mal recopié")


def _id(text: str) -> Parsed:
    if len(text) > _LONGEST_ID:
        return _unreadable("il a plus de 64 caractères")
    # To whoever types it a no-break space is a space. Kept apart, the same learner would have two keys in two files.
    if not text.isascii():
        text = "".join(" " if unicodedata.category(c) == "Zs" else c for c in text)
    return Parsed(text) if text.isprintable() else _unreadable("il contient un saut de ligne ou un caractère invisible")


def _text(text: str) -> Parsed:
    return Parsed(_BREAK.sub(" ", text))


def _email(text: str) -> Parsed:
    fits = len(text) <= _LONGEST_EMAIL and text.find("@") <= _LONGEST_LOCAL and _EMAIL.fullmatch(text)
    if fits:
        return Parsed(text)
    return _unreadable("une seule adresse, sans nom autour" if text.count("@") > 1 or "<" in text else None)


def _certification_code(text: str) -> Parsed:
    found = _CERTIFICATION.fullmatch(text)
    return Parsed(found[1].upper() + found[2]) if found else _unreadable()


def _rome(text: str) -> Parsed:
    return Parsed(text.upper()) if _ROME.fullmatch(text) else _unreadable()


_READERS: dict[ValueType, Callable[[str], Parsed]] = {
    ValueType.DATE: _date,
    ValueType.AMOUNT: _amount,
    ValueType.WHOLE_NUMBER: _whole_number,
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
#: types whose cells a spreadsheet computes or formats
_FROM_CELLS = frozenset({
    ValueType.DATE, ValueType.AMOUNT, ValueType.WHOLE_NUMBER, ValueType.SIRET, ValueType.COMMUNE, ValueType.EMAIL,
})  # fmt: skip
#: Types of which a file repeats a few values, so that what was read once is remembered. References and texts are all different,
#: and some are personal: they are not remembered.
_REPEATED = frozenset({
    ValueType.DATE, ValueType.WHOLE_NUMBER, ValueType.YES_NO, ValueType.YES_NO_UNKNOWN, ValueType.SEX, ValueType.SIRET,
})  # fmt: skip


#: No value of these types is longer. A longer text is not remembered, or a file of long cells would fill the memory.
_LONGEST_KEPT = 40


def _read(kind: ValueType, text: str) -> Parsed:
    return _READERS[kind](text)


_read_once = lru_cache(maxsize=1 << 15)(_read)
