"""What the tests of Spark share, made once: a home with two nights behind it, a cluster, Sail."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.golden.nights import Home
from tests.spark.clusters import Cluster, sail, standalone
from transforms.synth.demo import demo_nights
from warehouse.paris_days import day_of


@pytest.fixture(scope="session")
def two_nights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a home to which the demo's files came in two nights; not to be changed by a test."""
    home = Home(tmp_path_factory.mktemp("two-nights"), tells=False)
    for files in demo_nights(day_of(datetime.now(UTC))):
        home.night(files)
    return home.folder


#: a thousand rows are computed before code for them would be compiled: half of the processor time
_SMALL = {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN", "spark.sql.shuffle.partitions": "4",
          "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1", "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1"}  # fmt: skip


@pytest.fixture(scope="session")
def on_loopback(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What a server of Spark that suivi starts looks up and listens on, and how it computes little."""
    folder = tmp_path_factory.mktemp("conf")
    (folder / "spark-defaults.conf").write_text("".join(f"{name} {value}\n" for name, value in _SMALL.items()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "SPARK_LOCAL_IP", "127.0.0.1")
        patch.setitem(os.environ, "SPARK_CONF_DIR", str(folder))
        yield


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory, on_loopback: None) -> Iterator[Cluster]:
    """A master with two workers of one core each. Whoever kills one adds another."""
    with standalone(tmp_path_factory.mktemp("cluster")) as running:
        yield running


@pytest.fixture(scope="session")
def sail_master(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of Sail. Whoever kills it has one of their own."""
    with sail(tmp_path_factory.mktemp("sail")) as (address, _):
        yield address


@pytest.fixture(scope="module", params=["sail", "standalone"])
def master(request: pytest.FixtureRequest) -> str:
    """Sail, then the cluster."""
    return str(request.getfixturevalue("sail_master") if request.param == "sail" else request.getfixturevalue("cluster").master)
