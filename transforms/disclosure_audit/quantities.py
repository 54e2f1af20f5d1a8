"""What must stay uncertain: every hidden count, what is missing from wholes, and every change since earlier releases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from transforms.disclosure_audit.outsider_knowledge import CATEGORIES, WIDTH, Numbers, starts_of
from transforms.disclosure_audit.possible_values import EXACT
from transforms.disclosure_audit.read_csv_files import COLUMNS, Floats, ReadRelease
from transforms.disclosure_audit.thresholds import Thresholds

Flags = npt.NDArray[np.bool_]

#: of which counts what is missing from a whole tells as much as the count itself: (whole, part)
RESTS = (
    *(("entrants", part) for part in (*CATEGORIES, "priority")),
    *(("leavers", part) for part in ("completed", "dropped_out", "presented")),
    ("presented", "certified"), ("eligible", "known"), ("eligible", "positive"), ("known", "positive"),
)  # fmt: skip
#: what is missing here is told by the calendar where it is 0: a sensitive rest is 1 or more
BY_CALENDAR = ("leavers", "eligible")


class Rule(IntEnum):
    """What must be possible of a quantity."""

    #: it is sensitive: 0 and all up to the threshold
    SMALL = 0
    #: it is not: values that lie as far apart as the threshold
    WIDE = 1
    #: nobody here knows which of the two
    EITHER = 2
    #: what is missing from a whole, of which nobody here knows whether it is sensitive: it must not be for certain
    REST = 3
    #: the same where 0 is told by the calendar
    REST_BY_CALENDAR = 4
    #: a change since an earlier release: not within the threshold, and narrower
    CHANGE = 5


@dataclass(frozen=True)
class Quantities:
    """Quantities, a row of `of` each over all variables, with the rule for each and the threshold `least` that it goes by.

    `name` and `about` (a variable) say which it is.
    """

    of: sparse.csr_array
    rule: Numbers
    least: Floats
    about: Numbers
    name: Sequence[str]

    def held(self, low: Floats, high: Floats, exact: bool = False) -> Flags:
        """Which are as uncertain as they must be, if they can be from `low` to `high`; `exact` says that they can be no other."""
        rule, least, narrow = self.rule, self.least, self._narrow
        is_small = (low <= EXACT) & (high >= least - 1 - EXACT)
        is_wide = high - low >= narrow - EXACT
        unchanged = exact & (np.abs(low) <= EXACT) & (np.abs(high) <= EXACT)
        return np.select(
            [rule == Rule.SMALL, rule == Rule.WIDE, rule == Rule.EITHER, rule == Rule.REST, rule == Rule.REST_BY_CALENDAR],
            [is_small, is_wide, is_small | is_wide, is_small | (high >= least - EXACT), (low <= EXACT) | (high >= least - EXACT)],
            is_wide | (low <= -least + EXACT) | (high >= least - EXACT) | unchanged,
        ).astype(bool)

    def goals(self, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """How far down and up each would have to be seen to hold; NaN where that direction is of no use."""
        rule, least, narrow = self.rule, self.least, self._narrow
        above_0, below = low > EXACT, high < least - 1 - EXACT
        nowhere, nothing = np.full(len(low), np.nan), np.zeros(len(low))
        goals = {
            Rule.SMALL: (np.where(above_0, 0.0, np.nan), np.where(below, least - 1, np.nan)),
            Rule.WIDE: (high - narrow, low + narrow),
            Rule.EITHER: (np.where(above_0, np.maximum(high - narrow, 0.0), np.nan), np.where(above_0, low + narrow, least - 1)),
            Rule.REST: (nowhere, least),
            Rule.REST_BY_CALENDAR: (nothing, least),
            Rule.CHANGE: (np.maximum(high - narrow, -least), np.minimum(low + narrow, least)),
        }
        down, up = (np.select([rule == one for one in goals], [pair[side] for pair in goals.values()]) for side in (0, 1))
        return down, up

    @property
    def _narrow(self) -> Floats:
        return np.where(self.rule == Rule.CHANGE, self.least - 1, self.least)

    def only(self, chosen: Numbers | Flags) -> Quantities:
        """The chosen quantities."""
        places = np.arange(len(self.name))[chosen]
        names = [self.name[place] for place in places]
        return Quantities(self.of[places], self.rule[places], self.least[places], self.about[places], names)


def hidden_counts(releases: Sequence[ReadRelease], truth: pd.DataFrame | None, thresholds: Thresholds) -> Quantities:
    """Every hidden count of every release; only of the last it may be known which are sensitive."""
    parts = []
    starts = starts_of(releases)
    for release, start in zip(releases, starts, strict=False):
        cells = np.flatnonzero(release.hidden.ravel())
        rule = np.full(len(cells), Rule.EITHER)
        least = np.full(len(cells), float(thresholds.smallest_count))
        if truth is not None and release is releases[-1]:
            column_least = np.array([thresholds.of(column) for column in COLUMNS], dtype=float)
            true = true_counts(release, truth).ravel()[cells]
            small = true < column_least[cells % WIDTH]
            rule = np.where(np.isnan(true), Rule.EITHER, np.where(small, Rule.SMALL, Rule.WIDE))
        of = sparse.csr_array((np.ones(len(cells)), (np.arange(len(cells)), start + cells)), shape=(len(cells), starts[-1]))
        parts.append(Quantities(of, rule, least, start + cells, [COLUMNS[cell % WIDTH] for cell in cells]))
    return together(parts)


def rests(release: ReadRelease, start: int, number: int, truth: pd.DataFrame | None, thresholds: Thresholds) -> Quantities:
    """What is missing from wholes in the last release, where it is or may be sensitive and one of the two counts is hidden."""
    true = true_counts(release, truth) if truth is not None else np.full(release.counts.shape, np.nan)
    parts = []
    for whole, part in (*RESTS, BY_CALENDAR):
        ours, theirs = COLUMNS.index(part), COLUMNS.index(whole)
        missing = true[:, theirs] - true[:, ours]
        unknown = np.isnan(missing)
        sensitive = (missing < thresholds.smallest_count) & ~((missing == 0) & ((whole, part) == BY_CALENDAR))
        places = np.flatnonzero((release.hidden[:, ours] | release.hidden[:, theirs]) & (sensitive | unknown))
        rule = np.where(unknown[places], Rule.REST_BY_CALENDAR if (whole, part) == BY_CALENDAR else Rule.REST, Rule.SMALL)
        first = start + places * WIDTH
        parts.append(_differences(first + theirs, first + ours, number, rule, thresholds, f"{whole} - {part}"))
    return together(parts)


def changes(releases: Sequence[ReadRelease], thresholds: Thresholds) -> Quantities:
    """Every change of a count of the last release since each earlier one, where one of the two is hidden."""
    *earlier, last = releases
    starts = starts_of(releases)
    parts = []
    for release, start in zip(earlier, starts, strict=False):
        units = [unit for unit in last.units if unit in release.place]
        new, old = (np.array([one.place[unit] for unit in units], dtype=np.int64) for one in (last, release))
        rows, columns = np.nonzero(last.hidden[new] | release.hidden[old])
        parts += [
            _differences(
                starts[-2] + new[rows[columns == column]] * WIDTH + column, start + old[rows[columns == column]] * WIDTH + column,
                starts[-1], np.full((columns == column).sum(), Rule.CHANGE), thresholds, f"{name} since {release.name}",
            )
            for column, name in enumerate(COLUMNS)
        ]  # fmt: skip
    nothing = np.zeros(0, dtype=np.int64)
    return together([*parts, _differences(nothing, nothing, starts[-1], nothing, thresholds, "")])


def true_counts(release: ReadRelease, truth: pd.DataFrame) -> Floats:
    """The true counts in the order of the release's units and COLUMNS; NaN where there is none."""
    index = pd.MultiIndex.from_tuples(release.units, names=truth.index.names)
    return truth.reindex(index=index, columns=list(COLUMNS)).to_numpy(dtype=float)


def together(parts: Sequence[Quantities]) -> Quantities:
    """All quantities of the parts."""
    return Quantities(
        sparse.vstack([part.of for part in parts]).tocsr(), np.concatenate([part.rule for part in parts]).astype(np.int64),
        np.concatenate([part.least for part in parts]), np.concatenate([part.about for part in parts]).astype(np.int64),
        [name for part in parts for name in part.name],
    )  # fmt: skip


def _differences(more: Numbers, less: Numbers, number: int, rule: Numbers, thresholds: Thresholds, name: str) -> Quantities:
    """The quantities more - less, variable by variable."""
    count = len(more)
    rows = np.tile(np.arange(count), 2)
    of = sparse.csr_array((np.repeat([1.0, -1.0], count), (rows, np.concatenate([more, less]))), shape=(count, number))
    about = less if " - " in name else more
    return Quantities(of, rule, np.full(count, float(thresholds.smallest_count)), about, [name] * count)
