"""Runs the rules across returns: one file, one rule; each selects the rows (submission_id, line) that break it."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from typing import TYPE_CHECKING

import duckdb

from expectations.contract import CrossCheck, Return
from expectations.contract.returns import RETURNS
from expectations.rule_registry import sentence
from transforms.models.rows_in_force import make_clean
from warehouse.query_results import arrow_table, read_sql
from warehouse.table_declarations import QUALITY_DUE_SOON, QUALITY_OVERDUE, Table, comment_statements, create_table

if TYPE_CHECKING:
    import pyarrow as pa

_SQL_PACKAGE = "expectations.across_returns"
#: what is awaited: each has a file in awaited/overdue/ and one in awaited/due_soon/
_AWAITED = ("apprenants", "suivi", "depenses")


def run_rules_across_returns(con: duckdb.DuckDBPyConnection, as_of: date) -> None:
    """Split what is in force into what counts and what does not, and note why.

    Reads the attached databases `in_force` and `history` (all rows in force; all versions), the schema `reference`, and the
    programme's rules in `work`. Writes the schema `clean` (what analysts see of the rows that count), `work.cross_findings`,
    `quality.overdue` and `quality.due_soon`.

    Args:
        con: the warehouse being built.
        as_of: the reference date.
    """
    for schema in ("clean", "work", "quality"):
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    con.execute("CREATE OR REPLACE TABLE work.reference_date AS SELECT CAST(? AS DATE) AS as_of", [as_of])
    con.execute(read_sql(_SQL_PACKAGE, "create_findings"))
    # parents first, so that waiting is transitive: a learner of a session that waits waits too
    for contract in RETURNS.values():
        _split_rows(con, contract)
    for contract in RETURNS.values():
        for check in contract.cross_checks:
            if not check.keeps_out:
                _note_findings(con, contract, check)
    _list_awaited(con, "overdue", QUALITY_OVERDUE)
    _list_awaited(con, "due_soon", QUALITY_DUE_SOON)


def findings_across_returns(con: duckdb.DuckDBPyConnection) -> pa.Table:
    """What run_rules_across_returns has found, as the store takes it."""
    return arrow_table(con, read_sql(_SQL_PACKAGE, "all_findings"))


def _split_rows(con: duckdb.DuckDBPyConnection, contract: Return) -> None:
    """Note the rows of one return that must not count, and put the others into `clean`."""
    keeping_out = [check for check in contract.cross_checks if check.keeps_out]
    for check in keeping_out:
        _note_findings(con, contract, check)
    con.execute(read_sql(_SQL_PACKAGE, "keep_rows_out"), {"rules": [check.id for check in keeping_out]})
    make_clean(con, contract)


def _note_findings(con: duckdb.DuckDBPyConnection, contract: Return, check: CrossCheck) -> None:
    rule = _file(f"rules/{check.sql}")
    con.execute(
        read_sql(_SQL_PACKAGE, "note_findings", rows_that_break_it=rule, table=contract.table),
        {
            "kind": contract.kind, "column_name": check.column, "rule": check.id, "severity": check.severity.value,
            "message": sentence(check.id),
        },
    )  # fmt: skip


def _list_awaited(con: duckdb.DuckDBPyConnection, folder: str, table: Table) -> None:
    con.execute(f"DROP TABLE IF EXISTS {table.name}")
    con.execute(create_table(table))
    parts = {name: _file(f"awaited/{folder}/{name}") for name in _AWAITED}
    con.execute(read_sql(_SQL_PACKAGE, "list_awaited", table=table.name, **parts))
    con.execute(";\n".join(comment_statements(table)))


def _file(name: str) -> str:
    return (files(_SQL_PACKAGE) / f"{name}.sql").read_text(encoding="utf-8")
