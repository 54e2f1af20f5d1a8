"""What a new file does to earlier ones (docs/spec/returns.md, "Corrections"): which rows it closes, which findings it settles.

Whether a later file closes a row depends on these two alone, never on a third file. So the files of a night are handled at once,
each row closed by the first later file that replaces or retires it, and the result is the same as taking them one by one.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from expectations.contract import Return
from expectations.contract.returns import RETURNS
from warehouse.query_results import read_sql
from warehouse.table_declarations import store_table

_SQL_PACKAGE = "warehouse.store"


def correct_rows(
    con: duckdb.DuckDBPyConnection, contract: Return, first: int, scopes: Sequence[tuple[int, str]] = ()
) -> None:
    """Note which rows of a return's kind the submissions from `first` on put out of force, and which findings they settle.

    `scopes` are named, by submission, by records that were accepted and are not kept.
    """
    table = store_table(contract)
    con.execute(read_sql(_SQL_PACKAGE, "new_rows", table=table), {"first": first})
    if scopes:
        con.executemany("INSERT INTO new_rows VALUES (?, ?, NULL)", scopes)
    con.execute(read_sql(_SQL_PACKAGE, "new_quarantined"), {"kind": contract.kind, "first": first})
    con.execute(read_sql(_SQL_PACKAGE, "close_rows", table=table), {"kind": contract.kind})
    scope = scope_of_key(contract, "findings.row_key")
    con.execute(read_sql(_SQL_PACKAGE, "settle_findings_on_rows", scope_of_key=scope), {"kind": contract.kind})


def give_files_to_their_folders_provider(con: duckdb.DuckDBPyConnection) -> None:
    """Note whose the files are that name no provider, where others of their folder tell."""
    con.execute(read_sql(_SQL_PACKAGE, "provider_of_folder"))


def settle_files(con: duckdb.DuckDBPyConnection, first: int) -> None:
    """Note which findings without a row's key are settled by the submissions from `first` on."""
    con.execute(read_sql(_SQL_PACKAGE, "files_that_may_settle"), {"first": first})
    con.execute("CREATE OR REPLACE TEMP TABLE scopes_of_settling_files(submission_id BIGINT, scope VARCHAR, is_taken BOOLEAN)")
    for contract in RETURNS.values():
        scope = scope_of_key(contract, "quarantined_rows.row_key")
        statement = read_sql(_SQL_PACKAGE, "scopes_of_settling_files", table=store_table(contract), scope_of_key=scope)
        con.execute(statement, {"kind": contract.kind})
    con.execute(read_sql(_SQL_PACKAGE, "settle_findings_on_files"), {"first": first})


def scope_of_key(contract: Return, key: str) -> str:
    """The SQL expression that makes the scope of a key; that of no key is empty."""
    places = [contract.key.index(name) + 1 for name in contract.scope]
    # coalesced: DuckDB 2.0.0 cannot compare what split_part gives of a column that is NULL throughout
    parts = ", ".join(f"split_part(coalesce({key}, ''), chr(31), {place})" for place in places)
    return f"concat_ws(chr(31), {parts})"


def inherit_first_seen(con: duckdb.DuckDBPyConnection, first_finding: int) -> None:
    """Date the findings from that number on by the first file that had them."""
    con.execute(read_sql(_SQL_PACKAGE, "date_findings_by_first_file"), {"first": first_finding})
