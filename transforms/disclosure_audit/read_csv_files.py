"""Reads the CSV files of a release as anyone would: its units, its counts with what is hidden, its verdicts, its tables."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from transforms.disclosure_audit.report import UNKNOWN_FILE, UNREADABLE, Violation

Floats = npt.NDArray[np.float64]
Unit = tuple[str, str]
Row = Mapping[str, str]

#: what stands in a file for a count that is hidden
HIDDEN = "s"
#: The counts of each file. No other column of a release is one.
COUNTS_OF = {
    "audiences": (
        "entrants", "women", "dropouts", "far_from_employment", "qpv_residents", "rural_residents", "disabled",
        "disabled_qpv", "priority",
    ),
    "certification": ("leavers", "completed", "dropped_out", "presented", "certified"),
    "positive_exits": ("eligible", "known", "positive"),
}  # fmt: skip
COLUMNS: tuple[str, ...] = tuple(name for names in COUNTS_OF.values() for name in names)
#: every column of every file: one more could tell what nobody looks at
HEADERS = {
    "units": ("level", "level_id", "label", "departement", "epci", "provider", "action"),
    "audiences": ("level", "level_id", *COUNTS_OF["audiences"], "women_share", "priority_share"),
    "verdicts": ("level_id", "target", "verdict"),
    "certification": (
        "level", "level_id", *COUNTS_OF["certification"],
        "completion_rate", "dropout_rate", "certified_of_presented", "certified_of_leavers",
    ),
    "positive_exits": ("level", "level_id", "horizon", *COUNTS_OF["positive_exits"], "rate", "bound_high", "response_rate"),
    "coverage": ("level", "level_id", "label", "sessions", "entrants", "inhabitants", "entrants_per_10000"),
    "spend": (
        "provider", "action", "call_id", "total_cost", "grant", "cap", "over_cap", "paid", "notified", "cofinancing_public",
        "cofinancing_private", "justified", "settlement_due", "state", "cost_per_entrant", "cost_per_positive_exit",
    ),
    "envelopes": (
        "call_id", "envelope", "actions", "committed", "paid", "justified", "remaining", "committed_share", "paid_share",
        "actions_over_cap", "exhausted_low", "exhausted_mid", "exhausted_high",
    ),
    "subventions": (
        "nomAttribuant", "idAttribuant", "dateConvention", "referenceDecision", "nomBeneficiaire", "idBeneficiaire",
        "rnaBeneficiaire", "objet", "montant", "nature", "conditionsVersement", "datesPeriodeVersement", "idRAE",
        "notificationUE", "pourcentageSubvention", "dispositifAide",
    ),
}  # fmt: skip
#: without these a release has no counts that could be audited
NEEDED = ("units", "audiences", "verdicts", "certification", "positive_exits")


@dataclass(frozen=True)
class Verdict:
    """What is said of a session, and the share of priority audiences it is held against; `said` is None where it is hidden."""

    target: Fraction
    said: str | None


@dataclass
class ReadRelease:
    """A release as anyone sees it.

    `units` are the units in the order of units.csv, `above` what it says of the units above each; `counts` has a row a unit and a
    column for each of COLUMNS, NaN where a count is hidden. `tables` are the rows of each file, as text. `problems` are what
    cannot be read, or nobody should publish.
    """

    name: str
    folder: Path
    units: list[Unit]
    above: list[Row]
    counts: Floats
    verdicts: dict[str, Verdict]
    tables: dict[str, list[Row]]
    problems: list[Violation] = field(default_factory=list)
    place: dict[Unit, int] = field(default_factory=dict)

    @property
    def hidden(self) -> npt.NDArray[np.bool_]:
        """Where a count is hidden."""
        return np.isnan(self.counts)


def read_release(folder: Path) -> ReadRelease:
    """A release's CSV files. What is missing or strange is told in `problems`; OSError where a file of counts is not there."""
    problems: list[Violation] = []
    name = folder.name

    def problem(level: str, level_id: str, quantity: str, wrong: str = UNREADABLE) -> None:
        problems.append(Violation(name, level, level_id, quantity, wrong))

    tables: dict[str, list[Row]] = {}
    for path in sorted((folder / "data").iterdir()):
        if path.suffix != ".csv" or path.stem not in HEADERS:
            problem("", "", f"data/{path.name}", UNKNOWN_FILE)
            continue
        header, rows = _table(path)
        for column in header:
            if column not in HEADERS[path.stem]:
                problem("", "", f"data/{path.name}: {column}", UNKNOWN_FILE)
        tables[path.stem] = rows
    missing = [table for table in NEEDED if table not in tables]
    if missing:
        raise FileNotFoundError(f"{folder.name}: data/{missing[0]}.csv is missing")

    units = [(row["level"], row["level_id"]) for row in tables["units"]]
    place = {unit: number for number, unit in enumerate(units)}
    if len(place) < len(units):
        problem("", "", "data/units.csv")
    counts = np.full((len(units), len(COLUMNS)), np.nan)
    for table, names in COUNTS_OF.items():
        seen: set[Unit] = set()
        for row in tables[table]:
            unit = (row["level"], row["level_id"])
            if unit not in place or unit in seen:
                problem(*unit, f"data/{table}.csv")
                continue
            seen.add(unit)
            for column in names:
                text = row.get(column, "")
                if text.isascii() and text.isdigit():
                    counts[place[unit], COLUMNS.index(column)] = int(text)
                elif text != HIDDEN:
                    problem(*unit, column)
        for unit in place.keys() - seen:
            problem(*unit, f"data/{table}.csv")
    verdicts = {row["level_id"]: _verdict(row) for row in tables["verdicts"]}
    return ReadRelease(name, folder, units, tables["units"], counts, verdicts, tables, problems, place)


def _table(path: Path) -> tuple[Sequence[str], list[Row]]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows: list[Row] = [{key: value or "" for key, value in row.items() if key is not None} for row in reader]
        return reader.fieldnames or (), rows


def _verdict(row: Row) -> Verdict:
    # a target of a third is written with six decimals
    return Verdict(Fraction(row["target"]).limit_denominator(1000), None if row["verdict"] == HIDDEN else row["verdict"])
