"""Past days: what changed between releases and why, snapshots, and what a night of an earlier day would have said."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from flows.errors import WrongUse
from flows.recovery.compute_past_days import backfill, reference_dates
from flows.settings import load_settings
from flows.steps.compute import earlier_release
from tests.golden.history import NIGHTS
from tests.golden.nights import Home
from warehouse.compare_databases import differences
from warehouse.published.snapshots import snapshot_days, snapshot_path
from warehouse.store.store import Store

DAYS = [day for day, _ in NIGHTS]
#: what tells a warehouse that was made by hand from one that a night made
BY_HAND = {"meta.release": {"created_at", "duckdb_version", "run_id"}}


@pytest.fixture
def home(history: Path) -> Home:
    """The home with a history, which every test leaves as it is."""
    return Home(history)


def changes(home: Home, day: date, indicator: str, level: str = "programme", horizon: str | None = None) -> dict[str, tuple]:
    """before, after, cause and files by column, as the snapshot of that day has them."""
    query = (
        "SELECT column_name, before, after, cause, submissions FROM quality.changes WHERE indicator = ? AND level = ?"
        " AND horizon IS NOT DISTINCT FROM ? AND coalesce(cohort, 'all') = 'all'"
    )
    with duckdb.connect(str(snapshot_path(home.folder, day)), read_only=True) as con:
        return {name: tuple(rest) for name, *rest in con.execute(query, [indicator, level, horizon]).fetchall()}


def test_a_first_release_has_nothing_before_it(home: Home) -> None:
    with duckdb.connect(str(snapshot_path(home.folder, DAYS[0])), read_only=True) as con:
        assert con.execute("SELECT count(*) FROM quality.changes").fetchall() == [(0,)]
        assert con.execute("SELECT changes_since FROM meta.release").fetchall() == [(None,)]


def test_a_correction_changes_what_its_file_changed(home: Home) -> None:
    """c2.csv (5) corrects one learner's sex; again.csv (6), refused.csv and L2, sent again as it was, have no part in it."""
    for level in ("programme", "departement", "epci", "provider", "action", "session"):
        found = changes(home, DAYS[1], "audience_mix", level)
        assert found["women"] == ("1", "0", "returns", [5]), level
        assert found["women_share"] == ("0.5", "0.0", "returns", [5]), level
        assert "entrants" not in found, level


def test_a_new_return_changes_its_own_indicators_alone(home: Home) -> None:
    """named.csv (8) brings an expense; an indicator of money that also counts heads names c2.csv (5), too."""
    assert changes(home, DAYS[1], "spend_by_action", "action")["justified"] == ("0.00", "1000.00", "returns", [5, 8])
    assert changes(home, DAYS[1], "positive_exit", "session", "M6") == {}
    assert changes(home, DAYS[1], "certification") == {}


def test_time_alone_matures_leavers(home: Home) -> None:
    found = changes(home, DAYS[2], "positive_exit", "session", "M6")
    assert found["mature"] == ("0", "2", "date", [])
    assert found["unknown"] == ("0", "2", "date", [])
    assert found["rate"] == (None, "0.0", "date", [])


def test_new_rules_are_named_beside_the_returns(home: Home) -> None:
    found = changes(home, DAYS[3], "skills_gap")
    assert found["posts_low"] == ("500", "400", "returns, programme", [9])
    assert changes(home, DAYS[3], "positive_exit", "session", "M6")["positive"] == ("0", "1", "returns, programme", [9])
    assert changes(home, DAYS[3], "audience_mix", "session") == {}


def test_every_change_has_a_cause_and_a_unit_of_its_level(home: Home) -> None:
    query = (
        "SELECT count(*), count(*) FILTER (WHERE cause = 'date' AND submissions <> []), count(*) FILTER (WHERE level_id = ''"
        " AND level <> 'programme'), count(*) FILTER (WHERE difference = 0), count(DISTINCT (indicator, level, level_id,"
        " cohort, horizon, column_name)) FROM quality.changes"
    )
    for day in DAYS[1:]:
        with duckdb.connect(str(snapshot_path(home.folder, day)), read_only=True) as con:
            ((rows, blamed, nowhere, unchanged, distinct),) = con.execute(query).fetchall()
        assert (blamed, nowhere, unchanged, distinct) == (0, 0, 0, rows) and rows > 0


def test_the_release_before_is_the_same_read_or_computed(home: Home) -> None:
    """What lies in the home and what archive and ledger give: the last night compared with the first, this with the second."""
    from flows.settings import programme_of

    settings = load_settings(home.folder)
    with Store.open(home.folder) as store:
        with earlier_release(home.folder, store, date(2019, 5, 30), programme_of(settings)) as read:
            assert read is not None and read.path == settings.warehouse and not read.rules_differ
        # a comment more in the programme's file is another file, and no other rule: no figure changed because of it
        commented = replace(programme_of(settings), fingerprint="another file", source=b"# a comment more")
        with earlier_release(home.folder, store, date(2019, 5, 30), commented) as read_again:
            assert read_again is not None and not read_again.rules_differ
        with earlier_release(home.folder, store, date(2019, 5, 30), programme_of(settings), may_read=False) as computed:
            assert computed is not None and computed.path != settings.warehouse
            assert computed.release == read.release and not computed.rules_differ
            # the computed one compares with nothing, so that there is an end to it
            found = differences(read.path, computed.path)
            assert {one.table for one in found} <= {"quality.changes", "meta.release", "meta.row_counts"}
    assert not list(home.folder.glob(".before*"))


@pytest.mark.attack
@pytest.mark.slow
def test_a_backfilled_day_is_what_a_night_of_that_day_says(home: Home, tmp_path: Path) -> None:
    shutil.copytree(home.folder, tmp_path / "home", ignore=shutil.ignore_patterns("snapshots"))
    copy, settings = Home(tmp_path / "home"), load_settings(tmp_path / "home")
    became = backfill(settings, date(2019, 5, 22), date(2019, 5, 26), "day")
    assert list(became.values()) == ["nothing known", "nothing known", "made", "made", "made"]
    copy.night(as_of=DAYS[1], on=date(2019, 6, 3))
    assert differences(settings.warehouse, snapshot_path(copy.folder, DAYS[1]), BY_HAND) == []
    assert snapshot_days(copy.folder) == [date(2019, 5, 24), date(2019, 5, 25), DAYS[1]]  # a night of an earlier day leaves none
    assert snapshot_path(copy.folder, DAYS[1]).stat().st_mode & 0o777 == 0o640
    again = backfill(settings, date(2019, 5, 24), date(2019, 5, 26), "day")
    assert set(again.values()) == {"unchanged"}
    copy.night(on=date(2019, 9, 30))  # thins, and spares what was asked for
    assert snapshot_days(copy.folder) == [date(2019, 5, 24), date(2019, 5, 25), DAYS[1], date(2019, 9, 30)]


@pytest.mark.parametrize(
    ("first", "last", "every", "dates"),
    [
        ("2026-01-30", "2026-02-01", "day", ["2026-01-30", "2026-01-31", "2026-02-01"]),
        ("2026-01-01", "2026-03-30", "month", ["2026-01-31", "2026-02-28"]),
        ("2024-02-29", "2024-02-29", "month", ["2024-02-29"]),
        ("2026-02-01", "2026-02-15", "week", ["2026-02-01", "2026-02-08", "2026-02-15"]),
    ],
)
def test_reference_dates(first: str, last: str, every: str, dates: list[str]) -> None:
    found = reference_dates(date.fromisoformat(first), date.fromisoformat(last), every)
    assert [day.isoformat() for day in found] == dates


@pytest.mark.parametrize(("first", "last", "every"), [("2026-02-02", "2026-02-01", "day"), ("2026-02-02", "2026-02-27", "month"), ("2026-02-02", "2026-02-27", "year")])
def test_dates_that_are_none(first: str, last: str, every: str) -> None:
    with pytest.raises(WrongUse):
        reference_dates(date.fromisoformat(first), date.fromisoformat(last), every)


def test_a_day_to_come_has_no_snapshot(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="lies ahead"):
        backfill(load_settings(tmp_path), date(2026, 1, 1), date(2999, 1, 31))
