"""Whether some cells look like the other records of the file, for the rare place where quotes alone cannot tell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

_DIGIT = re.compile(r"\d")
_LETTERS = re.compile(r"[^\W\d_]+")
_ENOUGH_DIGITS = 4


def _shape(cell: str) -> str:
    return _LETTERS.sub("a", _DIGIT.sub("9", cell.strip()))


class Likeness:
    """The shapes of the telling columns of a file: those (a SIRET, a date) in which most cells hold many digits."""

    def __init__(self, samples: Iterable[Sequence[str]]) -> None:
        columns: dict[int, Counter[str]] = {}
        for cells in samples:
            for column, cell in enumerate(cells):
                columns.setdefault(column, Counter())[_shape(cell)] += 1
        self._telling: dict[int, set[str]] = {}
        for column, shapes in columns.items():
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
