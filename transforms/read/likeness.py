"""Whether some cells look like the other records of the file, for the rare place where quotes alone cannot tell."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import zip_longest

_DIGIT = re.compile(r"\d")
_LETTERS = re.compile(r"[^\W\d_]+")
_ASCII = bytes.maketrans((string.ascii_letters + string.digits).encode(), b"a" * 52 + b"9" * 10)
_ENOUGH_DIGITS = 4


def shape(text: str) -> str:
    """The text with a `9` for each digit and an `a` for each word; what is a shape already stays as it is."""
    if not text.isascii():
        return _LETTERS.sub("a", _DIGIT.sub("9", text))
    text = text.encode().translate(_ASCII).decode()  # the same, faster
    while "aa" in text:
        text = text.replace("aa", "a")
    return text


class Likeness:
    """The shapes of the telling columns of a file: those (a SIRET, a date) in which most cells hold many digits.

    Of a sample the shapes do as well as the cells.
    """

    def __init__(self, samples: Iterable[Sequence[str]]) -> None:
        self._telling: dict[int, set[str]] = {}
        for column, cells in enumerate(zip_longest(*samples)):
            shapes: Counter[str] = Counter()
            for cell, count in Counter(cells).items():
                if cell is not None:  # of a record with line breaks only the cells before the first are told
                    shapes[shape(cell.strip())] += count
            digits = {told for told in shapes if told.count("9") >= _ENOUGH_DIGITS}
            if digits and sum(shapes[s] for s in digits) * 10 >= shapes.total() * 6:
                self._telling[column] = digits

    def of(self, cells: Sequence[str]) -> bool | None:
        """True where at least half of the telling columns have a shape seen before; None where no column tells."""
        columns = [column for column in self._telling if column < len(cells)]
        if not columns:
            return None
        alike = sum(shape(cells[column].strip()) in self._telling[column] for column in columns)
        return alike * 2 >= len(columns)
