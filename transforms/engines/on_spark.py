"""The SELECTs of the models run on a cluster of Spark, which reads and writes Parquet in a folder that all of it shares."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from transforms.engines.engine import FilesGiven, is_published
from transforms.engines.macros import make_macros
from transforms.engines.spark_sql import spark_sql, view_name
from warehouse.errors import EngineFailed
from warehouse.query_results import quoted

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    from pyspark.sql import SparkSession
    from pyspark.sql.types import StructType

#: A cluster without workers lets a query wait for ever. The longest model of a State's ten years takes minutes.
_LONGEST_SECONDS = 3600.0
#: tasks, of which each machine gets some
_TRIED = 64


class SparkEngine:
    """See Engine. Each table is a folder of Parquet files: what a worker has written is there when another one dies."""

    def __init__(
        self, warehouse: duckdb.DuckDBPyConnection, session: SparkSession, folder: Path, given: FilesGiven,
        longest_seconds: float = _LONGEST_SECONDS,
    ) -> None:  # fmt: skip
        """See the class.

        Args:
            warehouse: the warehouse being built.
            session: the session, see spark_session.
            folder: for the tables, under the same path on every machine of the cluster. They hold pseudonyms.
            given: tables that lie in files already, and what is made of them.
            longest_seconds: what takes longer has failed.

        Raises EngineFailed where a machine of the cluster has another folder of that name.
        """
        self.warehouse = warehouse
        self._session = session
        self._folder = folder
        self._given = given
        self._longest_seconds = longest_seconds
        folder.mkdir(mode=0o700)
        self._see_that_all_write_here()
        make_macros(warehouse)  # the types of a table are those that DuckDB gives its SELECT

    def _see_that_all_write_here(self) -> None:
        """What a machine writes to a folder of its own would be missing, and Spark would not say so."""
        place = self._folder / "written-by-all"
        with self._asked("rows to try the folder with"):
            self._session.range(0, _TRIED, 1, _TRIED).write.parquet(_place(place))
        if sum(pq.read_metadata(file).num_rows for file in place.glob("*.parquet")) != _TRIED:
            raise EngineFailed(f"Spark does not write all of a table to {self._folder}: each machine must have this same folder")

    def give(self, tables: Sequence[str]) -> None:
        """See Engine.give: what does not lie in files already is written to the folder."""
        for table in sorted({*tables, *self._given.needs} - self._given.selects.keys()):
            self._read(table, [self._written(table, table)])
        for table, files in self._given.files.items():
            self._read(table, files or [self._written(table, self._given.sources[table])])
        for table, select in self._given.selects.items():
            self._make_view(table, select)

    def make_table(self, table: str, select: str, key: Sequence[str]) -> None:
        """See Engine.make_table."""
        folder = self._folder / table
        with self._asked(table):
            answer = self._session.sql(spark_sql(select))
            answer.write.mode("overwrite").parquet(_place(folder))
            schema = answer.schema  # asked of the server, too
        files = sorted(folder.glob("*.parquet"))
        self._read(table, files, schema)
        self._bring(table, select, files, key)

    def make_view(self, table: str, select: str) -> None:
        """See Engine.make_view."""
        self.warehouse.execute(f"CREATE OR REPLACE VIEW {table} AS\n{select}")
        self._make_view(table, select)

    def take(self, table: str, rows: pa.Table) -> None:
        """See Engine.take."""
        path = self._folder / f"{table}.parquet"
        pq.write_table(rows, path)
        self._read(table, [path])
        self.warehouse.execute(f"CREATE OR REPLACE VIEW {table} AS SELECT * FROM read_parquet({quoted(str(path))})")

    def _make_view(self, table: str, select: str) -> None:
        with self._asked(table):
            self._session.sql(spark_sql(select)).createOrReplaceTempView(view_name(table))

    def _written(self, table: str, source: str) -> Path:
        """A file with what DuckDB reads from a source."""
        path = self._folder / f"{table}.parquet"
        self.warehouse.execute(f"COPY (SELECT * FROM {source}) TO {quoted(str(path))} (FORMAT parquet)")
        return path

    def _read(self, table: str, files: Sequence[Path], schema: StructType | None = None) -> None:
        """A view of files, or of no row. To say what columns they have spares a job that looks."""
        from pyspark.sql.pandas.types import from_arrow_schema

        schema = schema or from_arrow_schema(pq.read_schema(files[0]), prefer_timestamp_ntz=True)
        with self._asked(table):
            rows = self._session.createDataFrame([], schema)
            if files:  # of a table without a row, no file needs to be written
                rows = self._session.read.schema(schema).parquet(*map(_place, files))
            rows.createOrReplaceTempView(view_name(table))

    def _bring(self, table: str, select: str, files: Sequence[Path], key: Sequence[str]) -> None:
        """What was written, in the warehouse: copied if it is published, else to be read where it lies."""
        described = self.warehouse.execute(f"DESCRIBE SELECT * FROM (\n{select}\n)").fetchall()
        value = 'w."{}"' if files else "NULL"
        columns = ", ".join(f'CAST({value.format(name)} AS {kind}) AS "{name}"' for name, kind, *_ in described)
        source = f"FROM read_parquet([{', '.join(quoted(str(file)) for file in files)}]) AS w" if files else "WHERE false"
        if is_published(table):
            self.warehouse.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT {columns} {source} ORDER BY {', '.join(key)}")
        else:
            self.warehouse.execute(f"CREATE OR REPLACE VIEW {table} AS SELECT {columns} {source}")

    @contextlib.contextmanager
    def _asked(self, what: str) -> Iterator[None]:
        """Say what failed, and where; Spark's own words may quote a value."""
        is_late = threading.Event()

        def interrupt() -> None:
            is_late.set()
            with contextlib.suppress(Exception):
                self._session.interruptAll()

        from pyspark.errors import PySparkException

        watch = threading.Timer(self._longest_seconds, interrupt)
        watch.daemon = True
        watch.start()
        try:
            yield
        except PySparkException as error:
            reason = (
                f"no answer in {self._longest_seconds:.0f} s: see that it has workers"
                if is_late.is_set()
                else error.getCondition() or type(error).__name__
            )
            raise EngineFailed(f"Spark could not compute {what} ({reason})") from error
        finally:
            watch.cancel()


def _place(path: Path) -> str:
    """As Spark takes a path: it is not decoded, so `=` stays `=`."""
    return f"file://{path.absolute()}"
