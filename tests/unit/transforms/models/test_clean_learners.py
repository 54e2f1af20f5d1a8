"""Where learners live: today's EPCI and département of the commune, and neither of a place abroad, which is no commune."""

from __future__ import annotations

import duckdb

from expectations.contract.returns import RETURNS
from transforms.models.model_files import select_of
from warehouse.reference import load_reference


def test_a_learner_living_abroad_counts_in_no_territory() -> None:
    con = duckdb.connect(":memory:")
    load_reference(con)
    fields = [column.name for column in RETURNS["apprenants"].columns if column.name not in ("learner_ref", "commune_code")]
    nulls = ", ".join(f"null as {name}" for name in [*fields, "age_at_entry_band"])
    con.execute("create schema in_force; create schema work")
    con.execute("create table work.rows_kept_out (submission_id bigint, line integer)")
    con.execute(
        f"create table in_force.learners as select learner_key, commune_code, 1 as submission_id, 2 as line, {nulls}"
        " from (values ('L1', '59512'), ('L2', '99109'), ('L3', '97411'), ('L4', '59100')) as t (learner_key, commune_code)"
    )
    found = con.execute(f"select learner_key, epci_code, departement from ({select_of('clean.learners')})").fetchall()
    assert sorted(found) == [
        ("L1", "200093201", "59"), ("L2", None, None), ("L3", "249740119", "974"), ("L4", "200042190", "59"),
    ]  # fmt: skip
