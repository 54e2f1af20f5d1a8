"""What is proven of each hidden count: the lowest and the highest value that it can have, as far as has been seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from transforms.publication.suppression.moves import EXACT, Goals
from transforms.publication.suppression.seen import Seen
from transforms.publication.suppression.sensitive import LEAST_WIDTH, SMALL
from transforms.publication.suppression.system import Flags, Floats, Numbers


class Proof:
    """Quantities, each with the span of the values that it has in points of the system: they are proof that it can have them.

    Quantities are first all cells, then the rests of wholes. A point is a witness only of what is hidden where it differs from
    the start. `hidden` says which cells are; the caller keeps it up to date.

    Args:
        start: the values of all cells.
        hidden: the cells that are hidden.
        earlier: the cells of earlier releases.
        highest: for sensitive cells up to which value they must seem possible, -1 for the others.
        rests: what is missing from wholes, and sensitive, as a row of part and whole each.
    """

    def __init__(self, start: Floats, hidden: Flags, earlier: Flags, highest: Numbers, rests: Numbers) -> None:
        cells, number = len(start), len(rests)
        places = (np.repeat(np.arange(number), 2), rests.ravel())
        differences = sparse.csr_matrix((np.tile([-1.0, 1.0], number), places), shape=(number, cells))
        self.of = sparse.vstack([sparse.eye_array(cells), differences]).tocsr()
        self.start, self.hidden, self.rests = start, hidden, rests
        self.at_start: Floats = self.of @ start
        self.low, self.high = self.at_start.copy(), self.at_start.copy()
        self._seen = Seen(self.of)
        self._earlier = np.concatenate([earlier, np.zeros(number, dtype=bool)])
        self._highest = np.concatenate([highest, np.full(number, SMALL)])

    def publish(self, cell: int) -> tuple[Floats, Floats]:
        """Take a cell for published, with all witnesses in which it moves; gives what `hide` needs to undo it."""
        before = self.low, self.high
        self.hidden[cell] = False
        moved, low, high = self._seen.without(cell)
        self.low, self.high = self.low.copy(), self.high.copy()
        self.low[moved], self.high[moved] = self.at_start[moved] + low, self.at_start[moved] + high
        return before

    def hide(self, cell: int, before: tuple[Floats, Floats]) -> None:
        """Take it for hidden again; what has been seen meanwhile is still so."""
        self.hidden[cell] = True
        self.low, self.high = np.minimum(self.low, before[0]), np.maximum(self.high, before[1])

    def settle(self, cell: int) -> None:
        """It stays published."""
        self._seen.drop(cell)

    def note(self, by: Floats, parts: Sequence[Floats]) -> None:
        """A point of the system: where it differs from the start, and the same in parts that are points by themselves."""
        seen = self.at_start + self.of @ by
        np.minimum(self.low, seen, out=self.low)
        np.maximum(self.high, seen, out=self.high)
        for part in parts:
            self._seen.add(part)

    @property
    def wanted(self) -> Flags:
        """The quantities of which something is to be proven."""
        return np.concatenate([self.hidden, self.hidden[self.rests].any(axis=1)])

    @property
    def open(self) -> Flags:
        """The quantities of which it has not been proven yet."""
        holds_small = (self.low <= EXACT) & (self.high >= np.where(self._earlier, SMALL, self._highest) - EXACT)
        wide = self.high - self.low >= LEAST_WIDTH - EXACT
        fine = np.where(self._earlier, holds_small | wide, np.where(self._highest >= 0, holds_small, wide))
        return self.wanted & ~fine

    def far(self, which: Numbers, upwards: Flags) -> Floats:
        """How far from the start each of some quantities has to come, upwards or downwards; 0 where it need not."""
        must_hold = (self._highest[which] >= 0) & ~self._earlier[which]
        start, low, high = self.at_start[which], self.low[which], self.high[which]
        highest = self._highest[which]
        up = np.where(must_hold, np.where(high >= highest - EXACT, 0, highest - start), low + LEAST_WIDTH - start)
        down = np.where(must_hold, np.where(low <= EXACT, 0, start), start - high + LEAST_WIDTH)
        # a count is not below 0, so what is missing must be gained upwards
        down = np.where(which < len(self.start), np.minimum(down, start), down)
        return np.where(upwards, up, np.maximum(down, 0.0))

    def goals(self, which: Numbers, upwards: Flags) -> tuple[Goals, Numbers]:
        """The quantities that have to move in these directions, and which they are."""
        far = self.far(which, upwards)
        moving = far > EXACT
        direction = np.where(upwards, 1.0, -1.0)
        return Goals(self.of[which[moving]], direction[moving], far[moving]), which[moving]
