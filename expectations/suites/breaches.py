"""Which rows break which rules: what the suites answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from expectations.contract import GrantCaps, Return
from transforms.parse.columns import TypedRows


@dataclass(frozen=True)
class Breaches:
    """Breaches by columns, in the order of the rows, and for a row in that of the suite.

    `rows` (int64) are places among the rows that were judged, `codes` (int16) say which of `rules` each breaks.
    """

    rows: NDArray[np.int64]
    codes: NDArray[np.int16]
    rules: tuple[str, ...]

    @classmethod
    def of_rules(cls, rules: tuple[str, ...], found: Sequence[tuple[str, NDArray[np.int64]]]) -> Breaches:
        """Of broken rules, each with the rows that break it, in whatever order."""
        at = np.concatenate([np.empty(0, np.int64), *(broken for _, broken in found)])
        codes = np.repeat([rules.index(rule) for rule, _ in found], np.array([len(broken) for _, broken in found], np.int64))
        order = np.lexsort((codes, at))
        return cls(at[order], codes[order].astype(np.int16), rules)

    def between(self, start: int, stop: int) -> Breaches:
        """Those of the rows from `start` up to before `stop`, which is where the new places count from."""
        first, last = np.searchsorted(self.rows, (start, stop))
        return Breaches(self.rows[first:last] - start, self.codes[first:last], self.rules)

    def of(self, mask: NDArray[np.bool_]) -> Breaches:
        """Those of the rows for which the mask is true; places stay as they are."""
        kept = mask[self.rows]
        return Breaches(self.rows[kept], self.codes[kept], self.rules)


NO_BREACHES = Breaches(np.empty(0, np.int64), np.empty(0, np.int16), ())

#: What judges the rows of all files of one kind, as `expectations.suites.run.validate` does.
Validate: TypeAlias = Callable[[Return, TypedRows, NDArray[np.int32], Sequence[tuple[date, GrantCaps]]], Breaches]
