"""The audit of a release with all earlier ones: plain truths of its files, then the bounds of all that must stay uncertain."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from transforms.disclosure_audit.other_files import file_violations, unchanged
from transforms.disclosure_audit.outsider_knowledge import WIDTH, Knowledge, knowledge, starts_of
from transforms.disclosure_audit.plain_truths import plain_violations
from transforms.disclosure_audit.possible_values import EXACT, MOST, Contradiction, Possible, possible
from transforms.disclosure_audit.published_counts import published_violations
from transforms.disclosure_audit.quantities import Quantities, changes, hidden_counts, rests, together, true_counts
from transforms.disclosure_audit.read_csv_files import COLUMNS, ReadRelease, read_release
from transforms.disclosure_audit.report import KNOWN, NOT_PROVEN, TIGHT, UNTRUE, AuditReport, Figures, Violation
from transforms.disclosure_audit.thresholds import DEFAULT, Thresholds
from transforms.disclosure_audit.witnesses import Witnesses


def audit(
    release: Path, earlier: Sequence[Path] = (), truth: pd.DataFrame | None = None, thresholds: Thresholds = DEFAULT
) -> AuditReport:
    """Whether a release may be published, with all that was before.

    Args:
        release: its folder.
        earlier: the folders of all earlier releases, the earliest first.
        truth: the true counts of the release (index level, level_id; columns as in its files): with them it is known which hidden
            counts are sensitive, and each must seem possible from 0 to below its threshold. Without them a hidden count must
            do so or be uncertain by as much as the threshold, which is weaker.
        thresholds: how few people may not be told.

    Raises OSError or ValueError where a release cannot be read at all.
    """
    began = time.perf_counter()
    read = [read_release(folder) for folder in (*earlier, release)]
    last = read[-1]
    found = [*last.problems, *plain_violations(last, thresholds), *file_violations(last)]
    for folder in earlier:
        found += unchanged(folder, release)
    found += published_violations(read, thresholds)
    if truth is not None:
        found += _against(last, truth)
    figures = Figures(last.counts.size, int(last.hidden.sum()))
    try:
        found += _bound_violations(read, knowledge(read), truth, thresholds, figures)
    except Contradiction as contradiction:
        found += [Violation(*_where(read, variable), COLUMNS[variable % WIDTH], wrong) for variable, wrong in contradiction.found]
    figures.seconds = time.perf_counter() - began
    return AuditReport(found, figures)


def intervals(release: Path, earlier: Sequence[Path] = ()) -> pd.DataFrame:
    """The exact bounds of every hidden count of a release, two linear programs each.

    Columns level, level_id, column, low, high; high is infinite where nothing bounds it. Raises Contradiction where what is
    published cannot all be true.
    """
    read = [read_release(folder) for folder in (*earlier, release)]
    system = possible(knowledge(read))
    start = starts_of(read)[-2]
    quantities = hidden_counts(read, None, DEFAULT)
    quantities = quantities.only(quantities.about >= start)
    bounds = Witnesses(system, quantities).bound_all()
    units = [read[-1].units[(variable - start) // WIDTH] for variable in quantities.about]
    return pd.DataFrame({
        "level": [unit[0] for unit in units], "level_id": [unit[1] for unit in units], "column": list(quantities.name),
        "low": bounds.low, "high": np.where(bounds.high >= MOST - EXACT, np.inf, bounds.high),
    })  # fmt: skip


def _bound_violations(
    read: Sequence[ReadRelease], known: Knowledge, truth: pd.DataFrame | None, thresholds: Thresholds, figures: Figures
) -> Iterator[Violation]:
    system: Possible = possible(known)
    starts = starts_of(read)
    quantities: Quantities = together([
        hidden_counts(read, truth, thresholds),
        rests(read[-1], starts[-2], starts[-1], truth, thresholds),
        changes(read, thresholds),
    ])  # fmt: skip
    figures.bounded, figures.dropped = len(quantities.name), system.dropped
    guess = None
    if truth is not None:
        # where the true counts stand there is room on all sides, which a solver's first point has not
        guess = np.concatenate([np.full(starts[-2], np.nan), true_counts(read[-1], truth).ravel()])
    bounds = Witnesses(system, quantities, guess).prove()
    figures.programs = system.programs.solved
    held = np.where(bounds.exact, quantities.held(bounds.low, bounds.high, exact=True), quantities.held(bounds.low, bounds.high))
    for place in np.flatnonzero(~held.astype(bool)).tolist():
        low, high = float(bounds.low[place]), float(bounds.high[place])
        wrong = NOT_PROVEN if not bounds.exact[place] else KNOWN if high - low <= EXACT else TIGHT
        yield Violation(*_where(read, int(quantities.about[place])), quantities.name[place], wrong, low, high)


def _where(read: Sequence[ReadRelease], variable: int) -> tuple[str, str, str]:
    """The release and the unit of a variable."""
    starts = starts_of(read)
    number = int(np.searchsorted(starts, variable, side="right")) - 1
    return read[number].name, *read[number].units[(variable - starts[number]) // WIDTH]


def _against(release: ReadRelease, truth: pd.DataFrame) -> Iterator[Violation]:
    """Published counts are the true ones, and every true one has a place."""
    true = true_counts(release, truth)
    for place, column in zip(*np.nonzero(~release.hidden & ~(true == release.counts)), strict=True):
        level, level_id = release.units[place]
        yield Violation(release.name, level, level_id, COLUMNS[column], UNTRUE)
    for level, level_id in truth.index.difference(pd.MultiIndex.from_tuples(release.units, names=truth.index.names)):
        yield Violation(release.name, level, level_id, "data/units.csv", UNTRUE)
