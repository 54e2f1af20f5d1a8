"""What analysts find in the warehouse besides figures: comments, types, which night and which rules made it, since when."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
import sys
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import duckdb
import pytest

from expectations.catalogue import dictionary_text
from flows.doctor import analysts
from flows.doctor.fault import Fault, HomeToCheck
from flows.recovery.compute_past_days import backfill
from flows.settings import load_settings
from tests.golden.nights import Home
from tests.spec.paper import csv_of
from warehouse.published.meta_tables import table_names, view_names
from warehouse.published.snapshots import snapshot_days, snapshot_path

pytestmark = pytest.mark.slow

DAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with a programme file of its own, in which everything waits for an action for two nights."""
    home = Home(tmp_path_factory.mktemp("view"), tells=False)
    rules = (files("expectations.programme") / "programme.toml").read_bytes()
    (home.folder / "rules.toml").write_bytes(rules + b"# of this home\n")
    (home.folder / "suivi.toml").write_text('programme_file = "rules.toml"\nanalysts_detail = true\n', encoding="utf-8")
    home.night({"apprenants.csv": csv_of("apprenants", "")}, on=DAY)
    home.night({"sessions.csv": csv_of("sessions", "")}, on=DAY + timedelta(1))
    home.night({"actions.csv": csv_of("actions", "")}, on=DAY + timedelta(2))
    return home


def test_every_table_and_column_says_what_it_is(home: Home) -> None:
    silent = "coalesce(comment, '') = '' AND NOT internal"
    assert home.rows(f"SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE {silent}") == []
    assert home.rows(f"SELECT schema_name, table_name FROM duckdb_tables() WHERE {silent}") == []
    assert home.rows(f"SELECT schema_name, view_name FROM duckdb_views() WHERE {silent}") == []
    french = r"regexp_matches(comment, '\b(les|une|est|dans|pour|sont)\b') AND NOT internal"
    assert home.rows(f"SELECT table_name, column_name, comment FROM duckdb_columns() WHERE {french}") == []
    assert home.rows(f"SELECT table_name, comment FROM duckdb_tables() WHERE {french}") == []


def test_the_dictionary_has_every_table_and_column(home: Home) -> None:
    tables = json.loads(dictionary_text("json"))["tables"]
    told = {(name, row["name"]) for name, table in tables.items() for row in table["rows"]}
    there = home.rows("SELECT schema_name || '.' || table_name, column_name FROM duckdb_columns() WHERE NOT internal")
    assert told == set(there)


def test_providers_sessions_and_rules_have_names(home: Home) -> None:
    assert home.rows("SELECT * FROM reference.providers") == [
        ("90012000700019", "Numérique pour tous", "exemple.fr", 1, datetime(2026, 3, 3, 4, 0)),
    ]  # fmt: skip
    names = "provider_name, action_title, commune, epci, departement"
    query = f"SELECT level_id, {names} FROM reference.sessions JOIN indicators.certification USING (level_id) WHERE cohort = 'all'"
    assert home.rows(query) == [
        ("90012000700019/S1", "Numérique pour tous", "Développeur web", "Roubaix", "Métropole Européenne de Lille", "Nord"),
    ]  # fmt: skip
    unnamed = "SELECT f.rule FROM quality.findings AS f ANTI JOIN reference.rules AS r ON r.id = f.rule"
    assert home.rows(unnamed) == []


def test_what_waits_says_for_what_and_since_when(home: Home) -> None:
    with contextlib.closing(duckdb.connect(str(snapshot_path(home.folder, DAY + timedelta(1))), read_only=True)) as con:
        found = con.execute("SELECT * EXCLUDE (waiting_since), CAST(waiting_since AS DATE) FROM quality.waiting").fetchall()
    siret = "90012000700019"
    assert found == [
        (1, siret, "apprenants", "APP-51", "sessions", "session", f"{siret}/S1", 1, DAY),
        (2, siret, "sessions", "SES-51", "actions", "action", f"{siret}/A1", 1, DAY + timedelta(1)),
    ]
    assert home.rows("FROM quality.waiting") == []


def test_the_queries_of_the_readme_run(home: Home) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```sql\n(.*?)```", readme, re.DOTALL)
    queries = [query for query in block.split(";") if query.strip()]
    assert len(queries) == 5
    for query in queries:
        home.rows(query)


@pytest.mark.attack
def test_birth_years_and_communes_are_told_where_that_is_set_and_nowhere_else(home: Home, tmp_path: Path) -> None:
    copy = Home(tmp_path / "home", tells=False)
    shutil.copytree(home.folder, copy.folder, dirs_exist_ok=True)
    people = [("L1", "1994", "59512"), ("L2", "1994", "59512"), ("L3", "1993", "59512"), ("L4", "1992", "59350"), ("L5", "1991", "59350")]
    rows = [f"id_apprenant = {ref} & naissance = 14/07/{year} & commune = {commune}" for ref, year, commune in people]
    copy.night({"apprenants.csv": csv_of("apprenants", *rows)}, on=DAY + timedelta(3))
    assert copy.row("SELECT count(DISTINCT birth_year) FROM detail.learners") == (4,)
    assert copy.rows("SELECT learner_key FROM clean.learners") == copy.rows("SELECT learner_key FROM clean.learners ORDER BY 1")
    (said,) = _doctor(copy)
    assert (said.where, said.is_advice) == ("detail.learners", True)
    assert said.what.startswith("3 of 5 learners are unique on (birth year, commune, sex)")
    settings = copy.folder / "suivi.toml"
    settings.write_text(settings.read_text().replace("true", "false"))
    told = [path.where for path in _doctor(copy)]
    assert told[0] == str(copy.folder / "warehouse.duckdb")
    assert len(told) == 1 + len(snapshot_days(copy.folder)) > 3
    copy.night(on=DAY + timedelta(4))
    assert set(backfill(load_settings(copy.folder), DAY, DAY + timedelta(3), "day").values()) == {"made"}
    assert _doctor(copy) == []
    assert set(backfill(load_settings(copy.folder), DAY, DAY + timedelta(3), "day").values()) == {"unchanged"}
    assert copy.row("SELECT count(*) FROM duckdb_columns() WHERE column_name = 'birth_year'") == (0,)


def _doctor(home: Home) -> list[Fault]:
    return list(analysts.detail(HomeToCheck(load_settings(home.folder), datetime.now(UTC))))


def test_money_is_exact_and_rates_are_floating(home: Home) -> None:
    found = dict(home.rows("SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = 'indicators'"))
    money = {name for name, kind in found.items() if kind == "DECIMAL(14,2)"}
    assert money == {
        "envelope", "committed", "remaining", "paid", "notified", "justified", "total_cost", "grant", "cap",
        "cap_headroom", "cofinancing_public", "cofinancing_private", "settlement_due",
    }  # fmt: skip
    rates = {name for name in found if name.endswith(("share", "rate", "share_low", "share_high"))}
    assert {found[name] for name in rates} == {"DOUBLE"}


def test_the_release_names_the_programme_file(home: Home) -> None:
    digest = hashlib.sha256((home.folder / "rules.toml").read_bytes()).hexdigest()
    assert home.row("SELECT programme_version, as_of, submissions FROM meta.release") == (
        digest[:12], DAY + timedelta(2), 3,
    )  # fmt: skip


def test_what_waited_is_settled_the_night_its_parent_arrives(home: Home) -> None:
    found = home.rows(
        "SELECT submission_id, rule, first_seen, resolved_at"
        " FROM quality.findings WHERE severity = 'warning' ORDER BY ALL"
    )
    days = [(number, rule, (seen.date() - DAY).days, (gone.date() - DAY).days) for number, rule, seen, gone in found]
    assert days == [(1, "APP-51", 0, 2), (1, "FIC-07", 0, 2), (2, "FIC-07", 1, 2), (2, "SES-51", 1, 2)]


def test_plain_duckdb_hands_every_row_over_without_a_library_for_time_zones(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pytz", None)
    with contextlib.closing(duckdb.connect(str(home.folder / "warehouse.duckdb"), read_only=True)) as con:
        for table in (*table_names(con), *view_names(con)):
            con.sql(f"FROM {table}").fetchall()
        zoned = "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND data_type LIKE '%TIME ZONE%'"
        assert con.sql(zoned).fetchall() == []
        received = con.sql("SELECT received_at FROM quality.files ORDER BY submission_id").fetchall()
    assert [(at.tzinfo, at.date()) for (at,) in received] == [(None, DAY + timedelta(days)) for days in range(3)]
