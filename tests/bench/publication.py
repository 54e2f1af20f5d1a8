"""What hiding costs: time, cells hidden at each level, and the information that is kept, on a believable programme.

`python -m tests.bench.publication [--providers 500]` prints tables; the programme is the same each time.
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
import pandas as pd

from expectations.programme import load_programme
from tests.unit.transforms.publication.programmes import believable
from transforms.publication.counts import COUNT_COLUMNS, LEVELS, Counts
from transforms.publication.suppression import Suppression, suppress


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--providers", type=int, default=500)
    asked.add_argument("--seed", type=int, default=0)
    options = asked.parse_args()
    counts = believable(options.providers, seed=options.seed)
    began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_utime
    found = suppress(counts, [], load_programme().publication_rules[0])
    used = resource.getrusage(resource.RUSAGE_SELF).ru_utime - used
    print(f"{len(counts.units)} units, {counts.counts.size} counts, {found.problems} linear problems,"
          f" {used:.0f} s of user time, {time.perf_counter() - began:.0f} s")  # fmt: skip
    print(hidden_by_level(found).to_string(), end="\n\n")
    print(hidden_by_column(found).to_string(), end="\n\n")
    print(kept(counts, found).to_string(float_format="{:.3f}".format))


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
