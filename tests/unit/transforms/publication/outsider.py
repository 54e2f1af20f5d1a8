"""What an outsider computes from published counts: for each hidden one the least and most that it can be, written apart and plainly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import csc_array

from expectations.programme.rules import PublicationRule
from transforms.publication.counts import COUNT_COLUMNS, Counts, PublishedCounts

#: release, level, level_id, column
Cell = tuple[int, str, str, str]
Terms = dict[Cell, float]
AUDIENCES = ("women", "dropouts", "far_from_employment", "qpv_residents", "rural_residents", "disabled")
PARTS = {
    "entrants": (*AUDIENCES, "priority"), "leavers": ("completed", "dropped_out", "presented", "eligible"), "presented": ("certified",),
    "eligible": ("known", "positive"), "known": ("positive",),
}  # fmt: skip
NOT_MORE = [
    *((name, "priority") for name in AUDIENCES), ("priority", "entrants"), ("disabled_qpv", "disabled"), ("disabled_qpv", "qpv_residents"),
    *((name, "entrants") for name in (*AUDIENCES, "leavers")), ("presented", "leavers"), ("certified", "presented"), ("positive", "known"),
    ("known", "eligible"), ("eligible", "leavers"), ("completed", "leavers"), ("dropped_out", "leavers"),
]  # fmt: skip
FALLS = ("eligible", "known", "positive")
#: no count is higher: with a bound no problem is without one, which is what the solver fails at
MOST = 1e5
#: what is asked of a change, and of a count that an earlier release hid
CHANGE, OLD = -2, -1


class Outsider:
    """Reads the releases, the earlier first."""

    def __init__(self, releases: Sequence[PublishedCounts]) -> None:
        self.told: dict[Cell, int] = {}
        self.hidden: list[Cell] = []
        for number, release in enumerate(releases):
            for (level, level_id), row in by_unit(release.counts):
                for column, value in row.items():
                    cell = (number, level, level_id, column)
                    if value is None:
                        self.hidden.append(cell)
                    else:
                        self.told[cell] = value
        self.place = {cell: number for number, cell in enumerate(self.hidden)}
        self.equal: list[Terms] = []
        self.at_most: list[tuple[Terms, float]] = []
        for number, release in enumerate(releases):
            self._know(number, release)
        self.first_change = len(self.at_most)
        self._know_changes(len(releases))
        self._put_together()

    def _know(self, number: int, release: PublishedCounts) -> None:
        units = release.units.to_dict("records")
        sessions = [unit for unit in units if unit["level"] == "session"]
        for level, level_id in [(unit["level"], unit["level_id"]) for unit in units if unit["level"] != "session"]:
            own = [one["level_id"] for one in sessions if level == "programme" or one[level] == level_id]
            for column in COUNT_COLUMNS:
                terms: Terms = {(number, level, level_id, column): 1.0}
                terms |= {(number, "session", one, column): -1.0 for one in own}
                self.equal.append(terms)
        for level, level_id in [(unit["level"], unit["level_id"]) for unit in units]:
            def cell(column: str, level: str = level, level_id: str = level_id) -> Cell:
                return number, level, level_id, column
            for low, high in NOT_MORE:
                self.at_most.append(({cell(low): 1.0, cell(high): -1.0}, 0.0))
            self.at_most.append(({cell("priority"): 1.0, **{cell(name): -1.0 for name in AUDIENCES}}, 0.0))
            self.at_most.append(({cell("completed"): 1.0, cell("dropped_out"): 1.0, cell("leavers"): -1.0}, 0.0))
            self.at_most.append(({cell("disabled"): 1.0, cell("qpv_residents"): 1.0, cell("entrants"): -1.0, cell("disabled_qpv"): -1.0}, 0.0))
        for level_id, numerator, denominator, verdict in release.verdicts.itertuples():
            entrants, priority = (number, "session", str(level_id), "entrants"), (number, "session", str(level_id), "priority")
            if verdict == "met":
                self.at_most.append(({entrants: float(numerator), priority: -float(denominator)}, 0.0))
            elif isinstance(verdict, str):
                self.at_most.append(({entrants: -float(numerator), priority: float(denominator)}, -1.0))

    def _know_changes(self, releases: int) -> None:
        for now in range(1, releases):
            for cell in [cell for cell in (*self.told, *self.hidden) if cell[0] == now and cell[3] not in FALLS]:
                for before in range(now - 1, -1, -1):
                    old = (before, *cell[1:])
                    if old in self.told or old in self.place:
                        if not (cell in self.told and old in self.told and self.told[cell] < self.told[old]):
                            self.at_most.append(({old: 1.0, cell: -1.0}, 0.0))
                        break

    def _row(self, terms: Terms) -> tuple[np.ndarray, float]:
        row, fixed = np.zeros(len(self.hidden)), 0.0
        for cell, factor in terms.items():
            if cell in self.place:
                row[self.place[cell]] += factor
            else:
                fixed += factor * self.told[cell]
        return row, fixed

    def _put_together(self) -> None:
        equal = [self._row(terms) for terms in self.equal]
        at_most = [(*self._row(terms), bound, number >= self.first_change) for number, (terms, bound) in enumerate(self.at_most)]
        assert all(fixed == 0 for row, fixed in equal if not row.any())
        assert all(fixed <= bound for row, fixed, bound, _ in at_most if not row.any())
        equal = [one for one in equal if one[0].any()]
        at_most = [one for one in at_most if one[0].any()]
        empty = np.zeros((0, len(self.hidden)))
        self.a_eq = np.array([row for row, _ in equal]) if equal else empty
        self.b_eq = np.array([-fixed for _, fixed in equal])
        self.a_ub = np.array([row for row, *_ in at_most]) if at_most else empty
        self.b_ub = np.array([bound - fixed for _, fixed, bound, _ in at_most])
        self._drop_what_fell(np.array([is_change for *_, is_change in at_most], dtype=bool))
        self._sparse_eq, self._sparse_ub = csc_array(self.a_eq), csc_array(self.a_ub)
        self._points = np.zeros((0, len(self.hidden)))

    def _drop_what_fell(self, is_change: np.ndarray) -> None:
        """A correction may make that fall which does not fall otherwise: the least of it that explains what is published."""
        if not is_change.any():
            return
        give = -np.eye(len(is_change))[:, is_change]
        cost = np.concatenate([np.zeros(len(self.hidden)), np.ones(give.shape[1])])
        wider = np.hstack([self.a_eq, np.zeros((len(self.a_eq), give.shape[1]))])
        found = linprog(cost, A_ub=np.hstack([self.a_ub, give]), b_ub=self.b_ub, A_eq=wider, b_eq=self.b_eq, bounds=(0, MOST), method="highs")
        assert found.status == 0, found.message
        fell = np.flatnonzero(is_change)[found.x[len(self.hidden) :] > 1e-6]
        self.a_ub, self.b_ub = np.delete(self.a_ub, fell, axis=0), np.delete(self.b_ub, fell)

    def interval(self, terms: Terms) -> tuple[float, float]:
        """The least and most of a sum of cells."""
        row, fixed = self._row(terms)
        if not row.any():
            return fixed, fixed
        return fixed + self._least(row), fixed - self._least(-row)

    def seen(self, terms: Terms) -> tuple[float, float]:
        """The least and most of a sum of cells in what solved other questions: at least so wide is its interval."""
        row, fixed = self._row(terms)
        values = self._points @ row
        return fixed + values.min(initial=np.inf), fixed + values.max(initial=-np.inf)

    def _least(self, row: np.ndarray) -> float:
        found = linprog(
            row, A_ub=self._sparse_ub, b_ub=self.b_ub, A_eq=self._sparse_eq, b_eq=self.b_eq, bounds=(0, MOST), method="highs"
        )
        assert found.status == 0, found.message
        self._points = np.vstack([self._points, found.x])
        return float(found.fun)

    def solutions(self, most: int) -> Iterator[np.ndarray]:
        """All whole numbers that the hidden cells can be, each from 0 to `most`, by trying them."""
        # sessions stand last, and all else is their sum
        equal, at_most = self.a_eq[:, ::-1], self.a_ub[:, ::-1]
        free: list[np.ndarray] = [np.zeros(0)]
        for number in range(1, len(self.hidden) + 1):
            # what is settled must add up: no cell to come is in the row
            settled = equal[:, number - 1].astype(bool) & ~equal[:, number:].any(axis=1)
            longer = (np.append(start, value) for start, value in product(free, range(most + 1)))
            free = [point for point in longer if np.allclose(equal[settled, :number] @ point, self.b_eq[settled])]
        for point in free:
            if (at_most @ point <= self.b_ub + 1e-9).all():
                yield point[::-1]


def by_unit(counts: pd.DataFrame) -> Iterator[tuple[tuple[str, str], dict[str, int | None]]]:
    """Level and level_id of each unit, with its counts by column, None where they are hidden."""
    for (level, level_id), row in zip(counts.index, counts[list(COUNT_COLUMNS)].to_numpy(dtype=object), strict=True):
        yield (str(level), str(level_id)), {name: None if pd.isna(one) else int(one) for name, one in zip(COUNT_COLUMNS, row, strict=True)}


def violations(releases: Sequence[PublishedCounts], truth: Counts, rule: PublicationRule, first_in: str | None = None) -> list[str]:
    """What the releases together tell of the last one that they must not; `truth` is of the last.

    With `first_in` the first that is found, looked for in this column before the others.
    """
    outsider = Outsider(releases)
    last = len(releases) - 1
    found: list[str] = []
    smallest = defaultdict(lambda: rule.smallest_count, {"disabled_qpv": rule.smallest_disabled_in_district})
    counts = {(*unit, column): value for unit, row in by_unit(truth.counts) for column, value in row.items() if value is not None}
    judged: list[tuple[str, Terms, int | None]] = []
    for (level, level_id, column), value in counts.items():
        cell = (last, level, level_id, column)
        if value < smallest[column]:
            judged.append((f"{cell} is small", {cell: 1.0}, 4))
        elif cell in outsider.place:
            judged.append((f"{cell} is narrow", {cell: 1.0}, None))
        for part in PARTS.get(column, ()):
            rest = value - counts[level, level_id, part]
            if (1 if part == "eligible" else 0) <= rest < rule.smallest_count:
                judged.append((f"{cell} less {part}", {cell: 1.0, (last, level, level_id, part): -1.0}, 4))
        for before in range(last):
            old = (before, level, level_id, column)
            if old in outsider.told and cell in outsider.told and 1 <= abs(value - outsider.told[old]) <= 4:
                found.append(f"{cell} changed by a few since {before}")
            if (old in outsider.place or cell in outsider.place) and (old in outsider.place or old in outsider.told):
                judged.append((f"{cell} since {before}", {cell: 1.0, old: -1.0}, CHANGE))
    if found and first_in:
        return found
    judged.sort(key=lambda one: not any(cell[3] == first_in for cell in one[1]))
    judged += [(f"{cell} of before", {cell: 1.0}, OLD) for cell in outsider.hidden if cell[0] < last]
    for name, terms, highest in judged:
        if is_fine(*outsider.seen(terms), highest):
            continue
        low, high = outsider.interval(terms)
        is_none = highest == CHANGE and max(abs(low), abs(high)) <= 1e-6
        if not is_none and not is_fine(low, high, highest):
            found.append(f"{name}: [{low:g}, {high:g}]")
            if first_in:
                break
    return found


def is_fine(low: float, high: float, highest: int | None) -> bool:
    """Whether what lies between may be known of a quantity: of a small one, of a change, of an old count, or (None) of another."""
    if highest == CHANGE:
        return high - low >= 4 - 1e-6 or high >= 5 - 1e-6 or low <= 1e-6 - 5
    wide = high - low >= 5 - 1e-6
    if highest is None:
        return wide
    holds = low <= 1e-6 and high >= (4 if highest == OLD else highest) - 1e-6
    return holds or (wide and highest == OLD)
