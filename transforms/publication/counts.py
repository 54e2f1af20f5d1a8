"""The counts that a release is made of, as the warehouse has them and as anyone may see them."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from warehouse.query_results import read_sql

if TYPE_CHECKING:
    import duckdb

AUDIENCE_COLUMNS = (
    "entrants", "women", "dropouts", "far_from_employment", "qpv_residents", "rural_residents", "disabled", "disabled_qpv",
    "priority",
)  # fmt: skip
CERTIFICATION_COLUMNS = ("leavers", "completed", "dropped_out", "presented", "certified")
EXIT_COLUMNS = ("eligible", "known", "positive")
#: Every count of a unit, cumulated since the programme began. entrants to priority are of those who entered, the others of those
#: who left, by the period's last day; eligible (known or not), known and positive are at M6.
COUNT_COLUMNS = (*AUDIENCE_COLUMNS, *CERTIFICATION_COLUMNS, *EXIT_COLUMNS)
UNIT_COLUMNS = ("level", "level_id", "label", "departement", "epci", "provider", "action")
VERDICT_COLUMNS = ("target_numerator", "target_denominator", "verdict")
#: from the widest to the narrowest, first by place, then by who trains
LEVELS = ("programme", "departement", "epci", "provider", "action", "session")
_PACKAGE = "transforms.publication"


@dataclass(frozen=True)
class Counts:
    """What the warehouse counts by the end of a period.

    `units` has the columns UNIT_COLUMNS: the units that somebody entered, each with the level_ids of those above it, '' where
    there is none. A session has all four; an EPCI its department, but none where it reaches over two. A unit is always
    the sum of the sessions that name it. `counts` has the index (level, level_id), in the order of `units`, and the whole
    numbers COUNT_COLUMNS.
    `verdicts` has the sessions' level_id as index, the target as two whole numbers, and met, not_met or undetermined.
    """

    period: str
    units: pd.DataFrame
    counts: pd.DataFrame
    verdicts: pd.DataFrame


@dataclass(frozen=True)
class PublishedCounts:
    """What anyone may see of the counts of one release.

    As Counts, but `counts` holds nullable whole numbers (Int64), missing where they are hidden, and in `verdicts` a hidden
    verdict is missing, too. `release` is its name: the period, or 2026-Q3-v2 for its first correction.
    """

    release: str
    period: str
    units: pd.DataFrame
    counts: pd.DataFrame
    verdicts: pd.DataFrame


def last_day(period: str) -> date:
    """The last day of a quarter written like 2026-Q3. ValueError if it is not written so."""
    year, _, quarter = period.partition("-Q")
    if not (len(year) == 4 and period.isascii() and year.isdigit() and quarter in ("1", "2", "3", "4")):
        raise ValueError(f"{period!r} is no quarter like 2026-Q3")
    month = 3 * int(quarter)
    return date(int(year), month, monthrange(int(year), month)[1])


def read_counts(con: duckdb.DuckDBPyConnection, period: str) -> Counts:
    """The counts by the end of a period: the sums of a published warehouse's quarters, at each level.

    Args:
        con: the warehouse. Its reference date should not lie before the period's end, or the period is told as it stood then.
        period: a quarter like 2026-Q3.

    Raises ValueError if the period is none; duckdb.Error if what is read is no warehouse.
    """
    end = last_day(period)
    units = _frame(con, "units_with_entrants", UNIT_COLUMNS, {"period": period})
    units = in_order(units)
    counts = _frame(con, "cumulated_counts", ("level", "level_id", *COUNT_COLUMNS), {"period": period, "last_day": end})
    counts = counts.set_index(["level", "level_id"]).astype("int64")
    verdicts = _frame(con, "session_verdicts", ("level_id", *VERDICT_COLUMNS), {"period": period}).set_index("level_id")
    return Counts(period, units, counts.loc[_keys(units)], verdicts.sort_index())


def in_order(units: pd.DataFrame) -> pd.DataFrame:
    """The units by level, the widest first, then by level_id."""
    place = units["level"].map({level: number for number, level in enumerate(LEVELS)})
    ordered = units.assign(place=place).sort_values(["place", "level_id"], ignore_index=True)
    return ordered.drop(columns="place")


def _keys(units: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(units[["level", "level_id"]])


def _frame(con: duckdb.DuckDBPyConnection, query: str, columns: Sequence[str], parameters: dict[str, Any]) -> pd.DataFrame:
    rows = con.execute(read_sql(_PACKAGE, query), parameters).fetchall()
    return pd.DataFrame(rows, columns=list(columns))
