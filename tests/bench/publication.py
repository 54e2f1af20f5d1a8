"""What hiding and its audit cost: time, cells hidden at each level, and the information that is kept, on a believable programme.

`python -m tests.bench.publication [--providers 500] [--releases 2]` prints tables; the programme is the same each time. Of two
releases the first lacks the last session of each provider.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from expectations.programme import load_programme
from tests.releases import Programme, write_release
from tests.unit.transforms.publication.programmes import believable, programme_of
from transforms.disclosure_audit import audit
from transforms.publication.counts import COUNT_COLUMNS, LEVELS, Counts, PublishedCounts
from transforms.publication.suppression import Suppression, suppress

T = TypeVar("T")
SESSIONS = 5


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--providers", type=int, default=500)
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--releases", type=int, choices=(1, 2), default=1)
    options = asked.parse_args()
    sessions = believable(options.providers, SESSIONS, options.seed)
    all_but_last = [one for one in sessions if not one.level_id.endswith(f"/S{SESSIONS - 1}")]
    rule = load_programme().publication_rules[0]
    told: list[PublishedCounts] = []
    with tempfile.TemporaryDirectory() as folder:
        written: list[Path] = []
        for period, own in (("2026-Q2", all_but_last), ("2026-Q3", sessions))[-options.releases :]:
            counts = programme_of(own, period)
            found = timed("suppression", partial(suppress, counts, told, rule))
            print(f"{len(counts.units)} units, {counts.counts.size} counts, {found.problems} linear problems")
            release = written_files(Path(folder) / period, counts, found)
            report = timed("audit", partial(audit, release, written, truth=counts.counts))
            print(f"{report.figures}, {'safe' if report.safe else 'NOT SAFE'}\n")
            print(hidden_by_level(found).to_string(), end="\n\n")
            print(hidden_by_column(found).to_string(), end="\n\n")
            print(kept(counts, found).to_string(float_format="{:.3f}".format), end="\n\n")
            told.append(found.published)
            written.append(release)


def timed(name: str, work: Callable[[], T]) -> T:
    """What it gives; how long it took is printed."""
    began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_utime
    done = work()
    used = resource.getrusage(resource.RUSAGE_SELF).ru_utime - used
    print(f"{name}: {used:.0f} s of user time, {time.perf_counter() - began:.0f} s")
    return done


def written_files(folder: Path, counts: Counts, found: Suppression) -> Path:
    """The files that anyone would see."""
    hidden = found.published.counts.isna()
    places = {unit: row for row, unit in enumerate(hidden.index)}
    columns = {name: column for column, name in enumerate(hidden.columns)}
    flags = hidden.to_numpy()
    untold = found.published.verdicts.index[found.published.verdicts["verdict"].isna()]
    return write_release(
        folder, Programme(counts.units, counts.counts),
        lambda level, level_id, name: bool(flags[places[level, level_id], columns[name]]), hidden_verdicts=list(untold),
    )  # fmt: skip


def hidden_by_level(found: Suppression) -> pd.DataFrame:
    """Cells of each level, and how many of them are hidden, and why."""
    kinds = found.hidden.stack().groupby(level=0).value_counts().unstack(fill_value=0)
    kinds = kinds.reindex(index=list(LEVELS), columns=["", "primary", "secondary"], fill_value=0)
    return kinds.rename(columns={"": "published"}).rename_axis(index=None, columns=None)


def hidden_by_column(found: Suppression) -> pd.DataFrame:
    """The same of each column."""
    kinds = found.hidden.apply(lambda column: column.value_counts()).T.reindex(columns=["", "primary", "secondary"]).fillna(0)
    return kinds.astype(int).rename(columns={"": "published"})


def kept(counts: Counts, found: Suppression) -> pd.DataFrame:
    """What is published: share of the cells and of their sum, for hiding as it is, for small counts alone, and for rounding to 5."""
    truth = counts.counts[list(COUNT_COLUMNS)].loc[found.hidden.index].to_numpy()
    shown = found.published.counts.notna().to_numpy()
    primary = (found.hidden != "primary").to_numpy()
    # to the middle of each five: 0-4 is told as 2, 5-9 as 7
    rounded = truth // 5 * 5 + 2
    rows = {
        "small counts alone (unsafe)": (primary.mean(), truth[primary].sum() / truth.sum(), 0.0),
        "hidden until safe": (shown.mean(), truth[shown].sum() / truth.sum(), 0.0),
        "rounded to the middle of fives": (1.0, 1.0, float(np.abs(rounded - truth).mean())),
    }
    return pd.DataFrame(rows, index=["counts told", "of their sum", "mean error of what is told"]).T


if __name__ == "__main__":
    main()
