"""A few simulated programmes: hardly an honest provider has a signal, hardly a cheat has none. `make simulate` measures it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.simulation.cheats import CHEATS
from tests.simulation.simulate import Size, as_files_and_as_tables, share_flagged, simulate_all, table

pytestmark = [pytest.mark.simulate, pytest.mark.slow]


def test_signals_name_cheats_and_not_the_honest() -> None:
    size = Size()
    outcomes = simulate_all(range(1, 4), size) + simulate_all(range(4, 10), replace(size, cheats=()))
    print("\n".join(table(outcomes)))
    assert share_flagged(outcomes) <= 0.05
    shown = [one.held[name] for one in outcomes for name in one.held if not CHEATS[name].is_hidden]
    assert sum(shown) >= 0.95 * len(shown)


def test_returns_as_files_give_the_tables_that_returns_as_rows_give(tmp_path: Path) -> None:
    assert as_files_and_as_tables(1, 3, tmp_path / "home", every_days=120) == {}
