"""What breaks while a cluster computes: a clear word, yesterday's warehouse where it was, nothing left running, and the next night."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.command import run_suivi
from tests.spark.clusters import Cluster, free_port, sail, wait_until
from tests.spark.computing import Computing, is_running
from tests.spark.tables import computed, copied, differing

pytestmark = pytest.mark.spark

@pytest.fixture
def home(two_nights: Path, tmp_path: Path) -> Path:
    return copied(two_nights, tmp_path)


@pytest.mark.parametrize(
    ("command", "master", "said"),
    [
        ("nightly", "spark://127.0.0.1:PORT", "cannot be reached"),
        ("compute", "sc://127.0.0.1:PORT/;token=a-secret", "PORT cannot be reached"),
        ("compute", "mesos://127.0.0.1:1", "is no Spark master"),
        ("compute", "sc://127.0.0.1:port", "is no Spark master"),
        ("compute", "spark://", "is no Spark master"),
        ("compute", "local[some]", "is no Spark master"),
    ],
)
def test_a_master_that_is_not_there(command: str, master: str, said: str, home: Path) -> None:
    before, closed = (home / "warehouse.duckdb").read_bytes(), str(free_port())
    master, said = master.replace("PORT", closed), said.replace("PORT", closed)
    options = ("--out", home.parent / "out") if command == "compute" else ()
    done = run_suivi(command, "--home", home, *options, "--engine", "spark", "--spark-master", master, cwd=home.parent, timeout=60)
    assert done.returncode in (1, 2)
    assert said in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr and "a-secret" not in done.stderr
    assert (home / "warehouse.duckdb").read_bytes() == before
    assert not [path for path in home.rglob("*") if path.name.endswith(".new")]


@pytest.mark.slow
def test_a_worker_that_dies_in_the_middle(cluster: Cluster, home: Path, tmp_path: Path) -> None:
    """What it had written is there, and the other one does the rest."""
    with Computing(home, tmp_path / "out", cluster.master) as computing:
        computing.wait_for_tables(10)
        cluster.kill_worker(-1)
        cluster.add_worker()
        assert computing.ends_within(400) == 0, computing.said
    assert differing(computed(home, tmp_path / "duckdb"), tmp_path / "out") == []


def test_a_server_that_dies_in_the_middle(home: Path, tmp_path: Path) -> None:
    with sail(tmp_path) as (address, server), Computing(home, tmp_path / "out", address) as computing:
        computing.wait_for_tables(3)
        os.killpg(server.pid, signal.SIGKILL)
        assert computing.ends_within(100) == 1
        assert "Spark could not compute" in computing.said
        assert "Traceback" not in computing.said
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(("how", "tables"), [pytest.param(signal.SIGTERM, 0, marks=pytest.mark.slow), (signal.SIGKILL, 1)])
def test_no_server_outlives_a_command_that_was_killed(
    how: signal.Signals, tables: int, home: Path, tmp_path: Path, on_loopback: None
) -> None:
    with Computing(home, tmp_path / "out", "local[1]") as computing:
        wait_until(lambda: len(computing.servers()) == 1, computing.process)
        computing.wait_for_tables(tables)
        (server,) = computing.servers()
        computing.process.send_signal(how)
        computing.ends_within(30)
        wait_until(lambda: not is_running(server))


def test_a_damaged_partition_is_healed(sail_master: str, two_nights: Path, tmp_path: Path) -> None:
    """The store decides; a warning names it."""
    home, options = copied(two_nights, tmp_path), ("--engine", "spark", "--spark-master", sail_master)
    whole = computed(home, tmp_path / "whole", *options)
    damaged = next((home / "lake" / "learners").rglob("*.parquet"))
    damaged.write_bytes(damaged.read_bytes()[:-20])
    night = run_suivi("nightly", "--home", home, *options, cwd=tmp_path)
    assert night.returncode == 0, night.stderr
    assert f"{damaged.parent} is damaged: written again from the store" in (home / "suivi.log").read_text(encoding="utf-8")
    assert differing(whole, computed(home, tmp_path / "healed", *options)) == []
