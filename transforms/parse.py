"""Reads the text of one cell once, strictly and kindly (returns.md, "Reading a value")."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any, Protocol

from stdnum.exceptions import ValidationError
from stdnum.fr import siret as siret_number

from expectations.contract import Column, ValueType
from expectations.contract.codes import CodeList, code_list, fold

#: spaces that stand inside a line: between groups of digits, around a currency sign
_GAPS = " \u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u202f\u205f\u3000"
#: not seen at all: zero-width spaces, joiners and direction marks, byte order mark
_INVISIBLE = "\u180e\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
#: what falls away around a cell
_SPACES = _GAPS + _INVISIBLE + "\t\n\v\f\r\x85\u2028\u2029"
_GAP = f"[{_GAPS}]"
_EMPTY = frozenset({"", "nd", "nc", "n/a", "-"})

#: what a spreadsheet writes where it cannot show a value: `########`, `#VALEUR!`, `#N/A`, `Err:502`
_SPREADSHEET = re.compile(r"##+|(?P<formula>#[A-Z/0]{2,}\s?[!?]?|Err:[0-9]{3})")
_TOO_NARROW = "le tableur n'a écrit que des # : élargissez la colonne et exportez à nouveau"
_FORMULA = "c'est l'erreur d'une formule du tableur : corrigez la formule et exportez à nouveau"

EMPTY, UNREADABLE, UNLISTED, REPAIRED = "V", "I", "L", "A"


class Places(Protocol):
    """Which communes exist (warehouse.reference.places.Places fulfils it)."""

    def commune(self, code: str) -> bool:
        """Whether it is a commune's code."""

    def is_postcode(self, code: str) -> bool:
        """Whether it is a postcode and no commune's code."""


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
    if len(trimmed) <= 3 and trimmed.lower() in _EMPTY:
        if column.empty_means_unknown:
            return Parsed("NSP")
        return Parsed(None, None if column.optional else EMPTY)
    kind = column.type
    if trimmed[0] in "#E" and kind in _FROM_CELLS and (found := _SPREADSHEET.fullmatch(trimmed)):
        return _unreadable(_FORMULA if found["formula"] else _TOO_NARROW)
    if kind in _REPEATED:
        return _read_once(kind, trimmed)
    if kind is ValueType.COMMUNE:
        return _commune(trimmed, places)
    if kind is ValueType.CALL:
        return _call(trimmed, calls)
    if column.codes is not None:
        return _code(column.codes, trimmed)
    return _READERS[kind](trimmed)


def _unreadable(suggestion: str | None = None) -> Parsed:
    return Parsed(None, UNREADABLE, suggestion)


# ------------------------------------------------------------------------------------------------------------- dates

_MIDNIGHT = r"(?:[ T]0?0:00(?::00(?:\.0{1,9})?)?)?"
_DAY_FIRST = re.compile(rf"([0-9]{{1,2}})([/.-])([0-9]{{1,2}})\2([0-9]{{4}}){_MIDNIGHT}")
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})-([0-9]{{1,2}})-([0-9]{{1,2}}){_MIDNIGHT}")
#: forms that are refused, each told by its name; the first that fits
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
    text = re.sub(f"{_GAP}+", " ", text)
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

_CURRENCY = re.compile(rf"{_GAP}*€$")
_GROUPED = rf"[0-9]{{1,3}}(?:{_GAP}[0-9]{{3}})+"
_AMOUNTS = [
    re.compile(rf"({_GROUPED}|[0-9]+)(?:[.,]([0-9]{{1,2}}))?"),
    re.compile(r"([0-9]{1,3}(?:\.[0-9]{3})+),([0-9]{1,2})"),
    re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+)\.([0-9]{1,2})"),
]
_AMBIGUOUS = re.compile(r"[0-9]{1,3}[.,][0-9]{3}")
_LONG_FRACTION = re.compile(rf"(?:[0-9.,]|{_GAP})*[.,][0-9]{{3,}}")
_SCIENTIFIC = re.compile(r"[0-9]+([.,][0-9]+)?E[+-]?[0-9]+", re.IGNORECASE | re.ASCII)
_WHOLE = re.compile(rf"{_GROUPED}|[0-9]+")
#: how the accounting format shows zero
_SHOWN_ZERO = re.compile(rf"-{_GAP}*[€?¤ÛÕ\ufffd]")
#: an amount whose no-break space or € the encoding of the file does not have
_LOST_SIGN = re.compile(rf"(?=.*[?ÿÊÛÕ¤\ufffd])[-(]?[0-9](?:[0-9.,)€?ÿÊÛÕ¤\ufffd]|{_GAP})*")
_DAMAGED = "abîmé par un tableur (Excel) : mettez la colonne au format texte et ressaisissez la valeur"
_AMOUNT_DIGITS, _LARGEST_WHOLE = 12, 2**31 - 1  # DECIMAL(14,2), INTEGER


def _digits(text: str) -> str:
    """The digits alone, without leading zeros."""
    return re.sub(r"[^0-9]", "", text).lstrip("0") or "0"


def _amount(text: str) -> Parsed:
    body = _CURRENCY.sub("", text)
    negative = False
    if body.startswith("(") and body.endswith(")"):
        negative, body = True, _CURRENCY.sub("", body[1:-1].strip(_GAPS))
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
        return _unreadable("un nombre entier s'écrit sans point ni virgule" if re.search(r"[0-9][.,]", text) else None)
    digits = _digits(text)
    if len(digits) > 10 or int(digits) > _LARGEST_WHOLE:
        return _unreadable("le nombre est invraisemblable")
    return Parsed(int(digits))


# ------------------------------------------------------------------------------------------------------------- codes

#: these three are read by the letter, where fold() would take "-1" for 1 and "n°" for n
_YES_NO: dict[str, Any] = {
    **dict.fromkeys(("oui", "o", "vrai", "true", "1", "x"), "OUI"),
    **dict.fromkeys(("non", "n", "faux", "false", "0"), "NON"),
}
_YES_NO_UNKNOWN = {**_YES_NO, **dict.fromkeys(("nsp", "ne sait pas", "?"), "NSP")}
_SEXES = {**dict.fromkeys(("f", "femme", "mme", "2"), "F"), **dict.fromkeys(("m", "h", "homme", "m.", "1"), "M"), "x": "X"}

_FOLDED_AWAY = "_-'’./°"
_LONGEST_CODE = 80


@lru_cache(maxsize=1 << 12)  # the same wrong word usually fills a column
def _nearest(folded: str, forms: tuple[tuple[str, str], ...]) -> str | None:
    """The code that was probably meant: its form stands whole in the text, begins like it, or has most letters alike."""
    if len(folded) < 2:
        return None
    matcher = SequenceMatcher(b=folded, autojunk=False)
    best, best_score = None, 0.49
    for form, code in sorted(forms, key=lambda pair: pair[0] != fold(pair[1])):  # of equals the code before its variants
        matcher.set_seq1(form)
        score = min(matcher.real_quick_ratio(), 1.0)
        begins = min(len(form), len(folded)) >= 3 and (form.startswith(folded) or folded.startswith(form))
        if begins or (len(form) >= 3 and f"_{form}_" in f"_{folded}_"):
            score = 1 + min(len(form), len(folded)) / 100 - len(form) / 10000
        elif score > best_score:  # the cheap bounds first: a column of free text is compared cell by cell
            score = matcher.ratio() if matcher.quick_ratio() > best_score else 0
        if score > best_score:
            best, best_score = code, score
    return best


def _unlisted(text: str, lookup: dict[str, str]) -> Parsed:
    near = _nearest(fold(text[:_LONGEST_CODE]), tuple(lookup.items()))
    return Parsed(None, UNLISTED, f"la valeur la plus proche est {near}" if near else None)


def _is_plain(text: str) -> bool:
    """False where fold() would hide a sign at an end, or turn a foreign digit into ours."""
    return text == text.strip(_FOLDED_AWAY) and (text.isascii() or not any(c > "\x7f" and c.isnumeric() for c in text))


def _listed(text: str, lookup: dict[str, str]) -> Parsed:
    code = lookup.get(fold(text)) if len(text) <= _LONGEST_CODE and _is_plain(text) else None
    return Parsed(code) if code else _unlisted(text, lookup)


def _code(codes: CodeList, text: str) -> Parsed:
    return _listed(text, codes.lookup)


def _call(text: str, calls: Collection[str]) -> Parsed:
    return _listed(text, {fold(call): call for call in calls})


def _by_the_letter(text: str, values: dict[str, str], codes: str) -> Parsed:
    value = values.get(re.sub(f"{_GAP}+", " ", text[:20]).lower()) if len(text) <= 20 else None
    return Parsed(value) if value else _unlisted(text, code_list(codes).lookup)


def _yes_no(text: str) -> Parsed:
    read = _by_the_letter(text, _YES_NO, "yes_no")
    return read if read.problem else Parsed(read.value == "OUI")


def _yes_no_unknown(text: str) -> Parsed:
    return _by_the_letter(text, _YES_NO_UNKNOWN, "yes_no_unknown")


def _sex(text: str) -> Parsed:
    return _by_the_letter(text, _SEXES, "sex")


# ------------------------------------------------------------------------------------------------------------ places

_COMMUNE = re.compile(r"[0-9][0-9AaBb][0-9]{3}")
_FOUR_DIGITS = re.compile(r"[0-9]{4}")


def _commune(text: str, places: Places) -> Parsed:
    code, problem = text, None
    if _FOUR_DIGITS.fullmatch(text):
        code, problem = "0" + text, REPAIRED
    if not _COMMUNE.fullmatch(code):
        return _unreadable(_DAMAGED if _SCIENTIFIC.fullmatch(text) else None)
    code = code.upper()
    if places.commune(code):
        return Parsed(code, problem)
    if places.is_postcode(code):
        return _unreadable("c'est un code postal : cherchez le code INSEE de la commune")
    return _unreadable("ce code n'est celui d'aucune commune")


# ---------------------------------------------------------------------------------------------------- names and texts

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
    digits = re.sub(rf"[{_GAPS}{_INVISIBLE}\t.]", "", text)
    if not re.fullmatch(r"[0-9]{14}", digits):
        told = {13: "il n'a que 13 chiffres : un zéro initial a sans doute été perdu", 9: "c'est un SIREN, de 9 chiffres"}
        return _unreadable(told.get(len(digits)) if re.fullmatch(r"[0-9]+", digits) else None)
    try:
        return Parsed(str(siret_number.validate(digits)))
    except ValidationError:
        return _unreadable("la clé de contrôle est fausse : un chiffre est mal recopié")


def _id(text: str) -> Parsed:
    if len(text) > _LONGEST_ID:
        return _unreadable("il a plus de 64 caractères")
    if not text.isascii():  # a no-break space is a space to who types it, or the two files of one learner would not meet
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
#: types of which a file repeats a few values; references and texts are all different and some are personal
_REPEATED = frozenset({
    ValueType.DATE, ValueType.WHOLE_NUMBER, ValueType.YES_NO, ValueType.YES_NO_UNKNOWN, ValueType.SEX, ValueType.SIRET,
})  # fmt: skip


@lru_cache(maxsize=1 << 15)
def _read_once(kind: ValueType, text: str) -> Parsed:
    return _READERS[kind](text)
