"""Runs the rules across returns: one file, one rule; each selects the rows (submission_id, line) that break it."""

from __future__ import annotations

from datetime import date
from importlib.resources import files

import duckdb

from expectations.contract import CrossCheck, Return, Severity
from expectations.contract.returns import RETURNS
from expectations.messages import sentence
from warehouse.contract_tables import QUALITY_DUE_SOON, QUALITY_OVERDUE, Table, comment_statements, create_table
from warehouse.published.clean import published_order, select_published

_FOLDER = files("expectations.across_returns")
#: what is awaited: each has a file in awaited/overdue/ and one in awaited/due_soon/
_AWAITED = ("apprenants", "suivi", "depenses")


def examine(con: duckdb.DuckDBPyConnection, as_of: date) -> None:
    """Split what is in force into what counts and what does not, and note why.

    Reads the schemas `in_force` and `history` (all rows in force; all versions) and `reference`. Writes the schema
    `clean` (what analysts see of the rows that count), `work.cross_findings`, `quality.overdue` and `quality.due_soon`.

    Args:
        con: the warehouse being built.
        as_of: the reference date.
    """
    for schema in ("clean", "work", "quality"):
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    con.execute("CREATE OR REPLACE TABLE work.reference_date AS SELECT CAST(? AS DATE) AS as_of", [as_of])
    con.execute(
        "CREATE OR REPLACE TABLE work.cross_findings (submission_id BIGINT, line INTEGER, kind VARCHAR,"
        " provider_siret VARCHAR, column_name VARCHAR, rule VARCHAR, severity VARCHAR, message VARCHAR)"
    )
    # parents first, so that waiting is transitive: a learner of a session that waits waits too
    for contract in RETURNS.values():
        _admit(con, contract)
    for contract in RETURNS.values():
        for check in contract.cross_checks:
            if not _keeps_out(check):
                _note(con, contract, check)
    _list_awaited(con, "overdue", QUALITY_OVERDUE)
    _list_awaited(con, "due_soon", QUALITY_DUE_SOON)


def _keeps_out(check: CrossCheck) -> bool:
    return check.waits or check.severity is Severity.ERROR


def _admit(con: duckdb.DuckDBPyConnection, contract: Return) -> None:
    """Note the rows of one return that must not count, and copy the others into `clean`."""
    for check in contract.cross_checks:
        if _keeps_out(check):
            _note(con, contract, check)
    ids = [check.id for check in contract.cross_checks if _keeps_out(check)]
    con.execute(
        f"CREATE OR REPLACE TABLE clean.{contract.table} AS {select_published(contract)}"
        " ANTI JOIN (SELECT submission_id, line FROM work.cross_findings WHERE list_contains(?, rule)) AS f"
        " ON f.submission_id = i.submission_id AND f.line = i.line"
        f" ORDER BY {', '.join(published_order(contract))}",
        [ids],
    )


def _note(con: duckdb.DuckDBPyConnection, contract: Return, check: CrossCheck) -> None:
    offending = (_FOLDER / "rules" / f"{check.sql}.sql").read_text(encoding="utf-8")
    con.execute(
        "INSERT INTO work.cross_findings"
        " SELECT o.submission_id, o.line, ?, i.provider_siret, ?, ?, ?, ?"
        f" FROM (\n{offending}\n) AS o"
        f" JOIN in_force.{contract.table} AS i ON i.submission_id = o.submission_id AND i.line = o.line",
        [contract.kind, check.column, check.id, check.severity.value, sentence(check.id)],
    )


def _list_awaited(con: duckdb.DuckDBPyConnection, folder: str, table: Table) -> None:
    parts = [(_FOLDER / "awaited" / folder / f"{name}.sql").read_text(encoding="utf-8") for name in _AWAITED]
    # a leading line comment in a part would swallow the bracket, hence the line breaks
    union = "\nUNION ALL\n".join(f"SELECT * FROM (\n{part}\n)" for part in parts)
    con.execute(f"DROP TABLE IF EXISTS {table.name}")
    con.execute(create_table(table))
    con.execute(f"INSERT INTO {table.name} SELECT * FROM (\n{union}\n) ORDER BY provider_siret, kind, level_id, horizon")
    con.execute(";\n".join(comment_statements(table)))
