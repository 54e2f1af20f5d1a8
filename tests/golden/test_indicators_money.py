"""Money and territory on clean rows: spend, envelope and its forecast, coverage (docs/spec/indicators.md, "envelope")."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.worlds import EPCI, A, B, Row, World, built, one_session, only, programme_of, table

AS_OF = date(2020, 6, 30)


def spend(world: World, as_of: date = AS_OF) -> Row:
    return only(built(world, as_of), "indicators.spend_by_action")


def action(**changes: Any) -> World:
    world = World()
    world.add("actions", **changes)
    return world


def test_an_action_without_money_has_zeros() -> None:
    row = spend(action())
    for name in ("paid", "notified", "cofinancing_public", "cofinancing_private", "justified", "settlement_due", "entrants"):
        assert row[name] == 0
    assert (row["cost_per_entrant"], row["cost_per_positive_exit"]) == (None, None)


def test_who_pays_what() -> None:
    world = action()
    kinds = ("REGION", "ETAT", "COLLECTIVITE", "EUROPE", "OPCO", "ENTREPRISE", "AUTRE")
    for number, kind in enumerate(kinds):
        for other, status in enumerate(("VERSE", "NOTIFIE", "PREVU")):
            world.add("fundings", reference=f"{kind}{status}", funder_type=kind, status=status,
                      amount_eur=Decimal(10**other * (number + 1)))  # fmt: skip
    world.add("fundings", provider_siret=B)
    row = spend(world)
    assert [row[n] for n in ("paid", "notified", "cofinancing_public", "cofinancing_private")] == [1, 10, 9, 18]


@pytest.mark.parametrize(
    ("justified", "grant", "cost", "paid", "due"),
    [
        ("40000.04", "20000", "50000", "10000", "6000.01"),
        ("60000", "20000", "50000", "10000", "10000"),
        ("900000", "200000", "900000", "0", "100000"),
        ("10000", "20000", "50000", "10000", "-6000"),
        ("-0.01", "20000", "50000", "0", "-0.01"),
    ],
)
def test_settlement(justified: str, grant: str, cost: str, paid: str, due: str) -> None:
    """The smallest of the grant, 40 % of what is justified and 100 000, less what was paid; down, also below zero."""
    world = action(grant_eur=Decimal(grant), total_cost_eur=Decimal(cost))
    world.add("expenses", amount_eur=Decimal(justified) + 5)
    world.add("expenses", document_ref="F2", amount_eur=Decimal(-5))
    world.add("fundings", amount_eur=Decimal(paid))
    row = spend(world)
    assert (row["justified"], row["settlement_due"]) == (Decimal(justified), Decimal(due))


def test_a_grant_one_cent_over_its_cap_is_a_breach() -> None:
    row = spend(action(grant_eur=Decimal("20000.01")))
    assert (row["over_cap"], row["cap_headroom"]) == (True, Decimal("-0.01"))
    assert spend(action())["over_cap"] is False


def test_the_cap_is_that_of_the_agreements_day(tmp_path: Path) -> None:
    added = '\n[[calls]]\nfrom = 2019-01-01\ncall_id = "ERN-2017"\nenvelope_eur = 2_000_000\ncap_share = [1, 3]\ncap_eur = 90_000.5\n'
    programme = programme_of(tmp_path, lambda text: text + added)
    world = action()
    world.add("actions", action_id="A2", agreed_on=date(2019, 1, 1))
    world.add("actions", action_id="A3", agreed_on=date(2016, 1, 1))
    world.add("actions", action_id="A4", agreed_on=date(2019, 1, 1), total_cost_eur=Decimal(300000))
    caps = {row["action_id"]: row["cap"] for row in table(built(world, AS_OF, programme), "indicators.spend_by_action")}
    assert caps == {"A1": 20000, "A2": Decimal("16666.66"), "A3": 20000, "A4": Decimal("90000.50")}
    assert only(built(world, AS_OF, programme), "indicators.envelope")["envelope"] == 2000000
    assert only(built(world, date(2018, 12, 31), programme), "indicators.envelope")["envelope"] == 1500000


@pytest.mark.parametrize(("heads", "cost"), [(4, None), (5, 1000 / 5), (6, 1000 / 6)])
def test_costs_per_head(heads: int, cost: float | None) -> None:
    world = one_session()
    world.cohort(["CDI"] * heads)
    world.add("expenses")
    row = spend(world)
    assert (row["entrants"], row["positive_exits_m6"]) == (heads, heads)
    assert (row["cost_per_entrant"], row["cost_per_positive_exit"]) == (cost, cost)


@pytest.mark.parametrize(
    ("amounts", "files", "is_overdue", "state", "cost"),
    [
        ([], [], False, "nothing_justified", None),
        ([], ["refused"], True, "nothing_justified", None),
        ([5, -5], [], False, "nothing_justified", None),
        ([1000], ["accepted"], False, "complete", 200.0),
        ([1000], ["accepted"], True, "incomplete", 200.0),
        ([1000], ["accepted", "refused", "held", "duplicate"], False, "incomplete", 200.0),
        ([1000], ["accepted", "partial"], False, "incomplete", 200.0),
        ([1000], ["refused", "accepted"], False, "complete", 200.0),
    ],
)
def test_expenses_that_never_came_are_no_cost_of_zero(amounts: list[int], files: list[str], is_overdue: bool, state: str, cost: Any) -> None:
    world = one_session()
    world.cohort(["CDI"] * 5)
    for number, amount in enumerate(amounts):
        world.add("expenses", document_ref=f"F{number}", amount_eur=Decimal(amount))
    for number, decision in enumerate(files, 1):
        world.files.append({"submission_id": number, "kind": "depenses", "provider_siret": A, "decision": decision, "file_name": "d.csv",
                            "received_at": AS_OF, "sha256": "", "records": 1, "accepted": 1, "quarantined": decision == "partial",
                            "blank_lines": 0})  # fmt: skip
    if is_overdue:
        world.overdue.append({"provider_siret": A, "kind": "depenses", "level": "action", "level_id": f"{A}/A1", "rule": "RET-06",
                              "due_on": AS_OF, "days_overdue": 1})  # fmt: skip
    con = built(world, AS_OF)
    for row in (only(con, "indicators.spend_by_action"), only(con, "indicators.spend_by_provider")):
        assert (row["state"], row["cost_per_entrant"], row["cost_per_positive_exit"]) == (state, cost, cost)


def test_a_providers_sums() -> None:
    world = one_session()
    world.add("actions", action_id="A2", grant_eur=Decimal(25000))
    world.add("actions", provider_siret=B, action_id="A1")
    world.add("expenses", action_id="A2")
    con = built(world, AS_OF)
    row = only(con, "indicators.spend_by_provider", f"provider_siret = '{A}'")
    assert (row["actions"], row["total_cost"], row["grant"], row["cap"]) == (2, 100000, 45000, 40000)
    assert (row["cap_headroom"], row["actions_over_cap"], row["justified"], row["settlement_due"]) == (-5000, 1, 1000, 400)


def test_absurd_amounts_do_not_stop_the_night() -> None:
    world = action(total_cost_eur=Decimal("999999999999.99"), grant_eur=Decimal("999999999999.99"))
    world.add("actions", action_id="A2", total_cost_eur=Decimal("999999999999.99"), grant_eur=Decimal("999999999999.99"))
    for number in range(3):
        world.add("expenses", document_ref=f"F{number}", amount_eur=Decimal("999999999999.99"))
        world.add("fundings", reference=f"V{number}", amount_eur=Decimal("999999999999.99"))
    con = built(world, AS_OF)
    row = only(con, "indicators.spend_by_action", "action_id = 'A1'")
    assert (row["justified"], row["paid"], row["cap"]) == (None, None, 100000)
    assert only(con, "indicators.envelope")["committed"] is None


# ------------------------------------------------------------------------------------------------------------- envelope


def payments(*paid: tuple[date, int]) -> World:
    world = action()
    for number, (day, amount) in enumerate(paid):
        world.add("fundings", reference=f"V{number}", decided_on=day, amount_eur=Decimal(amount))
    return world


def forecast(world: World, as_of: date = AS_OF) -> tuple[Any, ...]:
    row = only(built(world, as_of), "indicators.envelope")
    return row["exhausted_low"], row["exhausted_mid"], row["exhausted_high"]


def test_a_call_without_actions_is_a_row_of_zeros() -> None:
    row = only(built(World(), AS_OF), "indicators.envelope")
    assert (row["call_id"], row["envelope"], row["remaining"]) == ("ERN-2017", 1500000, 1500000)
    for name in ("actions", "committed", "paid", "justified", "committed_share", "paid_share", "actions_over_cap"):
        assert row[name] == 0
    assert (row["exhausted_low"], row["exhausted_mid"], row["exhausted_high"]) == (None, None, None)


def test_no_forecast_under_three_payments() -> None:
    paid = [(date(2020, 1, 15), 100000), (date(2020, 2, 15), 100000)]
    assert forecast(payments(*paid)) == (None, None, None)
    assert forecast(payments(*paid, (date(2020, 2, 16), -1))) == (None, None, None)
    assert None not in forecast(payments(*paid, (date(2020, 2, 16), 1)))


def test_a_steady_pace_gives_one_month() -> None:
    """100 000 a month from January to June: 900 000 left, 9 months on from June."""
    paid = [(date(2020, month, 15), 100000) for month in range(1, 7)]
    assert forecast(payments(*paid)) == (date(2021, 3, 1),) * 3


def test_a_changing_pace_gives_a_range() -> None:
    """20 000 a month for 12 months, then 40 000 for 6, then 60 000 for 6."""
    paid = [(date(2018 + (m + 6) // 12, (m + 6) % 12 + 1, 1), 20000 if m < 12 else 40000 if m < 18 else 60000) for m in range(24)]
    # left: 1 500 000 - 840 000 = 660 000; paces 60 000, 50 000, 35 000
    assert forecast(payments(*paid)) == (date(2021, 5, 1), date(2021, 8, 1), date(2022, 1, 1))


def test_a_pace_that_stopped_has_no_latest_month() -> None:
    """900 000 left at 600 000 in 30 months: 45 months more; nothing in the last 6, nor in the last 12."""
    paid = [(date(2018, month, 15), 100000) for month in range(1, 7)]
    assert forecast(payments(*paid)) == (date(2024, 3, 1), None, None)


def test_an_exhausted_envelope_says_when() -> None:
    paid = [(date(2020, month, 15), 500000) for month in range(1, 5)]
    assert forecast(payments(*paid)) == (date(2020, 3, 1),) * 3


# ------------------------------------------------------------------------------------------------------------- coverage


def test_coverage() -> None:
    world = one_session()
    world.add("sessions", session_id="S2", commune_code="97411")
    for number in range(10):
        world.add("learners", learner_key=f"L{number}")
    rows = {(row["level"], row["level_id"]): row for row in table(built(world, AS_OF), "indicators.coverage")}
    region = {("departement", d) for d in ("02", "59", "60", "62", "80")} | {("epci", e) for e in EPCI if EPCI[e]}
    assert rows.keys() == region | {("departement", "974"), ("epci", "249740119")}
    assert rows["epci", "245900410"] == {
        "level": "epci", "level_id": "245900410", "name": "E245900410", "sessions": 1, "entrants": 10, "inhabitants": 20000,
        "entrants_per_10000": 5.0,
    }  # fmt: skip
    assert (rows["epci", "200033579"]["sessions"], rows["epci", "200033579"]["entrants_per_10000"]) == (0, 0)
    assert rows["departement", "974"]["sessions"] == 1
