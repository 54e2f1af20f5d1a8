"""The ledger of each rate adds up: to the rate of today, and night by night to what was published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flows.recovery.rebuild import rebuild
from flows.settings import load_settings
from tests.golden.nights import Home
from tests.golden.random_homes import RandomHome

pytestmark = pytest.mark.slow

Rates = dict[tuple[Any, ...], tuple[int, int]]


def rates(home: Home) -> Rates:
    """Positive exits and eligible leavers of each unit and horizon, where there are any."""
    rows = home.rows("SELECT level, level_id, horizon, positive, known + unknown FROM indicators.positive_exit WHERE cohort = 'all'")
    return {row[:3]: row[3:] for row in rows if row[3:] != (0, 0)}


def ledger(home: Home, of_nights: str = "true") -> Rates:
    """What the ledger adds up to, where that is not nothing."""
    rows = home.rows(
        "SELECT level, level_id, horizon, CAST(sum(positive_change) AS BIGINT), CAST(sum(eligible_change) AS BIGINT)"
        f" FROM quality.rate_ledger WHERE {of_nights} GROUP BY ALL"
    )
    return {row[:3]: row[3:] for row in rows if row[3:] != (0, 0)}


def difference(after: Rates, before: Rates) -> Rates:
    keys = after.keys() | before.keys()
    less = {key: tuple(a - b for a, b in zip(after.get(key, (0, 0)), before.get(key, (0, 0)), strict=True)) for key in keys}
    return {key: changes for key, changes in less.items() if changes != (0, 0)}  # type: ignore[misc]


def live_and_compare(home: RandomHome) -> Rates:
    """Eight nights, each compared with the one before; the last rates."""
    before = Rates()
    for _ in range(8):
        as_of = home.day
        home.live()
        after = rates(home)
        assert ledger(home) == after
        assert ledger(home, f"night = DATE '{as_of}'") == difference(after, before)
        before = after
    return before


@pytest.mark.attack
@pytest.mark.parametrize("seed", range(1, 3))
def test_it_adds_up_night_by_night_and_the_archive_gives_it_again(tmp_path: Path, seed: int) -> None:
    home = RandomHome(tmp_path, seed)
    assert live_and_compare(home) or seed > 1, "something has counted"
    assert rebuild(load_settings(home.folder), verify=True).warehouse == ()
