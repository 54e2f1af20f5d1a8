"""The least that must move for some counts to be different: one linear problem over what is hidden, and what could be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, sparse
from scipy.sparse import csgraph

from transforms.publication.suppression.system import Flags, Floats, Numbers, System

#: counts are whole numbers: what differs by less than this is equal
EXACT = 1e-6
#: What it is worth to move a goal by one, over what moving the dearest count costs: goals come first.
_GOAL = 1e4


@dataclass(frozen=True)
class Goals:
    """What should move: each a row of `of` (a combination of cells), in a direction (1 or -1), and by how much at the most."""

    of: sparse.csr_matrix
    direction: Floats
    far: Floats


@dataclass(frozen=True)
class Move:
    """How cells differ from where they were, and the rows of `System.limits` that are broken for it (verdicts to be hidden)."""

    by: Floats
    broken: Numbers


class Mover:
    """Finds moves from one point of a system to others.

    Args:
        system: what holds of all cells.
        start: a point for which it holds.
    """

    def __init__(self, system: System, start: Floats) -> None:
        self.start = start
        self._sums, self._limits = system.sums.tocsc(), system.limits.tocsc()
        self._by_row = system.sums.tocsr()
        self._room = np.maximum(system.bounds - system.limits @ start, 0.0)
        self.active = np.ones(system.limits.shape[0], dtype=bool)

    def only_other(self, cell: int, hidden: Flags) -> int | None:
        """A hidden cell that a sum tells as soon as this one is published too; None if there is none."""
        for row in self._sums.indices[self._sums.indptr[cell] : self._sums.indptr[cell + 1]]:
            members = self._by_row.indices[self._by_row.indptr[row] : self._by_row.indptr[row + 1]]
            others = members[hidden[members] & (members != cell)]
            if len(others) == 1:
                return int(others[0])
        return None

    def split(self, by: Floats) -> list[Floats]:
        """A move as several that have no sum in common, each a move by itself."""
        cells = np.flatnonzero(by)
        joined = abs(self._sums[:, cells]).tocsr()
        limits = self._limits[:, cells].tocsr()
        while True:
            number, of_cell = csgraph.connected_components(joined.T @ joined, directed=False)
            each = sparse.csr_matrix((by[cells], (np.arange(len(cells)), of_cell)), shape=(len(cells), number))
            over = (limits @ each).tocoo()
            broken = np.unique(over.row[self.active[over.row] & (over.data > self._room[over.row] + EXACT)])
            if number == 1 or not len(broken):
                break
            # what one part takes up another makes room for: they go together
            joined = sparse.vstack([joined, abs(limits[broken])]).tocsr()
        moves = []
        for part in each.T.tocsr():
            move = np.zeros(len(by))
            move[cells[part.indices]] = part.data
            moves.append(move)
        return moves

    def move(self, free: Flags, goals: Goals, price: Floats | None = None, row_price: Floats | None = None) -> Move | None:
        """The move that brings the goals as far as can be, and costs least among those; None if nothing is reached.

        Args:
            free: the cells that may move.
            goals: what should move.
            price: for each cell what it costs to move it by one; those with none (0) are free. Without it all are.
            row_price: for each limit what it costs to break it by one; 0 for those that hold.
        """
        cells = np.flatnonzero(free)
        price_of = price[cells] if price is not None else np.zeros(len(cells))
        dear = np.flatnonzero(price_of > 0)
        sums = self._sums[:, cells].tocsr()
        sums = sums[np.diff(sums.indptr) > 0]
        limits = self._limits[:, cells].tocsr()
        touched = np.flatnonzero((np.diff(limits.indptr) > 0) & self.active)
        limits, room = limits[touched], self._room[touched]
        breakable = np.flatnonzero(row_price[touched] > 0) if row_price is not None else np.zeros(0, dtype=np.int64)
        of = (sparse.diags_array(goals.direction) @ goals.of[:, cells]).tocsr()
        n, d, b, g = len(cells), len(dear), len(breakable), len(goals.far)

        # variables: moves of cells (of dear ones upwards), of dear ones downwards, by how much limits break, goals reached
        down = sparse.csr_matrix((np.full(d, -1.0), (dear, np.arange(d))), shape=(n, d))
        give = sparse.csr_matrix((np.full(b, -1.0), (breakable, np.arange(b))), shape=(len(touched), b))
        equal = sparse.hstack([sums, sums @ down, sparse.csr_matrix((sums.shape[0], b + g))])
        at_most = sparse.vstack([
            sparse.hstack([limits, limits @ down, give, sparse.csr_matrix((len(touched), g))]),
            sparse.hstack([-of, -(of @ down), sparse.csr_matrix((g, b)), sparse.eye_array(g)]),
        ])  # fmt: skip
        low = -self.start[cells]
        low[dear] = 0.0
        least = np.concatenate([low, np.zeros(d + b + g)])
        most = np.concatenate([np.full(n, np.inf), self.start[cells][dear], np.full(b, np.inf), goals.far])
        worth = _GOAL * max(price_of.max(initial=1.0), 1.0)
        broken_price = row_price[touched][breakable] if row_price is not None else np.zeros(0)
        objective = np.concatenate([price_of, price_of[dear], broken_price, np.full(g, -worth)]) / worth
        found = optimize.linprog(
            objective, A_ub=at_most, b_ub=np.concatenate([room, np.zeros(g)]), A_eq=equal, b_eq=np.zeros(sums.shape[0]),
            bounds=np.column_stack([least, most]), method="highs-ds",
        )  # fmt: skip
        if found.x is None or found.x[n + d + b :].max(initial=0.0) <= EXACT:
            return None
        by = np.zeros(len(self.start))
        by[cells] = found.x[:n] + down @ found.x[n : n + d]
        by[np.abs(by) < EXACT / 10] = 0.0
        return Move(by, touched[breakable[found.x[n + d : n + d + b] > EXACT]])
