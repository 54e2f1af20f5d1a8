"""An attacker on open figures: sees CSV files of releases, and works out what they hide by whole-number reasoning alone.

`python -m tests.attack.open_figures open/2026-Q2 open/2026-Q3` prints a table: attack, cells tried, recovered, bounded closely. It
shares no code with what hides counts, nor with what audits them, and uses no solver: what it finds, anybody finds with a spreadsheet
and patience. What it does not find is no proof; that is the audit's.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

#: release, level, level_id, column
Cell = tuple[str, str, str, str]
#: factors of cells, and what they come to: at the most, or exactly
Clue = tuple[Mapping[Cell, int], int, bool]

KINDS = ("women", "dropouts", "far_from_employment", "qpv_residents", "rural_residents", "disabled")
AUDIENCES = ("entrants", *KINDS, "disabled_qpv", "priority")
CERTIFICATION = ("leavers", "completed", "dropped_out", "presented", "certified")
EXITS = ("eligible", "known", "positive")
COLUMNS = (*AUDIENCES, *CERTIFICATION, *EXITS)
#: part <= whole
INSIDE = (
    *((part, "entrants") for part in (*KINDS, "priority", "leavers")), *((part, "priority") for part in KINDS), ("disabled_qpv", "disabled"),
    ("disabled_qpv", "qpv_residents"), ("presented", "leavers"), ("certified", "presented"), ("positive", "known"), ("known", "eligible"),
    ("eligible", "leavers"), ("completed", "leavers"), ("dropped_out", "leavers"),
)  # fmt: skip
#: what is missing from these is as telling as the part
RESTS = (
    *(pair for pair in INSIDE if pair[1] in ("entrants", "leavers", "presented", "eligible", "known") and pair[0] not in ("leavers", "eligible")),
    ("positive", "eligible"),
)  # fmt: skip
SHARES = {
    "women_share": ("women", "entrants"), "priority_share": ("priority", "entrants"), "completion_rate": ("completed", "leavers"),
    "dropout_rate": ("dropped_out", "leavers"), "certified_of_presented": ("certified", "presented"),
    "certified_of_leavers": ("certified", "leavers"), "rate": ("positive", "eligible"), "response_rate": ("known", "eligible"),
}  # fmt: skip
COSTS = {"cost_per_entrant": "entrants", "cost_per_positive_exit": "positive"}
#: more people than this are in no cell
_MOST = 10**9
_PASSES = 200


@dataclass
class Seen:
    """What stands in the files: published cells, cells that are hidden, units with what is above them, rates, costs, verdicts."""

    published: dict[Cell, int] = field(default_factory=dict)
    hidden: set[Cell] = field(default_factory=set)
    units: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    rates: list[tuple[Cell, Cell, Fraction]] = field(default_factory=list)
    costs: list[tuple[Cell, Fraction, Fraction]] = field(default_factory=list)
    verdicts: list[tuple[str, str, Fraction, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """What an attack came to: cells tried, recovered exactly, bounded to less than 0 to 4 and narrower than five; and which."""

    attack: str
    tried: int
    recovered: int
    close: int
    cells: Mapping[str, tuple[int, int]]


def see(releases: Sequence[Path]) -> Seen:
    """Everything in the CSV files that tells of people."""
    seen = Seen()
    for folder in releases:
        name = folder.name
        seen.units[name] = list(_rows(folder, "units"))
        for table in ("audiences", "certification", "positive_exits"):
            for row in _rows(folder, table):
                cells = {column: (name, row["level"], row["level_id"], column) for column in COLUMNS if column in row}
                for column, cell in cells.items():
                    if row[column] == "s":
                        seen.hidden.add(cell)
                    else:
                        seen.published[cell] = int(row[column])
                for share, (part, whole) in SHARES.items():
                    if row.get(share, "s") not in ("", "s"):
                        seen.rates.append((cells[part], cells[whole], Fraction(row[share])))
        for row in _rows(folder, "verdicts"):
            if row["verdict"] != "s":
                seen.verdicts.append((name, row["level_id"], Fraction(row["target"]).limit_denominator(1000), row["verdict"]))
        for row in _rows(folder, "spend"):
            for cost, column in COSTS.items():
                if row.get(cost, "s") not in ("", "s") and row["justified"]:
                    seen.costs.append(((name, "action", row["action"], column), Fraction(row["justified"]), Fraction(row[cost])))
    return seen


# ------------------------------------------------------------------------------------------- clues


def sums(seen: Seen) -> Iterator[Clue]:
    """Each unit is the sum of its sessions, and of every level between."""
    for name, units in seen.units.items():
        sessions = [row for row in units if row["level"] == "session"]
        for unit in units:
            if unit["level"] == "session":
                continue
            own = [row for row in sessions if unit["level"] == "programme" or row[unit["level"]] == unit["level_id"]]
            for between in ("session", "action", "epci", "provider", "departement"):
                parts = _exactly(between, own, sessions)
                if parts and (unit["level"], unit["level_id"]) not in parts:
                    for column in COLUMNS:
                        yield {(name, unit["level"], unit["level_id"], column): 1, **{(name, *part, column): -1 for part in parts}}, 0, True


def _exactly(level: str, own: list[dict[str, str]], sessions: list[dict[str, str]]) -> list[tuple[str, str]]:
    """The units of a level that together have these sessions and no other; sessions without such a unit stand for themselves."""
    if level == "session":
        return [("session", row["level_id"]) for row in own]
    ids = {row[level] for row in own} - {""}
    if sum(row[level] in ids for row in sessions) != sum(row[level] in ids for row in own):
        return []
    return [*((level, one) for one in sorted(ids)), *(("session", row["level_id"]) for row in own if not row[level])]


def inside(seen: Seen) -> Iterator[Clue]:
    """No part is larger than its whole; priority audiences are those of at least one kind; two kinds overlap where they must."""
    for name, level, level_id in {cell[:3] for cell in (*seen.hidden, *seen.published)}:
        unit = {column: (name, level, level_id, column) for column in COLUMNS}
        for part, whole in INSIDE:
            yield {unit[part]: 1, unit[whole]: -1}, 0, False
        yield {unit["priority"]: 1, **{unit[kind]: -1 for kind in KINDS}}, 0, False
        yield {unit["completed"]: 1, unit["dropped_out"]: 1, unit["leavers"]: -1}, 0, False
        yield {unit["disabled"]: 1, unit["qpv_residents"]: 1, unit["entrants"]: -1, unit["disabled_qpv"]: -1}, 0, False


def verdicts(seen: Seen) -> Iterator[Clue]:
    """A verdict says on which side of the target a session is."""
    for name, session, target, said in seen.verdicts:
        entrants, priority = ((name, "session", session, column) for column in ("entrants", "priority"))
        if said == "met":
            yield {entrants: target.numerator, priority: -target.denominator}, 0, False
        else:
            yield {priority: target.denominator, entrants: -target.numerator}, -1, False


def growth(seen: Seen) -> Iterator[Clue]:
    """Cumulated counts do not fall. What does by published counts is left out."""
    names = list(seen.units)
    cells = {*seen.hidden, *seen.published}
    for place, earlier in enumerate(names):
        for name, level, level_id, column in cells:
            if name != earlier or column in EXITS:
                continue
            for later in names[place + 1 :]:
                new, old = (later, level, level_id, column), (name, level, level_id, column)
                if new in cells and not seen.published.get(old, 0) > seen.published.get(new, _MOST):
                    yield {old: 1, new: -1}, 0, False


def rates(seen: Seen) -> Iterator[Clue]:
    """A rate of which one count is published gives the other."""
    for part, whole, rate in seen.rates:
        if whole in seen.published:
            yield {part: 1}, round(rate * seen.published[whole]), True
        elif part in seen.published and rate:
            yield {whole: 1}, round(seen.published[part] / rate), True


def costs(seen: Seen) -> Iterator[Clue]:
    """What was spent, over what a head costs, is heads."""
    for cell, spent, cost in seen.costs:
        if cost:
            yield {cell: 1}, round(spent / cost), True


# ------------------------------------------------------------------------------------------- reasoning


class Reasoning:
    """Bounds of cells, tightened clue by clue, in whole numbers, until nothing changes."""

    def __init__(self, seen: Seen, clues: Iterable[Clue]) -> None:
        self.low = dict.fromkeys(seen.hidden, 0) | seen.published
        self.high = dict.fromkeys(seen.hidden, _MOST) | seen.published
        self.clues = [(dict(terms), bound) for clue in clues for terms, bound in _at_most(*clue) if all(cell in self.low for cell in terms)]
        of_cell = defaultdict(list)
        for number, (terms, _) in enumerate(self.clues):
            for cell in terms:
                if cell in seen.hidden:
                    of_cell[cell].append(number)
        waiting = set(range(len(self.clues)))
        for _ in range(_PASSES):
            changed = {cell for number in waiting for cell in self._follow(*self.clues[number])}
            waiting = {number for cell in changed for number in of_cell[cell]}
            if not waiting:
                break

    def _follow(self, terms: Mapping[Cell, int], bound: int) -> list[Cell]:
        """What `terms` <= `bound` says of each of its cells; those that it bounds more closely."""
        least = sum(factor * (self.low if factor > 0 else self.high)[cell] for cell, factor in terms.items())
        changed = []
        for cell, factor in terms.items():
            if self.low[cell] == self.high[cell]:
                continue
            room = bound - (least - factor * (self.low if factor > 0 else self.high)[cell])
            if factor > 0 and room // factor < self.high[cell]:
                self.high[cell] = max(room // factor, self.low[cell])
                changed.append(cell)
            elif factor < 0 and -(room // -factor) > self.low[cell]:
                self.low[cell] = min(-(room // -factor), self.high[cell])
                changed.append(cell)
        return changed


def _at_most(terms: Mapping[Cell, int], bound: int, exact: bool) -> Iterator[tuple[Mapping[Cell, int], int]]:
    yield terms, bound
    if exact:
        yield {cell: -factor for cell, factor in terms.items()}, -bound


def attack(releases: Sequence[Path]) -> list[Outcome]:
    """Every attack on these releases, the earliest first, and all clues together."""
    seen = see(releases)
    ways = {
        "totals less their parts": [sums(seen)], "rates times denominators": [rates(seen)], "what was spent, by what a head costs": [costs(seen)],
        "parts and wholes": [inside(seen)], "verdicts": [verdicts(seen), inside(seen)], "from one release to the next": [growth(seen), inside(seen)],
        "totals, parts and wholes": [sums(seen), inside(seen), verdicts(seen)],
        "everything": [sums(seen), rates(seen), costs(seen), inside(seen), verdicts(seen), growth(seen)],
    }  # fmt: skip
    outcomes = []
    last = Reasoning(seen, ())
    for name, clues in ways.items():
        last = Reasoning(seen, (clue for each in clues for clue in each))
        outcomes.append(_outcome(name, {" ".join(cell): (last.low[cell], last.high[cell]) for cell in sorted(seen.hidden)}, 5))
    outcomes.append(_outcome("what is missing from a whole", dict(_rests(seen, last)), 5))
    outcomes.append(_outcome("what is new since a release", dict(_changes(seen, last)), 4, signed=True))
    return outcomes


def _outcome(attack: str, cells: Mapping[str, tuple[int, int]], narrow: int, signed: bool = False) -> Outcome:
    """`narrow`: fewer values between are close. A change of none is no person, and one of five and more is told."""
    found = {cell: (low, high) for cell, (low, high) in cells.items() if high - low < narrow and not (low <= 0 and high >= 4)}
    if signed:
        found = {cell: (low, high) for cell, (low, high) in found.items() if low > -5 and high < 5 and (low, high) != (0, 0)}
    recovered = sum(low == high for low, high in found.values())
    return Outcome(attack, len(cells), recovered, len(found) - recovered, found)


def _rests(seen: Seen, known: Reasoning) -> Iterator[tuple[str, tuple[int, int]]]:
    """What is missing from wholes, where one of the two is hidden and it is certainly of fewer than five."""
    for name, level, level_id in {cell[:3] for cell in seen.hidden}:
        for part, whole in RESTS:
            ours, theirs = (name, level, level_id, part), (name, level, level_id, whole)
            if ours in seen.hidden or theirs in seen.hidden:
                low, high = max(known.low[theirs] - known.high[ours], 0), known.high[theirs] - known.low[ours]
                yield f"{name} {level} {level_id} {whole} - {part}", (low, high) if high < 5 else (0, _MOST)


def _changes(seen: Seen, known: Reasoning) -> Iterator[tuple[str, tuple[int, int]]]:
    """Changes of counts since each earlier release, published or not."""
    names = list(seen.units)
    for cell in known.low:
        for earlier in names[: names.index(cell[0])]:
            old = (earlier, *cell[1:])
            if old in known.low:
                yield f"{' '.join(cell)} since {earlier}", (known.low[cell] - known.high[old], known.high[cell] - known.low[old])


def table(outcomes: Sequence[Outcome]) -> str:
    """The outcomes as a table for people."""
    width = max(len(one.attack) for one in outcomes)
    lines = [f"{'attack':{width}}  {'tried':>8}  {'recovered':>9}  {'closer than 0 to 4':>18}"]
    lines += [f"{one.attack:{width}}  {one.tried:8}  {one.recovered:9}  {one.close:18}" for one in outcomes]
    return "\n".join(lines)


def _rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    path = folder / "data" / f"{name}.csv"
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)


if __name__ == "__main__":
    found = attack([Path(argument) for argument in sys.argv[1:]])
    print(table(found))
    sys.exit(any(one.recovered or one.close for one in found))
