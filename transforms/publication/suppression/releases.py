"""The releases as tables of numbers: the one to come as the warehouse counts it, the earlier ones as they were published."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from transforms.publication.counts import COUNT_COLUMNS, Counts, PublishedCounts, in_order
from transforms.publication.suppression.system import Flags, Floats, Numbers, Table

_WIDTH = len(COUNT_COLUMNS)


def table_of_counts(counts: Counts) -> Table:
    """What the warehouse counts."""
    units = in_order(counts.units)
    values = counts.counts.loc[keys_of(units), list(COUNT_COLUMNS)].to_numpy(dtype=np.float64)
    return Table(units, values, _verdicts(units, counts.verdicts))


def table_of_published(published: PublishedCounts) -> Table:
    """What was told of an earlier release, NaN where it was hidden."""
    units = in_order(published.units)
    hidden_as_nan = published.counts.loc[keys_of(units), list(COUNT_COLUMNS)].to_numpy(dtype=np.float64, na_value=np.nan)
    return Table(units, hidden_as_nan, _verdicts(units, published.verdicts))


def keys_of(units: pd.DataFrame) -> pd.MultiIndex:
    """Level and level_id of each unit."""
    return pd.MultiIndex.from_frame(units[["level", "level_id"]])


def told_before(tables: Sequence[Table], units: pd.DataFrame) -> list[Floats]:
    """Of each earlier release what it says of these units, NaN where nothing."""
    found = []
    for table in tables:
        rows = keys_of(table.units).get_indexer(keys_of(units))
        values = np.full((len(units), _WIDTH), np.nan)
        values[rows >= 0] = table.values[rows[rows >= 0]]
        found.append(values)
    return found


def cells_in_both(tables: Sequence[Table], hidden: Flags) -> Numbers:
    """Each cell of an earlier release that is hidden, with the cell of the last one for the same count, a row of both each."""
    *earlier, last = tables
    starts = np.cumsum([0, *(table.values.size for table in tables)])
    pairs = [np.zeros((0, 2), dtype=np.int64)]
    for start, table in zip(starts, earlier, strict=False):
        rows = keys_of(table.units).get_indexer(keys_of(last.units))
        new = np.flatnonzero(rows >= 0)[:, None] * _WIDTH + np.arange(_WIDTH)
        old = rows[rows >= 0][:, None] * _WIDTH + np.arange(_WIDTH)
        both = np.stack([start + old.ravel(), starts[-2] + new.ravel()], axis=1)
        pairs.append(both[hidden[both[:, 0]]])
    return np.concatenate(pairs)


def providers_of(tables: Sequence[Table]) -> Numbers:
    """For each cell a number that it shares with those of the same count, of the same provider, or else of the same unit."""
    numbers: dict[tuple[str, str], int] = {}
    groups = []
    for table in tables:
        own = [
            numbers.setdefault(("provider", provider) if level in ("action", "session") else (level, level_id), len(numbers))
            for level, level_id, provider in table.units[["level", "level_id", "provider"]].itertuples(index=False)
        ]
        groups.append(np.repeat(own, _WIDTH) * _WIDTH + np.tile(np.arange(_WIDTH), len(own)))
    return np.concatenate(groups)


def _verdicts(units: pd.DataFrame, verdicts: pd.DataFrame) -> tuple[tuple[int, int, int, bool], ...]:
    """The verdicts that are told, in the order of the sessions' level_ids."""
    row_of = {level_id: row for row, (level, level_id) in enumerate(keys_of(units)) if level == "session"}
    ordered = verdicts.sort_index()[["target_numerator", "target_denominator", "verdict"]]
    return tuple(
        (row_of[str(level_id)], int(numerator), int(denominator), verdict == "met")
        for level_id, numerator, denominator, verdict in ordered.itertuples()
        if isinstance(verdict, str)
    )
