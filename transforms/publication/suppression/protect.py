"""Hides what must be hidden beside the small counts, so that none of them can be computed from what is published."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from transforms.publication.suppression.moves import EXACT, Goals, Move, Mover
from transforms.publication.suppression.proof import Proof
from transforms.publication.suppression.system import Flags, Floats, Numbers

#: so often in a row may nothing come of a round before it is left to a wider part of the system
_PATIENCE = 3
#: up to so many quantities are proven one by one
_FEW = 4


class NotProtectable(Exception):
    """Something stays narrow whatever is hidden: earlier releases say too much of it. `cells` are the quantities."""

    def __init__(self, cells: Numbers) -> None:
        super().__init__(f"{len(cells)} hidden counts cannot be protected")
        self.cells = cells


class Protection:
    """Hides cells until everything hidden is proven to be wide enough.

    Args:
        mover, proof: over the same cells, hidden ones among them.
        column: of each cell, which count it is.
        group: of each quantity a number: of two in a group only one is helped at a time, so that the other can give way.
        price: of each cell what it costs to hide it, by one person; 0 for those that may not be.
        verdict_price: of each limit what it costs to break it; above 0 for verdicts alone.
        seed: of the directions in which cells are tried.
    """

    def __init__(
        self, mover: Mover, proof: Proof, column: Numbers, group: Numbers, price: Floats, verdict_price: Floats, seed: int = 0
    ) -> None:
        self.mover, self.proof = mover, proof
        self._column, self._group, self.price, self._verdict_price = column, group, price, verdict_price
        self._chance = np.random.default_rng(seed)
        self.solved = 0

    def protect(self, parts: Sequence[Sequence[int]]) -> None:
        """Prove what can be proven within parts of the columns, hiding where need be, each part by itself; the last is all.

        Raises NotProtectable.
        """
        self._find_still()
        for number, columns in enumerate(parts):
            is_last = number == len(parts) - 1
            part = np.isin(self._column, columns)
            self._settle(part, is_last)
            if is_last and len(rest := self._open_in(part)):
                self._settle_one_by_one(part, rest)

    def _find_still(self) -> None:
        """See which changes can be any: all upwards, all downwards, and at random."""
        for number in range(2 + _PATIENCE):
            which = self.proof.at_rest
            if not len(which):
                return
            directions = np.full(len(which), number == 0) if number < 2 else self._directions(len(which))
            goals, _ = self.proof.goals(which, directions)
            move = self._move(self.proof.hidden, goals) if len(goals.far) else None
            if move is not None:
                self._note(move)
        self.proof.take_for_still()

    def publish_again(self, cells: Numbers, known: Callable[[int], bool], most: int | None) -> Numbers:
        """Publish what need not be hidden for the rest to stay proven.

        Args:
            cells: those that are hidden and may be published, in the order in which they are tried.
            known: whether the publication of one would tell a difference that must not be told.
            most: how many problems may be solved for it; any number, if None, and then each cell that stays hidden is needed.

        Gives the cells that are published.
        """
        self._find_still()
        published: list[int] = []
        least = self.solved
        changed = True
        #: The quantity for which a cell is needed: it is for as long as that must be wide, as ever less can move. Of changes that
        #: is not so, and they are tried anew.
        needed_for: dict[int, int] = {}
        while changed:
            changed = False
            for cell in cells.tolist():
                if not self.proof.hidden[cell] or known(cell) or (cell in needed_for and self.proof.wanted[needed_for[cell]]):
                    continue
                if (other := self.mover.only_other(cell, self.proof.hidden)) is not None:
                    needed_for[cell] = other
                    continue
                if most is not None and self.solved - least >= most:
                    return np.array(published, dtype=np.int64)
                before = self.proof.publish(cell)
                unproven = self._unproven_without(cell, everywhere=most is None)
                if unproven is None:
                    self.proof.settle(cell)
                    published.append(cell)
                    changed = most is None
                else:
                    if not self.proof.is_change(unproven):
                        needed_for[cell] = unproven
                    self.proof.hide(cell, before)
        return np.array(published, dtype=np.int64)

    def _unproven_without(self, cell: int, *, everywhere: bool) -> int | None:
        """A quantity that is not proven any more, None if all are."""
        which = np.flatnonzero(self.proof.open)
        if not len(which):
            return None
        of_rest = self._column[self.proof.differences[which[which >= len(self._column)] - len(self._column)]].ravel()
        columns = {int(self._column[cell]), *of_rest.tolist(), *self._column[which[which < len(self._column)]].tolist()}
        part = np.ones_like(self.proof.hidden) if everywhere else np.isin(self._column, list(columns))
        if len(which) > _FEW:
            self.prove(part, 1)
        return self._prove_one_by_one(part, cell)

    def _prove_one_by_one(self, part: Flags, near: int) -> int | None:
        """A quantity that cannot be proven by problems within a part of the cells; what is near a cell is looked at first."""
        which = np.flatnonzero(self.proof.open)
        for one in which[np.argsort(np.abs(self._group[which] - self._group[near]), kind="stable")]:
            if not self.proof.open[one]:
                continue
            # of those that must be wide, some go down only so far, and the rest up
            for upwards in (True, False):
                if not self.proof.open[one]:
                    break
                goals, _ = self.proof.goals(np.array([one]), np.array([upwards]))
                move = self._move(part & self.proof.hidden, goals) if len(goals.far) else None
                if move is not None:
                    self._note(move)
            if part.all():
                self.proof.take_for_still(np.array([one]))
            if self.proof.open[one]:
                return int(one)
        return None

    def prove(self, part: Flags, patience: int = _PATIENCE) -> Numbers:
        """Look for witnesses within a part of the cells, without hiding anything; what remains unproven within it."""
        idle = 0
        while idle < patience and len(which := self._open_in(part)):
            goals, _ = self.proof.goals(which, self._directions(len(which)))
            move = self._move(part & self.proof.hidden, goals)
            if move is not None:
                self._note(move)
            idle = 0 if len(self._open_in(part)) < len(which) else idle + 1
        return self._open_in(part)

    def _settle(self, part: Flags, is_last: bool) -> None:
        idle = 0
        while idle < _PATIENCE:
            which = self.prove(part, 1)
            if not len(which):
                return
            before = len(which), int(self.proof.hidden.sum())
            self._hide_more(part, self._one_of_each_group(which), is_last)
            idle = 0 if (len(self._open_in(part)), int(self.proof.hidden.sum())) != before else idle + 1

    def _settle_one_by_one(self, part: Flags, which: Numbers) -> None:
        for one in which:
            tries = 0
            while self.proof.open[one] and tries < 4:
                for upwards in (True, False):
                    self._aim(part, np.array([one]), np.array([upwards]), with_verdicts=True, in_full=False)
                tries += 1
        left = self._open_in(part)
        if len(left) and len(left) < len(which):
            # what has been hidden for one may have to be protected itself
            self._settle_one_by_one(part, left)
        elif len(left) and set(left) - set(which):
            self._settle_one_by_one(part, left)
        elif len(left):
            raise NotProtectable(left)

    def _hide_more(self, part: Flags, which: Numbers, with_verdicts: bool) -> None:
        self._aim(part, which, self._directions(len(which)), with_verdicts=with_verdicts, in_full=True)

    def _aim(self, part: Flags, which: Numbers, upwards: Flags, *, with_verdicts: bool, in_full: bool) -> None:
        goals, which = self.proof.goals(which, upwards)
        if not len(which):
            return
        may_move = part & (self.proof.hidden | (self.price > 0))
        rows = self._verdict_price if with_verdicts else None
        if in_full:
            # half a way is paid for and proves nothing: left are those that can come all the way
            reach = self._move(may_move, goals, row_price=rows)
            if reach is None:
                return
            come = goals.direction * (goals.of @ reach.by) >= goals.far - EXACT
            if not come.any():
                return
            goals = Goals(goals.of[come], goals.direction[come], goals.far[come])
        move = self._move(may_move, goals, np.where(self.proof.hidden, 0.0, self.price), rows)
        if move is not None:
            self.proof.hidden |= np.abs(move.by) > EXACT
            self.mover.active[move.broken] = False
            self._note(move)

    def _move(self, free: Flags, goals: Goals, price: Floats | None = None, row_price: Floats | None = None) -> Move | None:
        self.solved += 1
        return self.mover.move(free, goals, price, row_price)

    def _note(self, move: Move) -> None:
        self.proof.note(move.by, self.mover.split(move.by))

    def _open_in(self, part: Flags) -> Numbers:
        # what is missing from a whole is helped where what is hidden of the two can move
        rests = (part & self.proof.hidden)[self.proof.differences].any(axis=1)
        return np.flatnonzero(self.proof.open & np.concatenate([part, rests]))

    def _directions(self, number: int) -> Flags:
        return self._chance.random(number) < 0.5

    def _one_of_each_group(self, which: Numbers) -> Numbers:
        shuffled = self._chance.permutation(which)
        _, first = np.unique(self._group[shuffled], return_index=True)
        return shuffled[np.sort(first)]
