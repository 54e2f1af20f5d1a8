"""From the contract to tables."""

from __future__ import annotations

import duckdb
import pytest

from expectations.contract import Return
from expectations.contract.returns import RETURNS
from warehouse.published.published_tables import DETAIL, clean_tables
from warehouse.store.schema import store_tables
from warehouse.table_declarations import comment_statements, create_table, stored_columns

KINDS = pytest.mark.parametrize("contract", RETURNS.values(), ids=RETURNS)

@KINDS
def test_the_store_keeps_every_column(contract: Return) -> None:
    names = [column.name for column in stored_columns(contract)]
    assert names[:4] == ["submission_id", "line", "scope", "row_key"]
    assert set(names) >= {column.name for column in contract.columns}
    assert ("learner_key" in names) == ("learner_ref" in names)


@KINDS
def test_a_scope_is_part_of_its_key(contract: Return) -> None:
    # corrections.py reads the scope off a key, and a key names its scope
    assert set(contract.scope) <= set(contract.key)


def test_every_table_and_column_says_what_it_is() -> None:
    with duckdb.connect() as con:
        con.execute("CREATE SCHEMA clean")
        con.execute("CREATE SCHEMA detail")
        for table in [*clean_tables(), DETAIL]:
            con.execute(create_table(table))
            for statement in comment_statements(table):
                con.execute(statement)
        for table in store_tables():
            con.execute(create_table(table))
        silent = "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'clean' AND comment IS NULL"
        assert con.execute(silent).fetchall() == []
        silent = "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'clean' AND comment IS NULL"
        assert con.execute(silent).fetchall() == []
        types = dict(
            con.execute(
                "SELECT column_name, data_type FROM duckdb_columns()"
                " WHERE schema_name = 'clean' AND table_name IN ('actions', 'learners', 'sessions')"
            ).fetchall()
        )
    assert types["grant_eur"] == "DECIMAL(14,2)"
    assert types["free_of_charge"] == "BOOLEAN"
    assert types["is_disabled"] == "VARCHAR"
    assert types["seats"] == types["line"] == "INTEGER"
    assert types["entered_on"] == "DATE"


def test_every_table_has_a_comment_and_columns_of_one_name_once() -> None:
    for table in [*store_tables(), *clean_tables()]:
        assert table.comment
        names = [column.name for column in table.columns]
        assert len(set(names)) == len(names)
        assert all(column.comment for column in table.columns)
