"""Proposes a code in the place of an unlisted text that says the same, and none where the meaning may differ."""

from __future__ import annotations

import re
from collections.abc import Mapping

from expectations.contract.codes import fold

#: what around a text changes nothing of what it says
_AROUND = " \u00a0\u202f.,;:!*\"'’«»_"
#: signs that fold() hides at an end: -1 is no 1, n° no N
_SIGNS = "-/°"
#: a minus sign, which makes another number of the one behind it
_MINUS = re.compile(r"-\s*[0-9]")
_PLAIN = re.compile(r"\w+")
_BETWEEN = re.compile(r"(?<=[A-Z])_(?=[0-9])|(?<=[0-9])_(?=[A-Z])")


def close_up(folded: str) -> str:
    """A folded text without the separators between letters and digits: `CDD_6P` is `CDD6P`."""
    return _BETWEEN.sub("", folded)


def closed_up(forms: Mapping[str, str]) -> dict[str, str]:
    """Of these folded codes and variants those of letters and digits alone, closed up, each with its code."""
    return {close_up(form): code for form, code in forms.items() if _PLAIN.fullmatch(form)}


def suggest_code(text: str, forms: Mapping[str, str], closed: Mapping[str, str]) -> str | None:
    """The code that a text means which is not on the list, as it stands; None where that is not sure.

    Args:
        text: without spaces around, in NFC.
        forms: the folded codes and variants, each with its code.
        closed: the same, as closed_up gives them.
    """
    text = text.strip(_AROUND)
    if text[:1] == "-" and text[1:].lstrip()[:1].isalpha():  # the dash of an enumeration
        text = text[1:].lstrip()
    if text != text.strip(_SIGNS):
        return None
    folded = fold(text)
    return forms.get(folded) or (None if _MINUS.search(text) else closed.get(close_up(folded)))
