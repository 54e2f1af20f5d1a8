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

    Quantities are first all cells, then differences: the rests of wholes, and changes since earlier releases. A point is a
    witness only of what is hidden where it differs from the start. `hidden` says which cells are; the caller keeps it up to date.

    Args:
        start: the values of all cells.
        hidden: the cells that are hidden.
        earlier: the cells of earlier releases.
        highest: for sensitive cells up to which value they must seem possible, -1 for the others.
        rests: what is missing from wholes, and sensitive, as a row of part and whole each.
        changes: what may have changed by a few, as a row of the earlier and the later cell each.
    """

    def __init__(
        self, start: Floats, hidden: Flags, earlier: Flags, highest: Numbers, rests: Numbers, changes: Numbers
    ) -> None:
        self.differences = np.concatenate([rests, changes])
        cells, number = len(start), len(self.differences)
        places = (np.repeat(np.arange(number), 2), self.differences.ravel())
        differences = sparse.csr_matrix((np.tile([-1.0, 1.0], number), places), shape=(number, cells))
        self.of = sparse.vstack([sparse.eye_array(cells), differences]).tocsr()
        self.start, self.hidden = start, hidden
        self.at_start: Floats = self.of @ start
        self.low, self.high = self.at_start.copy(), self.at_start.copy()
        self._seen = Seen(self.of)
        self._earlier = np.concatenate([earlier, np.zeros(number, dtype=bool)])
        self._highest = np.concatenate([highest, np.full(len(rests), SMALL), np.full(len(changes), -1)])
        self._change = np.arange(cells + number) >= cells + len(rests)
        self._width = np.where(self._change, SMALL, LEAST_WIDTH)
        #: changes that are none, and can be none: that is no secret
        self._still = np.zeros(cells + number, dtype=bool)
        #: whether there are witnesses that do not count, as they move what has been published
        self._are_set_aside = False

    def publish(self, cells: Numbers) -> tuple[Floats, Floats, Flags]:
        """Take cells for published, without the witnesses in which they move; gives what `hide` needs to undo it."""
        before = self.low, self.high, self._still.copy()
        self.hidden[cells] = False
        low, high = self._seen.within(self.hidden)
        self.low, self.high = self.at_start + low, self.at_start + high
        self._are_set_aside = True
        return before

    def hide_too(self, cells: Flags) -> None:
        """Hide some cells more; witnesses that were set aside count again if only hidden cells move in them."""
        self.hidden |= cells
        if self._are_set_aside:
            low, high = self._seen.within(self.hidden)
            self.low, self.high = np.minimum(self.low, self.at_start + low), np.maximum(self.high, self.at_start + high)

    def hide(self, cells: Numbers, before: tuple[Floats, Floats, Flags]) -> None:
        """Take them for hidden again; what has been seen to move meanwhile can do so."""
        self.hidden[cells] = True
        self.low, self.high = np.minimum(self.low, before[0]), np.maximum(self.high, before[1])
        self._still = before[2]

    def settle(self) -> None:
        """What is published stays so."""
        self._seen.forget(self.hidden)
        self._are_set_aside = False

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
        return np.concatenate([self.hidden, self.hidden[self.differences].any(axis=1)])

    @property
    def open(self) -> Flags:
        """The quantities of which it has not been proven yet."""
        holds_small = (self.low <= EXACT) & (self.high >= np.where(self._earlier, SMALL, self._highest) - EXACT)
        wide = self.high - self.low >= self._width - EXACT
        wide |= self._change & ((self.high > SMALL + 1 - EXACT) | (self.low < EXACT - SMALL - 1)) | self._still & self._at_rest
        fine = np.where(self._earlier, holds_small | wide, np.where(self._highest >= 0, holds_small, wide))
        return self.wanted & ~fine

    @property
    def _at_rest(self) -> Flags:
        return self._change & (self.low > -EXACT) & (self.high < EXACT)

    @property
    def at_rest(self) -> Numbers:
        """The changes that have not been seen to be any."""
        return np.flatnonzero(self.wanted & self._at_rest)

    def take_for_still(self, which: Numbers | None = None) -> None:
        """What has been looked for (everything, if not given) and is at rest cannot move, until it is seen to."""
        if which is None:
            self._still = self._at_rest
        else:
            self._still[which] = self._at_rest[which]

    def is_change(self, quantity: int) -> bool:
        """Whether it is a change: one that can only be none is no secret, so it may be proven again when less can move."""
        return bool(self._change[quantity])

    def far(self, which: Numbers, upwards: Flags) -> Floats:
        """How far from the start each of some quantities has to come, upwards or downwards; 0 where it need not."""
        must_hold = (self._highest[which] >= 0) & ~self._earlier[which]
        start, low, high = self.at_start[which], self.low[which], self.high[which]
        highest = self._highest[which]
        up = np.where(must_hold, np.where(high >= highest - EXACT, 0, highest - start), low + self._width[which] - start)
        down = np.where(must_hold, np.where(low <= EXACT, 0, start), start - high + self._width[which])
        # a count is not below 0, so what is missing must be gained upwards
        down = np.where(which < len(self.start), np.minimum(down, start), down)
        return np.where(upwards, up, np.maximum(down, 0.0))

    def goals(self, which: Numbers, upwards: Flags) -> tuple[Goals, Numbers]:
        """The quantities that have to move in these directions, and which they are."""
        far = self.far(which, upwards)
        moving = far > EXACT
        direction = np.where(upwards, 1.0, -1.0)
        return Goals(self.of[which[moving]], direction[moving], far[moving]), which[moving]
