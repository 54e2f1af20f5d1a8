"""The same suites on a Spark session, for rows that are too many for one machine: what they answer is what run.py answers."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from expectations.contract import GrantCaps, Return
from expectations.suites.asking import Batch, parameters_of, quiet_context
from expectations.suites.batch_columns import BatchColumns
from expectations.suites.breaches import Breaches
from expectations.suites.build import reads_of, rule_of, suite
from expectations.suites.run import validate
from transforms.parse.columns import TypedRows
from warehouse.durable_files import passing_folder

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

log = logging.getLogger("suivi.spark")

#: the number of a row among those that are judged
_NUMBER = "row_number"
#: rows of a Parquet file, which is what one task of Spark reads
_ROWS_OF_A_FILE = 250_000


@dataclass(frozen=True)
class ValidateOnSpark:
    """Judges rows on a session, as validate_on_spark; what cannot be judged there is judged in this process, and the log says so.

    A file is refused for what it holds, never because a cluster failed.
    """

    session: SparkSession
    home: Path

    def __call__(
        self, contract: Return, rows: TypedRows, files: NDArray[np.int32], days_and_rules: Sequence[tuple[date, GrantCaps]]
    ) -> Breaches:
        """What the rows of the files of one kind break. Arguments and errors as those of `run.validate`."""
        try:
            return validate_on_spark(self.session, self.home, contract, rows, files, days_and_rules)
        except Exception as error:  # the engine's, whose text may hold values
            log.warning("%s: not checked on Spark (%s), but in this process", contract.kind, type(error).__name__)
        return validate(contract, rows, files, days_and_rules)


def validate_on_spark(
    session: SparkSession,
    home: Path,
    contract: Return,
    rows: TypedRows,
    files: NDArray[np.int32],
    days_and_rules: Sequence[tuple[date, GrantCaps]],
) -> Breaches:
    """Judge the rows of all files of one kind by Great Expectations' Spark engine.

    Nothing of the rows is part of a query, which servers keep and show: they go through Parquet files, for as long as it takes.

    Args:
        session: Spark's, classic or by Connect.
        home: a folder of it holds the files. The session and its workers must reach it by the same path, as the user who runs
            this: nobody else can open them.
        contract, rows, files, days_and_rules: as for `run.validate`.

    Raises:
        ValidationCrashed: a check raised an exception, or the session did.
        ValueError: the programmes know different calls.
        Exception: whatever a session raises that cannot read the files.
    """
    asked = list(suite(contract).expectations)
    names = list(dict.fromkeys(name for one in asked for name in reads_of(one)))
    parameters, found = parameters_of(days_and_rules), list[tuple[str, NDArray[np.int64]]]()
    if len(rows):
        with passing_folder(home, "rows-being-checked") as folder:
            _write(folder, names, BatchColumns(contract, rows, files, days_and_rules), len(rows))
            source = quiet_context().data_sources.add_spark(contract.kind, persist=False)
            frame = session.read.parquet(str(folder))
            for one in Batch(source, frame, parameters, _NUMBER).broken(asked):
                # Great Expectations fetches the whole row of each breach: of such a frame it is short.
                narrow = frame.select(_NUMBER, *reads_of(one))
                found += Batch(source, narrow, parameters, _NUMBER).rows_of([one])
    return Breaches.of_rules(tuple(map(rule_of, asked)), found)


def _write(folder: Path, names: Sequence[str], columns: BatchColumns, count: int) -> None:
    for start in range(0, count, _ROWS_OF_A_FILE):
        numbers = np.arange(start, min(start + _ROWS_OF_A_FILE, count))
        table = pa.table({_NUMBER: numbers, **{name: columns[name].at(numbers) for name in names}})
        pq.write_table(table, folder / f"{start}.parquet")
