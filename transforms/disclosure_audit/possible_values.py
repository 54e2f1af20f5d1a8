"""What the hidden counts can be, given what is known: the smaller system that is left, and points of it.

What is published or follows at once is put in; counts that should not fall, and do by what is published, are let go.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy import sparse

from transforms.disclosure_audit.outsider_knowledge import Knowledge, Numbers, Rows, rows_of
from transforms.disclosure_audit.read_csv_files import Floats
from transforms.disclosure_audit.report import CONTRADICTS

#: counts are whole numbers: what differs by less is equal
EXACT = 1e-6
#: no count is larger: a count without another bound is said to reach as far
MOST = 1e6
#: how far a point may be from fulfilling a row, as it comes from a solver
_OFF = 1e-5
#: large programs are solved four times as fast as by the simplex method, whose points are vertices just as well
METHOD, _LARGE = "highs-ipm", 3000


class Contradiction(Exception):
    """What is published cannot all be true: for each row that cannot hold the variable it is about, and what is wrong."""

    def __init__(self, found: Sequence[tuple[int, str]]) -> None:
        super().__init__(f"{len(found)} contradictions")
        self.found = found


@dataclass
class Programs:
    """How many linear programs were solved."""

    solved: int = 0


@dataclass(frozen=True)
class Possible:
    """All that the counts can be together.

    `values` holds the counts that are known, NaN for those that are free; `free` are their variables. The rows and bounds are
    over the free ones, in that order. `dropped` counts pairs that fall though they should not, `programs` what was solved.
    """

    values: Floats
    free: Numbers
    sums: Rows
    inequalities: Rows
    low: Floats
    high: Floats
    dropped: int = 0
    programs: Programs = field(default_factory=Programs)

    def solve(self, aim: Floats, part: Part | None = None) -> Floats | None:
        """The point (of the free variables, or those of the part) at which `aim` is least; None where it has no least."""
        part = part or Part(np.arange(len(self.free)), np.arange(len(self.sums.bound)), np.arange(len(self.inequalities.bound)))
        return _solved(
            self.programs, aim, self.sums.of[part.sums][:, part.cells], self.sums.bound[part.sums],
            self.inequalities.of[part.inequalities][:, part.cells], self.inequalities.bound[part.inequalities],
            self.low[part.cells], self.high[part.cells],
        )  # fmt: skip

    def reach(self, part: Part, wanted: sparse.csr_array, goal: Floats, weight: Floats) -> Floats | None:
        """The point of a part at which the rows of `wanted` come as near up to their goals as can be, by their weights.

        With it come the values of these rows, or their goals where they are beyond.
        """
        return _reached(
            self.programs, wanted, goal, weight, self.sums.of[part.sums][:, part.cells], self.sums.bound[part.sums],
            self.inequalities.of[part.inequalities][:, part.cells], self.inequalities.bound[part.inequalities],
            self.low[part.cells], self.high[part.cells],
        )  # fmt: skip

    def completed(self, point: Floats) -> Floats | None:
        """A point of the system with the values of `point`, as far as it has any (NaN elsewhere); None where there is none."""
        cells = np.flatnonzero(np.isnan(point))
        given = np.nan_to_num(point)
        sums, inequalities = (rows.of[:, cells] for rows in (self.sums, self.inequalities))
        of_sums, of_inequalities = np.flatnonzero(np.diff(sums.indptr)), np.flatnonzero(np.diff(inequalities.indptr))
        if len(cells):
            found = _solved(
                self.programs, np.zeros(len(cells)),
                sums[of_sums], (self.sums.bound - self.sums.of @ given)[of_sums],
                inequalities[of_inequalities], (self.inequalities.bound - self.inequalities.of @ given)[of_inequalities],
                self.low[cells], self.high[cells],
            )  # fmt: skip
            if found is None:
                return None
            given[cells] = found
        return given if self.fulfilled(given) else None

    def reach_around(
        self, point: Floats, cells: Numbers, wanted: sparse.csr_array, goal: Floats, weight: Floats
    ) -> Floats | None:
        """The same where only some cells may move, and all others stay where they are in a point of the system."""
        sums, inequalities = (rows.of[:, cells] for rows in (self.sums, self.inequalities))
        of_sums, few = np.flatnonzero(np.diff(sums.indptr)), np.diff(inequalities.indptr)
        sums = sums[of_sums]
        # what the solver's tolerance leaves undone must not make the point impossible
        own = point[cells]
        room = np.maximum(self.inequalities.bound - self.inequalities.of @ point, 0.0)
        low, high = np.minimum(self.low[cells], own), np.maximum(self.high[cells], own)
        alone = np.flatnonzero(few == 1)
        one, factor = inequalities.indices[inequalities.indptr[alone]], inequalities.data[inequalities.indptr[alone]]
        limit = own[one] + room[alone] / factor
        np.minimum.at(high, one[factor > 0], limit[factor > 0])
        np.maximum.at(low, one[factor < 0], limit[factor < 0])
        more = np.flatnonzero(few > 1)
        return _reached(
            self.programs, wanted, goal, weight, sums, sums @ own,
            inequalities[more], inequalities[more] @ own + room[more], low, high,
        )  # fmt: skip

    def fulfilled(self, point: Floats) -> bool:
        """Whether a point of the free variables is one of the system."""
        return bool(
            np.all(point >= self.low - _OFF)
            and np.all(point <= self.high + _OFF)
            and np.all(np.abs(self.sums.of @ point - self.sums.bound) <= _OFF)
            and np.all(self.inequalities.of @ point <= self.inequalities.bound + _OFF)
        )

    def parts(self, at_least: int) -> Iterator[Part]:
        """The system in parts that have nothing to do with one another; small ones together, up to so many cells."""
        number, of_cell = self._components()
        sizes = np.bincount(of_cell, minlength=number)
        group, filled, groups = np.zeros(number, dtype=np.int64), 0, 0
        for component in np.argsort(-sizes, kind="stable"):
            if filled and filled + sizes[component] > at_least:
                groups, filled = groups + 1, 0
            group[component] = groups
            filled += sizes[component]
        yield from self._split(group[of_cell])

    def _components(self) -> tuple[int, Numbers]:
        """How many components there are, and that of each cell: rows and cells are the nodes of a graph."""
        joined = sparse.vstack([self.sums.of, self.inequalities.of]).tocoo()
        nodes = joined.shape[0] + joined.shape[1]
        rows, cells = joined.coords
        links = sparse.coo_array((np.ones(joined.nnz), (rows, joined.shape[0] + cells)), shape=(nodes, nodes))
        _, of_node = sparse.csgraph.connected_components(links, directed=False)
        found, of_cell = np.unique(of_node[joined.shape[0] :], return_inverse=True)
        return len(found), of_cell

    def _split(self, group: Numbers) -> Iterator[Part]:
        cells = _grouped(group)
        sums, inequalities = (_grouped(_group_of_rows(rows.of, group)) for rows in (self.sums, self.inequalities))
        nothing = np.zeros(0, dtype=np.int64)
        for number, own in cells.items():
            yield Part(own, sums.get(number, nothing), inequalities.get(number, nothing))


@dataclass(frozen=True)
class Part:
    """Some of the free variables with all rows in which they stand."""

    cells: Numbers
    sums: Numbers
    inequalities: Numbers


def _grouped(group: Numbers) -> dict[int, Numbers]:
    order = np.argsort(group, kind="stable")
    numbers, first = np.unique(group[order], return_index=True)
    return dict(zip(numbers.tolist(), np.split(order, first[1:]), strict=True)) if len(group) else {}


def _group_of_rows(of: sparse.csr_array, group: Numbers) -> Numbers:
    """The group of each row's first variable: all others are in the same. No row is empty."""
    return group[of.indices[of.indptr[:-1]]] if of.shape[0] else np.zeros(0, dtype=np.int64)


def possible(known: Knowledge) -> Possible:
    """The system that is left of what is known. Contradiction where it has no point though no count had to grow."""
    programs = Programs()
    if not known.chains:
        return _reduced(known, known.inequalities, programs, 0)
    links = [link for chain in known.chains for link in pairwise(chain.tolist())]
    longer = {link: chain for chain in known.chains for link in pairwise(chain.tolist())}
    gone: set[tuple[int, int]] = set()
    plain = _reduced(known, known.inequalities, programs, 0)
    while True:
        kept = [link for link in links if link not in gone]
        fallen = _fallen(plain, kept)
        if not fallen:
            break
        for link in fallen:
            gone.add(link)
            links += _around(link, longer, gone)
    rows = _growth(kept, len(known.values))
    return _reduced(known, known.inequalities.and_also(rows), programs, len(gone))


def _around(link: tuple[int, int], longer: dict[tuple[int, int], Numbers], gone: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Without a link of a chain, what it joined: the earlier with the one after, the one before with the later."""
    chain = longer[link]
    earlier, later = np.flatnonzero(np.isin(chain, link))
    found = []
    if later + 1 < len(chain):
        found.append((int(chain[earlier]), int(chain[later + 1])))
    if earlier:
        found.append((int(chain[earlier - 1]), int(chain[later])))
    longer.update(dict.fromkeys(found, chain))
    return [pair for pair in found if pair not in gone]


def _growth(links: Sequence[tuple[int, int]], number: int) -> Rows:
    terms = [[(earlier, 1.0), (later, -1.0)] for earlier, later in links]
    return rows_of(terms, [0.0] * len(links), number, [later for _, later in links], CONTRADICTS)


def _fallen(plain: Possible, links: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The links that give way where all are to hold as well as they can: those of the least sum of violations."""
    rows = _growth(links, len(plain.values))
    known = np.nan_to_num(plain.values)
    bound = -(rows.of @ known)
    of = rows.of[:, plain.free]
    whole = np.diff(of.indptr) == 0
    fallen = [links[row] for row in np.flatnonzero(whole & (bound < -EXACT)).tolist()]
    of, bound, left = of[~whole], bound[~whole], np.flatnonzero(~whole)
    if len(left):
        slack = sparse.eye_array(len(left))
        cells = len(plain.free)
        inequalities = plain.inequalities
        point = _solved(
            plain.programs, np.concatenate([np.zeros(cells), np.ones(len(left))]),
            sparse.hstack([plain.sums.of, sparse.csr_array((len(plain.sums.bound), len(left)))]), plain.sums.bound,
            sparse.vstack([
                sparse.hstack([inequalities.of, sparse.csr_array((len(inequalities.bound), len(left)))]),
                sparse.hstack([of, -slack]),
            ]),
            np.concatenate([inequalities.bound, bound]),
            np.concatenate([plain.low, np.zeros(len(left))]), np.concatenate([plain.high, np.full(len(left), np.inf)]),
        )  # fmt: skip
        if point is None:
            raise Contradiction(broken(plain))
        fallen += [links[row] for row in left[point[cells:] > EXACT].tolist()]
    return fallen


def _reduced(known: Knowledge, inequalities: Rows, programs: Programs, dropped: int) -> Possible:
    """What follows at once is put in, until nothing more does."""
    values = known.values.copy()
    low, high = np.zeros(len(values)), np.full(len(values), MOST)
    while True:
        hidden = np.isnan(values)
        given = np.nan_to_num(values)
        before = hidden.sum()
        _alone_in_sums(known.sums, values, given, hidden)
        _alone_in_inequalities(inequalities, low, high, given, hidden)
        pinned = np.isnan(values) & (high - low <= EXACT / 10)
        values[pinned] = low[pinned]
        if np.isnan(values).sum() == before:
            break
    free = np.flatnonzero(np.isnan(values))
    given = np.nan_to_num(values)
    outside = ~np.isnan(values) & ((given < low - EXACT) | (given > high + EXACT))
    found = [(int(cell), CONTRADICTS) for cell in np.flatnonzero(outside)]
    left_sums, left_inequalities = known.sums.bound - known.sums.of @ given, inequalities.bound - inequalities.of @ given
    own_sums, own_inequalities = known.sums.of[:, free], inequalities.of[:, free]
    no_sum, few = np.diff(own_sums.indptr) == 0, np.diff(own_inequalities.indptr)
    wrong_sums, wrong_inequalities = no_sum & (np.abs(left_sums) > EXACT), (few == 0) & (left_inequalities < -EXACT)
    for rows, wrong in ((known.sums, wrong_sums), (inequalities, wrong_inequalities)):
        found += [(int(rows.about[row]), rows.wrong[row]) for row in np.flatnonzero(wrong).tolist()]
    found += [(int(cell), CONTRADICTS) for cell in free[low[free] > high[free] + EXACT]]
    if found:
        raise Contradiction(found)
    keep = few > 1
    return Possible(
        values, free,
        Rows(own_sums, left_sums, known.sums.about, known.sums.wrong).only(~no_sum),
        Rows(own_inequalities, left_inequalities, inequalities.about, inequalities.wrong).only(keep),
        low[free], high[free], dropped, programs,
    )  # fmt: skip


def _alone_in_sums(rows: Rows, values: Floats, given: Floats, hidden: npt.NDArray[np.bool_]) -> None:
    """The one hidden count of a sum follows; hidden counts that add up to nothing are all 0."""
    left = rows.bound - rows.of @ given
    unknown = hidden.astype(float)
    positive, negative = (rows.of > 0) @ unknown, (rows.of < 0) @ unknown
    alone = positive + negative == 1
    nothing = (np.abs(left) <= EXACT) & ((positive == 0) | (negative == 0)) & (positive + negative > 0)
    for row in np.flatnonzero(alone | nothing):
        own = slice(rows.of.indptr[row], rows.of.indptr[row + 1])
        for cell, factor in zip(rows.of.indices[own], rows.of.data[own], strict=True):
            if hidden[cell]:
                values[cell] = left[row] / factor if alone[row] else 0.0


def _alone_in_inequalities(rows: Rows, low: Floats, high: Floats, given: Floats, hidden: npt.NDArray[np.bool_]) -> None:
    """An inequality with one hidden count bounds it."""
    left = rows.bound - rows.of @ given
    own = rows.of[:, np.flatnonzero(hidden)]
    alone = np.flatnonzero(np.diff(own.indptr) == 1)
    cells = np.flatnonzero(hidden)[own.indices[own.indptr[alone]]]
    factors = own.data[own.indptr[alone]]
    limits = left[alone] / factors
    np.minimum.at(high, cells[factors > 0], limits[factors > 0])
    np.maximum.at(low, cells[factors < 0], limits[factors < 0])


def broken(system: Possible) -> list[tuple[int, str]]:
    """Of a system without a point the rows that give way where all are to hold as well as they can."""
    sums, inequalities, cells = len(system.sums.bound), len(system.inequalities.bound), len(system.free)
    none = sparse.csr_array((inequalities, 2 * sums))
    point = _solved(
        system.programs, np.concatenate([np.zeros(cells), np.ones(2 * sums + inequalities)]),
        sparse.hstack([system.sums.of, sparse.eye_array(sums), -sparse.eye_array(sums), sparse.csr_array((sums, inequalities))]),
        system.sums.bound,
        sparse.hstack([system.inequalities.of, none, -sparse.eye_array(inequalities)]), system.inequalities.bound,
        np.concatenate([system.low, np.zeros(2 * sums + inequalities)]),
        np.concatenate([system.high, np.full(2 * sums + inequalities, np.inf)]),
    )  # fmt: skip
    if point is None:
        return []
    slack = point[cells:]
    of_sum = (slack[:sums] + slack[sums : 2 * sums]) > EXACT
    of_inequality = slack[2 * sums :] > EXACT
    return [
        (int(rows.about[row]), rows.wrong[row])
        for rows, gave in ((system.sums, of_sum), (system.inequalities, of_inequality)) for row in np.flatnonzero(gave).tolist()
    ]  # fmt: skip


def _reached(
    programs: Programs, wanted: sparse.csr_array, goal: Floats, weight: Floats, sums: sparse.csr_array, sums_bound: Floats,
    inequalities: sparse.csr_array, inequalities_bound: Floats, low: Floats, high: Floats,
) -> Floats | None:  # fmt: skip
    rows, cells = wanted.shape
    return _solved(
        programs, np.concatenate([np.zeros(cells), -weight]),
        sparse.hstack([sums, sparse.csr_array((sums.shape[0], rows))]), sums_bound,
        sparse.vstack([
            sparse.hstack([inequalities, sparse.csr_array((inequalities.shape[0], rows))]),
            sparse.hstack([-wanted, sparse.eye_array(rows)]),
        ]),
        np.concatenate([inequalities_bound, np.zeros(rows)]),
        np.concatenate([low, np.full(rows, -np.inf)]), np.concatenate([high, goal]),
    )  # fmt: skip


def _solved(
    programs: Programs, aim: Floats, sums: sparse.sparray, sums_bound: Floats, inequalities: sparse.sparray,
    inequalities_bound: Floats, low: Floats, high: Floats,
) -> Floats | None:  # fmt: skip
    from scipy.optimize import linprog  # half a second, which no other command should pay

    programs.solved += 1
    found = linprog(
        aim,
        A_eq=sums if sums.shape[0] else None, b_eq=sums_bound if sums.shape[0] else None,
        A_ub=inequalities if inequalities.shape[0] else None, b_ub=inequalities_bound if inequalities.shape[0] else None,
        bounds=np.column_stack([low, high]), method=METHOD if len(aim) > _LARGE else "highs-ds",
    )  # fmt: skip
    return None if found.x is None or found.status not in (0,) else np.asarray(found.x)
