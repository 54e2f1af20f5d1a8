"""What stands in a cell whatever its type: spaces around, a spreadsheet's wrapper, an empty word, an error in a value's place."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from expectations.contract import CellProblemKind
from expectations.contract.codes import as_kept
from transforms.read.formula_errors import FORMULA_ERROR, NOT_COMPUTED

#: spaces that stand inside a line: between groups of digits, around a currency sign
GAPS = " \u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u202f\u205f\u3000"
#: not seen at all: soft hyphen, zero-width spaces, joiners and direction marks, byte order mark
INVISIBLE = "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
#: what is trimmed from both ends of a cell
SPACES = GAPS + INVISIBLE + "\t\n\v\f\r\x85\u2028\u2029"
GAP = f"[{GAPS}]"
SEVERAL_GAPS = re.compile(f"{GAP}+")
#: what says that there is nothing, in any case; capitals often go without their accents
EMPTY = frozenset({"", "nd", "nc", "n/a", "-", "null", "s.o.", "néant", "neant"})
_LONGEST_EMPTY = 6
#: how a spreadsheet exports what it must keep as text
_WRAPPED = re.compile('="((?:[^"]|"")*)"')

#: what a spreadsheet writes where a column is too narrow to show its values
_HASHES = re.compile(r"##+")
TOO_NARROW = "le tableur n'a écrit que des # : élargissez la colonne et enregistrez à nouveau"
_FORMULA = "c'est l'erreur d'une formule du tableur : corrigez la formule et enregistrez à nouveau"
_NEVER_COMPUTED = (
    "cette formule n'a pas de valeur enregistrée : ouvrez le classeur dans votre tableur, recalculez-le, enregistrez-le et "
    "renvoyez-le"
)
SCIENTIFIC = re.compile(r"[0-9]+([.,][0-9]+)?E[+-]?[0-9]+", re.IGNORECASE | re.ASCII)
DAMAGED = "abîmé par un tableur (Excel) : mettez la colonne au format texte et ressaisissez la valeur"


class Parsed(NamedTuple):
    """A value, or what keeps it from being one; one that was repaired is a value and has a problem.

    `suggestion` completes the rule's sentence in French and never holds the cell's text.
    """

    value: Any
    problem: CellProblemKind | None = None
    suggestion: str | None = None


def unreadable(suggestion: str | None = None) -> Parsed:
    """What is no value of its type."""
    return Parsed(None, CellProblemKind.UNREADABLE, suggestion)


def unwrapped(text: str) -> str:
    """The text of a cell without spaces around, and out of what a spreadsheet puts it in: `="0017"` and `'0017` are 0017."""
    text = text.strip(SPACES)
    if text[:1] == "'":
        return text[1:].strip(SPACES)
    if text[:1] == "=" and (found := _WRAPPED.fullmatch(text)):
        return found[1].replace('""', '"').strip(SPACES)
    return text


def is_empty(text: str) -> bool:
    """Whether an unwrapped text says that there is nothing."""
    return len(text) <= _LONGEST_EMPTY and as_kept(text).lower() in EMPTY


def is_too_narrow(text: str) -> bool:
    """Whether an unwrapped text is all that a spreadsheet writes of a value that its column is too narrow to show."""
    return text[0] == "#" and _HASHES.fullmatch(text) is not None


def formula_error(text: str) -> str | None:
    """What is said of an unwrapped text that stands where a formula has no value; None for any other."""
    if text[0] not in "#E":
        return None
    if text == NOT_COMPUTED:
        return _NEVER_COMPUTED
    return _FORMULA if FORMULA_ERROR.fullmatch(text) else None
