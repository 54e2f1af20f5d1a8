"""Every table is the same, whatever engine computed it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.spark.tables import computed, differing

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def on_this_machine(two_nights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return computed(two_nights, tmp_path_factory.mktemp("tables") / "duckdb")


def test_every_table_is_the_same(master: str, two_nights: Path, on_this_machine: Path, tmp_path: Path) -> None:
    there = computed(two_nights, tmp_path / "spark", "--engine", "spark", "--spark-master", master)
    assert differing(on_this_machine, there) == []
