"""The engine itself, table by table: what fails is named, without a value, within the time that it may take."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.spark.clusters import standalone
from transforms.engines.engine import FilesGiven
from transforms.engines.on_spark import SparkEngine
from transforms.engines.spark_session import spark_session
from warehouse.errors import EngineFailed

pytestmark = pytest.mark.spark


@pytest.fixture
def engine(master: str, tmp_path: Path) -> Iterator[SparkEngine]:
    with spark_session(master, tmp_path / "spark.log") as session, duckdb.connect() as con:
        con.execute("CREATE SCHEMA work")
        yield SparkEngine(con, session, tmp_path / "steps", FilesGiven({}, {}, {}, ()))


def test_what_fails_is_named_without_a_value(engine: SparkEngine, tmp_path: Path) -> None:
    engine.make_table("work.a", "SELECT 'Zoé' AS name", ())
    with pytest.raises(EngineFailed, match=r"work\.b") as failed:
        engine.make_table("work.b", "SELECT CAST(name AS DATE) AS day FROM work.a", ())
    assert "Zoé" not in str(failed.value)
    (written,) = (tmp_path / "steps" / "work.a").glob("*.parquet")
    written.write_bytes(written.read_bytes()[:-20])
    with pytest.raises(EngineFailed, match=r"work\.c"):
        engine.make_table("work.c", "SELECT name FROM work.a", ())


@pytest.mark.slow
def test_a_cluster_that_has_lost_its_workers_is_not_waited_for(tmp_path: Path, on_loopback: None) -> None:
    with (
        standalone(tmp_path) as cluster, spark_session(cluster.master, tmp_path / "spark.log") as session, duckdb.connect() as con
    ):
        con.execute("CREATE SCHEMA work")
        engine = SparkEngine(con, session, tmp_path / "steps", FilesGiven({}, {}, {}, ()), longest_seconds=20)
        engine.make_table("work.a", "SELECT 1 AS n", ())
        cluster.kill_worker(0)
        cluster.kill_worker(1)
        with pytest.raises(EngineFailed, match=r"work\.b \(no answer in 20 s: see that it has workers\)"):
            engine.make_table("work.b", "SELECT n + 1 AS n FROM work.a", ())


@pytest.mark.slow
def test_a_machine_that_does_not_share_the_folder_is_found_out(tmp_path: Path, on_loopback: None) -> None:
    """Its rows would be missing, and Spark says nothing: what it writes lies with it alone. Needs root, who may mount."""
    shared = tmp_path / "shared"
    shared.mkdir()
    with standalone(tmp_path, workers=1) as cluster:
        cluster.add_worker(without=shared)
        with (
            spark_session(cluster.master, tmp_path / "spark.log") as session, duckdb.connect() as con,
            pytest.raises(EngineFailed, match="each machine must have this same folder"),
        ):
            SparkEngine(con, session, shared / "steps", FilesGiven({}, {}, {}, ()))
