"""A point from which to begin: counts that could be the hidden ones of all releases together."""

from __future__ import annotations

import numpy as np
from scipy import optimize, sparse

from transforms.publication.suppression.moves import EXACT
from transforms.publication.suppression.system import Flags, Floats, Numbers, System

#: what it costs to differ from the truth by one, over telling that a count fell
_NEAR = 1e-4


class Contradiction(Exception):
    """What is published cannot all be true: counts do not add up, of an earlier release or of this one."""


def find_start(system: System, values: Floats, hidden: Flags) -> tuple[Floats, Numbers]:
    """Counts that hold in the system, near the truth where it is known.

    Args:
        system: of all releases.
        values: the counts; NaN for those that earlier releases hide.
        hidden: the cells that are free, those without a value among them.

    Gives the counts, and the rows of `System.limits` that cannot hold: counts that have fallen since an earlier release, which
    is what corrections do. Raises Contradiction.
    """
    unknown = np.isnan(values)
    if not unknown.any() and not (system.limits @ values > system.bounds + EXACT).any():
        return values, np.zeros(0, dtype=np.int64)
    base = np.where(unknown, 0.0, values)
    cells = np.flatnonzero(hidden)
    own = np.flatnonzero(~unknown[cells])
    number, near = len(cells), len(own)
    elastic = system.limits.shape[0] - system.first_monotone
    # variables: what is added to cells, what is taken away from those that are known, by how much counts fall
    down = sparse.csr_matrix((np.full(near, -1.0), (own, np.arange(near))), shape=(number, near))
    fall = sparse.csr_matrix(
        (np.full(elastic, -1.0), (np.arange(system.first_monotone, system.limits.shape[0]), np.arange(elastic))),
        shape=(system.limits.shape[0], elastic),
    )
    sums, limits = system.sums[:, cells], system.limits[:, cells]
    price = np.zeros(number)
    price[own] = _NEAR
    found = optimize.linprog(
        np.concatenate([price, np.full(near, _NEAR), np.ones(elastic)]),
        A_ub=sparse.hstack([limits, limits @ down, fall]), b_ub=system.bounds - system.limits @ base,
        A_eq=sparse.hstack([sums, sums @ down, sparse.csr_matrix((sums.shape[0], elastic))]), b_eq=-(system.sums @ base),
        bounds=np.column_stack([np.zeros(number + near + elastic), np.concatenate(
            [np.full(number, np.inf), base[cells][own], np.full(elastic, np.inf)])]),
        method="highs-ds",
    )  # fmt: skip
    if found.x is None:
        raise Contradiction("the counts do not add up, of this release or of an earlier one")
    start = base.copy()
    start[cells] += found.x[:number] + down @ found.x[number : number + near]
    start[np.abs(start - np.round(start)) < EXACT] = np.round(start[np.abs(start - np.round(start)) < EXACT])
    return np.maximum(start, 0.0), system.first_monotone + np.flatnonzero(found.x[number + near :] > EXACT)
