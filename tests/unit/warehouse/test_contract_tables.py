"""From the contract to tables."""

from __future__ import annotations

import duckdb
import pytest

from expectations.contract import Return
from expectations.contract.returns import RETURNS
from warehouse.contract_tables import comment_statements, create_table, stored_columns
from warehouse.published.published_tables import DETAIL, clean_tables, in_force_columns, key_in_force, published_columns
from warehouse.store.schema import store_tables

KINDS = pytest.mark.parametrize("contract", RETURNS.values(), ids=RETURNS)

CLEAN = {
    "actions": "provider_siret,provider_name,contact_email,action_id,title,certification_code,rome_code,gen_labelled_on,"
    "free_of_charge,diploma_required,call_id,total_cost_eur,grant_eur,agreed_on",
    "sessions": "provider_siret,action_id,session_id,commune_code,starts_on,ends_on,seats",
    "apprenants": "provider_siret,session_id,learner_key,sex,age_at_entry_band,epci_code,departement,diploma_level,is_dropout,"
    "is_far_from_employment,is_qpv_resident,is_rural_resident,is_disabled,months_without_job,entered_on,left_on,completion,"
    "certification",
    "suivi": "provider_siret,session_id,learner_key,horizon,observed_on,situation,is_digital_job,source",
    "depenses": "provider_siret,action_id,document_ref,spent_on,cost_category,amount_eur",
    "financements": "provider_siret,action_id,reference,funder,funder_type,status,decided_on,amount_eur",
}


@KINDS
def test_analysts_see_the_columns_of_the_spec_and_nothing_personal(contract: Return) -> None:
    names = [column.name for column in published_columns(contract)]
    is_about_learners = contract.kind in ("apprenants", "suivi")
    assert names == [*([] if is_about_learners else ["submission_id", "line"]), *CLEAN[contract.kind].split(",")]
    personal = {column.name for column in contract.columns if column.personal}
    assert not personal & {*names, *(column.name for column in in_force_columns(contract))}
    assert set(key_in_force(contract)) <= set(names)


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
