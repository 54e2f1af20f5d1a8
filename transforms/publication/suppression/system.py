"""What anyone knows of the counts before reading them: sums over the units, and which counts cannot be larger than which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from expectations.programme.rules import AUDIENCES
from transforms.publication.counts import COUNT_COLUMNS
from transforms.publication.suppression.sensitive import COLUMN

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
#: counts that a later release does not lower, unless it corrects an earlier one
MONOTONE = tuple(name for name in COUNT_COLUMNS if name not in ("eligible", "known", "positive"))
#: In each session the left sides are never above 0; of the other units it follows, as they are sums of sessions.
ORDERED: tuple[dict[str, int], ...] = (
    *({name: 1, "priority": -1} for name in AUDIENCES),
    {"priority": 1, **dict.fromkeys(AUDIENCES, -1)},
    {"priority": 1, "entrants": -1},
    {"disabled_qpv": 1, "disabled": -1},
    {"disabled_qpv": 1, "qpv_residents": -1},
    {"disabled": 1, "qpv_residents": 1, "entrants": -1, "disabled_qpv": -1},
    {"leavers": 1, "entrants": -1},
    {"completed": 1, "dropped_out": 1, "leavers": -1},
    {"presented": 1, "leavers": -1},
    {"certified": 1, "presented": -1},
    {"positive": 1, "known": -1},
    {"known": 1, "eligible": -1},
    {"eligible": 1, "leavers": -1},
)
_WIDTH = len(COUNT_COLUMNS)


@dataclass(frozen=True)
class Table:
    """The counts of a release: a row a unit, NaN where they are hidden from us too; verdicts by the row of their session.

    A verdict is (row, target's numerator, its denominator, whether it is met).
    """

    units: pd.DataFrame
    values: Floats
    verdicts: tuple[tuple[int, int, int, bool], ...]


@dataclass(frozen=True)
class System:
    """Rows of `sums` are 0 of any counts, rows of `limits` at most `bounds`. Cells are counted release by release, unit by unit.

    Rows of `limits` from `first_verdict` on say a verdict on the last release, in the order of its table; those from
    `first_monotone` on that a count has not fallen since an earlier release.
    """

    sums: sparse.csr_matrix
    limits: sparse.csr_matrix
    bounds: Floats
    first_verdict: int
    first_monotone: int


class _Rows:
    """Rows of a sparse matrix, as they are collected."""

    def __init__(self) -> None:
        self._rows: list[Numbers] = []
        self._cells: list[Numbers] = []
        self._factors: list[Floats] = []
        self.bounds: list[Floats] = []
        self.count = 0

    def add(self, cells: Numbers, factors: Sequence[float] | Floats, bound: float = 0.0) -> None:
        """Rows of equally many cells: a row of `cells` each."""
        number, width = cells.shape
        self._rows.append(np.repeat(np.arange(self.count, self.count + number), width))
        self._cells.append(cells.ravel())
        self._factors.append(np.tile(np.asarray(factors, dtype=np.float64), number))
        self.bounds.append(np.full(number, bound))
        self.count += number

    def matrix(self, cells: int) -> sparse.csr_matrix:
        """All rows."""
        if not self.count:
            return sparse.csr_matrix((0, cells))
        places = (np.concatenate(self._rows), np.concatenate(self._cells))
        return sparse.csr_matrix((np.concatenate(self._factors), places), shape=(self.count, cells))


def build_system(tables: Sequence[Table]) -> System:
    """The system of the releases together, the earlier first."""
    starts = np.cumsum([0, *(table.values.size for table in tables)])
    cells = int(starts[-1])
    columns = np.arange(_WIDTH)
    sums, limits = _Rows(), _Rows()
    for start, table in zip(starts, tables, strict=False):
        for above, below in families(table.units):
            own = start + np.array([above, *below])[None, :] * _WIDTH + columns[:, None]
            sums.add(own, [1.0, *[-1.0] * len(below)])
        sessions = np.flatnonzero((table.units["level"] == "session").to_numpy())
        for order in ORDERED:
            own = start + sessions[:, None] * _WIDTH + np.array([COLUMN[name] for name in order])[None, :]
            limits.add(own, list(order.values()))
        if table is not tables[-1]:
            _add_verdicts(limits, int(start), table)
    first_verdict = limits.count
    _add_verdicts(limits, int(starts[-2]), tables[-1])
    first_monotone = limits.count
    _add_monotone(limits, starts, tables)
    bounds = np.concatenate(limits.bounds) if limits.count else np.zeros(0)
    return System(sums.matrix(cells), limits.matrix(cells), bounds, first_verdict, first_monotone)


def families(units: pd.DataFrame) -> Iterator[tuple[int, list[int]]]:
    """Each unit that is a sum, once for each of the two trees, with the units that it is the sum of, as rows of `units`."""
    rows = list(units[["level", "level_id", "departement", "epci", "provider", "action"]].itertuples(index=False, name=None))
    row_of = {row[:2]: number for number, row in enumerate(rows)}
    below: dict[tuple[int, str], list[int]] = {}
    # an EPCI that reaches over a border is counted below no department: its sessions are, each below its own
    within = {level_id for level, level_id, departement, *_ in rows if level == "epci" and departement}
    for number, (level, level_id, departement, epci, provider, action) in enumerate(rows):
        district = ("departement", departement) if departement else ("programme", "")
        above = {
            "session": [("place", ("epci", epci) if epci in within else district), ("training", ("action", action))],
            "action": [("training", ("provider", provider))],
            "provider": [("training", ("programme", ""))],
            "epci": [("place", district)] if level_id in within else [],
            "departement": [("place", ("programme", ""))],
        }.get(level, [])
        if level == "session" and epci and epci not in within:
            above.append(("place", ("epci", epci)))
        for tree, unit in above:
            below.setdefault((row_of[unit], tree), []).append(number)
    for (number, _), members in sorted(below.items()):
        yield number, members


def _add_verdicts(limits: _Rows, start: int, table: Table) -> None:
    for row, numerator, denominator, is_met in table.verdicts:
        own = start + row * _WIDTH + np.array([[COLUMN["entrants"], COLUMN["priority"]]])
        sign = 1.0 if is_met else -1.0
        limits.add(own, [sign * numerator, -sign * denominator], 0.0 if is_met else -1.0)


def _add_monotone(limits: _Rows, starts: Numbers, tables: Sequence[Table]) -> None:
    """A count of a unit and that of the last release before that knows the unit."""
    columns = np.array([COLUMN[name] for name in MONOTONE])
    last: dict[tuple[str, str], int] = {}
    for start, table in zip(starts, tables, strict=False):
        for number, key in enumerate(zip(table.units["level"], table.units["level_id"], strict=True)):
            now = int(start) + number * _WIDTH
            if key in last:
                limits.add(np.stack([last[key] + columns, now + columns], axis=1), [1.0, -1.0])
            last[key] = now
