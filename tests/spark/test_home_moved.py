"""A home moved from DuckDB to Spark and back has the same warehouse: what the archive gives, each time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import run_suivi
from tests.spark.tables import copied

pytestmark = pytest.mark.spark


@pytest.mark.parametrize("there", ["sail_master", pytest.param("cluster", marks=pytest.mark.slow)])
def test_a_home_moved_there_and_back(there: str, two_nights: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    at = request.getfixturevalue(there)
    home, on_spark = copied(two_nights, tmp_path), ("--engine", "spark", "--spark-master", getattr(at, "master", at))
    for options in (on_spark, ()):  # its nights before were on this machine
        night = run_suivi("nightly", "--home", home, *options, cwd=tmp_path, timeout=400)
        assert night.returncode == 0, night.stderr
        assert not [line for line in night.stderr.splitlines() if "Warning" in line]
        proof = run_suivi("rebuild", "--verify", "--home", home, cwd=tmp_path)
        assert proof.returncode == 0, proof.stdout
