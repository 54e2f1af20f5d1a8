"""Fills the tables of a release: counts as they may be shown, rates of these alone, and the money that is public anyway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from transforms.publication.counts import AUDIENCE_COLUMNS, CERTIFICATION_COLUMNS, EXIT_COLUMNS, PublishedCounts
from transforms.publication.declared_tables import (
    AUDIENCES,
    CERTIFICATION,
    COVERAGE,
    ENVELOPES,
    POSITIVE_EXITS,
    SPEND,
    UNITS,
    VERDICTS,
)
from transforms.publication.grants import GRANTS, Publisher, read_grants
from transforms.publication.rates import cost_per_head, minus, plus, published_rate
from transforms.publication.table import HIDDEN, FilledTable, Secret, Table
from warehouse.query_results import read_sql, rows_as_dicts

if TYPE_CHECKING:
    import duckdb

#: in the order in which a release tells of them
TABLES: tuple[Table, ...] = (UNITS, AUDIENCES, VERDICTS, CERTIFICATION, POSITIVE_EXITS, COVERAGE, SPEND, ENVELOPES, GRANTS)
HORIZON = "M6"
_PACKAGE = "transforms.publication"
Cells = Mapping[tuple[str, str], Mapping[str, int | Secret]]


@dataclass(frozen=True)
class OpenMoney:
    """What a release tells beside its counts, as the warehouse has it: places, money of actions and calls, grants."""

    places: Sequence[Mapping[str, Any]]
    spend: Sequence[Mapping[str, Any]]
    envelopes: Sequence[Mapping[str, Any]]
    grants: FilledTable

    @property
    def titles(self) -> dict[str, str]:
        """The title of each action by its level_id."""
        return {row["action"]: row["title"] or "" for row in self.spend}


def read_money(con: duckdb.DuckDBPyConnection, publisher: Publisher) -> OpenMoney:
    """What is told beside the counts, from a published warehouse. duckdb.Error where it is none."""
    places, spend, envelopes = (
        rows_as_dicts(con.execute(read_sql(_PACKAGE, query))) for query in ("places", "spend", "envelopes")
    )
    return OpenMoney(places, spend, envelopes, read_grants(con, publisher))


def fill_tables(published: PublishedCounts, money: OpenMoney, least: int) -> dict[str, FilledTable]:
    """The tables of a release by name, in the order of TABLES.

    Args:
        published: the counts as anyone may see them; rates and costs are computed from them alone.
        money: what is told beside.
        least: people under whom no rate is told.
    """
    cells = shown_cells(published)
    rows: dict[str, Sequence[Sequence[Any]]] = {
        UNITS.name: [tuple(row) for row in published.units[list(UNITS.names)].itertuples(index=False)],
        AUDIENCES.name: [_audiences(unit, found, least) for unit, found in cells.items()],
        VERDICTS.name: _verdicts(published),
        CERTIFICATION.name: [_certification(unit, found, least) for unit, found in cells.items()],
        POSITIVE_EXITS.name: [_positive_exits(unit, found, least) for unit, found in cells.items()],
        COVERAGE.name: _coverage(published, cells, money),
        SPEND.name: [_spend(row, cells.get(("action", row["action"])), least) for row in money.spend],
        ENVELOPES.name: [tuple(row[name] for name in ENVELOPES.names) for row in money.envelopes],
        GRANTS.name: money.grants.rows,
    }
    return {table.name: FilledTable(table, rows[table.name]) for table in TABLES}


def shown_cells(published: PublishedCounts) -> Cells:
    """The counts of each unit by column: a number, or HIDDEN."""
    columns = list(published.counts.columns)
    return {
        unit: {name: HIDDEN if pd.isna(value) else int(value) for name, value in zip(columns, values, strict=True)}
        for unit, values in zip(published.counts.index, published.counts.itertuples(index=False, name=None), strict=True)
    }


def _audiences(unit: tuple[str, str], found: Mapping[str, int | Secret], least: int) -> tuple[Any, ...]:
    entrants = found["entrants"]
    return (
        *unit, *(found[name] for name in AUDIENCE_COLUMNS),
        published_rate(found["women"], entrants, least), published_rate(found["priority"], entrants, least),
    )  # fmt: skip


def _verdicts(published: PublishedCounts) -> list[tuple[Any, ...]]:
    return [
        (row.Index, row.target_numerator / row.target_denominator, HIDDEN if pd.isna(row.verdict) else row.verdict)
        for row in published.verdicts.itertuples()
    ]


def _certification(unit: tuple[str, str], found: Mapping[str, int | Secret], least: int) -> tuple[Any, ...]:
    leavers = found["leavers"]
    return (
        *unit, *(found[name] for name in CERTIFICATION_COLUMNS),
        published_rate(found["completed"], leavers, least), published_rate(found["dropped_out"], leavers, least),
        published_rate(found["certified"], found["presented"], least), published_rate(found["certified"], leavers, least),
    )  # fmt: skip


def _positive_exits(unit: tuple[str, str], found: Mapping[str, int | Secret], least: int) -> tuple[Any, ...]:
    eligible, known, positive = (found[name] for name in EXIT_COLUMNS)
    return (
        *unit, HORIZON, eligible, known, positive, published_rate(positive, eligible, least),
        published_rate(plus(positive, minus(eligible, known)), eligible, least), published_rate(known, eligible, least),
    )  # fmt: skip


def _coverage(published: PublishedCounts, cells: Cells, money: OpenMoney) -> list[tuple[Any, ...]]:
    sessions = published.units[published.units["level"] == "session"]
    counts = {level: sessions[level].value_counts() for level in ("departement", "epci")}
    rows = []
    for place in money.places:
        unit = (place["level"], place["level_id"])
        # a place without a unit has no session that somebody entered: nobody is told of by its 0
        entrants = cells[unit]["entrants"] if unit in cells else 0
        density = _per_10000(entrants, place["inhabitants"])
        rows.append((*unit, place["label"], int(counts[unit[0]].get(unit[1], 0)), entrants, place["inhabitants"], density))
    return rows


def _per_10000(entrants: int | Secret, inhabitants: int | None) -> float | Secret | None:
    if isinstance(entrants, Secret):
        return HIDDEN
    return entrants * 10_000 / inhabitants if inhabitants else None


def _spend(row: Mapping[str, Any], found: Mapping[str, int | Secret] | None, least: int) -> tuple[Any, ...]:
    entrants, positive = (found["entrants"], found["positive"]) if found else (None, None)
    return (
        *(row[name] for name in SPEND.names[:-2]),
        cost_per_head(row["justified"], entrants, least), cost_per_head(row["justified"], positive, least),
    )  # fmt: skip
