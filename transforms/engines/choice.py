"""Which engine runs the models' SELECTs, and how it is opened for a build."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from transforms.engines.engine import Engine, FilesGiven
from transforms.engines.on_this_machine import DuckDBEngine

if TYPE_CHECKING:
    import duckdb
    from pyspark.sql import SparkSession

ENGINES = DUCKDB, SPARK = ("duckdb", "spark")
#: a master: every core of this machine
ALL_CORES = "local[*]"


@dataclass(frozen=True)
class EngineChoice:
    """An engine: its name, of ENGINES; for spark also its `master`, as for spark_session, and a file for its log."""

    name: str = DUCKDB
    master: str = ALL_CORES
    log: Path = Path("spark.log")

    @property
    def reads_files(self) -> bool:
        """Whether it reads the rows in force from files: it cannot open the store."""
        return self.name == SPARK

    def see_that_it_answers(self) -> None:
        """Raise EngineFailed unless the engine is installed, and its master answers."""
        if self.name == SPARK:
            from transforms.engines.spark_session import see_that_it_answers

            see_that_it_answers(self.master)

    def spark_session(self) -> contextlib.AbstractContextManager[SparkSession]:
        """A session of Spark at the master, for a block. EngineFailed where it cannot be had."""
        from transforms.engines.spark_session import spark_session

        return spark_session(self.master, self.log)

    @contextlib.contextmanager
    def opened(self, warehouse: duckdb.DuckDBPyConnection, folder: Path, given: FilesGiven | None) -> Iterator[Engine]:
        """The engine, for the block.

        Args:
            warehouse: the warehouse being built.
            folder: for what it writes; there is none yet, and it stays as long as the warehouse is being built.
            given: what it reads from files, if it does.

        Raises EngineFailed where it cannot be reached.
        """
        if not self.reads_files:
            yield DuckDBEngine(warehouse)
            return
        from transforms.engines.on_spark import SparkEngine

        with self.spark_session() as session:
            yield SparkEngine(warehouse, session, folder, given or FilesGiven({}, {}, {}, ()))


ON_THIS_MACHINE = EngineChoice()
