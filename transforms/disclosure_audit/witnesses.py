"""Proves that quantities are uncertain by points of the system, their witnesses; of those without it finds the exact bounds.

A point shows for every quantity at once that it can have the value it has there, and two points that it can have all between. So
a few points that drive many quantities at a time prove nearly all, and only what they leave open costs two linear programs each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from transforms.disclosure_audit.outsider_knowledge import WIDTH, Numbers
from transforms.disclosure_audit.possible_values import Contradiction, Part, Possible, broken
from transforms.disclosure_audit.quantities import Flags, Quantities
from transforms.disclosure_audit.read_csv_files import COLUMNS, Floats

#: so many cells are looked at in one linear program, where parts of the system are as small
_CELLS_AT_ONCE = 2000
#: after so many rounds in which nothing was proven the bounds of what is left are looked for one by one
_IDLE_ROUNDS = 3
#: columns that can hardly move without one another
LINKED_COLUMNS = (
    ("entrants", "priority"), ("entrants", "leavers", "completed"),
    *((category, "priority") for category in ("women", "dropouts", "far_from_employment", "rural_residents")),
    ("qpv_residents", "disabled", "disabled_qpv", "priority"), ("leavers", "completed", "dropped_out"),
    ("leavers", "presented", "certified"), ("leavers", "eligible", "known"), ("eligible", "known", "positive"),
)
#: a walk that leaves more than this share of what was open is the last, until a program over all columns has been solved
_WORTH_WALKING = 0.7
#: after so many that are narrower than they may be no further ones are bounded exactly: the release is blocked anyway
MOST_NARROW = 200


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
        guess: values of all variables from which to begin, NaN where there is none; of no weight where they are no point.

    Raises Contradiction where the system has no point.
    """

    def __init__(self, system: Possible, quantities: Quantities, guess: Floats | None = None) -> None:
        self.system, self.quantities = system, quantities
        self._of = sparse.csr_array(quantities.of[:, system.free])
        self._known = quantities.of @ np.nan_to_num(system.values)
        self._parts = list(system.parts(_CELLS_AT_ONCE))
        self._chance = np.random.default_rng(0)
        self.point = self._first_point(guess)
        self.low: Floats = self._known + self._of @ self.point
        self.high = self.low.copy()
        self.exact = np.diff(self._of.indptr) == 0

    def prove(self) -> Bounds:
        """Looks for witnesses, then for the exact bounds of what has none, until MOST_NARROW of them are too narrow."""
        idle = 0
        while idle < _IDLE_ROUNDS and (left := self._open().sum()):
            self._walk_while_it_proves([(column,) for column in COLUMNS])
            self._walk_while_it_proves(LINKED_COLUMNS)
            if self._open().any():
                self._round()
            idle = idle + 1 if self._open().sum() == left else 0
        whole = list(self.system.parts(0))
        narrow = 0
        for place in np.flatnonzero(self._open()).tolist():
            if narrow == MOST_NARROW:
                break
            if self._open_at(place):
                self._bound(place, whole)
                narrow += self._open_at(place, exact=True)
        return Bounds(self.low, self.high, self.exact)

    def bound_all(self) -> Bounds:
        """The exact bounds of every quantity: two linear programs for each."""
        whole = list(self.system.parts(0))
        for place in np.flatnonzero(~self.exact).tolist():
            self._bound(place, whole)
        return Bounds(self.low, self.high, self.exact)

    def _walk_while_it_proves(self, blocks: Sequence[Sequence[str]]) -> None:
        left = self._open().sum()
        while left:
            self._walk(blocks)
            before, left = left, self._open().sum()
            if left > before * _WORTH_WALKING:
                break

    def _open(self) -> Flags:
        return ~self.quantities.held(self.low, self.high) & ~self.exact

    def _open_at(self, place: int, exact: bool = False) -> bool:
        one = np.array([place])
        return not self.quantities.only(one).held(self.low[one], self.high[one], exact)[0]

    def _first_point(self, guess: Floats | None) -> Floats:
        if guess is not None and (completed := self.system.completed(guess[self.system.free])) is not None:
            return completed
        point = np.zeros(len(self.system.free))
        for part in self._parts:
            found = self.system.solve(np.zeros(len(part.cells)), part)
            if found is None:
                raise Contradiction(broken(self.system))
            point[part.cells] = found
        return point

    def _walk(self, blocks: Sequence[Sequence[str]]) -> None:
        """Moves the point block by block of columns, each time towards what is open in them, while all other columns stay.

        With the others fixed nearly every inequality bounds one count alone: what is left are sums, which are solved in no time.
        """
        for block in self._chance.permutation(len(blocks)):
            cells = np.flatnonzero(np.isin(self.system.free % WIDTH, [COLUMNS.index(column) for column in blocks[block]]))
            left = np.flatnonzero(self._open())
            own = self._of[left][:, cells]
            rows = np.flatnonzero(np.diff(own.indptr))
            if not len(rows):
                continue
            sign, goal = self._aims(left[rows])
            wanted = sparse.csr_array(sparse.diags_array(sign) @ own[rows])
            elsewhere = sign * (self._of[left[rows]] @ self.point) - wanted @ self.point[cells]
            found = self.system.reach_around(self.point, cells, wanted, goal - elsewhere, self._weights(len(rows)))
            if found is not None:
                point = self.point.copy()
                point[cells] = found[: len(cells)]
                if self._note(point):
                    # now and then half the way, so that what comes next has room on both sides
                    self.point += (point - self.point) * self._chance.choice([0.5, 1.0])

    def _aims(self, left: Numbers) -> tuple[Floats, Floats]:
        """For quantities the direction in which to drive them (1 is up), and how far, that way and without what is known."""
        down, up = self.quantities.only(left).goals(self.low[left], self.high[left])
        upward = np.where(np.isnan(down), True, np.where(np.isnan(up), False, self._chance.random(len(left)) < 0.5))
        sign = np.where(upward, 1.0, -1.0)
        return sign, np.where(upward, up, -down) - sign * self._known[left]

    def _weights(self, number: int) -> Floats:
        return self._chance.uniform(0.5, 1.5, number)

    def _round(self) -> None:
        """One program for each part drives what is open in it down or up, each as far as is asked and no farther."""
        left = np.flatnonzero(self._open())
        sign, goal = self._aims(left)
        wanted = sparse.csr_array(sparse.diags_array(sign) @ self._of[left])
        point = self.point.copy()
        for part in self._parts:
            own = wanted[:, part.cells]
            rows = np.flatnonzero(np.diff(own.indptr))
            if len(rows):
                # what else stands in such a row lies in another part, and stays where it is
                elsewhere = wanted[rows] @ self.point - own[rows] @ self.point[part.cells]
                found = self.system.reach(part, own[rows], goal[rows] - elsewhere, self._weights(len(rows)))
                if found is not None:
                    point[part.cells] = found[: len(part.cells)]
        if self._note(point):
            self.point = (self.point + point) / 2

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

    def _note(self, point: Floats) -> bool:
        """A witness: checked against the whole system before it is believed. False if it is none."""
        if not self.system.fulfilled(point):
            return False
        seen = self._known + self._of @ point
        np.minimum(self.low, seen, out=self.low)
        np.maximum(self.high, seen, out=self.high)
        return True
