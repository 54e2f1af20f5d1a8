"""What changed between two releases: only what both publish."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.transforms.publication.releases import PERIOD, RULE, make
from tests.unit.transforms.publication.test_release_files import written
from transforms.publication.differences import differences, is_the_same
from transforms.publication.filled_tables import fill_tables
from transforms.publication.release_files import data_files


@pytest.fixture
def before(tmp_path: Path) -> Path:
    return written(make().files(), tmp_path / PERIOD)


def test_nothing_changed(before: Path) -> None:
    made = make(f"{PERIOD}-v2")
    found = differences(before, made.filled)
    assert (found.come, found.gone, found.revisions) == ([], [], [])
    assert is_the_same(before, made.data)


def test_units_and_figures(before: Path) -> None:
    made = make(f"{PERIOD}-v2")
    counts = made.published.counts.copy()
    counts.loc[("programme", ""), "entrants"] = 28
    counts.loc[("programme", ""), "women"] = None
    gone = ("session", "20003456500013/S2")
    units = made.published.units
    published = replace(made.published, counts=counts.drop(gone), units=units[units["level_id"] != gone[1]])
    filled = fill_tables(published, made.money, RULE.smallest_denominator)
    found = differences(before, filled)
    assert (found.come, [unit[:2] for unit in found.gone]) == ([], [gone])
    (of_programme,) = (one for one in found.revisions if one.key == ("programme", ""))
    assert list(of_programme.figures) == [("Entrants", "27", "28"), ("Femmes", "24", "s")]
    assert not is_the_same(before, data_files(filled))
    page = made.files(before)["differences.html"].decode()
    assert f"../{PERIOD}/index.html" in page
