"""Whatever is hidden of whatever programme: witnesses and exact bounds agree, and the bounds hold the truth."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.releases import COLUMNS, Hides, Programme, drawn, programme_of, small, write_release
from transforms.disclosure_audit import audit, intervals

FEW = settings(max_examples=max(settings.default.max_examples // 8, 3) if settings.default else 3)


def hidden_by_chance(programme: Programme, chance: random.Random) -> Hides:
    """What is small, and some of the rest: of a few levels all, of others here and there."""
    own, share = small(programme), chance.choice([0.0, 0.2, 0.5])
    levels = set(chance.sample(["departement", "epci", "provider", "action", "session"], chance.randint(0, 4)))
    drawn_cells = {(*unit, column) for unit in programme.counts.index for column in COLUMNS if chance.random() < share}
    return lambda *cell: own(*cell) or cell[0] in levels or cell in drawn_cells


@FEW
@given(st.integers(0, 2**32))
def test_witnesses_prove_what_exact_bounds_say(seed: int) -> None:
    chance = random.Random(seed)
    programme = programme_of(drawn(chance.randint(1, 2), chance, sessions=chance.randint(1, 3), epcis=2))
    with tempfile.TemporaryDirectory() as folder:
        release = write_release(Path(folder) / "r", programme, hidden_by_chance(programme, chance))
        report, bounds = audit(release, truth=programme.counts), intervals(release)
    expected = set()
    for row in bounds.itertuples():
        true = programme.counts.loc[(row.level, row.level_id), row.column]
        assert row.low - 1e-6 <= true <= row.high + 1e-6
        least = 11 if row.column == "disabled_qpv" else 5
        is_held = (row.low <= 1e-6 and row.high >= 4 - 1e-6) if true < least else row.high - row.low >= 5 - 1e-6
        if not is_held:
            expected.add((row.level, row.level_id, row.column, round(row.low, 4), round(row.high, 4)))
    found = [one for one in report.violations if one.quantity in COLUMNS]
    # of so many that are wrong the rest is not bounded exactly
    if not any(one.wrong == "not proven" for one in report.violations):
        assert {(one.level, one.level_id, one.quantity, round(one.low or 0, 4), round(one.high or 0, 4)) for one in found} == expected
    else:
        assert {(one.level, one.level_id, one.quantity) for one in found} >= {wrong[:3] for wrong in expected}


@FEW
@given(st.integers(0, 2**32))
def test_a_later_release_only_tightens(seed: int) -> None:
    """With an earlier release beside it nobody knows less, and the truth stays possible."""
    chance = random.Random(seed)
    sessions = drawn(2, chance, sessions=1, epcis=2)
    before, after = programme_of(sessions[:1]), programme_of(sessions)
    with tempfile.TemporaryDirectory() as folder:
        first = write_release(Path(folder) / "2026-Q2", before, hidden_by_chance(before, chance))
        second = write_release(Path(folder) / "2026-Q3", after, hidden_by_chance(after, chance))
        alone, together = (intervals(second, earlier).set_index(["level", "level_id", "column"]) for earlier in ((), (first,)))
    assert (together["low"] >= alone["low"] - 1e-6).all()
    assert (together["high"] <= alone["high"] + 1e-6).all()
    for level, level_id, column in together.index:
        bounds = together.loc[(level, level_id, column)]
        assert bounds["low"] - 1e-6 <= after.counts.loc[(level, level_id), column] <= bounds["high"] + 1e-6
