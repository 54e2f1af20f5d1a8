"""The tables of the schema `quality` that come from the ledger: files, findings, what waits, scores, changes of rates."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import duckdb

from expectations.contract.returns import RETURNS
from transforms.models.model_files import select_of
from warehouse.paris_days import PARIS
from warehouse.published.releases import last_submission
from warehouse.published.unfinished_file import STORE_ALIAS
from warehouse.table_declarations import (
    QUALITY_FILES,
    QUALITY_FINDINGS,
    QUALITY_PROVIDER_SCORES,
    QUALITY_RATE_LEDGER,
    QUALITY_WAITING,
    Table,
    create_table,
)


def make_files(con: duckdb.DuckDBPyConnection, as_of: date) -> None:
    """Make quality.files, of the attached store."""
    _make(con, QUALITY_FILES, {"last": last_submission(con, STORE_ALIAS, as_of)})


def make_findings(con: duckdb.DuckDBPyConnection, as_of: date) -> None:
    """Make quality.findings as it was at the end of a day, of the attached store and of work.cross_findings."""
    day_end = datetime.combine(as_of + timedelta(days=1), time(), PARIS)
    _make(con, QUALITY_FINDINGS, {"last": last_submission(con, STORE_ALIAS, as_of), "day_end": day_end})


def make_provider_scores(con: duckdb.DuckDBPyConnection) -> None:
    """Make quality.provider_scores, of quality.files, quality.findings, quality.overdue and the actions in force."""
    _make(con, QUALITY_PROVIDER_SCORES, {})


def make_waiting(con: duckdb.DuckDBPyConnection) -> None:
    """Make quality.waiting, of quality.findings and the rows in force."""
    rules = [check.id for contract in RETURNS.values() for check in contract.cross_checks if check.waits]
    _make(con, QUALITY_WAITING, {"rules": rules})


def make_rate_ledger(con: duckdb.DuckDBPyConnection) -> None:
    """Make quality.rate_ledger, of what build() made."""
    _make(con, QUALITY_RATE_LEDGER, {})


def _make(con: duckdb.DuckDBPyConnection, table: Table, parameters: dict[str, Any]) -> None:
    con.execute(create_table(table))
    con.execute(f"INSERT INTO {table.name}\n{select_of(table.name)}", parameters)
