"""The points of a system that have been found, each as where it differs from the start: what still holds without some of them."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from transforms.publication.suppression.system import Floats, Numbers

#: so many points are kept apart before they are put to the others
_FEW = 64


class Seen:
    """Points, and the least and most that quantities (combinations of cells) differ in them from the start.

    Args:
        of: the quantities, a row each.
    """

    def __init__(self, of: sparse.csr_matrix) -> None:
        self._across = of.T.tocsr()
        self._points = sparse.csr_matrix((0, of.shape[1]))
        self._recent: list[sparse.csr_matrix] = []
        self._spans = sparse.csc_matrix((0, of.shape[0]))

    def add(self, by: Floats) -> None:
        """One more point."""
        self._recent.append(sparse.csr_matrix(by[None, :]))
        if len(self._recent) > _FEW:
            self._gather()

    def drop(self, cell: int) -> None:
        """Forget the points in which a cell moves."""
        self._gather()
        self._points = self._points[self._stays_in(cell)]
        self._spans = (self._points @ self._across).tocsc()

    def without(self, cell: int) -> tuple[Numbers, Floats, Floats]:
        """The quantities that move in some point in which the cell moves, with the least and most of each in all other points."""
        self._gather()
        stays = self._stays_in(cell)
        moved = np.unique((self._points[~stays] @ self._across).indices)
        columns = self._spans[:, moved]
        low, high = np.zeros(len(moved)), np.zeros(len(moved))
        if columns.nnz:
            values = columns.data * stays[columns.indices]
            some = np.flatnonzero(np.diff(columns.indptr))
            starts = columns.indptr[:-1][some]
            low[some] = np.minimum(np.minimum.reduceat(values, starts), 0.0)
            high[some] = np.maximum(np.maximum.reduceat(values, starts), 0.0)
        return moved, low, high

    def _stays_in(self, cell: int) -> np.ndarray:
        stays = np.ones(self._points.shape[0], dtype=bool)
        stays[self._points[:, [cell]].tocoo().row] = False
        return stays

    def _gather(self) -> None:
        if self._recent:
            self._points = sparse.vstack([self._points, *self._recent]).tocsr()
            self._recent = []
            self._spans = (self._points @ self._across).tocsc()
