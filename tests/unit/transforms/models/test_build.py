"""The build: headers, the order that the SQL implies, what is proven and commented, and the columns that the spec names."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import duckdb
import pytest
import sqlglot
from sqlglot import exp

import transforms.models.build
from expectations.contract import Return
from expectations.contract.returns import RETURNS
from tests.worlds import World, built, one_session
from transforms.engines.on_this_machine import DuckDBEngine
from transforms.models.build import (
    STEPS_IN_PYTHON,
    BuildError,
    Model,
    build,
    declared_tables,
    models_in_order,
    read_model,
)
from transforms.models.model_files import select_of, tables_with_a_file
from warehouse.published.published_tables import in_force_columns, key_in_force

AS_OF = date(2020, 6, 30)
GOOD = """-- what: Sessions counted
-- grain: a provider
-- key: provider_siret
-- unit: sessions
-- excludes: nothing
-- source: clean.sessions
-- definition: A plain count,
--     on two lines.
-- proves: sessions > 0
-- columns:
--     provider_siret: the provider
--     sessions: how many
select s.provider_siret, count(*) as sessions from clean.sessions as s group by s.provider_siret
"""
SPEC = {
    "positive_exit": "level, level_id, cohort, horizon, leavers, mature, neutralised, known, unknown, positive, positive_strict,"
    " employed, durable, training, other, rate, rate_known, wilson_low, wilson_high, bound_low, bound_high, response_rate,"
    " rate_strict",
    "audience_mix": "level, level_id, cohort, entrants, women, dropouts, far_from_employment, qpv_residents, rural_residents,"
    " disabled, priority, priority_strict, undetermined, priority_share, share_low, share_high, target, verdict, sex_unknown,"
    " diploma_none, diploma_3, diploma_4, diploma_5, diploma_6_plus, diploma_unknown, up_to_bac_share, women_share",
    "certification": "level, level_id, cohort, leavers, completed, dropped_out, dropped_out_to_job, presented, certified,"
    " completion_rate, dropout_rate, certified_of_presented, certified_of_leavers",
    "spend_by_action": "provider_siret, action_id, call_id, total_cost, grant, cap, cap_headroom, over_cap, grant_share, paid,"
    " notified, cofinancing_public, cofinancing_private, justified, settlement_due, state, entrants, positive_exits_m6,"
    " cost_per_entrant, cost_per_positive_exit",
    "spend_by_provider": "provider_siret, actions, total_cost, grant, cap, cap_headroom, actions_over_cap, grant_share, paid,"
    " notified, cofinancing_public, cofinancing_private, justified, settlement_due, state, entrants, positive_exits_m6,"
    " cost_per_entrant, cost_per_positive_exit",
    "envelope": "call_id, envelope, actions, committed, paid, justified, remaining, committed_share, paid_share,"
    " actions_over_cap, exhausted_low, exhausted_mid, exhausted_high",
    "skills_gap": "employed_digital, posts_low, posts_high, share_low, share_high",
    "coverage": "level, level_id, name, sessions, entrants, inhabitants, entrants_per_10000",
    "learner_outcome": "learner_key, provider_siret, action_id, session_id, horizon, left_on, is_mature, outcome_class,"
    " is_neutralised, is_known, is_positive, is_positive_strict, is_employed, is_durable, is_training, is_digital_job, sex,"
    " age_at_entry_band, diploma_level, is_dropout, is_far_from_employment, is_qpv_resident, is_rural_resident, is_disabled,"
    " departement, epci",
    "exits_by_audience": "level, level_id, horizon, audience, leavers, mature, neutralised, known, unknown, positive,"
    " positive_strict, employed, durable, training, other, rate, rate_known, wilson_low, wilson_high, bound_low, bound_high,"
    " response_rate, rate_strict",
    "audited": "level, level_id, cohort, horizon, audit, reported_on, population, drawn, erased, pending, unreachable, verified,"
    " confirmed, reported_positive, reported_eligible, reported_rate, positive_error_share, not_positive_error_share,"
    " corrected_rate, corrected_rate_low, corrected_rate_high, worst_rate",
    "reliability": "level, level_id, cohort, horizon, announced, expected, set_aside, vanished, unexited, neutralised, known,"
    " unknown, positive, coverage, floor_rate, ceiling_rate, first_reported_positive, first_reported_rate, revisions_up,"
    " revisions_down",
    "trajectory": "horizon, next_horizon, from_class, to_class, learners",
}

VIEWS = {"learner_outcome", "trajectory"}


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    world = one_session()
    world.cohort(["CDI"] * 6)
    world.add("expenses")
    world.add("fundings")
    return built(world, AS_OF)


def test_a_model() -> None:
    model = read_model("indicators.x", GOOD)
    assert model.key == ("provider_siret",)
    assert model.sources == {"clean.sessions"}
    assert model.definition == "A plain count, on two lines."
    assert model.proves == ("sessions > 0",)
    assert model.columns == (("provider_siret", "the provider"), ("sessions", "how many"))
    assert model.sql.startswith("select")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("-- unit: sessions\n", "", "the header lacks unit"),
        ("-- excludes: nothing\n", "-- excludes:\n", "the header lacks excludes"),
        ("-- unit: ", "-- unit: sessions\n-- owner: ", "owner, which is not known"),
        ("-- unit: ", "--unit: ", "neither"),
        ("source: clean.sessions", "source: clean.sessions, clean.actions", "differ in clean.actions"),
        ("from clean.sessions", "from clean.learners", "differ in clean.learners, clean.sessions"),
        ("from clean.sessions", "from sessions", "sessions is neither a table with its schema nor a CTE"),
        ("--     sessions: how many\n", "", "not those of the SELECT"),
        ("count(*) as sessions", "count(*) as session_count", "not those of the SELECT"),
        ("select s.provider_siret, count(*) as sessions", "select *", r"without \*"),
        ("group by s.provider_siret\n", "group by s.provider_siret; select 1\n", "one bare SELECT"),
        ("select s.", "create table x as select s.", "one bare SELECT"),
        ("count(*) as sessions", "count((*) as sessions", "cannot be parsed"),
    ],
)
def test_a_model_that_cannot_be_used(old: str, new: str, reason: str) -> None:
    assert old in GOOD
    with pytest.raises(BuildError, match=reason):
        read_model("indicators.x", GOOD.replace(old, new))


def test_each_model_comes_after_those_it_reads() -> None:
    made: set[str] = set()
    for model in models_in_order():
        made |= {step for step, (source, _) in STEPS_IN_PYTHON.items() if source in made}
        assert {source for source in model.sources if source.startswith(("indicators.", "work."))} <= made | {"work.reference_date", "work.rows_kept_out"}
        made.add(model.table)


def with_models(monkeypatch: pytest.MonkeyPatch, *models: Model) -> None:
    monkeypatch.setattr(transforms.models.build, "_read_models", lambda *schemas: models)
    monkeypatch.setattr(transforms.models.build, "models_in_order", models_in_order.__wrapped__)


def test_a_table_that_nothing_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    with_models(monkeypatch, read_model("indicators.x", GOOD.replace("clean.sessions", "work.nothing")))
    with pytest.raises(BuildError, match=r"indicators\.x reads work\.nothing, which nothing makes"):
        transforms.models.build.models_in_order()


def test_a_circle(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = (("work.a", "work.b"), ("work.b", "work.a"))
    with_models(monkeypatch, *(read_model(table, GOOD.replace("clean.sessions", source)) for table, source in pair))
    with pytest.raises(BuildError, match="in a circle"):
        transforms.models.build.models_in_order()


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("proves: sessions > 0", "proves: sessions > 1", r"indicators\.x: sessions > 1 does not hold in 1 rows"),
        ("group by s.provider_siret", "group by s.provider_siret, s.session_id", r"unique \(provider_siret\) does not hold in 1 "),
        ("select s.provider_siret,", "select nullif(s.provider_siret, s.provider_siret) as provider_siret,", "no NULL in"),
    ],
)
def test_a_promise_not_kept_stops_the_build(monkeypatch: pytest.MonkeyPatch, old: str, new: str, reason: str) -> None:
    world = one_session()
    if "unique" in reason:
        world.add("sessions", session_id="S2")
    con = built(world, AS_OF)
    with_models(monkeypatch, read_model("indicators.x", GOOD.replace(old, new)))
    with pytest.raises(BuildError, match=reason) as told:
        build(DuckDBEngine(con), AS_OF)
    assert "20003456500013" not in str(told.value)


def test_the_build_says_how_many_rows(con: duckdb.DuckDBPyConnection) -> None:
    rows = build(DuckDBEngine(con), AS_OF)
    sums = {f"sums.session_{name}" for name in ("audiences", "leavers", "outcomes", "rate_changes")}
    assert rows.keys() == {f"indicators.{name}" for name in SPEC.keys() - VIEWS} | sums | {"reference.providers", "reference.sessions"}
    for table, count in rows.items():
        assert con.execute(f"SELECT count(*) FROM {table}").fetchone() == (count,)
    assert rows["indicators.positive_exit"] == 6 * 2 * 4
    assert rows["indicators.skills_gap"] == 1


def columns(con: duckdb.DuckDBPyConnection, name: str) -> list[tuple[Any, ...]]:
    return con.execute(
        "SELECT column_name, data_type, comment FROM duckdb_columns() WHERE schema_name = 'indicators' AND table_name = ?"
        " ORDER BY column_index", [name],
    ).fetchall()  # fmt: skip


@pytest.mark.parametrize("name", SPEC)
def test_the_columns_are_those_of_the_specification_each_with_a_comment(con: duckdb.DuckDBPyConnection, name: str) -> None:
    found = columns(con, name)
    assert [column for column, _, _ in found] == SPEC[name].split(", ")
    assert all(comment for _, _, comment in found)
    kind = "view" if name in VIEWS else "table"
    comment = con.execute(f"SELECT comment FROM duckdb_{kind}s() WHERE {kind}_name = ?", [name]).fetchone()
    assert comment and "One row:" in comment[0]


MONEY = {"total_cost", "grant", "cap", "cap_headroom", "paid", "notified", "cofinancing_public", "cofinancing_private",
         "justified", "settlement_due", "envelope", "committed", "remaining"}  # fmt: skip


@pytest.mark.parametrize("name", SPEC)
def test_counts_are_whole_money_is_decimal_rates_are_double(con: duckdb.DuckDBPyConnection, name: str) -> None:
    rates = re.compile(r"_rate|^rate|share|wilson|bound|target|coverage|cost_per|per_10000|certified_of")
    for column, data_type, _ in columns(con, name):
        if column in MONEY:
            assert data_type == "DECIMAL(14,2)", column
        elif column.startswith("exhausted"):
            assert data_type == "DATE"
        elif rates.search(column):
            assert data_type == "DOUBLE", column
        else:
            assert data_type in ("VARCHAR", "BIGINT", "INTEGER", "BOOLEAN", "DATE" if column in ("left_on", "reported_on") else ""), (column, data_type)


def test_nothing_at_all_is_no_failure() -> None:
    con = built(World(), AS_OF)
    assert con.execute("SELECT level, level_id, leavers, rate FROM indicators.positive_exit").fetchall() == [
        ("programme", "", 0, None)
    ] * 4


def test_the_macros_are_not_published(con: duckdb.DuckDBPyConnection) -> None:
    query = "SELECT count(*) FROM duckdb_functions() WHERE function_name = 'wilson_low' AND database_name <> 'temp'"
    assert con.execute(query).fetchone() == (0,)


# ------------------------------------------------------------------------------------------- tables that are declared


DECLARED_SCHEMAS = ("history", "in_force", "clean", "detail", "quality")


@pytest.mark.parametrize("table", sorted(tables_with_a_file(*DECLARED_SCHEMAS)))
def test_the_files_of_declared_tables_keep_what_their_headers_say(table: str) -> None:
    """Where this names a table of `clean`: the contract has another column now, so its file, and that of `history`, needs it."""
    model = read_model(table, select_of(table))
    assert model.key


def test_every_declared_table_has_a_file() -> None:
    assert set(declared_tables()) <= set(tables_with_a_file(*DECLARED_SCHEMAS))


@pytest.mark.parametrize("contract", RETURNS.values(), ids=RETURNS)
def test_the_history_has_every_column_of_the_contract(contract: Return) -> None:
    """Where this fails, write the column into the file of the table in transforms/models/history, and in clean."""
    table = f"history.{contract.table}"
    wanted = [column.name for column in in_force_columns(contract)]
    select = sqlglot.parse_one(select_of(table), dialect="duckdb")
    assert isinstance(select, exp.Query)
    assert select.named_selects == [*wanted, "closed_by"], f"edit transforms/models/history/{contract.table}.sql"


@pytest.mark.parametrize("contract", RETURNS.values(), ids=RETURNS)
def test_rows_are_told_apart_by_the_key_of_the_contract(contract: Return) -> None:
    key = tuple(key_in_force(contract))
    assert read_model(f"clean.{contract.table}", select_of(f"clean.{contract.table}")).key == key


def test_a_column_that_the_contract_does_not_publish_is_refused_with_the_file_to_edit() -> None:
    text = select_of("clean.sessions")
    assert "    i.seats\n" in text
    with pytest.raises(BuildError, match=r"edit transforms/models/clean/sessions\.sql"):
        read_model("clean.sessions", text.replace("    i.seats\n", "    i.seats,\n    i.seats as more\n"))
