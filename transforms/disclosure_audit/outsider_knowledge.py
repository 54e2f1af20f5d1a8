"""What anyone knows of the counts of releases, hidden or not, as linear equations and inequalities.

A count of a release is a variable: release by release, unit by unit, column by column, in the order of COLUMNS.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from transforms.disclosure_audit.read_csv_files import COLUMNS, Floats, ReadRelease
from transforms.disclosure_audit.report import CONTRADICTS, DOES_NOT_ADD_UP, VERDICT

Numbers = npt.NDArray[np.int64]
WIDTH = len(COLUMNS)
CATEGORIES = ("women", "dropouts", "far_from_employment", "qpv_residents", "rural_residents", "disabled")
#: of these a unit never has fewer than in an earlier release, but where what is published says so
NEVER_FEWER = COLUMNS[:14]

#: inequalities within a unit: their terms come to 0 at the most
WITHIN_UNIT: tuple[Mapping[str, int], ...] = (
    *({category: 1, "entrants": -1} for category in (*CATEGORIES, "priority", "disabled_qpv")),
    *({category: 1, "priority": -1} for category in CATEGORIES),
    {"priority": 1, **dict.fromkeys(CATEGORIES, -1)},
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


@dataclass(frozen=True)
class Rows:
    """Rows of equations (`of` x = `bound`) or inequalities (`of` x <= `bound`).

    `about` has for each row the variable of which it is told, `wrong` what is said where the row cannot hold.
    """

    of: sparse.csr_array
    bound: Floats
    about: Numbers
    wrong: Sequence[str]

    def only(self, chosen: npt.NDArray[np.bool_]) -> Rows:
        """The chosen rows."""
        return Rows(
            self.of[chosen], self.bound[chosen], self.about[chosen],
            [wrong for wrong, taken in zip(self.wrong, chosen, strict=True) if taken],
        )  # fmt: skip

    def and_also(self, other: Rows) -> Rows:
        """These rows, then the others."""
        return Rows(
            sparse.vstack([self.of, other.of]).tocsr(), np.concatenate([self.bound, other.bound]),
            np.concatenate([self.about, other.about]), [*self.wrong, *other.wrong],
        )  # fmt: skip


@dataclass(frozen=True)
class Knowledge:
    """All that is known: values (NaN where hidden), sums, inequalities, and in time the variables of counts that never fall."""

    values: Floats
    sums: Rows
    inequalities: Rows
    chains: Sequence[Numbers]


def knowledge(releases: Sequence[ReadRelease]) -> Knowledge:
    """What anyone knows who has these releases, the earliest first."""
    starts = starts_of(releases)
    number = starts[-1]
    sums = [_sums(release, start, number) for release, start in zip(releases, starts, strict=False)]
    within = [_within(release, start, number) for release, start in zip(releases, starts, strict=False)]
    verdicts = [_verdicts(release, start, number) for release, start in zip(releases, starts, strict=False)]
    return Knowledge(
        np.concatenate([release.counts.ravel() for release in releases]),
        _joined(sums), _joined([*within, *verdicts]), _chains(releases, starts),
    )  # fmt: skip


def starts_of(releases: Sequence[ReadRelease]) -> list[int]:
    """The number of each release's first variable, and at the end how many there are."""
    return [0, *np.cumsum([release.counts.size for release in releases]).tolist()]


def rows_of(
    terms: Sequence[Iterable[tuple[int, float]]], bound: Sequence[float], number: int, about: Sequence[int], wrong: str
) -> Rows:
    """Rows from the terms (variable, factor) of each."""
    flat = [(row, variable, factor) for row, found in enumerate(terms) for variable, factor in found]
    rows, variables, factors = zip(*flat, strict=True) if flat else ((), (), ())
    of = sparse.csr_array((np.array(factors, dtype=float), (rows, variables)), shape=(len(terms), number))
    return Rows(of, np.array(bound, dtype=float), np.array(about, dtype=np.int64), [wrong] * len(terms))


def _joined(parts: Sequence[Rows]) -> Rows:
    first, *others = parts
    for other in others:
        first = first.and_also(other)
    return first


def _sums(release: ReadRelease, start: int, number: int) -> Rows:
    """Each unit is the sum of the units right below it, in both trees, column by column."""
    rows, places, factors, parents = [], [], [], []
    for row, (parent, children) in enumerate(parts_of_wholes(release)):
        parents.append(parent)
        rows += [row] * (len(children) + 1)
        places += [parent, *children]
        factors += [1.0, *[-1.0] * len(children)]
    small = sparse.csr_array((factors, (rows, places)), shape=(len(parents), len(release.units)))
    of = _placed(sparse.kron(small, sparse.eye_array(WIDTH)), start, number)
    about = start + (np.array(parents, dtype=np.int64)[:, None] * WIDTH + np.arange(WIDTH)).ravel()
    return Rows(of, np.zeros(of.shape[0]), about, [DOES_NOT_ADD_UP] * of.shape[0])


def parts_of_wholes(release: ReadRelease) -> list[tuple[int, list[int]]]:
    """The place of each unit that has parts, and of the units right below it.

    A unit is the sum of the sessions that name it. Those of a unit between them (an EPCI of one department, an action) are taken
    together; a session that none of these has hangs right below.
    """
    sessions = [
        (place, release.above[place]) for (level, _), place in release.place.items() if level == "session"
    ]
    found = []
    for wide, narrow in (("departement", "epci"), ("provider", "action")):
        of_wide, of_narrow = defaultdict(list), defaultdict(list)
        for place, row in sessions:
            of_wide[row[wide]].append(place)
            of_narrow[row[narrow]].append(place)
        top = release.place.get(("programme", ""))
        wides = {level_id: place for (level, level_id), place in release.place.items() if level == wide}
        if top is not None:
            direct = [place for level_id, places in of_wide.items() if level_id not in wides for place in places]
            found.append((top, [*wides.values(), *direct]))
        between = defaultdict(list)
        for (level, level_id), place in release.place.items():
            if level == narrow:
                found.append((place, of_narrow[level_id]))
                named = {release.above[session][wide] for session in of_narrow[level_id]}
                if len(named) == 1 and named <= wides.keys():
                    between[named.pop()].append((place, set(of_narrow[level_id])))
        for level_id, place in wides.items():
            covered = set().union(*(below for _, below in between[level_id]))
            direct = [session for session in of_wide[level_id] if session not in covered]
            found.append((place, [*(unit for unit, _ in between[level_id]), *direct]))
    return found


def _within(release: ReadRelease, start: int, number: int) -> Rows:
    small = sparse.lil_array((len(WITHIN_UNIT), WIDTH))
    for row, terms in enumerate(WITHIN_UNIT):
        for column, factor in terms.items():
            small[row, COLUMNS.index(column)] = factor
    units = len(release.units)
    of = _placed(sparse.kron(sparse.eye_array(units), small), start, number)
    first = [COLUMNS.index(next(iter(terms))) for terms in WITHIN_UNIT]
    about = start + (np.arange(units)[:, None] * WIDTH + np.array(first)).ravel()
    return Rows(of, np.zeros(of.shape[0]), about, [CONTRADICTS] * of.shape[0])


def _verdicts(release: ReadRelease, start: int, number: int) -> Rows:
    """A session that meets its target has so many of priority audiences; one that does not, or not surely, has fewer."""
    terms, bound, about = [], [], []
    for level_id, verdict in release.verdicts.items():
        place = release.place.get(("session", level_id))
        if verdict.said is None or place is None:
            continue
        entrants, priority = (start + place * WIDTH + COLUMNS.index(column) for column in ("entrants", "priority"))
        sign = 1 if verdict.said == "met" else -1
        terms.append([(entrants, sign * verdict.target.numerator), (priority, -sign * verdict.target.denominator)])
        bound.append(0.0 if verdict.said == "met" else -1.0)
        about.append(priority)
    return rows_of(terms, bound, number, about, VERDICT)


def _chains(releases: Sequence[ReadRelease], starts: Sequence[int]) -> list[Numbers]:
    """For each count that should not fall its variables, from the earliest release that has the unit to the latest."""
    seen: dict[tuple[str, str], list[int]] = defaultdict(list)
    for release, start in zip(releases, starts, strict=False):
        for unit, place in release.place.items():
            seen[unit].append(start + place * WIDTH)
    columns = [COLUMNS.index(column) for column in NEVER_FEWER]
    return [np.array(firsts) + column for firsts in seen.values() if len(firsts) > 1 for column in columns]


def _placed(block: sparse.sparray, start: int, number: int) -> sparse.csr_array:
    """A block's columns, in their place among all variables."""
    found = sparse.coo_array(block)
    return sparse.csr_array((found.data, (found.coords[0], found.coords[1] + start)), shape=(found.shape[0], number))
