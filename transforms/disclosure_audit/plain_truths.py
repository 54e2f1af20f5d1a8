"""Plain truths of a release's tables: rates are those of published counts, costs and coverage tell of no hidden one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

import numpy as np

from transforms.disclosure_audit.read_csv_files import COLUMNS, HIDDEN, ReadRelease, Row
from transforms.disclosure_audit.report import (
    COST_OF_HIDDEN,
    COVERAGE_DIFFERS,
    RATE_OF_FEW,
    RATE_OF_HIDDEN,
    RATE_WRONG,
    Violation,
)
from transforms.disclosure_audit.thresholds import Thresholds

#: the rates of each file: counts of the numerator with their signs, and the denominator
RATES: Mapping[str, Mapping[str, tuple[Mapping[str, int], str]]] = {
    "audiences": {"women_share": ({"women": 1}, "entrants"), "priority_share": ({"priority": 1}, "entrants")},
    "certification": {
        "completion_rate": ({"completed": 1}, "leavers"), "dropout_rate": ({"dropped_out": 1}, "leavers"),
        "certified_of_presented": ({"certified": 1}, "presented"), "certified_of_leavers": ({"certified": 1}, "leavers"),
    },
    "positive_exits": {
        "rate": ({"positive": 1}, "eligible"), "bound_high": ({"positive": 1, "eligible": 1, "known": -1}, "eligible"),
        "response_rate": ({"known": 1}, "eligible"),
    },
}  # fmt: skip
#: the costs per head of an action, and of which heads
COSTS = {"cost_per_entrant": "entrants", "cost_per_positive_exit": "positive"}
#: rates have six decimals, costs two
_RATE_OFF, _COST_OFF = Fraction(1, 1_000_000), Fraction(6, 1000)


def plain_violations(release: ReadRelease, thresholds: Thresholds) -> Iterator[Violation]:
    """What is not as it should be in the tables of a release."""
    for table, rates in RATES.items():
        for row in release.tables[table]:
            for rate, (numerator, denominator) in rates.items():
                yield from _rate(release, row, rate, numerator, denominator, thresholds)
    yield from _costs(release, thresholds)
    yield from _coverage(release)


def _rate(
    release: ReadRelease, row: Row, rate: str, numerator: Mapping[str, int], denominator: str, thresholds: Thresholds
) -> Iterator[Violation]:
    unit = (row["level"], row["level_id"])
    counts = {name: _count(row[name]) for name in (*numerator, denominator)}
    told = row.get(rate, "")
    if any(count is None for count in counts.values()):
        # not even an empty cell: it would say that the denominator is small
        if told != HIDDEN:
            yield Violation(release.name, *unit, rate, RATE_OF_HIDDEN)
    elif told not in ("", HIDDEN):
        heads = counts[denominator] or 0
        if heads < thresholds.smallest_denominator:
            yield Violation(release.name, *unit, rate, RATE_OF_FEW)
        elif not _near(told, Fraction(sum(sign * (counts[name] or 0) for name, sign in numerator.items()), heads), _RATE_OFF):
            yield Violation(release.name, *unit, rate, RATE_WRONG)


def _costs(release: ReadRelease, thresholds: Thresholds) -> Iterator[Violation]:
    for row in release.tables.get("spend", ()):
        place = release.place.get(("action", row["action"]))
        for cost, column in COSTS.items():
            told = row.get(cost, "")
            heads = np.nan if place is None else release.counts[place, COLUMNS.index(column)]
            if place is not None and np.isnan(heads) and told != HIDDEN:
                yield Violation(release.name, "action", row["action"], cost, COST_OF_HIDDEN)
            elif told in ("", HIDDEN):
                continue
            elif np.isnan(heads) or heads < thresholds.smallest_denominator:
                yield Violation(release.name, "action", row["action"], cost, RATE_OF_FEW)
            elif not _near(told, _fraction(row["justified"]) / Fraction(int(heads)), _COST_OFF):
                yield Violation(release.name, "action", row["action"], cost, RATE_WRONG)


def _coverage(release: ReadRelease) -> Iterator[Violation]:
    sessions: dict[tuple[str, str], int] = {}
    for row in release.above:
        if row["level"] == "session":
            for level in ("departement", "epci"):
                sessions[level, row[level]] = sessions.get((level, row[level]), 0) + 1
    for row in release.tables.get("coverage", ()):
        unit = (row["level"], row["level_id"])
        place = release.place.get(unit)
        entrants = _count(row["entrants"])
        should_be = 0.0 if place is None else release.counts[place, COLUMNS.index("entrants")]
        shown = np.nan if entrants is None else float(entrants)
        if not np.array_equal(shown, should_be, equal_nan=True) or row["sessions"] != str(sessions.get(unit, 0)):
            yield Violation(release.name, *unit, "coverage", COVERAGE_DIFFERS)
        told = row["entrants_per_10000"]
        if entrants is None:
            if told != HIDDEN:
                yield Violation(release.name, *unit, "entrants_per_10000", RATE_OF_HIDDEN)
        elif told not in ("", HIDDEN) and not _near(told, Fraction(entrants * 10_000) / _fraction(row["inhabitants"]), _RATE_OFF):
            yield Violation(release.name, *unit, "entrants_per_10000", RATE_WRONG)


def _count(text: str) -> int | None:
    """A published count; None where it is hidden, or no count."""
    return int(text) if text.isascii() and text.isdigit() else None


def _fraction(text: str) -> Fraction:
    """A number of a file; 1 where there is none, of which nothing is right."""
    try:
        return Fraction(text) or Fraction(1)
    except ValueError:
        return Fraction(1)


def _near(told: str, value: Fraction, off: Fraction) -> bool:
    try:
        return abs(Fraction(told) - value) <= off
    except ValueError:
        return False
