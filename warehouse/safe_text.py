"""Text that came from outside as it may be shown: a hostile file name stays text, on any terminal and page."""

from __future__ import annotations

import unicodedata

#: control and format characters, surrogates, what is private or unassigned, ends of lines
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
#: no signs of their own, but without them an emoji of several falls apart, and Persian is misspelt
_JOINERS = "\u200c\u200d"
_QUOTES = {ord("«"): "‹", ord("»"): "›"}


def safe_to_show(text: str) -> str:
    """The text with whatever a terminal would obey, or could not show, replaced."""
    if text.isprintable():  # as nearly all are: nothing in it is of those categories
        return text
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in _HIDDEN and c not in _JOINERS else c for c in text
    )


def safe_to_quote(text: str) -> str:
    """The text as it may stand between « and », which it cannot end."""
    return safe_to_show(text).translate(_QUOTES)
