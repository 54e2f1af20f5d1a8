"""Proves that quantities are uncertain by points of the system, their witnesses; of those without it finds the exact bounds.

A point shows for every quantity at once that it can have the value it has there, and two points that it can have all between. So
a few points that drive many quantities at a time prove nearly all, and only what they leave open costs two linear programs each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from transforms.disclosure_audit.outsider_knowledge import Numbers
from transforms.disclosure_audit.possible_values import Contradiction, Part, Possible, broken
from transforms.disclosure_audit.quantities import Flags, Quantities
from transforms.disclosure_audit.read_csv_files import Floats

#: so many cells are looked at in one linear program, where parts of the system are as small
_CELLS_AT_ONCE = 2000
#: after so many rounds in which nothing was proven the bounds of what is left are looked for one by one
_IDLE_ROUNDS = 3
#: where so many are left that most cannot be proven, only so many are bounded exactly: it is blocked anyway
MOST_EXACT = 200


@dataclass(frozen=True)
class Bounds:
    """What has been seen of each quantity: from `low` to `high` it can be anything. `exact`: and nothing else."""

    low: Floats
    high: Floats
    exact: Flags


class Witnesses:
    """Points of a system, and what they show of quantities.

    Args:
        system: all that the hidden counts can be.
        quantities: what must be uncertain. Their rows are over all variables, known and free.

    Raises Contradiction where the system has no point.
    """

    def __init__(self, system: Possible, quantities: Quantities) -> None:
        self.system, self.quantities = system, quantities
        self._of = sparse.csr_array(quantities.of[:, system.free])
        self._known = quantities.of @ np.nan_to_num(system.values)
        self._parts = list(system.parts(_CELLS_AT_ONCE))
        self._chance = np.random.default_rng(0)
        self.point = self._first_point()
        self.low: Floats = self._known + self._of @ self.point
        self.high = self.low.copy()
        self.exact = np.diff(self._of.indptr) == 0

    def prove(self) -> Bounds:
        """Looks for witnesses, then for the exact bounds of what has none (of MOST_EXACT at the most)."""
        idle = 0
        while idle < _IDLE_ROUNDS:
            left = self._open()
            if not left.any():
                break
            self._round(np.flatnonzero(left))
            idle = idle + 1 if self._open().sum() == left.sum() else 0
        whole = list(self.system.parts(0))
        looked_at = 0
        for place in np.flatnonzero(self._open()):
            if looked_at == MOST_EXACT:
                break
            if self._open_at(place):
                self._bound(place, whole)
                looked_at += 1
        return Bounds(self.low, self.high, self.exact)

    def bound_all(self) -> Bounds:
        """The exact bounds of every quantity: two linear programs for each."""
        whole = list(self.system.parts(0))
        for place in np.flatnonzero(~self.exact):
            self._bound(place, whole)
        return Bounds(self.low, self.high, self.exact)

    def _open(self) -> Flags:
        return ~self.quantities.held(self.low, self.high) & ~self.exact

    def _open_at(self, place: int) -> bool:
        one = slice(place, place + 1)
        return not self.quantities.only(one).held(self.low[one], self.high[one])[0]

    def _first_point(self) -> Floats:
        point = np.zeros(len(self.system.free))
        for part in self._parts:
            found = self.system.solve(np.zeros(len(part.cells)), part)
            if found is None:
                raise Contradiction(broken(self.system))
            point[part.cells] = found
        return point

    def _round(self, left: Numbers) -> None:
        """One program for each part drives what is open in it down or up, each as far as is asked and no farther."""
        down, up = self.quantities.only(left).goals(self.low[left], self.high[left])
        upward = np.where(np.isnan(down), True, np.where(np.isnan(up), False, self._chance.random(len(left)) < 0.5))
        goal = np.where(upward, up, -down) - np.where(upward, 1, -1) * self._known[left]
        wanted = sparse.csr_array(sparse.diags_array(np.where(upward, 1.0, -1.0)) @ self._of[left])
        point = self.point.copy()
        for part in self._parts:
            own = wanted[:, part.cells]
            rows = np.flatnonzero(np.diff(own.indptr) > 0)
            if len(rows):
                # what else stands in such a row lies in another part, and stays where it is
                elsewhere = wanted[rows] @ self.point - own[rows] @ self.point[part.cells]
                found = self._driven(part, own[rows], goal[rows] - elsewhere)
                if found is not None:
                    point[part.cells] = found
        self._note(point)

    def _driven(self, part: Part, wanted: sparse.csr_array, goal: Floats) -> Floats | None:
        """The point of a part that brings rows as near to their goals as can be, together."""
        cells, rows = len(part.cells), len(goal)
        weight = self._chance.uniform(0.5, 1.5, rows)
        found = self.system.reach(part, wanted, goal, weight)
        return None if found is None else found[:cells]

    def _bound(self, place: int, whole: list[Part]) -> None:
        row = self._of[[place]]
        touched = [part for part in whole if row[:, part.cells].nnz]
        for sign in (1.0, -1.0):
            point = self.point.copy()
            for part in touched:
                found = self.system.solve(sign * row[:, part.cells].toarray().ravel(), part)
                if found is None:
                    raise Contradiction(broken(self.system))
                point[part.cells] = found
            self._note(point)
        self.exact[place] = True

    def _note(self, point: Floats) -> None:
        """A witness: checked against the whole system before it is believed."""
        if self.system.fulfilled(point):
            seen = self._known + self._of @ point
            np.minimum(self.low, seen, out=self.low)
            np.maximum(self.high, seen, out=self.high)
