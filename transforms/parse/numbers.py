"""Reads an amount or a whole number, and tells those that could be two."""

from __future__ import annotations

import re
from decimal import Decimal

from transforms.parse.cells import DAMAGED, GAP, GAPS, SCIENTIFIC, Parsed, unreadable

_CURRENCY = "€"
_GROUPED = rf"[0-9]{{1,3}}(?:{GAP}[0-9]{{3}})+"
_AMOUNTS = [
    re.compile(rf"({_GROUPED}|[0-9]+)(?:[.,]([0-9]{{1,2}}))?"),
    re.compile(r"([0-9]{1,3}(?:\.[0-9]{3})+),([0-9]{1,2})"),
    re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+)\.([0-9]{1,2})"),
]
_AMBIGUOUS = re.compile(r"[0-9]{1,3}[.,][0-9]{3}")
_LONG_FRACTION = re.compile(rf"[0-9.,{GAPS}]*[.,][0-9]{{3,}}")
_HAS_FRACTION = re.compile(r"[0-9][.,]")
_WHOLE = re.compile(rf"{_GROUPED}|[0-9]+")
#: how the accounting format shows zero
_SHOWN_ZERO = re.compile(rf"-{GAP}*[€?¤ÛÕ\ufffd]")
#: an amount whose no-break space or € the encoding of the file does not have
_LOST_SIGN = re.compile(rf"(?=.*[?ÿÊÛÕ¤\ufffd])[-(]?[0-9][0-9.,)€?ÿÊÛÕ¤\ufffd{GAPS}]*")
_AMOUNT_DIGITS, _LARGEST_WHOLE = 12, 2**31 - 1  # DECIMAL(14,2), INTEGER


_NO_DIGIT = re.compile(r"[^0-9]")


def _digits(text: str) -> str:
    """The digits alone, without leading zeros."""
    return _NO_DIGIT.sub("", text).lstrip("0") or "0"


def _without_currency(text: str) -> str:
    return text[:-1].rstrip(GAPS) if text.endswith(_CURRENCY) else text


def read_amount(text: str) -> Parsed:
    """An amount in euros, to the cent."""
    body = _without_currency(text)
    negative = False
    if body.startswith("(") and body.endswith(")"):
        negative, body = True, _without_currency(body[1:-1].strip(GAPS))
    elif body.startswith("-"):
        negative, body = True, body[1:].lstrip(GAPS)  # the French accounting format puts spaces after the sign
    for form in _AMOUNTS:
        if found := form.fullmatch(body):
            digits = _digits(found[1])
            if len(digits) > _AMOUNT_DIGITS:
                return unreadable("le montant est invraisemblable")
            value = Decimal(f"{digits}.{(found[2] or '').ljust(2, '0')}")
            return Parsed(-value if negative else value)
    if _AMBIGUOUS.fullmatch(body):
        return unreadable("le point ou la virgule peut être celui des milliers ou des décimales")
    if _LONG_FRACTION.fullmatch(body):
        return unreadable("il y a plus de deux décimales")
    if SCIENTIFIC.fullmatch(body):
        return unreadable(DAMAGED)
    if _SHOWN_ZERO.fullmatch(text):
        return unreadable("un tiret n'est pas un montant : écrivez 0 si c'est zéro")
    lost = (
        "l'espace des milliers ou le signe € est abîmé : ressaisissez le montant, ou enregistrez l'original en classeur ou en "
        "« CSV UTF-8 »"
    )
    return unreadable(lost if _LOST_SIGN.fullmatch(text) else None)


def read_whole_number(text: str) -> Parsed:
    """A whole number from nought on."""
    if SCIENTIFIC.fullmatch(text):
        return unreadable(DAMAGED)
    if not _WHOLE.fullmatch(text):
        return unreadable("un nombre entier s'écrit sans point ni virgule" if _HAS_FRACTION.search(text) else None)
    digits = _digits(text)
    if len(digits) > 10 or int(digits) > _LARGEST_WHOLE:
        return unreadable("le nombre est invraisemblable")
    return Parsed(int(digits))
