"""Reads a release from its folder, as anyone would: what was published is known from `open/` alone."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pandas as pd

from transforms.publication.counts import (
    AUDIENCE_COLUMNS,
    CERTIFICATION_COLUMNS,
    COUNT_COLUMNS,
    EXIT_COLUMNS,
    UNIT_COLUMNS,
    VERDICT_COLUMNS,
    PublishedCounts,
)
from transforms.publication.table import SYMBOL

_NAME = re.compile(r"([0-9]{4}-Q[1-4])(?:-v([1-9][0-9]{0,3}))?")
#: targets are shares of small whole numbers, written as decimals
_LARGEST_DENOMINATOR = 1_000


@dataclass(frozen=True, order=True)
class ReleaseName:
    """The name of a release: its period, and which version of it; sorted, an earlier one comes first."""

    period: str
    version: int = 1

    def __str__(self) -> str:
        return self.period if self.version == 1 else f"{self.period}-v{self.version}"

    @property
    def next_version(self) -> ReleaseName:
        """The name of its correction."""
        return ReleaseName(self.period, self.version + 1)


def release_name(text: str) -> ReleaseName | None:
    """The name of a release from that of its folder, None where it is no release's."""
    found = _NAME.fullmatch(text)
    if found is None or found[2] == "1":
        return None
    return ReleaseName(found[1], int(found[2] or 1))


def read_table(release: Path, name: str) -> list[dict[str, str]]:
    """The rows of a table of a release, as they are written. OSError where it is not there."""
    with (release / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_published_counts(release: Path) -> PublishedCounts:
    """The counts of a release. OSError, KeyError or ValueError where its files are not those of one."""
    named = release_name(release.name)
    if named is None:
        raise ValueError(f"{release.name} is no name of a release")
    counts = _counts(release, "audiences", AUDIENCE_COLUMNS)
    for table, columns in (("certification", CERTIFICATION_COLUMNS), ("positive_exits", EXIT_COLUMNS)):
        counts = counts.join(_counts(release, table, columns), validate="one_to_one")
    units = pd.DataFrame(read_table(release, "units"), columns=list(UNIT_COLUMNS), dtype=object)
    return PublishedCounts(str(named), named.period, units, counts[list(COUNT_COLUMNS)], _verdicts(release))


def _counts(release: Path, table: str, columns: Sequence[str]) -> pd.DataFrame:
    rows = read_table(release, table)
    index = pd.MultiIndex.from_tuples([(row["level"], row["level_id"]) for row in rows], names=["level", "level_id"])
    values = {name: [pd.NA if row[name] == SYMBOL else int(row[name]) for row in rows] for name in columns}
    return pd.DataFrame(values, index=index).astype("Int64")


def _verdicts(release: Path) -> pd.DataFrame:
    rows = []
    for row in read_table(release, "verdicts"):
        target = Fraction(row["target"]).limit_denominator(_LARGEST_DENOMINATOR)
        verdict = None if row["verdict"] == SYMBOL else row["verdict"]
        rows.append((row["level_id"], target.numerator, target.denominator, verdict))
    return pd.DataFrame(rows, columns=["level_id", *VERDICT_COLUMNS]).set_index("level_id")
