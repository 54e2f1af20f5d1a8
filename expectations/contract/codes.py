"""Code lists: codes, their French labels and the variants people write, proven disjoint on loading."""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files

_SEPARATORS = re.compile(r"[\s_\-\u2010-\u2015'‘’ʼ./°\u200b-\u200f\u2060\ufeff]+")
_AROUND_SIGNS = re.compile(r"_?([+<>=])_?")
_LONGEST_KEPT = 100
_PIECE, _LONG_PIECE = 50, 500
#: hyphens, dashes and the minus sign are one to whoever types them, and a soft hyphen is only where a word may be broken
_HYPHENS = {**dict.fromkeys((*range(0x2010, 0x2016), 0x2212), "-"), 0x00AD: None}


def decomposed(text: str) -> str:
    """The text in form NFKD, but for the order of combining marks.

    Made in pieces: Python sorts the marks that follow each other in a time that grows with the square of their number.
    """
    return "".join(unicodedata.normalize("NFKD", text[at : at + _PIECE]) for at in range(0, len(text), _PIECE))


def as_kept(text: str) -> str:
    """Text as it is kept and compared: in NFC, every hyphen and dash as `-`, without soft hyphens.

    Made in pieces that begin with an ASCII character, which joins nothing before it, for the reason that decomposed() gives.
    Where 500 characters hold none, a piece ends anywhere.
    """
    if text.isascii():
        return text
    text, pieces, start = text.translate(_HYPHENS), [], 0
    while start < len(text):
        longest = start + _LONG_PIECE
        ends = (end for end in range(longest, start, -1) if text[end].isascii())
        end = len(text) if longest >= len(text) else next(ends, longest)
        pieces.append(unicodedata.normalize("NFC", text[start:end]))
        start = end
    return "".join(pieces)


def fold(text: str) -> str:
    """Text as it is compared: upper case, no accents, separators as one underscore, none around signs.

    Separators are runs of space, `_`, hyphen, apostrophe, `/`, `.` or `°`; `≥` is `>=`; `M + 3` is `M+3`.
    """
    return _fold_once(text) if len(text) <= _LONGEST_KEPT else _fold(text)


def _fold(text: str) -> str:
    plain = text
    if not text.isascii():
        plain = decomposed(text.translate(_HYPHENS).replace("≥", ">=").replace("≤", "<="))
        plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = plain.upper()
    return _AROUND_SIGNS.sub(r"\1", _SEPARATORS.sub("_", plain)).strip("_")


_fold_once = lru_cache(maxsize=1 << 14)(_fold)  # the files of a night have the same titles


@dataclass(frozen=True)
class CodeList:
    """A closed list of codes. `lookup` maps folded codes and variants to the code."""

    name: str
    labels: dict[str, str] = field(compare=False)
    lookup: dict[str, str] = field(compare=False)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes, in the order of the file."""
        return tuple(self.labels)


@cache
def code_list(name: str) -> CodeList:
    """Load code_lists/{name}.csv (columns code;label;variants, variants separated by |). Raises ValueError on a clash."""
    labels: dict[str, str] = {}
    lookup: dict[str, str] = {}
    text = (files("expectations.contract") / "code_lists" / f"{name}.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines(), delimiter=";"):
        code = row["code"]
        labels[code] = row["label"]
        for variant in [code, row["label"], *filter(None, (row["variants"] or "").split("|"))]:
            key = fold(variant)
            if lookup.setdefault(key, code) != code:
                raise ValueError(f"code list {name}: {key} means both {lookup[key]} and {code}")
    return CodeList(name, labels, lookup)
