"""Releases of open figures for tests: programmes drawn by chance or written by hand, and the CSV files that anyone would see of them.

Written from the description of the files alone: nothing here is shared with what publishes or audits.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

CATEGORIES = ("women", "dropouts", "far_from_employment", "qpv_residents", "rural_residents", "disabled")
FILES = {
    "audiences": ("entrants", *CATEGORIES, "disabled_qpv", "priority"),
    "certification": ("leavers", "completed", "dropped_out", "presented", "certified"),
    "positive_exits": ("eligible", "known", "positive"),
}
COLUMNS = tuple(name for names in FILES.values() for name in names)
UNIT_COLUMNS = ("level", "level_id", "label", "departement", "epci", "provider", "action")
LEVELS = ("programme", "departement", "epci", "provider", "action", "session")
#: rate: what is added and taken away, over what
RATES: Mapping[str, Mapping[str, tuple[tuple[str, ...], tuple[str, ...], str]]] = {
    "audiences": {"women_share": (("women",), (), "entrants"), "priority_share": (("priority",), (), "entrants")},
    "certification": {
        "completion_rate": (("completed",), (), "leavers"), "dropout_rate": (("dropped_out",), (), "leavers"),
        "certified_of_presented": (("certified",), (), "presented"), "certified_of_leavers": (("certified",), (), "leavers"),
    },
    "positive_exits": {
        "rate": (("positive",), (), "eligible"), "bound_high": (("positive", "eligible"), ("known",), "eligible"),
        "response_rate": (("known",), (), "eligible"),
    },
}  # fmt: skip

#: for a unit (level, level_id) and a column, whether the count is hidden
Hides = Callable[[str, str, str], bool]


@dataclass(frozen=True)
class Session:
    """A session, where it is and to what it belongs ('' where it is unknown), and its counts; those not named are 0."""

    level_id: str
    departement: str
    epci: str
    action: str
    counts: Mapping[str, int]

    @property
    def provider(self) -> str:
        return self.action.partition("/")[0]


@dataclass(frozen=True)
class Programme:
    """All units of a programme, and their true counts (index level, level_id)."""

    units: pd.DataFrame
    counts: pd.DataFrame

    def verdict(self, session: str) -> str:
        own = self.counts.loc[("session", session)]
        return "met" if 2 * own["priority"] >= own["entrants"] else "not_met"


def programme_of(sessions: Iterable[Session]) -> Programme:
    """The programme of these sessions."""
    sums: dict[tuple[str, str], dict[str, int]] = {}
    rows: dict[tuple[str, str], tuple[str, ...]] = {}
    sessions = list(sessions)
    departments: dict[str, set[str]] = {}
    for one in sessions:
        departments.setdefault(one.epci, set()).add(one.departement)
    for one in sessions:
        of_epci = one.departement if len(departments[one.epci]) == 1 else ""
        above = {
            ("programme", ""): ("", "", "", ""), ("departement", one.departement): ("", "", "", ""), ("epci", one.epci): (of_epci, "", "", ""),
            ("provider", one.provider): ("", "", "", ""), ("action", one.action): ("", "", one.provider, ""),
            ("session", one.level_id): (one.departement, one.epci, one.provider, one.action),
        }  # fmt: skip
        for unit, row in above.items():
            if unit[1] or unit[0] == "programme":
                rows[unit] = row
                own = sums.setdefault(unit, dict.fromkeys(COLUMNS, 0))
                for column, count in one.counts.items():
                    own[column] += count
    order = sorted(rows, key=lambda unit: (LEVELS.index(unit[0]), unit[1]))
    units = pd.DataFrame([(*unit, unit[1], *rows[unit]) for unit in order], columns=list(UNIT_COLUMNS))
    index = pd.MultiIndex.from_tuples(order, names=["level", "level_id"])
    return Programme(units, pd.DataFrame([sums[unit] for unit in order], index=index, columns=list(COLUMNS)))


def people(number: int, chance: random.Random, share: float | None = None) -> dict[str, int]:
    """The counts of so many learners, drawn one by one: whatever holds of people holds of these. `share` for all alike (0 or 1)."""
    counts = dict.fromkeys(COLUMNS, 0)
    likely = {name: chance.choice([0.0, 0.1, 0.3, 0.6, 1.0]) if share is None else share for name in CATEGORIES}
    for _ in range(number):
        is_in = {name: chance.random() < likely[name] for name in CATEGORIES}
        left, completed, presented = (chance.random() < odds for odds in (0.9, 0.7, 0.8))
        eligible, known, positive = (chance.random() < odds for odds in (0.9, 0.8, 0.6))
        told = {
            "entrants": True, **is_in, "disabled_qpv": is_in["disabled"] and is_in["qpv_residents"], "priority": any(is_in.values()),
            "leavers": left, "completed": left and completed, "dropped_out": left and not completed and chance.random() < 0.7,
            "presented": left and presented, "certified": left and presented and chance.random() < 0.7,
            "eligible": left and eligible, "known": left and eligible and known, "positive": left and eligible and known and positive,
        }  # fmt: skip
        for name, counted in told.items():
            counts[name] += counted
    return counts


def drawn(providers: int, chance: random.Random, sessions: int = 3, epcis: int = 4, size: tuple[int, int] = (1, 24)) -> list[Session]:
    """The sessions of a programme drawn by chance, some without a known place, some all alike."""
    places = [(f"2000{number:05}", f"{59 + number % 2}") for number in range(epcis)]
    found = []
    for provider in range(providers):
        actions = chance.randint(1, 2)
        for session in range(sessions):
            epci, departement = chance.choice(places) if chance.random() < 0.95 else ("", chance.choice(["", "59"]))
            counts = people(chance.randint(*size), chance, chance.choice([None, None, None, 0.0, 1.0]))
            action = f"{90_000_000_000_000 + provider}/A{chance.randrange(actions)}"
            found.append(Session(f"{action.partition('/')[0]}/S{session}", departement, epci, action, counts))
    return found


def small(programme: Programme) -> Hides:
    """Primary suppression alone: counts that are too small are hidden, and those whose rest is."""
    rests = {
        **dict.fromkeys((*CATEGORIES, "priority"), "entrants"), **dict.fromkeys(("completed", "dropped_out", "presented"), "leavers"),
        "certified": "presented", "known": "eligible", "positive": "eligible",
    }  # fmt: skip

    def hides(level: str, level_id: str, column: str) -> bool:
        own = programme.counts.loc[(level, level_id)]
        least = 11 if column == "disabled_qpv" else 5
        return bool(own[column] < least or (column in rests and own[rests[column]] - own[column] < 5))

    return hides


def below_programme(level: str, level_id: str, column: str) -> bool:
    """Everything but the programme's own counts."""
    return level != "programme"


def nothing(level: str, level_id: str, column: str) -> bool:
    return False


def write_release(
    folder: Path, programme: Programme, hides: Hides, *, hidden_verdicts: Sequence[str] | None = None,
    spend: Sequence[Mapping[str, Any]] = (), french: bool = False,
) -> Path:  # fmt: skip
    """A release's CSV files, in `folder`/data: counts, rates of published counts of 20 and more, verdicts (those of sessions of which
    entrants are hidden and under 5 are hidden, unless told otherwise), coverage, spend. Gives the folder.
    """
    data = folder / "data"
    data.mkdir(parents=True)
    shown = {
        unit: {column: "s" if hides(*unit, column) else str(programme.counts.loc[unit, column]) for column in COLUMNS}
        for unit in programme.counts.index
    }
    tables: dict[str, tuple[Sequence[str], list[Sequence[Any]]]] = {
        "units": (UNIT_COLUMNS, [tuple(row) for row in programme.units.itertuples(index=False)])
    }
    for name, columns in FILES.items():
        horizon = ("horizon",) if name == "positive_exits" else ()
        rows = [(*unit, *(("M6",) if horizon else ()), *(cells[column] for column in columns), *(_rate(cells, *how) for how in RATES[name].values())) for unit, cells in shown.items()]
        tables[name] = ("level", "level_id", *horizon, *columns, *RATES[name]), rows
    sessions = programme.units[programme.units["level"] == "session"]
    few = [one for one in sessions["level_id"] if programme.counts.loc[("session", one), "entrants"] < 5]
    secret = few if hidden_verdicts is None else hidden_verdicts
    tables["verdicts"] = ("level_id", "target", "verdict"), [(one, "0.5", "s" if one in secret else programme.verdict(one)) for one in sessions["level_id"]]
    places = programme.units[programme.units["level"].isin(["departement", "epci"])]
    coverage = [
        (level, level_id, level_id, (sessions[level] == level_id).sum(), shown[level, level_id]["entrants"], 100_000,
         "s" if shown[level, level_id]["entrants"] == "s" else f"{int(shown[level, level_id]['entrants']) / 10:.6f}")
        for level, level_id in zip(places["level"], places["level_id"], strict=True)
    ]  # fmt: skip
    tables["coverage"] = ("level", "level_id", "label", "sessions", "entrants", "inhabitants", "entrants_per_10000"), coverage
    columns = (
        "provider", "action", "call_id", "total_cost", "grant", "cap", "over_cap", "paid", "notified", "cofinancing_public",
        "cofinancing_private", "justified", "settlement_due", "state", "cost_per_entrant", "cost_per_positive_exit",
    )  # fmt: skip
    tables["spend"] = columns, [[row.get(column, "") for column in columns] for row in spend]
    for name, (header, rows) in tables.items():
        _write(data / f"{name}.csv", header, rows)
        if french:
            (folder / "csv-fr").mkdir(exist_ok=True)
            _write(folder / "csv-fr" / f"{name}.csv", header, [[str(cell).replace(".", ",") for cell in row] for row in rows], ";", "utf-8-sig")
    return folder


def change_cell(path: Path, where: Mapping[str, str], column: str, value: str, delimiter: str = ",") -> None:
    """Writes a value into the cells of a CSV file whose rows are these."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, delimiter=delimiter)
        header, rows = reader.fieldnames or (), list(reader)
    for row in rows:
        if all(row[name] == text for name, text in where.items()):
            row[column] = value
    _write(path, header, [list(row.values()) for row in rows], delimiter)


def _rate(cells: Mapping[str, str], plus: Sequence[str], minus: Sequence[str], denominator: str) -> str:
    needed = [cells[name] for name in (*plus, *minus, denominator)]
    if "s" in needed:
        return "s"
    if int(cells[denominator]) < 20:
        return ""
    return f"{(sum(int(cells[name]) for name in plus) - sum(int(cells[name]) for name in minus)) / int(cells[denominator]):.6f}"


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]], delimiter: str = ",", encoding: str = "utf-8") -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\r\n")
        writer.writerow(header)
        writer.writerows(rows)
