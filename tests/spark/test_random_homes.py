"""Homes drawn by chance have the same warehouse, to the last digit, whatever engine computed it; HOMES=50 is the whole proof."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from tests.golden.nights import Home, sent_by
from tests.golden.random_homes import RandomHome
from tests.golden.test_audits import DAY, FILES, drawn, filled, sheet_of, taken
from tests.spark.tables import computed, differing
from tests.spec.paper import SIRET

pytestmark = pytest.mark.spark
NIGHTS = 4


@pytest.mark.parametrize("seed", range(int(os.environ.get("HOMES", "2"))))
def test_every_table_is_the_same(seed: int, sail_master: str, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    home = RandomHome(tmp_path / "home", seed)
    for _ in range(NIGHTS):
        home.live()
    assert _differing(home.folder, tmp_path, sail_master, "--as-of", home.day.isoformat()) == []


def test_what_audits_found_is_the_same(sail_master: str, tmp_path: Path) -> None:
    home = Home(tmp_path / "home", tells=False)
    home.night(sent_by(SIRET, FILES), on=DAY)
    wrong = {"1": {"constat": "AUTRE", "situation_constatee": "RECHERCHE"}, "2": {"constat": "INJOIGNABLE", "constate_le": "", "moyen": ""}}
    assert taken(home, filled(sheet_of(drawn(home, 9)), but=wrong)) == []
    assert _differing(home.folder, tmp_path, sail_master, "--as-of", (DAY + timedelta(days=1)).isoformat()) == []


def _differing(home: Path, folder: Path, master: str, *options: str) -> list[str]:
    here = computed(home, folder / "duckdb", *options)
    return differing(here, computed(home, folder / "spark", "--engine", "spark", "--spark-master", master, *options))
