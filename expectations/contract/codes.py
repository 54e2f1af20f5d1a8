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
_PIECE = 50


def decomposed(text: str) -> str:
    """The text in form NFKD, but for the order of combining marks.

    Made in pieces: Python sorts the marks that follow each other in a time that grows with the square of their number.
    """
    return "".join(unicodedata.normalize("NFKD", text[at : at + _PIECE]) for at in range(0, len(text), _PIECE))


def fold(text: str) -> str:
    """Text as it is compared: upper case, no accents, separators as one underscore, none around signs.

    Separators are runs of space, `_`, hyphen, apostrophe, `/`, `.` or `°`; `≥` is `>=`; `M + 3` is `M+3`.
    """
    return _fold_once(text) if len(text) <= _LONGEST_KEPT else _fold(text)


def _fold(text: str) -> str:
    plain = text
    if not text.isascii():
        plain = decomposed(text.replace("≥", ">=").replace("≤", "<="))
        plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = plain.upper()
    return _AROUND_SIGNS.sub(r"\1", _SEPARATORS.sub("_", plain)).strip("_")


_fold_once = lru_cache(maxsize=1 << 14)(_fold)  # a column of codes repeats a few texts a million times


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
