"""Whether some cells look like the other records of the file, for the rare place where quotes alone cannot tell."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import zip_longest

_DIGIT = re.compile(r"\d")
_LETTERS = re.compile(r"[^\W\d_]+")
_ASCII = str.maketrans(string.ascii_letters + string.digits, "a" * len(string.ascii_letters) + "9" * len(string.digits))
_ENOUGH_DIGITS = 4


def _shape(cell: str) -> str:
    if cell.isascii():  # the same, faster
        shape = cell.strip().translate(_ASCII)
        return _LETTERS.sub("a", shape) if "aa" in shape else shape
    return _LETTERS.sub("a", _DIGIT.sub("9", cell.strip()))


class Likeness:
    """The shapes of the telling columns of a file: those (a SIRET, a date) in which most cells hold many digits."""

    def __init__(self, samples: Iterable[Sequence[str]]) -> None:
        self._telling: dict[int, set[str]] = {}
        for column, cells in enumerate(zip_longest(*samples)):
            shapes: Counter[str] = Counter()
            for cell, count in Counter(cells).items():
                if cell is not None:  # of a record with line breaks only the cells before the first are told
                    shapes[_shape(cell)] += count
            digits = {shape for shape in shapes if shape.count("9") >= _ENOUGH_DIGITS}
            if digits and sum(shapes[s] for s in digits) * 10 >= shapes.total() * 6:
                self._telling[column] = digits

    def of(self, cells: Sequence[str]) -> bool | None:
        """True where at least half of the telling columns have a shape seen before; None where no column tells."""
        columns = [column for column in self._telling if column < len(cells)]
        if not columns:
            return None
        alike = sum(_shape(cells[column]) in self._telling[column] for column in columns)
        return alike * 2 >= len(columns)
