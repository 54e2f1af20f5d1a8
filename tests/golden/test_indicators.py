"""The golden values on clean rows (docs/spec/indicators.md, "Golden values"), and every definition one by one."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.worlds import A, B, Row, World, built, one_session, only, programme_of, table

AS_OF = date(2020, 6, 30)
LEFT_ON = date(2018, 9, 28)
SESSION = "level = 'session' and cohort = 'all'"


def exits(world: World, as_of: date = AS_OF, where: str = f"{SESSION} and horizon = 'M6'") -> Row:
    return only(built(world, as_of), "indicators.positive_exit", where)


def mix(world: World, where: str = SESSION) -> Row:
    return only(built(world, AS_OF), "indicators.audience_mix", where)


def money_of(as_of: date = AS_OF, **changes: Any) -> Row:
    world = World()
    world.add("actions", **changes)
    return only(built(world, as_of), "indicators.spend_by_action")


# --------------------------------------------------------------------------------------------------------- golden values


def test_the_roubaix_session() -> None:
    world = one_session()
    world.cohort(["CDI"] * 22 + ["RECHERCHE"] * 2)
    row = exits(world)
    assert (row["leavers"], row["mature"], row["positive"], row["known"]) == (24, 24, 22, 24)
    assert round(row["rate"], 6) == 0.916667
    assert (round(row["wilson_low"], 6), round(row["wilson_high"], 6)) == (0.741512, 0.976841)
    assert row["response_rate"] == 1


def test_24_leavers_with_20_answers() -> None:
    world = one_session()
    world.cohort(["CDI"] * 10 + ["STAGE"] * 8 + ["RECHERCHE"] * 2 + ["INCONNU", None, None, None])
    row = exits(world)
    assert (row["rate"], row["rate_known"], row["bound_low"]) == (0.75, 0.9, 0.75)
    assert round(row["bound_high"], 6) == round(row["response_rate"] + 1 / 12, 6) == 0.916667
    assert round(row["response_rate"], 6) == 0.833333
    assert round(row["rate_strict"], 6) == round(10 / 24, 6)


@pytest.mark.parametrize(
    ("cost", "cap"), [("50000", 20000), ("250000", 100000), ("250000.01", 100000), ("400000", 100000), ("0.04", "0.01")]
)
def test_caps(cost: str, cap: Any) -> None:
    assert money_of(total_cost_eur=Decimal(cost), grant_eur=Decimal(0))["cap"] == Decimal(cap)


def test_15_actions_at_the_cap() -> None:
    world = World()
    for number in range(15):
        world.add("actions", action_id=f"A{number}", total_cost_eur=Decimal(250000), grant_eur=Decimal(100000))
    row = only(built(world, AS_OF), "indicators.envelope")
    assert (row["committed"], row["remaining"], row["committed_share"]) == (Decimal(1500000), Decimal(0), 1.0)
    assert (row["actions"], row["actions_over_cap"]) == (15, 0)


@pytest.mark.parametrize(
    ("priority", "unknown", "entrants", "verdict"),
    [(12, 0, 24, "met"), (12, 0, 25, "not_met"), (13, 0, 25, "met"), (11, 2, 24, "undetermined"), (11, 1, 24, "undetermined"), (11, 1, 25, "not_met"),
     (0, 0, 0, None)],
)  # fmt: skip
def test_verdicts(priority: int, unknown: int, entrants: int, verdict: str | None) -> None:
    world = one_session()
    for number in range(entrants):
        flags = {"is_qpv_resident": "OUI"} if number < priority else {"is_disabled": "NSP"} if number < priority + unknown else {}
        world.add("learners", learner_key=f"L{number}", **flags)
    row = mix(world)
    assert row["verdict"] == verdict
    assert (row["priority"], row["undetermined"], row["entrants"]) == (priority, unknown, entrants)
    assert (row["target"], row["share_low"]) == (0.5, row["priority_share"])


def test_the_skills_gap() -> None:
    world = one_session()
    world.cohort(["CDI"] * 22 + ["STAGE", "RECHERCHE"])
    row = only(built(world, AS_OF), "indicators.skills_gap")
    assert row["employed_digital"] == 22
    assert (row["posts_low"], row["posts_high"]) == (500, 3000)
    assert (round(row["share_low"], 4), round(row["share_high"], 4)) == (0.0073, 0.044)


# ---------------------------------------------------------------------------------------------------------------- exits


@pytest.mark.parametrize(("horizon", "last_day"), [("SORTIE", 28), ("M3", 120), ("M6", 240), ("M12", 420)])
def test_mature_is_once_the_windows_last_day_is_past(horizon: str, last_day: int) -> None:
    world = one_session()
    world.add("learners")
    world.add("followups", horizon=horizon, observed_on=LEFT_ON)
    where = f"{SESSION} and horizon = '{horizon}'"
    on_the_day = exits(world, LEFT_ON + timedelta(days=last_day), where)
    assert (on_the_day["leavers"], on_the_day["mature"], on_the_day["positive"], on_the_day["rate"]) == (1, 0, 0, None)
    the_day_after = exits(world, LEFT_ON + timedelta(days=last_day + 1), where)
    assert (the_day_after["mature"], the_day_after["positive"], the_day_after["rate"]) == (1, 1, 1.0)


def test_leavers_and_entrants_at_the_reference_date() -> None:
    world = one_session()
    world.add("learners")
    for as_of, counts in ((date(2018, 3, 4), (0, 0)), (date(2018, 3, 5), (1, 0)), (LEFT_ON, (1, 1))):
        con = built(world, as_of)
        entrants = only(con, "indicators.audience_mix", SESSION)["entrants"]
        assert (entrants, only(con, "indicators.certification", SESSION)["leavers"]) == counts


def test_the_cancelled_are_nowhere() -> None:
    world = one_session()
    world.add("learners", completion="ANNULE")
    assert exits(world)["leavers"] == 0
    assert mix(world)["entrants"] == 0


def test_the_neutralised_leave_numerator_and_denominator() -> None:
    world = one_session()
    world.cohort(["CDI", "NEUTRALISE", "RECHERCHE"])
    row = exits(world)
    assert (row["mature"], row["neutralised"], row["known"], row["rate"]) == (3, 1, 2, 0.5)


def test_an_answer_of_another_learner_or_horizon_is_none() -> None:
    world = one_session()
    world.add("sessions", session_id="S2")
    world.add("learners")
    world.add("followups", session_id="S2")
    world.add("followups", provider_siret=B)
    world.add("followups", horizon="M3")
    assert exits(world, where="level = 'programme' and cohort = 'all' and horizon = 'M6'")["unknown"] == 1


def test_an_answer_out_of_its_window_or_before_the_programme_counts() -> None:
    world = one_session()
    world.add("learners", entered_on=date(2016, 1, 4), left_on=date(2016, 6, 30))
    world.add("followups", observed_on=date(2016, 7, 1))
    assert exits(world)["positive"] == 1


def test_a_situation_counts_as_its_class_on_the_day_it_was_observed(tmp_path: Path) -> None:
    """From 2019-04-01 on STAGE is not positive any more."""

    def change(text: str) -> str:
        block = text[text.index("[[situations]]") : text.index("[[skills_gap]]")]
        return text + block.replace("2017-09-25", "2019-04-01").replace('"FORMATION_QUALIF", "STAGE",', '"FORMATION_QUALIF",')

    world = one_session()
    for key, day in (("L1", date(2019, 3, 31)), ("L2", date(2019, 4, 1))):
        world.add("learners", learner_key=key)
        world.add("followups", learner_key=key, situation="STAGE", observed_on=day)
    con = built(world, AS_OF, programme_of(tmp_path, change))
    row = only(con, "indicators.positive_exit", f"{SESSION} and horizon = 'M6'")
    assert (row["known"], row["other"], row["positive"]) == (2, 2, 1)


def test_a_window_counts_for_who_left_while_it_was_in_force(tmp_path: Path) -> None:
    added = "\n[[followup]]\nfrom = 2018-10-01\nwindows = { SORTIE = [0, 28], M3 = [75, 120], M6 = [150, 300] }\n"
    world = one_session()
    world.add("learners")
    world.add("learners", learner_key="L2", left_on=date(2018, 10, 1))
    con = built(world, date(2018, 10, 1) + timedelta(days=300), programme_of(tmp_path, lambda text: text + added))
    assert only(con, "indicators.positive_exit", f"{SESSION} and horizon = 'M6'")["mature"] == 1
    # a horizon that is no more is not awaited, of those who left under its rule it still is
    row = only(built(world, AS_OF, programme_of(tmp_path, lambda text: text + added)), "indicators.positive_exit",
               f"{SESSION} and horizon = 'M12'")  # fmt: skip
    assert (row["leavers"], row["mature"]) == (2, 1)


def test_every_unit_of_every_level_has_a_row() -> None:
    world = one_session()
    world.add("actions", provider_siret=B, action_id="ALONE")
    world.add("sessions", session_id="S2", commune_code="97411")
    world.add("sessions", session_id="S3", commune_code="29083")
    con = built(world, AS_OF)
    units = {
        ("programme", ""), ("departement", "59"), ("departement", "974"), ("departement", "29"), ("epci", "245900410"),
        ("epci", "249740119"), ("provider", A), ("provider", B), ("action", f"{A}/A1"), ("action", f"{B}/ALONE"),
        ("session", f"{A}/S1"), ("session", f"{A}/S2"), ("session", f"{A}/S3"),
    }  # fmt: skip
    for name, rows in (("positive_exit", 4), ("audience_mix", 1), ("certification", 1)):
        found = table(con, f"indicators.{name}")
        assert {(row["level"], row["level_id"]) for row in found} == units
        assert len(found) == rows * len(units)
        assert {row["cohort"] for row in found} == {"all"}
        assert not any(value for row in found for value in row.values() if isinstance(value, float) and value != 0.5)


def test_a_quarter_is_there_only_where_someone_is_in_it() -> None:
    world = one_session()
    world.add("learners")
    con = built(world, AS_OF)
    left = table(con, "indicators.positive_exit", "level = 'session' and cohort <> 'all'")
    assert {(row["cohort"], row["horizon"], row["leavers"]) for row in left} == {
        ("2018-Q3", h, 1) for h in ("SORTIE", "M3", "M6", "M12")
    }
    assert only(con, "indicators.audience_mix", "level = 'session' and cohort <> 'all'")["cohort"] == "2018-Q1"


def test_wilson_at_its_ends() -> None:
    for situation, low, high in (("CDI", 0.206549, 1), ("RECHERCHE", 0, 0.793451)):
        world = one_session()
        world.cohort([situation])
        row = exits(world)
        assert (round(row["wilson_low"], 6), round(row["wilson_high"], 6)) == (low, high)


# ------------------------------------------------------------------------------------------------------------ audiences


@pytest.mark.parametrize(
    ("declared", "months", "counted", "undetermined"),
    [("OUI", None, 1, 0), ("OUI", 0, 1, 0), ("NON", 12, 1, 0), ("NON", 11, 0, 0), ("NON", None, 0, 0), ("NSP", 12, 1, 0),
     ("NSP", 11, 0, 1), ("NSP", None, 0, 1)],
)  # fmt: skip
def test_far_from_employment(declared: str, months: int | None, counted: int, undetermined: int) -> None:
    world = one_session()
    world.add("learners", is_far_from_employment=declared, months_without_job=months)
    row = mix(world)
    assert (row["far_from_employment"], row["priority"], row["undetermined"]) == (counted, counted, undetermined)


@pytest.mark.parametrize(("sex", "women", "strict", "undetermined"), [("F", 1, 0, 0), ("M", 0, 0, 0), ("X", 0, 0, 1)])
def test_women(sex: str, women: int, strict: int, undetermined: int) -> None:
    world = one_session()
    world.add("learners", sex=sex)
    row = mix(world)
    assert (row["women"], row["priority"], row["priority_strict"], row["undetermined"]) == (women, women, strict, undetermined)
    assert row["sex_unknown"] == (sex == "X")


def test_each_learner_once_in_the_union() -> None:
    world = one_session()
    world.add("learners", sex="F", is_dropout="OUI", is_qpv_resident="OUI", is_rural_resident="NSP")
    row = mix(world)
    assert (row["priority"], row["priority_strict"], row["undetermined"]) == (1, 1, 0)


def test_diplomas() -> None:
    world = one_session()
    for number, level in enumerate(["SANS", "3", "4", "5", "6", "7", "8", "NSP"]):
        world.add("learners", learner_key=f"L{number}", diploma_level=level)
    row = mix(world)
    counts = [row[f"diploma_{name}"] for name in ("none", "3", "4", "5", "6_plus", "unknown")]
    assert counts == [1, 1, 1, 1, 3, 1]
    assert row["up_to_bac_share"] == 3 / 8


def test_the_target_is_of_the_day_the_session_starts_and_above_of_the_reference_date(tmp_path: Path) -> None:
    added = '\n[[audiences]]\nfrom = 2019-01-01\ntarget = [2, 3]\npriority = ["dropouts"]\nfar_from_employment_months = 6\n'
    world = one_session()
    world.add("sessions", session_id="S2", starts_on=date(2019, 1, 1))
    for session in ("S1", "S2"):
        world.add("learners", session_id=session, sex="F", months_without_job=6)
    con = built(world, AS_OF, programme_of(tmp_path, lambda text: text + added))
    rows = {row["level_id"]: row for row in table(con, "indicators.audience_mix", "cohort = 'all'")}
    assert (rows[f"{A}/S1"]["target"], rows[f"{A}/S1"]["verdict"]) == (0.5, "met")
    assert (rows[f"{A}/S2"]["target"], rows[f"{A}/S2"]["verdict"]) == (2 / 3, "not_met")
    assert (rows[f"{A}/S1"]["far_from_employment"], rows[f"{A}/S2"]["far_from_employment"]) == (0, 1)
    assert (rows[""]["target"], rows[""]["priority"], rows[""]["verdict"]) == (2 / 3, 1, "not_met")


# -------------------------------------------------------------------------------------------------------- certification


def test_certification() -> None:
    world = one_session()
    ends = ["TERMINE", "TERMINE", "TERMINE", "ABANDON", "ABANDON_EMPLOI", "EXCLUSION"]
    results = ["OBTENUE", "PARTIELLE", "EN_ATTENTE", "NON_OBTENUE", None, "NON_PRESENTEE"]
    for number, (completion, certification) in enumerate(zip(ends, results, strict=True)):
        world.add("learners", learner_key=f"L{number}", completion=completion, certification=certification)
    row = only(built(world, AS_OF), "indicators.certification", SESSION)
    counts = ("leavers", "completed", "dropped_out", "dropped_out_to_job", "presented", "certified")
    assert tuple(row[name] for name in counts) == (6, 3, 2, 1, 3, 1)
    rates = ("completion_rate", "dropout_rate", "certified_of_presented", "certified_of_leavers")
    assert tuple(row[name] for name in rates) == (3 / 6, 2 / 6, 1 / 3, 1 / 6)
