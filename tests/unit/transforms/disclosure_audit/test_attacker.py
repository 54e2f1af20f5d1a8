"""The attacker that sees only CSV files: it recovers much where small counts alone are hidden, and nothing that the audit lets pass."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.attack.open_figures import attack, table
from tests.releases import (
    Session,
    below_programme,
    change_cell,
    drawn,
    nothing,
    people,
    programme_of,
    small,
    write_release,
)
from transforms.disclosure_audit import audit


@pytest.mark.parametrize("seed", range(3))
def test_primary_suppression_alone_gives_counts_away(seed: int, tmp_path: Path) -> None:
    programme = programme_of(drawn(6, random.Random(seed)))
    outcomes = {one.attack: one for one in attack([write_release(tmp_path / "r", programme, small(programme))])}
    assert outcomes["totals less their parts"].recovered >= 10, table(list(outcomes.values()))
    for cell, (low, high) in outcomes["everything"].cells.items():
        _, level, rest = cell.split(" ", 2)
        level_id, _, column = rest.rpartition(" ")
        assert low <= programme.counts.loc[(level, level_id), column] <= high, "what is recovered is true"


def test_nothing_is_found_where_the_audit_finds_nothing(tmp_path: Path) -> None:
    chance = random.Random(1)
    sessions = [Session(f"P{n}/S{n}", "62" if n % 4 > 1 else "59", f"E{n % 4}", f"P{n}/A", people(20, chance)) for n in range(16)]
    programme = programme_of(sessions)
    own = small(programme)
    folder = write_release(tmp_path / "r", programme, lambda *cell: below_programme(*cell) or (own(*cell) and cell[0] != "programme"))
    assert not [one for one in audit(folder).violations if one.level != "programme"]
    outcomes = attack([folder])
    assert not [one for one in outcomes if one.recovered or one.close], table(outcomes)


def test_a_rate_and_a_cost_give_their_count_back(tmp_path: Path) -> None:
    sessions = [Session(f"P{n}/S{n}", "59", f"E{n % 2}", f"P{n}/A", people(40, random.Random(n))) for n in range(4)]
    programme = programme_of(sessions)
    folder = write_release(tmp_path / "r", programme, lambda *cell: cell[0] == "action" and cell[2] in ("entrants", "women"), spend=[{"action": "P0/A", "justified": "5000"}])
    change_cell(folder / "data" / "spend.csv", {"action": "P0/A"}, "cost_per_entrant", "125.00")
    change_cell(folder / "data" / "audiences.csv", {"level": "session", "level_id": "P1/S1"}, "women", "s")
    change_cell(folder / "data" / "audiences.csv", {"level": "session", "level_id": "P1/S1"}, "women_share", "0.500000")
    outcomes = {one.attack: one for one in attack([folder])}
    assert outcomes["what was spent, by what a head costs"].cells == {"r action P0/A entrants": (40, 40)}
    assert outcomes["rates times denominators"].cells == {"r session P1/S1 women": (20, 20)}


def test_a_leaver_more_is_found_in_two_releases(tmp_path: Path) -> None:
    before = [Session(f"P{n}/S{n}", "59", f"E{n % 2}", f"P{n}/A", {"entrants": 50, "leavers": 30}) for n in range(4)]
    after = [Session(one.level_id, one.departement, one.epci, one.action, {"entrants": 50, "leavers": 30 + (place == 0)}) for place, one in enumerate(before)]
    folders = [write_release(tmp_path / f"2026-Q{n}", programme_of(sessions), nothing) for n, sessions in ((2, before), (3, after))]
    found = {one.attack: one for one in attack(folders)}["what is new since a release"]
    assert found.cells["2026-Q3 session P0/S0 leavers since 2026-Q2"] == (1, 1)
