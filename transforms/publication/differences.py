"""What changed between two releases: units that came and went, figures that were revised. Of what is published, nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from transforms.publication.counts import Counts, PublishedCounts
from transforms.publication.declared_tables import UNITS
from transforms.publication.grants import GRANTS
from transforms.publication.read_release import read_table
from transforms.publication.table import FilledTable, Table
from transforms.publication.written_cells import for_programs

#: Rates follow from the counts beside them; how much there is to say of a unit is in its counts.
_LEFT_OUT = {"number": ("_share", "_rate", "rate", "bound_high", "certified_of_", "cost_per_", "entrants_per_", "exhausted_")}


@dataclass(frozen=True)
class Revision:
    """Figures of a row that are not what they were: column, then before and after as they are written."""

    table: Table
    key: tuple[str, ...]
    figures: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class Differences:
    """What changed: units (level, level_id, label) that came and went, and revised figures in the order of the tables."""

    come: Sequence[tuple[str, str, str]]
    gone: Sequence[tuple[str, str, str]]
    revisions: Sequence[Revision]


def differences(earlier: Path, filled: Mapping[str, FilledTable]) -> Differences:
    """What is not as it was in an earlier release. OSError where that has not the tables of one."""
    before = {name: _rows(table.table, read_table(earlier, name)) for name, table in filled.items() if name != GRANTS.name}
    after = {name: _rows(filled[name].table, written_rows(filled[name])) for name in before}
    units_before, units_after = before[UNITS.name], after[UNITS.name]
    return Differences(
        come=[(*key, row["label"]) for key, row in units_after.items() if key not in units_before],  # type: ignore[misc]
        gone=[(*key, row["label"]) for key, row in units_before.items() if key not in units_after],  # type: ignore[misc]
        revisions=[
            Revision(filled[name].table, key, figures)
            for name, rows in after.items() if name != UNITS.name
            for key, row in rows.items() if key in before[name]
            for figures in (_revised(filled[name].table, before[name][key], row),) if figures
        ],
    )  # fmt: skip


def hidden_as_before(counts: Counts, before: PublishedCounts) -> PublishedCounts:
    """The counts with those hidden that an earlier release hides, for a comparison with it: this alone is not safe to publish."""
    told = before.counts.notna().reindex(counts.counts.index, fill_value=True)
    shown = before.verdicts["verdict"].notna().reindex(counts.verdicts.index, fill_value=True)
    verdicts = counts.verdicts.assign(verdict=counts.verdicts["verdict"].astype(object).where(shown, None))
    return PublishedCounts(before.release, counts.period, counts.units, counts.counts.astype("Int64").where(told), verdicts)


def is_the_same(earlier: Path, files: Mapping[str, bytes]) -> bool:
    """Whether the data files of a release are those of an earlier one, byte for byte: then there is nothing to correct."""
    paths = [path for path in files if path.startswith("data/")]
    return all((earlier / path).is_file() and (earlier / path).read_bytes() == files[path] for path in paths)


def written_rows(filled: FilledTable) -> list[dict[str, str]]:
    """The rows of a table as its CSV for programs has them."""
    return [{name: for_programs(value) for name, value in row.items()} for row in filled.records()]


def _rows(table: Table, rows: Sequence[Mapping[str, str]]) -> dict[tuple[str, ...], Mapping[str, str]]:
    return {tuple(row[name] for name in table.primary_key): row for row in rows}


def _revised(table: Table, before: Mapping[str, str], after: Mapping[str, str]) -> list[tuple[str, str, str]]:
    return [
        (column.title, before[column.name], after[column.name])
        for column in table.fields
        if column.name in before and before[column.name] != after[column.name] and not _follows(column.name, column.type)
    ]


def _follows(name: str, kind: str) -> bool:
    return any(name.startswith(part) or name.endswith(part) for part in _LEFT_OUT.get(kind, ()))
