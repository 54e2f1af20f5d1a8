"""Delays and thresholds: which version of the programme's rules holds for a return that is awaited, or questioned."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from pathlib import Path

import duckdb
import pytest

from expectations.programme import load_programme, load_rules

RULES = files("expectations.across_returns")
CHANGE = date(2027, 1, 1)
LATER = """
[[awaited]]
from = 2027-01-01
learners_days = 10
answers_days = 20
expenses_days = 40
announced_days = 3

[[plausibility]]
from = 2027-01-01
entry_outside_session_days = 5
headcount_drop = [1, 2]
learners_of_one_situation = 3
"""


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Sessions S1 and S2, the first before the change of the rules and the other after, whose learner left with them."""
    path = tmp_path / "rules.toml"
    path.write_bytes(load_programme().source + LATER.encode())
    with duckdb.connect() as con:
        load_rules(con, load_programme(path))
        con.execute("CREATE SCHEMA clean; CREATE SCHEMA in_force; CREATE SCHEMA history")
        con.execute(
            "CREATE TABLE clean.sessions AS SELECT '1' AS provider_siret, 'A' || n AS action_id, 'S' || n AS session_id, 1 AS line,"
            " n AS submission_id, starts_on, starts_on + 50 AS ends_on"
            " FROM (VALUES (1, DATE '2026-10-01'), (2, DATE '2027-02-01')) AS s (n, starts_on)"
        )
        con.execute("CREATE VIEW in_force.sessions AS FROM clean.sessions")
        con.execute("CREATE TABLE work.rows_kept_out (submission_id BIGINT, line INTEGER)")
        con.execute(
            "CREATE TABLE clean.learners AS SELECT provider_siret, session_id, 'L' || session_id AS learner_key, 'TERMINE' AS completion,"
            " starts_on - 8 AS entered_on, ends_on AS left_on, submission_id, line FROM clean.sessions"
        )
        for table in ("learners", "expenses", "followups"):
            con.execute(
                f"CREATE TABLE in_force.{table} (provider_siret VARCHAR, action_id VARCHAR, session_id VARCHAR, learner_key VARCHAR,"
                " horizon VARCHAR, situation VARCHAR, entered_on DATE, submission_id INTEGER, line INTEGER)"
            )
        con.execute("CREATE TABLE in_force.erased_sessions AS SELECT provider_siret, session_id FROM clean.sessions LIMIT 0")
        yield con


def found(con: duckdb.DuckDBPyConnection, name: str, columns: str, as_of: date = date(2028, 1, 1)) -> list[tuple[object, ...]]:
    con.execute("CREATE OR REPLACE TABLE work.reference_date AS SELECT CAST(? AS DATE) AS as_of", [as_of])
    query = (RULES / f"{name}.sql").read_text(encoding="utf-8")
    return con.execute(f"SELECT {columns} FROM (\n{query}\n) ORDER BY ALL").fetchall()


def test_learners_are_awaited_by_the_rule_of_the_first_day(con: duckdb.DuckDBPyConnection) -> None:
    assert found(con, "awaited/overdue/apprenants", "level_id, due_on") == [("1/S1", date(2026, 10, 31)), ("1/S2", date(2027, 2, 11))]


def test_expenses_are_awaited_by_the_rule_of_the_last_day(con: duckdb.DuckDBPyConnection) -> None:
    assert found(con, "awaited/overdue/depenses", "level_id, due_on") == [("1/A1", date(2027, 2, 18)), ("1/A2", date(2027, 5, 2))]


def test_answers_are_awaited_by_the_rule_of_the_day_on_which_the_window_closes(con: duckdb.DuckDBPyConnection) -> None:
    """S1 ends on 2026-11-20: its window SORTIE closes after 28 days, before the change, and M3 after 120 days, after it."""
    awaited = found(con, "awaited/overdue/suivi", "level_id, horizon, due_on")
    assert ("1/S1", "SORTIE", date(2027, 1, 17)) in awaited
    assert ("1/S1", "M3", date(2027, 4, 9)) in awaited


@pytest.mark.parametrize(("as_of", "announced"), [(date(2026, 10, 17), True), (date(2026, 10, 16), False)])
def test_a_return_is_announced_by_the_rule_of_the_reference_date(con: duckdb.DuckDBPyConnection, as_of: date, announced: bool) -> None:
    assert (("1/S1",) in found(con, "awaited/due_soon/apprenants", "level_id", as_of)) == announced


@pytest.mark.parametrize(("as_of", "announced"), [(date(2027, 2, 8), True), (date(2027, 2, 7), False)])
def test_and_by_the_next_one_after_the_change(con: duckdb.DuckDBPyConnection, as_of: date, announced: bool) -> None:
    assert (("1/S2",) in found(con, "awaited/due_soon/apprenants", "level_id", as_of)) == announced


def test_an_entry_is_questioned_by_the_rule_of_the_first_day(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("INSERT INTO in_force.learners BY NAME SELECT * EXCLUDE (completion, left_on) FROM clean.learners")
    assert found(con, "rules/entry_outside_session", "submission_id") == [(2,)]


@pytest.mark.parametrize(("as_of", "questioned"), [(date(2026, 12, 31), []), (CHANGE, [(1,)])])
def test_equal_answers_are_questioned_by_the_rule_of_the_reference_date(
    con: duckdb.DuckDBPyConnection, as_of: date, questioned: list[tuple[int]]
) -> None:
    con.execute(
        "INSERT INTO in_force.followups BY NAME SELECT '1' AS provider_siret, 'S1' AS session_id, 'M6' AS horizon, 'CDI' AS situation,"
        " 'L' || n AS learner_key, 1 AS submission_id, n AS line FROM range(3) AS r (n)"
    )
    assert found(con, "rules/one_situation_for_all", "submission_id", as_of) == questioned


@pytest.mark.parametrize(("as_of", "questioned"), [(date(2026, 12, 31), [(2,)]), (CHANGE, [])])
def test_a_fall_in_headcount_is_questioned_by_the_rule_of_the_reference_date(
    con: duckdb.DuckDBPyConnection, as_of: date, questioned: list[tuple[int]]
) -> None:
    """Ten learners, and seven of them with the next file: a fall of 30 %."""
    con.execute(
        "CREATE TABLE history.learners AS"
        " SELECT '1' AS provider_siret, 'S1' AS session_id, 1 AS submission_id, n AS line, 2 AS closed_by FROM range(10) AS r (n)"
        " UNION ALL SELECT '1', 'S1', 2, n, NULL FROM range(7) AS r (n)"
    )
    assert found(con, "rules/headcount_down", "submission_id", as_of) == questioned
