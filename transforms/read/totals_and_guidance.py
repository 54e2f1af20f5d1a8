"""Tells a row of total, of guidance or of examples from a record: people leave them in a table, and none is meant to count."""

from __future__ import annotations

import re
from collections.abc import Sequence

from expectations.contract import Column, ValueType
from expectations.contract.codes import fold
from transforms.read.decode import is_nothing
from transforms.read.match_columns import MatchedHeader

#: how the record begins that stands for somebody erased; its first cell, and nothing else, says something
MARK = "EFFACE"

_SAYS = re.compile(
    r"\W{0,9}(?:[Ss](?:ous|OUS|/)[ _-]?)?(?:[Tt](?:otal|OTAL|otaux|OTAUX)|[Ee](?:xemples?|XEMPLES?))(?![\w-])(?P<more>.*)",
    re.DOTALL,
)
_LETTER, _DIGIT, _LONG_NUMBER = re.compile(r"[^\W\d_]"), re.compile(r"\d"), re.compile(r"\d{9}")
_WORDS = re.compile(r"[^\W\d_]{2}\W+[^\W\d_]{2}")
#: a cell with six digits may be a SIRET, however it was damaged
_LIKE_A_SIRET = re.compile(r"(?:\D*\d){6}")
#: a word with so many letters is no answer like OUI
_LONG_WORD = 6
#: nobody writes a longer hint into a cell
_LONGEST_HINT = 500


def _says_total(cell: str) -> bool:
    """Whether the first word of the cell is TOTAL, SOUS-TOTAL or EXEMPLE."""
    return _SAYS.match(cell) is not None


def _says_only_total(cell: str) -> bool:
    said = _SAYS.match(cell)
    return said is not None and _LETTER.search(said["more"]) is None


def begins_as_total(cells: Sequence[str]) -> bool:
    """Whether cells that are no record, their number being wrong, are a total: the first that is not empty says so.

    A line with a long number may be a record all the same, and one with a quote the rest of a cell.
    """
    first = next((cell for cell in cells if not is_nothing(cell)), "")
    return _says_total(first) and not any('"' in cell or _LONG_NUMBER.search(cell) for cell in cells)


class TotalsAndGuidance:
    """Knows such a row by the columns of the file.

    Only columns of the return that stand once in the file are looked at, but for the first cell: the values of the others are
    not kept in the copy that is archived, and read again a row must be what it was.
    """

    def __init__(self, header: MatchedHeader) -> None:
        self._columns = {at: column for at, column in enumerate(header.columns) if column and column not in header.twice}
        names = {column.name: at for at, column in self._columns.items()}
        self._siret = names.pop("provider_siret", None)
        self._key = [names[name] for name in header.contract.key if name in names]
        self._is_first_free = 0 not in self._columns

    def has(self, cells: Sequence[str]) -> bool:
        """Whether these cells are such a row. One with a SIRET is if its key says so, or a first cell in no column of ours."""
        for at in self._key:
            if _SAYS.match(cells[at]):
                return True
        if self._is_first_free and _says_only_total(cells[0]):
            return True
        siret = cells[self._siret] if self._siret is not None else ""
        if _LIKE_A_SIRET.match(siret[:_LONGEST_HINT]) or any(cell.startswith(MARK) for cell in cells):
            return False
        if self._is_first_free and _says_total(cells[0]):
            return True
        if any((_says_only_total if c.type is ValueType.TEXT else _says_total)(cells[at]) for at, c in self._columns.items()):
            return True
        return self._siret is not None and self._is_key_said_in_words(cells) and self._is_guidance(cells)

    def _is_key_said_in_words(self, cells: Sequence[str]) -> bool:
        """Whether the key is empty or words. Beside an empty SIRET one word may be a reference: there it takes two."""
        siret = cells[self._siret or 0]
        others = [cells[at] for at in self._key if not is_nothing(cells[at])]
        if is_nothing(siret):
            return all(_WORDS.search(cell[:_LONGEST_HINT]) for cell in others)
        return all(map(_is_words, [siret, *others])) and not siret.startswith("#")

    def _is_guidance(self, cells: Sequence[str]) -> bool:
        """Whether most cells are empty or sentences."""
        no_values = sum(is_nothing(cells[at]) or _is_sentence(column, cells[at]) for at, column in self._columns.items())
        return 2 * no_values > len(self._columns)


def _is_words(cell: str) -> bool:
    """Whether letters are more than digits."""
    return len(cell) <= _LONGEST_HINT and len(_LETTER.findall(cell)) > len(_DIGIT.findall(cell))


def _is_sentence(column: Column, cell: str) -> bool:
    """Whether a cell holds words that are no code of its column."""
    said = cell.strip()
    if not _is_words(said) or "@" in said or (column.codes is not None and fold(said) in column.codes.lookup):
        return False
    return " " in said or len(_LETTER.findall(said)) >= _LONG_WORD
