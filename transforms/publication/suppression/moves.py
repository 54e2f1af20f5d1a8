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
#: What moving a cell by one costs at the least: without a price a move would take with it whatever may go along, and it is points
#: in which few cells move that remain witnesses when others are published.
_LEAST_PRICE = 0.01
#: more than any change that must not be told
_A_FEW = 10.0


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

    def told_with(self, cell: int, hidden: Flags) -> list[int]:
        """The hidden cells that sums tell as soon as this one is published, which comes first.

        A provider's only action, and that action's only session, have the same counts.
        """
        told = [cell]
        for one in told:
            for row in self._sums.indices[self._sums.indptr[one] : self._sums.indptr[one + 1]]:
                members = self._by_row.indices[self._by_row.indptr[row] : self._by_row.indptr[row + 1]]
                others = [other for other in members[hidden[members]].tolist() if other not in told]
                if len(others) == 1:
                    told += others
        return told

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
            price: for each cell what it costs to move it by one, if that is more than the least; without it all cost the least.
            row_price: for each limit what it costs to break it by one; 0 for those that hold.
        """
        cells = np.flatnonzero(free)
        price_of = np.maximum(price[cells] if price is not None else 0.0, np.full(len(cells), _LEAST_PRICE))
        sums, limits, touched = self._rows_over(cells)
        room = self._room[touched]
        breakable = np.flatnonzero(row_price[touched] > 0) if row_price is not None else np.zeros(0, dtype=np.int64)
        of = (sparse.diags_array(goals.direction) @ goals.of[:, cells]).tocsr()
        n, b, g = len(cells), len(breakable), len(goals.far)

        # Variables: moves of cells upwards, and downwards, by how much limits break, goals reached. All are 0 at the start, so
        # the simplex method begins with a basis in which nothing moves, and goes no farther than it is paid for.
        give = sparse.csr_matrix((np.full(b, -1.0), (breakable, np.arange(b))), shape=(len(touched), b))
        equal = sparse.hstack([sums, -sums, sparse.csr_matrix((sums.shape[0], b + g))])
        at_most = sparse.vstack([
            sparse.hstack([limits, -limits, give, sparse.csr_matrix((len(touched), g))]),
            sparse.hstack([-of, of, sparse.csr_matrix((g, b)), sparse.eye_array(g)]),
        ])  # fmt: skip
        most = np.concatenate([np.full(n, np.inf), self.start[cells], np.full(b, np.inf), goals.far])
        worth = _GOAL * max(price_of.max(initial=1.0), 1.0)
        broken_price = row_price[touched][breakable] if row_price is not None else np.zeros(0)
        objective = np.concatenate([price_of, price_of, broken_price, np.full(g, -worth)]) / worth
        found = _solve(objective, at_most, np.concatenate([room, np.zeros(g)]), equal, most)
        if found is None or found[2 * n + b :].max(initial=0.0) <= EXACT:
            return None
        return Move(self._by(cells, found), touched[breakable[found[2 * n : 2 * n + b] > EXACT]])

    def stir(self, free: Flags, of: sparse.csr_matrix, weights: Floats) -> Floats | None:
        """A move that brings the weighted sum of some combinations of cells as far up as can be; None if none of them moves.

        Where a sum of random weights moves neither up nor down none of the combinations can move, but by chance.

        Args:
            free: the cells that may move, each by a few at the most.
            of: the combinations, a row each.
            weights: of each.
        """
        cells = np.flatnonzero(free)
        sums, limits, touched = self._rows_over(cells)
        worth = weights @ of[:, cells]
        most = np.concatenate([np.full(len(cells), _A_FEW), np.minimum(self.start[cells], _A_FEW)])
        found = _solve(
            np.concatenate([-worth, worth]), sparse.hstack([limits, -limits]), self._room[touched],
            sparse.hstack([sums, -sums]), most,
        )  # fmt: skip
        by = self._by(cells, found) if found is not None else np.zeros(len(self.start))
        return by if np.abs(of @ by).max(initial=0.0) > EXACT else None

    def _rows_over(self, cells: Numbers) -> tuple[sparse.csr_matrix, sparse.csr_matrix, Numbers]:
        """The sums and the active limits that some cells are in, and which limits they are."""
        sums = self._sums[:, cells].tocsr()
        limits = self._limits[:, cells].tocsr()
        touched = np.flatnonzero((np.diff(limits.indptr) > 0) & self.active)
        return sums[np.diff(sums.indptr) > 0], limits[touched], touched

    def _by(self, cells: Numbers, found: Floats) -> Floats:
        """How all cells move where these move up and down by what was found."""
        by = np.zeros(len(self.start))
        by[cells] = found[: len(cells)] - found[len(cells) : 2 * len(cells)]
        by[np.abs(by) < EXACT / 10] = 0.0
        return by


def _solve(
    objective: Floats, at_most: sparse.csr_matrix, room: Floats, equal: sparse.csr_matrix, most: Floats
) -> Floats | None:
    """What is least of the objective, for variables from 0 to `most`; None if the solver gives up."""
    found = optimize.linprog(
        objective, A_ub=at_most, b_ub=room, A_eq=equal, b_eq=np.zeros(equal.shape[0]),
        bounds=np.column_stack([np.zeros(len(most)), most]), method="highs-ds", options={"presolve": False},
    )  # fmt: skip
    values: Floats | None = found.x
    return values
