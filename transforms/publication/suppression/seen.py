"""The points of a system that have been found, each as where it differs from the start: what still holds without some of them."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from transforms.publication.suppression.system import Flags, Floats

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
        self._spans = sparse.csr_matrix((0, of.shape[0]))

    def add(self, by: Floats) -> None:
        """One more point."""
        self._recent.append(sparse.csr_matrix(by[None, :]))
        if len(self._recent) > _FEW:
            self._gather()

    def within(self, hidden: Flags) -> tuple[Floats, Floats]:
        """The least and most of all quantities in the points in which only hidden cells move, the start among them."""
        self._gather()
        spans = self._spans[self._moves_only(hidden)]
        if not spans.shape[0]:
            return np.zeros(spans.shape[1]), np.zeros(spans.shape[1])
        low, high = spans.min(axis=0).toarray().ravel(), spans.max(axis=0).toarray().ravel()
        return np.minimum(low, 0.0), np.maximum(high, 0.0)

    def forget(self, hidden: Flags) -> None:
        """Forget the points in which others than hidden cells move."""
        self._gather()
        self._points = self._points[self._moves_only(hidden)]
        self._spans = (self._points @ self._across).tocsr()

    def _moves_only(self, hidden: Flags) -> Flags:
        only: Flags = abs(self._points) @ (~hidden).astype(np.float64) == 0
        return only

    def _gather(self) -> None:
        if self._recent:
            self._points = sparse.vstack([self._points, *self._recent]).tocsr()
            self._recent = []
            self._spans = (self._points @ self._across).tocsr()
