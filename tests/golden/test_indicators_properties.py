"""Properties of the indicators on random worlds, and their equality with the dull computation."""

from __future__ import annotations

import copy
import math
import random
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.contract.codes import code_list
from tests import dull
from tests.worlds import COMMUNES, DEPARTEMENTS, EPCI, A, B, Row, World, built, table
from warehouse.published.published_tables import AGE_BANDS

TABLES = ("positive_exit", "audience_mix", "certification", "spend_by_action", "spend_by_provider", "envelope", "skills_gap",
          "coverage")  # fmt: skip
KEYS = ("level", "level_id", "cohort", "horizon", "provider_siret", "action_id", "call_id")
#: a build takes most of a second
some = settings(max_examples=max(settings.default.max_examples // 4, 5) if settings.default else 10)

as_ofs = st.dates(date(2018, 6, 1), date(2020, 12, 31))
flags = st.sampled_from(["OUI", "NON", "NON", "NSP"])
amounts = st.decimals(-5000, 400000, places=2)


def codes(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from(code_list(name).codes)


@st.composite
def worlds(draw: st.DrawFn, as_of: date) -> World:
    """Clean rows: whatever the contract lets through, parents always there, left after entered, keys unique."""
    world = World()
    for number, siret in enumerate(draw(st.lists(st.sampled_from([A, B]), max_size=4))):
        cost = draw(st.decimals("0.01", 500000, places=2))
        world.add("actions", provider_siret=siret, action_id=f"A{number}", total_cost_eur=cost,
                  grant_eur=draw(st.decimals(0, cost, places=2)), agreed_on=draw(st.dates(date(2017, 1, 1), date(2019, 1, 1))))  # fmt: skip
    for action in world.actions:
        own = {"provider_siret": action["provider_siret"], "action_id": action["action_id"]}
        for number in range(draw(st.integers(0, 2))):
            world.add("sessions", **own, session_id=f"{own['action_id']}-S{number}", commune_code=draw(st.sampled_from(list(COMMUNES))))
        for number in range(draw(st.integers(0, 3))):
            world.add("expenses", **own, document_ref=f"F{number}", amount_eur=draw(amounts))
        for number in range(draw(st.integers(0, 6))):
            world.add("fundings", **own, reference=f"V{number}", funder_type=draw(st.sampled_from(["REGION", "REGION", *code_list("funder_type").codes])),
                      status=draw(st.sampled_from(["VERSE", *code_list("funding_status").codes])), amount_eur=draw(amounts),
                      decided_on=draw(st.dates(date(2018, 1, 1), as_of)))  # fmt: skip
    for session in world.sessions:
        for number in range(draw(st.integers(0, 9))):
            _learner(draw, world, session, f"L{number}", as_of)
    return world


def _learner(draw: st.DrawFn, world: World, session: Row, key: str, as_of: date) -> None:
    own = {"provider_siret": session["provider_siret"], "session_id": session["session_id"], "learner_key": key}
    entered_on = draw(st.one_of(st.just(as_of), st.dates(date(2017, 6, 1), as_of + timedelta(days=5))))
    completion = draw(st.one_of(st.none(), codes("completion")))
    left_on = None
    if completion not in (None, "ANNULE"):
        # half of them just at the edge of a window
        edge = as_of - timedelta(days=draw(st.sampled_from([0, 27, 28, 29, 120, 121, 240, 241, 420, 421])))
        left_on = max(entered_on, draw(st.one_of(st.just(edge), st.dates(entered_on, as_of + timedelta(days=40)))))
    world.add(
        "learners", **own, sex=draw(codes("sex")), diploma_level=draw(codes("diploma_level")), is_dropout=draw(flags),
        is_far_from_employment=draw(flags), is_qpv_resident=draw(flags), is_rural_resident=draw(flags), is_disabled=draw(flags),
        months_without_job=draw(st.sampled_from([None, 0, 11, 12, 13])), entered_on=entered_on, left_on=left_on,
        completion=completion, certification=draw(st.one_of(st.none(), codes("certification"))),
        age_at_entry_band=draw(st.sampled_from([band.name for band in AGE_BANDS])),
    )  # fmt: skip
    if left_on:
        for horizon in draw(st.sets(codes("horizon"))):
            world.add("followups", **own, horizon=horizon, observed_on=left_on + timedelta(days=draw(st.integers(0, 500))),
                      situation=draw(codes("situation")), is_digital_job=draw(flags))  # fmt: skip


moments = as_ofs.flatmap(lambda as_of: st.tuples(worlds(as_of), st.just(as_of)))


def dull_tables(world: World, as_of: date) -> dict[str, list[Row]]:
    shown = {("departement", d): 500000 for d, region in DEPARTEMENTS.items() if region == 32}
    shown |= {("epci", e): 20000 for e, is_in_region in EPCI.items() if is_in_region}
    for session in world.sessions:
        for level, level_id in dull.units_of(session, COMMUNES):
            if level in ("departement", "epci"):
                shown[level, level_id] = 500000 if level == "departement" else 20000
    return {
        "positive_exit": dull.positive_exit(world, as_of, COMMUNES),
        "audience_mix": dull.audience_mix(world, as_of, COMMUNES),
        "certification": dull.certification(world, as_of, COMMUNES),
        "spend_by_action": dull.spend_by_action(world, as_of),
        "spend_by_provider": dull.spend_by_provider(world, as_of),
        "envelope": dull.envelope(world, as_of),
        "skills_gap": dull.skills_gap(world, as_of),
        "coverage": dull.coverage(world, as_of, COMMUNES, shown),
    }


def keyed(rows: Iterable[Row]) -> dict[tuple[Any, ...], Row]:
    listed = list(rows)
    found = {tuple(str(row[name]) for name in KEYS if name in row): row for row in listed}
    assert len(found) == len(listed)
    return found


def same(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, float) and isinstance(theirs, float):
        return math.isclose(ours, theirs, rel_tol=1e-12, abs_tol=1e-15)
    return ours == theirs and (type(ours) is type(theirs) or isinstance(ours, Decimal))


def everything(con: duckdb.DuckDBPyConnection) -> dict[str, list[Row]]:
    return {name: table(con, f"indicators.{name}") for name in TABLES}


@some
@given(moments)
def test_the_dull_computation_says_the_same(moment: tuple[World, date]) -> None:
    world, as_of = moment
    con = built(world, as_of)
    for name, expected in dull_tables(world, as_of).items():
        found = keyed(table(con, f"indicators.{name}"))
        wanted = keyed(expected)
        assert found.keys() == wanted.keys(), name
        for key, row in wanted.items():
            differences = {c: (found[key][c], v) for c, v in row.items() if not same(found[key][c], v)}
            assert not differences, (name, key)


@some
@given(moments, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(moment: tuple[World, date], chance: random.Random) -> None:
    world, as_of = moment
    shuffled = copy.deepcopy(world)
    for name in vars(shuffled):
        chance.shuffle(getattr(shuffled, name))
    # the order of the rows in the tables too: the warehouse's bytes should not hang on chance
    assert everything(built(shuffled, as_of)) == everything(built(world, as_of))


#: each level's unit of a row of learner_outcome
UNIT: dict[str, Callable[[Row], str | None]] = {
    "programme": lambda row: "",
    "departement": lambda row: row["departement"],
    "epci": lambda row: row["epci"],
    "provider": lambda row: row["provider_siret"],
    "action": lambda row: f"{row['provider_siret']}/{row['action_id']}",
    "session": lambda row: f"{row['provider_siret']}/{row['session_id']}",
}
#: how each column of positive_exit is summed from the rows of learner_outcome
SUMMED: dict[str, Callable[[Row], bool]] = {
    "leavers": lambda row: True,
    "mature": lambda row: row["is_mature"],
    "unknown": lambda row: row["is_mature"] and not row["is_known"] and not row["is_neutralised"],
    "other": lambda row: row["is_known"] and not row["is_employed"] and not row["is_training"],
    **{name: lambda row, flag=f"is_{name}": row[flag] for name in  # type: ignore[misc]
       ("neutralised", "known", "positive", "positive_strict", "employed", "durable", "training")},
}  # fmt: skip
_DIPLOMAS = {"SANS": "none", "3": "3", "4": "4", "5": "5", "6": "6_plus", "7": "6_plus", "8": "6_plus", "NSP": "unknown"}


def audiences_of(row: Row) -> set[str]:
    flags = {
        "dropouts": "is_dropout", "far_from_employment": "is_far_from_employment", "qpv_residents": "is_qpv_resident",
        "rural_residents": "is_rural_resident", "disabled": "is_disabled",
    }  # fmt: skip
    return {
        {"F": "women", "M": "men", "X": "sex_unknown"}[row["sex"]], f"diploma_{_DIPLOMAS[row['diploma_level']]}",
        "age_" + row["age_at_entry_band"].replace(" ", "_").replace("-", "_"), *(n for n, c in flags.items() if row[c] == "OUI"),
    }  # fmt: skip


def outcomes_of_learners_add_up(con: duckdb.DuckDBPyConnection) -> None:
    """The rows of learner_outcome, summed, are positive_exit, exits_by_audience and trajectory."""
    outcomes = table(con, "indicators.learner_outcome")
    for row in table(con, "indicators.positive_exit", "cohort = 'all'"):
        of_unit = [o for o in outcomes if o["horizon"] == row["horizon"] and UNIT[row["level"]](o) == row["level_id"]]
        assert {name: sum(map(counts, of_unit)) for name, counts in SUMMED.items()} == {name: row[name] for name in SUMMED}, row
    by_audience = table(con, "indicators.exits_by_audience")
    assert {row["audience"] for row in by_audience} >= {name for o in outcomes for name in audiences_of(o)}
    for row in by_audience:
        inside = [o for o in outcomes if o["horizon"] == row["horizon"] and UNIT[row["level"]](o) == row["level_id"]
                  and row["audience"] in audiences_of(o)]  # fmt: skip
        assert {name: sum(map(counts, inside)) for name, counts in SUMMED.items()} == {name: row[name] for name in SUMMED}, row
    of_learner = {(o["provider_siret"], o["session_id"], o["learner_key"], o["horizon"]): o for o in outcomes}
    assert len(of_learner) == len(outcomes)
    ways: dict[tuple[str, ...], int] = {}
    for now, following in (("SORTIE", "M3"), ("M3", "M6"), ("M6", "M12")):
        for (*who, horizon), o in of_learner.items():
            later = of_learner[*who, following]
            if horizon == now and o["is_mature"] and later["is_mature"]:
                way = (now, following, o["outcome_class"], later["outcome_class"])
                ways[way] = ways.get(way, 0) + 1
    assert ways == {tuple(row.values())[:4]: row["learners"] for row in table(con, "indicators.trajectory")}


@some
@given(moments)
def test_identities(moment: tuple[World, date]) -> None:
    con = built(*moment)
    for row in table(con, "indicators.positive_exit"):
        assert row["mature"] == row["neutralised"] + row["known"] + row["unknown"]
        assert row["known"] == row["employed"] + row["training"] + row["other"]
        eligible = row["known"] + row["unknown"]
        assert (row["rate"] is None) == (eligible == 0)
        if eligible:
            assert row["rate"] == row["bound_low"] == row["positive"] / eligible <= row["bound_high"] <= 1
            assert row["rate_strict"] <= row["rate"]
        if row["known"]:
            assert 0 <= row["wilson_low"] <= row["rate_known"] <= row["wilson_high"] <= 1
            assert row["bound_low"] <= row["rate_known"] + 1e-15
    for row in table(con, "indicators.audience_mix"):
        parts = [row[c] for c in ("women", "dropouts", "far_from_employment", "qpv_residents", "rural_residents", "disabled")]
        assert max(parts) <= row["priority"] <= sum(parts)
        assert row["priority"] + row["undetermined"] <= row["entrants"]
    by_call = {row["call_id"]: row for row in table(con, "indicators.envelope")}
    assert sum(row["grant"] for row in table(con, "indicators.spend_by_action")) == by_call["ERN-2017"]["committed"]
    outcomes_of_learners_add_up(con)


@some
@given(moments)
def test_splitting_a_session_keeps_the_totals(moment: tuple[World, date]) -> None:
    world, as_of = moment
    split = copy.deepcopy(world)
    if not split.sessions:
        return
    first = split.sessions[0]
    split.sessions.append({**first, "session_id": "ANOTHER"})
    moved = 0
    for row in [*split.learners, *split.followups]:
        mine = row["provider_siret"] == first["provider_siret"] and row["session_id"] == first["session_id"]
        if mine and row["learner_key"] in ("L0", "L2", "L4", "L6"):
            row["session_id"] = "ANOTHER"
            moved += 1
    before, after = built(world, as_of), built(split, as_of)
    for name in ("positive_exit", "audience_mix", "certification"):
        where = "level <> 'session'"
        assert table(before, f"indicators.{name}", where) == table(after, f"indicators.{name}", where), (name, moved)


@some
@given(moments)
def test_one_more_unknown_never_narrows_the_bounds(moment: tuple[World, date]) -> None:
    """A leaver more, mature at every horizon, of whom nothing is known; and an answer less."""
    world, as_of = moment
    if not world.sessions:
        return
    more = copy.deepcopy(world)
    del more.followups[:1]
    session = more.sessions[0]
    more.add("learners", provider_siret=session["provider_siret"], session_id=session["session_id"], learner_key="NEW",
             sex="X", is_dropout="NSP", is_far_from_employment="NSP", is_qpv_resident="NSP", is_rural_resident="NSP",
             is_disabled="NSP", months_without_job=None, entered_on=date(2017, 1, 1), left_on=as_of - timedelta(days=421))  # fmt: skip
    before, after = built(world, as_of), built(more, as_of)
    for name, low, high in (("positive_exit", "bound_low", "bound_high"), ("audience_mix", "share_low", "share_high")):
        found = keyed(table(after, f"indicators.{name}"))
        for key, row in keyed(table(before, f"indicators.{name}")).items():
            if row[low] is not None:
                assert found[key][low] <= row[low]
                assert found[key][high] >= row[high]
