"""The French of whatever is told: numbers, counts that agree with what they count, and spaces that keep signs on their line."""

from __future__ import annotations

import re
from decimal import Decimal

NARROW_SPACE, NO_BREAK_SPACE = "\u202f", "\u00a0"
NO_VALUE = "–"
_BEFORE = re.compile(r" ([:;?!»€%])")
_THOUSANDS = re.compile(r"(?<=[0-9]) (?=[0-9]{3}\b)")
_UNIT = re.compile(r"(?<=[0-9]) (?=(?:h|Mo|ans?|mois|jours?|caractères)\b)")
_TAG_OR_NAME = re.compile(r"<(style|script|code|bdi|title)\b.*?</\1>|<[^>]*>|(?P<text>[^<]+)", re.DOTALL)


def number(value: float | Decimal | None, decimals: int = 0) -> str:
    """`1 234,5`: thousands apart, a decimal comma; a dash for nothing."""
    if value is None:
        return NO_VALUE
    return f"{value:,.{decimals}f}".replace(",", NARROW_SPACE).replace(".", ",")


def counted(count: int, one: str, many: str) -> str:
    """`1 ligne`, `12 lignes`; French counts 0 as one."""
    return f"{number(count)} {one if count < 2 else many}"


def with_french_spaces(text: str) -> str:
    """French spaces: a sign such as `:` or `»` never starts a line, nor `«` end one, nor is a number cut, or cut from its unit.

    Sentences are kept with plain spaces, and set so where they are shown: what is kept does not hang on typography.
    """
    text = _BEFORE.sub(lambda found: (NO_BREAK_SPACE if found[1] in ":»€" else NARROW_SPACE) + found[1], text)
    text = _UNIT.sub(NO_BREAK_SPACE, _THOUSANDS.sub(NARROW_SPACE, text))
    return text.replace("« ", f"«{NO_BREAK_SPACE}")


def page_with_french_spaces(html: str) -> str:
    """The page with French spaces in its text; names, programs and commands stay as they are."""
    return _TAG_OR_NAME.sub(lambda found: with_french_spaces(found[0]) if found["text"] else found[0], html)
