"""The rows of the returns on a day, without anything personal: every version, those in force, those that count."""

from __future__ import annotations

import contextlib
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from expectations.contract import Return
from expectations.contract.returns import RETURNS
from transforms.engines.engine import FilesGiven
from transforms.models.model_files import select_of
from warehouse.lake.tables import CLOSINGS, lake_folder
from warehouse.lake.update import Lake, update_lake
from warehouse.published.published_tables import AGE_BANDS, DETAIL, in_force_columns
from warehouse.published.releases import last_submission
from warehouse.published.unfinished_file import STORE_ALIAS, store_attached
from warehouse.query_results import quoted, read_sql
from warehouse.store.store import Store

#: what DuckDB may hold in memory while the lake is written
_LAKE_MEMORY = "1GB"


def make_rows_in_force(
    con: duckdb.DuckDBPyConnection, as_of: date, history: Path | None = None, lake: Lake | None = None
) -> None:
    """Attach two databases to `con`: `history` holds every version of every row received by that day, `in_force` shows
    those in force on it. Both have the columns that `clean` is made of. `history` has also `closed_by`, the file that replaced or
    retired the row, NULL while it is in force. `in_force.erased_sessions` are the sessions that had learners who were erased
    since.

    They are apart from the database being built, so that they leave no holes in its file.

    Args:
        con: the database being built; the store is attached to it (warehouse.published.unfinished_file.store_attached).
        as_of: the day.
        history: the file to hold the versions; in memory if None.
        lake: where the versions are read from instead, each time that they are asked for; it knows the files of that day.
    """
    last = last_submission(con, STORE_ALIAS, as_of)
    if lake and last > lake.last:
        raise ValueError(f"the lake knows the files up to {lake.last}, {last} is asked for")
    _attach_history(con, history)
    con.execute("ATTACH ':memory:' AS in_force")
    con.execute(f"CREATE TABLE in_force.main.erased_sessions AS\n{select_of('in_force.erased_sessions')}", {"last": last})
    for contract in RETURNS.values():
        table = f"history.main.{contract.table}"
        if lake:
            sources = lake.source(contract.table), lake.source(CLOSINGS)
            con.execute(f"CREATE VIEW {table} AS\n{_select_from_lake(contract, last, *sources)}")
        else:
            con.execute(f"CREATE TABLE {table} AS\n{select_of(f'history.{contract.table}')}", {"last": last})
        con.execute(f"CREATE VIEW in_force.main.{contract.table} AS {_select_in_force(contract, 'history.main')}")


def lake_of_store(store: Store, home: Path, as_of: date | None = None) -> Lake:
    """Bring the lake of a home to what the store says.

    Args:
        store: the open store; its file is let go of for as long.
        home: the home folder; the lake is made if it has none.
        as_of: of the files received by that day; None for those that the lake knows.

    Raises LakeUnusable where it cannot be written.
    """
    folder = lake_folder(home)
    spill = folder.with_name(f"{folder.name}.tmp")
    config = {"temp_directory": str(spill), "memory_limit": _LAKE_MEMORY}
    shutil.rmtree(spill, ignore_errors=True)  # of a run that was killed
    with contextlib.closing(duckdb.connect(config=config)) as con, store_attached(con, store):
        _attach_history(con, None)
        selects = {contract.table: select_of(f"history.{contract.table}") for contract in RETURNS.values()}
        return update_lake(con, folder, last_submission(con, STORE_ALIAS, as_of) if as_of else 0, selects)


def _attach_history(con: duckdb.DuckDBPyConnection, path: Path | None) -> None:
    con.execute(f"ATTACH {quoted(str(path) if path else ':memory:')} AS history")
    con.execute("CREATE TABLE history.main.age_bands (band VARCHAR, youngest INTEGER, oldest INTEGER)")
    con.executemany(
        "INSERT INTO history.main.age_bands VALUES (?, ?, ?)", [[band.name, band.youngest, band.oldest] for band in AGE_BANDS]
    )


def _select_from_lake(contract: Return, last: int, rows: str, closings: str) -> str:
    return read_sql(
        "transforms.models", "history_from_lake", rows=rows, closings=closings, last=str(last),
        columns=", ".join(f"r.{column.name}" for column in in_force_columns(contract)), table=quoted(contract.table),
    )  # fmt: skip


def _select_in_force(contract: Return, history: str) -> str:
    names = ", ".join(column.name for column in in_force_columns(contract))
    return f"SELECT {names} FROM {history}.{contract.table} WHERE closed_by IS NULL"


def files_given(lake: Lake, last: int) -> FilesGiven:
    """The lake for an engine that reads files: `history` and `in_force` of the six returns, and `clean`, are made of it there.

    Args:
        lake: the lake.
        last: the last submission that counts.
    """
    selects: dict[str, str] = {}
    for contract in RETURNS.values():
        rows, closings = f"lake.{contract.table}", f"lake.{CLOSINGS}"
        selects |= {
            f"history.{contract.table}": _select_from_lake(contract, last, rows, closings),
            f"in_force.{contract.table}": _select_in_force(contract, "history"),
            f"clean.{contract.table}": select_of(f"clean.{contract.table}"),
        }
    files = {f"lake.{table}": paths for table, paths in lake.files.items()}
    sources = {f"lake.{table}": lake.source(table) for table in lake.files}
    return FilesGiven(files, sources, selects, ("work.rows_kept_out", "reference.communes"))


def make_history_of_people(con: duckdb.DuckDBPyConnection, as_of: date) -> None:
    """Add to `history` what the files, one after the other, say of who was announced and what counted when; and audits.

    The tables are nights, received, kept_out, changed_learners, repeated_people; audit_strata and audit_items.

    Args:
        con: as for make_rows_in_force, which goes before, with the store still attached.
        as_of: the day.
    """
    last = last_submission(con, STORE_ALIAS, as_of)
    rules = [check.id for contract in RETURNS.values() for check in contract.cross_checks if check.keeps_out]
    parameters: dict[str, dict[str, Any]] = {
        "nights": {"as_of": as_of}, "received": {"last": last}, "kept_out": {"rules": rules, "as_of": as_of},
        "changed_learners": {"last": last}, "repeated_people": {"last": last}, "audit_strata": {"as_of": as_of},
        "audit_items": {"as_of": as_of},
    }  # fmt: skip
    for name, values in parameters.items():
        con.execute(f"CREATE TABLE history.main.{name} AS\n{select_of(f'history.{name}')}", values)


def make_clean(con: duckdb.DuckDBPyConnection, contract: Return) -> None:
    """Make the table of `clean` of a return: the rows in force but for those in work.rows_kept_out."""
    con.execute(f"CREATE OR REPLACE TABLE clean.{contract.table} AS\n{select_of(f'clean.{contract.table}')}")


def make_detail(con: duckdb.DuckDBPyConnection) -> None:
    """Make the schema `detail`, of what is in force and counts."""
    con.execute("CREATE SCHEMA detail")
    con.execute(f"CREATE TABLE {DETAIL.name} AS\n{select_of(DETAIL.name)}")
