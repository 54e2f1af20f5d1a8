"""Hides what must be hidden beside the small counts, so that none of them can be computed from what is published."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from transforms.publication.suppression.moves import EXACT, Goals, Move, Mover
from transforms.publication.suppression.parts import Part
from transforms.publication.suppression.proof import Proof
from transforms.publication.suppression.system import Flags, Floats, Numbers

#: so often in a row may nothing come of a round before it is left to a wider part of the system
_PATIENCE = 3
#: A round that proves less than this share of what is open, but of the whole, is idle; so is one that publishes less of what it
#: tries.
_WORTH = 0.05
#: changes are seen to be any when they move by this, in persons
_A_LITTLE = 0.01
#: up to so many quantities are proven one by one
_FEW = 4
#: A count without which so many quantities are not proven near by, where not every one is tried to the end, stays hidden.
_MANY = 300


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
        #: problems that were solved, and the cells that could move in them, added up
        self.solved, self.work = 0, 0

    def protect(self, parts: Sequence[Part]) -> None:
        """Prove everything within parts, hiding where need be, each part by itself; the last is the whole.

        Raises NotProtectable.
        """
        *smaller, whole = parts
        for part in smaller or parts:
            if not part.may_hide.any() or part is whole:
                self.prove(part.cells)
        # nothing is hidden for changes that can only be none
        self._find_still()
        for part in smaller:
            if part.may_hide.any():
                self._settle(part, is_whole=False)
        self._settle(whole, is_whole=True)
        # the more is hidden the more of them can be some
        self._find_still()
        while len(rest := self._open_in(whole.cells)):
            self._settle_one_by_one(whole, rest)
            self._find_still()

    def _find_still(self) -> None:
        """See which changes can be any."""
        while len(which := self.proof.at_rest):
            of, ones = self.proof.of[which], np.ones(len(which))
            # a little each, so that what one takes up leaves room for the others
            moves = [self._move(self.proof.hidden, Goals(of, sign * ones, _A_LITTLE * ones)) for sign in (1.0, -1.0)]
            found = [move.by for move in moves if move is not None]
            if not found:
                weights = self._chance.uniform(0.5, 1.5, len(which)) * np.where(self._directions(len(which)), 1.0, -1.0)
                stirred = [self.mover.stir(self.proof.hidden, of, sign * weights) for sign in (1.0, -1.0)]
                found = [by for by in stirred if by is not None]
            for by in found:
                self.proof.note(by, self.mover.split(by))
            if not found:
                break
        self.proof.take_for_still()

    def publish_again(
        self, cells: Numbers, known: Callable[[int], bool], parts: Sequence[Part], most: int | None
    ) -> None:
        """Publish what need not be hidden for the rest to stay proven.

        Args:
            cells: those that are hidden and may be published, in the order in which they are tried.
            known: whether the publication of one would tell a difference that must not be told.
            parts: those in which the rest is proven, and what is needed hidden again, the last the whole.
            most: how much work may be done for it, in cells of problems; any, if None, and then each cell that stays hidden is
                needed.
        """
        least, left = self.work, most
        while left is None or left > 0:
            tried, published = self._publish_together(cells, known, parts)
            left = None if most is None else most - (self.work - least)
            if published <= _WORTH * tried:
                break
        if left is None or left > 0:
            self._publish_singly(cells, known, parts, left)

    def _publish_together(self, cells: Numbers, known: Callable[[int], bool], parts: Sequence[Part]) -> tuple[int, int]:
        """Publish all that may be, and hide again what is needed; gives how many were tried, and how many stay published."""
        chosen = []
        for cell in cells[self.proof.hidden[cells]].tolist():
            if not known(cell):
                self.proof.hidden[cell] = False
                chosen.append(cell)
        if not chosen:
            return 0, 0
        tried = np.array(chosen, dtype=np.int64)
        before = self.proof.publish(tried)
        is_tried = np.zeros_like(self.proof.hidden)
        is_tried[tried] = True
        try:
            self.protect([Part(part.cells, part.may_hide & is_tried) for part in parts])
        except NotProtectable:
            self.proof.hide(tried, before)
        self.proof.settle()
        return len(tried), int((~self.proof.hidden[tried]).sum())

    def _publish_singly(
        self, cells: Numbers, known: Callable[[int], bool], parts: Sequence[Part], most: int | None
    ) -> None:
        """Publish each without which everything can be proven, and what it tells; arguments as of publish_again."""
        least = self.work
        changed = True
        #: The quantity for which a cell is needed: it is for as long as that must be wide, as ever less can move. Of changes that
        #: is not so, and they are tried anew.
        needed_for: dict[int, int] = {}
        may_be_published = set(cells.tolist())
        while changed:
            changed = False
            for cell in cells.tolist():
                if not self.proof.hidden[cell] or (cell in needed_for and self.proof.wanted[needed_for[cell]]):
                    continue
                told = self.mover.told_with(cell, self.proof.hidden)
                if secret := set(told) - may_be_published:
                    needed_for[cell] = min(secret)
                    continue
                if self._tell_a_difference(told, known):
                    continue
                if most is not None and self.work - least >= most:
                    return
                before = self.proof.publish(np.array(told))
                unproven = self._unproven_without(cell, parts, to_the_end=most is None)
                if unproven is None:
                    self.proof.settle()
                    changed = most is None
                else:
                    if not self.proof.is_change(unproven):
                        needed_for[cell] = unproven
                    self.proof.hide(np.array(told), before)

    def _tell_a_difference(self, cells: list[int], known: Callable[[int], bool]) -> bool:
        """Whether publishing some cells together would tell what must not be told."""
        self.proof.hidden[cells] = False
        tell = any(known(cell) for cell in cells)
        self.proof.hidden[cells] = True
        return tell

    def _unproven_without(self, cell: int, parts: Sequence[Part], *, to_the_end: bool) -> int | None:
        """A quantity that is not proven any more, None if all are."""
        *smaller, whole = parts
        for part in smaller:
            self.prove(part.cells)
        which = np.flatnonzero(self.proof.open)
        if not to_the_end and len(which) > _MANY:
            return int(which[0])
        related = whole.cells if to_the_end else self._columns_of(cell, which)
        if len(which) > _FEW:
            self.prove(related)
        return self._prove_one_by_one(related, cell)

    def _columns_of(self, cell: int, which: Numbers) -> Flags:
        """The cells in the columns of a cell and of some quantities."""
        cells = len(self._column)
        of_differences = self._column[self.proof.differences[which[which >= cells] - cells]].ravel()
        columns = {int(self._column[cell]), *of_differences.tolist(), *self._column[which[which < cells]].tolist()}
        return np.isin(self._column, list(columns))

    def _prove_one_by_one(self, part: Flags, near: int) -> int | None:
        """A quantity that cannot be proven by problems within a part of the cells; what is near a cell is looked at first."""
        which = np.flatnonzero(self.proof.open)
        for one in which[np.argsort(np.abs(self._group[which] - self._group[near]), kind="stable")]:
            if not self.proof.open[one]:
                continue
            self._prove_alone(one, part)
            if self.proof.open[one]:
                return int(one)
        return None

    def _prove_alone(self, one: int, cells: Flags) -> None:
        """Prove a quantity by problems within some cells, or, if they are all, see that it is a change that can only be none."""
        # of those that must be wide, some go down only so far, and the rest up
        for upwards in (True, False):
            if not self.proof.open[one]:
                return
            goals, _ = self.proof.goals(np.array([one]), np.array([upwards]))
            move = self._move(cells & self.proof.hidden, goals) if len(goals.far) else None
            if move is not None:
                self._note(move)
        if cells.all():
            self.proof.take_for_still(np.array([one]))

    def prove(self, cells: Flags, least: float = _WORTH) -> Numbers:
        """Look for witnesses within some cells, without hiding anything, for as long as it proves a share of what is open.

        Gives what remains unproven within them.
        """
        which = self._open_in(cells)
        while len(which):
            goals, _ = self.proof.goals(which, self._directions(len(which)))
            move = self._move(cells & self.proof.hidden, goals)
            if move is not None:
                self._note(move)
            before, which = len(which), self._open_in(cells)
            if len(which) >= (1 - least) * before:
                break
        return which

    def _settle(self, part: Part, *, is_whole: bool) -> None:
        """Prove what can be proven within a part, hiding where need be."""
        least = 0.0 if is_whole else _WORTH
        idle, before = 0, np.inf
        while idle < _PATIENCE and len(which := self.prove(part.cells, least)):
            idle = idle + 1 if len(which) >= (1 - least) * before else 0
            before = len(which)
            helped = self._one_of_each_group(which)
            self._aim(part, helped, self._directions(len(helped)), in_full=True)

    def _settle_one_by_one(self, part: Part, which: Numbers) -> None:
        for one in which:
            if self.proof.is_change(one):
                self._prove_alone(one, part.cells)
            tries = 0
            while self.proof.open[one] and tries < 4:
                for upwards in (True, False):
                    self._aim(part, np.array([one]), np.array([upwards]), in_full=False)
                tries += 1
        left = self._open_in(part.cells)
        if len(left) and len(left) < len(which):
            # what has been hidden for one may have to be protected itself
            self._settle_one_by_one(part, left)
        elif len(left) and set(left) - set(which):
            self._settle_one_by_one(part, left)
        elif len(left):
            raise NotProtectable(left)

    def _aim(self, part: Part, which: Numbers, upwards: Flags, *, in_full: bool) -> None:
        goals, which = self.proof.goals(which, upwards)
        if not len(which):
            return
        may_move = part.cells & self.proof.hidden | part.may_hide & (self.price > 0)
        rows = self._verdict_price if part.may_hide_verdicts else None
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
            self.proof.hide_too(np.abs(move.by) > EXACT)
            self.mover.active[move.broken] = False
            self._note(move)

    def _move(self, free: Flags, goals: Goals, price: Floats | None = None, row_price: Floats | None = None) -> Move | None:
        self.solved += 1
        self.work += int(free.sum())
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
