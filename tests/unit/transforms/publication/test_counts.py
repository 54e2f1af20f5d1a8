"""What a release counts: the sums of the warehouse's quarters up to the period, at each level, and who is no part of it."""

from __future__ import annotations

from datetime import date

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.golden.test_indicators_properties import worlds
from tests.worlds import COMMUNES, Row, World, built, one_session
from transforms.publication.counts import COUNT_COLUMNS, LEVELS, Counts, last_day, read_counts

AS_OF = date(2020, 1, 15)
PERIODS = ("2017-Q2", "2018-Q1", "2018-Q4", "2019-Q4")


def warehouse(world: World, as_of: date = AS_OF) -> duckdb.DuckDBPyConnection:
    """The tables of a world, and what a release says of itself."""
    con = built(world, as_of)
    con.execute("CREATE SCHEMA meta")
    con.execute("CREATE TABLE meta.release AS SELECT ? AS as_of", [as_of])
    return con


def row(counts: Counts, level: str, level_id: str) -> dict[str, int]:
    return {str(name): int(value) for name, value in counts.counts.loc[(level, level_id)].items()}


@pytest.mark.parametrize(("period", "day"), [("2026-Q3", date(2026, 9, 30)), ("2024-Q1", date(2024, 3, 31)), ("2026-Q4", date(2026, 12, 31))])
def test_the_last_day_of_a_period(period: str, day: date) -> None:
    assert last_day(period) == day


@pytest.mark.parametrize("period", ["", "2026", "2026-Q5", "2026-Q0", "2026-q3", "26-Q3", "2026-Q3-v2", "2026-Q３", "٢٠٢٦-Q3", "all"])
def test_what_is_no_period(period: str) -> None:
    with pytest.raises(ValueError, match="no quarter like 2026-Q3"):
        last_day(period)


def test_counts_are_cumulated_up_to_the_period() -> None:
    world = one_session()
    world.cohort(["CDI", "RECHERCHE", None], sex="F", left_on=date(2018, 9, 28))
    world.add("learners", learner_key="late", entered_on=date(2018, 4, 2), is_disabled="OUI", is_qpv_resident="OUI", left_on=date(2018, 10, 1),
              completion="ABANDON", certification=None)  # fmt: skip
    with warehouse(world) as con:
        first, second, third, fourth = (row(read_counts(con, f"2018-Q{n}"), "programme", "") for n in (1, 2, 3, 4))
    assert (first["entrants"], first["women"], first["leavers"], first["eligible"]) == (3, 3, 0, 0)
    assert (second["entrants"], second["disabled_qpv"], second["priority"], second["leavers"]) == (4, 1, 4, 0)
    assert (third["leavers"], third["certified"], third["eligible"], third["known"], third["positive"]) == (3, 3, 3, 2, 1)
    assert (fourth["leavers"], fourth["dropped_out"], fourth["presented"], fourth["eligible"]) == (4, 1, 3, 4)


def test_units_and_what_hangs_below_what() -> None:
    world = World()
    world.add("actions")
    for number, commune in enumerate(["59512", "59178", "29083", "59350"]):
        world.add("sessions", session_id=f"S{number}", commune_code=commune)
    world.add("sessions", session_id="later")
    for number in range(4):
        world.add("learners", session_id=f"S{number}", learner_key=f"L{number}")
    world.add("learners", session_id="later", learner_key="L9", entered_on=date(2019, 1, 2), left_on=None, completion=None)
    with warehouse(world) as con:
        found = read_counts(con, "2018-Q4")
    units = found.units.set_index(["level", "level_id"])
    assert list(units.index.unique("level")) == list(LEVELS)
    assert list(units.loc["session"].index) == [f"20003456500013/S{n}" for n in range(4)]  # nobody had entered the later one
    assert list(units.loc[("session", "20003456500013/S0"), ["departement", "epci", "provider", "action"]]) == [
        "59", "245900410", "20003456500013", "20003456500013/A1",
    ]  # fmt: skip
    assert units.loc[("session", "20003456500013/S2"), "epci"] == ""  # an island
    assert units.loc[("epci", "245900410"), "departement"] == "59"
    assert units.loc[("action", "20003456500013/A1"), "provider"] == "20003456500013"
    assert found.counts.index.equals(pd.MultiIndex.from_frame(found.units[["level", "level_id"]]))


def test_an_epci_over_the_border_of_a_department_hangs_below_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMMUNES, "62041", "245900410")
    world = one_session()
    world.add("sessions", session_id="S2", commune_code="62041")
    for session in ("S1", "S2"):
        world.add("learners", session_id=session, learner_key=session)
    with warehouse(world) as con:
        found = read_counts(con, "2018-Q4")
    units = found.units.set_index(["level", "level_id"])
    assert units.loc[("epci", "245900410"), "departement"] == ""
    assert units.loc["session", "departement"].to_list() == ["59", "62"]
    assert found.counts["entrants"].to_list() == [2, 1, 1, 2, 2, 2, 1, 1]


@pytest.mark.parametrize(
    ("entrants", "priority", "unsure", "verdict"),
    [(24, 12, 0, "met"), (25, 12, 0, "not_met"), (25, 13, 0, "met"), (24, 11, 2, "undetermined"), (24, 11, 0, "not_met")],
)
def test_a_verdict_is_decided_on_what_is_counted(entrants: int, priority: int, unsure: int, verdict: str) -> None:
    world = one_session()
    for number in range(entrants):
        world.add("learners", learner_key=f"L{number}", is_dropout="OUI" if number < priority else "NON", sex="X" if number >= entrants - unsure else "M")
    for number in range(entrants):  # those of the next quarter change what the warehouse says today, and nothing here
        world.add("learners", learner_key=f"M{number}", entered_on=date(2018, 4, 1), is_dropout="NON" if verdict == "met" else "OUI")
    with warehouse(world) as con:
        found = read_counts(con, "2018-Q1").verdicts
    assert found.loc["20003456500013/S1"].to_list() == [1, 2, verdict]


def test_before_anybody_entered_there_is_nothing_to_tell() -> None:
    with warehouse(one_session()) as con:
        found = read_counts(con, "2019-Q4")
    assert (len(found.units), len(found.counts), len(found.verdicts)) == (0, 0, 0)
    assert list(found.counts.columns) == list(COUNT_COLUMNS)


@settings(max_examples=max(settings.default.max_examples // 4, 5) if settings.default else 10)
@given(worlds(AS_OF), st.sampled_from(PERIODS))
def test_each_unit_is_the_sum_of_its_sessions_and_equals_the_warehouse(world: World, period: str) -> None:
    with warehouse(world) as con:
        found, everything = read_counts(con, period), read_counts(con, "2020-Q1")
        told = con.execute(
            "SELECT level, level_id, a.entrants, a.women, a.priority, c.leavers, c.certified, x.known + x.unknown, x.positive"
            " FROM indicators.audience_mix AS a JOIN indicators.certification AS c USING (level, level_id, cohort)"
            " JOIN indicators.positive_exit AS x USING (level, level_id, cohort) WHERE cohort = 'all' AND horizon = 'M6' AND a.entrants > 0"
        ).fetchall()
    sessions = found.units[found.units["level"] == "session"]
    for level in LEVELS[:-1]:
        for level_id in found.units.loc[found.units["level"] == level, "level_id"]:
            own = sessions if level == "programme" else sessions[sessions[level] == level_id]
            below = found.counts.loc["session"].loc[own["level_id"]].sum() if len(own) else None
            assert below is not None
            assert below.to_list() == found.counts.loc[(level, level_id)].to_list()
    counted = ["entrants", "women", "priority", "leavers", "certified", "eligible", "positive"]
    assert {(level, level_id): rest for level, level_id, *rest in told} == {
        (str(key[0]), str(key[1])): [int(n) for n in values] for key, values in zip(everything.counts.index, everything.counts[counted].to_numpy(), strict=True)
    }
    assert int(everything.counts["disabled_qpv"].sum()) == len(LEVELS) * sum(
        one["is_disabled"] == "OUI" == one["is_qpv_resident"] and one["completion"] != "ANNULE" and one["entered_on"] <= AS_OF
        for one in world.learners
    ) - sum(_outside(world, one) for one in world.learners)
    for low, high in (("known", "eligible"), ("positive", "known"), ("disabled_qpv", "disabled"), ("leavers", "entrants"), ("eligible", "leavers")):
        assert (found.counts[low] <= found.counts[high]).all()


def _outside(world: World, learner: Row) -> bool:
    """Whether a learner with a disability, of a priority district, is counted in no EPCI."""
    site = next(one["commune_code"] for one in world.sessions if one["session_id"] == learner["session_id"])
    counts = learner["is_disabled"] == "OUI" == learner["is_qpv_resident"] and learner["completion"] != "ANNULE" and learner["entered_on"] <= AS_OF
    return counts and COMMUNES[site] is None
