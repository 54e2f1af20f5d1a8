"""What published counts alone tell: small ones, small rests, small changes since earlier releases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from transforms.disclosure_audit.quantities import BY_CALENDAR, RESTS
from transforms.disclosure_audit.read_csv_files import COLUMNS, ReadRelease
from transforms.disclosure_audit.report import KNOWN, TOO_SMALL, Violation
from transforms.disclosure_audit.thresholds import Thresholds


def published_violations(releases: Sequence[ReadRelease], thresholds: Thresholds) -> Iterator[Violation]:
    """What the last of these releases publishes and may not, the earliest first."""
    *earlier, last = releases
    for number, column in enumerate(COLUMNS):
        counts = last.counts[:, number]
        for place in np.flatnonzero(counts < thresholds.of(column)):
            yield Violation(last.name, *last.units[place], column, TOO_SMALL, float(counts[place]), float(counts[place]))
    for whole, part in (*RESTS, BY_CALENDAR):
        missing = last.counts[:, COLUMNS.index(whole)] - last.counts[:, COLUMNS.index(part)]
        least = 1 if (whole, part) == BY_CALENDAR else -np.inf
        for place in np.flatnonzero((missing < thresholds.smallest_count) & (missing >= least)):
            value = float(missing[place])
            yield Violation(last.name, *last.units[place], f"{whole} - {part}", KNOWN, value, value)
    for before in earlier:
        yield from _changes(before, last, thresholds)


def _changes(before: ReadRelease, last: ReadRelease, thresholds: Thresholds) -> Iterator[Violation]:
    units = [unit for unit in last.units if unit in before.place]
    new, old = (np.array([one.place[unit] for unit in units], dtype=np.int64) for one in (last, before))
    by = last.counts[new] - before.counts[old]
    small = (np.abs(by) >= 1) & (np.abs(by) < thresholds.smallest_count)
    for row, column in np.argwhere(small).tolist():
        value = float(by[row, column])
        level, level_id = units[row]
        yield Violation(last.name, level, level_id, f"{COLUMNS[column]} since {before.name}", KNOWN, value, value)
