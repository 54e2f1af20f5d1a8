"""The four answers at the top of the dashboard, each as a table of examples; and the charts, which hold their figures' words only."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from transforms.pages.dashboard import answers, charts, comparison, tables
from transforms.pages.dashboard.build import changes_of, quarter, short
from transforms.pages.dashboard.read import Unit
from transforms.pages.dashboard.small_counts import instead_of, suppressed_columns

AS_OF = date(2026, 11, 24)


def exits(known: int, unknown: int, positive: int, cohort: str = "all", horizon: str = "M6", **rest: Any) -> Any:
    eligible = known + unknown
    return SimpleNamespace(
        level="programme", horizon=horizon, cohort=cohort, neutralised=0, known=known, unknown=unknown, positive=positive, mature=eligible,
        rate=positive / eligible if eligible else None, bound_high=(positive + unknown) / eligible if eligible else None,
        expected=eligible, floor_rate=positive / eligible if eligible else None,
        ceiling_rate=(positive + unknown) / eligible if eligible else None, rate_known=positive / known if known else None,
        wilson_low=rest.get("low", 0.4), wilson_high=rest.get("high", 0.6),
    )  # fmt: skip


def board(*rows: Any, **rest: Any) -> Any:
    by_cohort: dict[str, list[Any]] = {}
    for row in rows:
        by_cohort.setdefault(row.cohort, []).append(row)
    release = SimpleNamespace(as_of=AS_OF)
    return SimpleNamespace(programme=Unit("programme", "", by_cohort, {}), release=release, **rest)


@pytest.mark.parametrize(
    ("known", "unknown", "positive", "target", "tone"),
    [
        (0, 0, 0, 0.5, "none"),
        (19, 0, 19, 0.5, "none"),
        (20, 0, 11, 0.5, "good"),
        (20, 0, 10, 0.5, "good"),  # the target is reached
        (20, 0, 9, 0.5, "bad"),
        (40, 40, 30, 0.5, "wait"),  # between 30 and 70 of 80
        (70, 10, 41, 0.5, "good"),
        (70, 10, 29, 0.5, "bad"),
        (70, 10, 70, None, "none"),  # no target is set: neither green nor red
        (70, 10, 0, None, "none"),
    ],
)
def test_exits_are_judged_by_the_target_whatever_became_of_the_others(known, unknown, positive, target, tone) -> None:
    targets = {"positive_exit": target} if target else {}
    assert answers.exits(board(exits(known, unknown, positive), targets=targets)).tone == tone
    assert answers.exits(board(exits(known, unknown, positive, horizon="M3"), targets=targets)).tone == "none"


def test_the_headline_is_six_months_or_what_there_is() -> None:
    early, nobody = exits(30, 0, 20, horizon="SORTIE"), exits(0, 0, 0)
    assert answers.headline(board(early, exits(30, 0, 20))).horizon == "M6"
    assert answers.headline(board(early, nobody)).horizon == "SORTIE"
    assert answers.headline(board(nobody)) is None
    assert answers.headline(board()) is None


def test_a_trend_is_told_of_solid_years_only_and_only_where_neither_chance_nor_missing_answers_explain_it() -> None:
    first = exits(100, 0, 30, "2024", low=0.2, high=0.4)
    fragile = exits(5, 0, 5, "2025")
    last = exits(100, 0, 75, "2026", low=0.6, high=0.9)
    assert answers.last_years(board(exits(65, 0, 40), years=[first, fragile, last])) == (first, last)
    assert answers.last_years(board(exits(35, 0, 15), years=[first, fragile])) is None
    # a quarter that is hidden could be had from its year
    assert answers.last_years(board(exits(65, 0, 40), exits(4, 0, 2, "2026-Q2"), years=[first, last])) is None
    assert answers.trend(first, last) == "en hausse nette"
    assert answers.trend(last, first) == "en baisse nette"
    assert answers.trend(first, exits(100, 0, 45, low=0.39, high=0.7)) == "sans différence nette"
    # the intervals of those who answered part, but those who did not may make up for it
    assert answers.trend(exits(100, 60, 30, low=0.2, high=0.4), last) == "en hausse nette"
    assert answers.trend(exits(100, 90, 30, low=0.2, high=0.4), last) == "sans différence nette"


def test_paid_without_proof_is_an_advance_until_expenses_are_due_or_refused() -> None:
    def tone(due: int, late: bool = False, refused: bool = False, state: str = "nothing_justified") -> str:
        money = SimpleNamespace(settlement_due=Decimal(due), state=state)
        action = SimpleNamespace(money=money, unit=SimpleNamespace(level_id="1/A"))
        row = SimpleNamespace(kind="depenses", level_id="1/A")
        provider = SimpleNamespace(actions=[action], overdue=[row] if late else [], refused=[row] if refused else [])
        return answers.proof(SimpleNamespace(providers=[provider], actions=[action])).tone

    assert [tone(0), tone(5), tone(-5), tone(-5, late=True), tone(-5, refused=True), tone(-5, state="incomplete")] == [
        "good", "good", "wait", "bad", "bad", "bad",
    ]  # fmt: skip
    assert answers.proof(SimpleNamespace(providers=[], actions=[])).tone == "none"


def test_what_changed_is_told_of_the_figures_of_the_first_screen_at_the_headline_s_horizon() -> None:
    def change(indicator: str, column: str, before: str, after: str, horizon: str | None = None, level: str = "programme") -> Any:
        return SimpleNamespace(indicator=indicator, level=level, level_id="ERN-2017" if level == "call" else "", horizon=horizon,
                               column_name=column, before=before, after=after)  # fmt: skip

    rows = [change("positive_exit", "rate", "0.5", "0.75", "M6"), change("positive_exit", "rate", "0.5", "0.75", "M3"),
            change("positive_exit", "wilson_low", "0.5", "0.75", "M6"), change("audience_mix", "entrants", "1000", "1001"),
            change("envelope", "paid", "1000.00", "2500.50", level="call")]  # fmt: skip
    found = changes_of(board(exits(4, 0, 3), changes=rows, horizons=[SimpleNamespace(horizon="M6", label="à 6 mois")]), exits(4, 0, 3))
    assert [(one.words, one.key, one.before.replace("\u202f", " "), one.after.replace("\u202f", " ")) for one in found] == [
        ("Sorties positives, dans les fichiers à 6 mois", "programme||all|M6", "50,0\u00a0%", "75,0\u00a0%"),
        ("Entrants", "programme||all", "1 000", "1 001"),
        ("Versé (ERN-2017)", "ERN-2017", "1 000\u00a0€", "2 500\u00a0€"),
    ]


@pytest.mark.parametrize(
    ("met", "undetermined", "not_met", "tone"),
    [(0, 0, 0, "none"), (3, 0, 0, "good"), (3, 1, 0, "wait"), (3, 1, 1, "bad"), (0, 0, 1, "bad")],
)
def test_the_mix_is_met_where_each_session_meets_it(met, undetermined, not_met, tone) -> None:
    verdicts = {"met": met, "undetermined": undetermined, "not_met": not_met, None: 7}
    assert answers.mix(SimpleNamespace(verdicts=verdicts)).tone == tone


@pytest.mark.parametrize(
    ("remaining", "over_cap", "exhausted_low", "tone"),
    [
        (0, 0, None, "good"),
        (-1, 0, None, "bad"),
        (1, 1, None, "bad"),
        (None, 0, None, "good"),
        (1, 0, date(2027, 1, 1), "wait"),
        (1, 0, date(2029, 1, 1), "good"),
    ],
)
def test_money_is_under_control_where_envelope_and_caps_hold(remaining, over_cap, exhausted_low, tone) -> None:
    row = SimpleNamespace(remaining=remaining, actions_over_cap=over_cap, exhausted_low=exhausted_low)
    assert answers.money(board(envelopes=[row])).tone == tone
    assert answers.money(board(envelopes=[])).tone == "none"


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "–"), (0, "0,0"), (1, "100,0"), (11 / 12, "91,7"), (0.00049, "0,0"), (45.8918, "4589,2")]
)
def test_percentages(value, shown) -> None:
    assert tables.percent(value) == shown


def test_words() -> None:
    assert quarter("2026-Q1") == "T1 2026"
    assert (short("m" * 60), short("m" * 61)) == ("m" * 60, "m" * 59 + "…")


@pytest.mark.parametrize(
    ("mature", "neutralised", "known", "positive", "left_out"),
    [
        (4, 0, 4, 2, "ceiling_rate coverage floor_rate known leavers mature positive rate rate_known response_rate wilson_high wilson_low"),
        (5, 0, 4, 2, "ceiling_rate coverage floor_rate known positive rate rate_known response_rate wilson_high wilson_low"),
        (24, 0, 24, 22, ""),
        (24, 0, 20, 4, "ceiling_rate floor_rate positive rate rate_known wilson_high wilson_low"),
        (24, 0, 10, 5, ""),
        (24, 4, 20, 10, "leavers mature"),
        (24, 5, 19, 10, ""),
    ],
)
def test_what_would_tell_of_fewer_than_five_people_is_left_out(mature, neutralised, known, positive, left_out) -> None:
    row = SimpleNamespace(
        level="session", cohort="all", expected=24, mature=mature, neutralised=neutralised, known=known, positive=positive
    )
    assert suppressed_columns(row) == set(left_out.split())
    assert suppressed_columns(SimpleNamespace(**{**vars(row), "expected": 4})) == {*left_out.split(), "expected"}
    quarter_of_all = SimpleNamespace(**{**vars(row), "level": "programme", "cohort": "2026-Q1"})
    assert suppressed_columns(quarter_of_all) == suppressed_columns(row)
    assert suppressed_columns(SimpleNamespace(**{**vars(row), "level": "programme"})) == suppressed_columns(None) == frozenset()


@pytest.mark.parametrize(
    ("known", "unknown", "positive", "shown"),
    [
        (24, 0, 0, "≤ 17"), (24, 0, 4, "≤ 17"), (20, 4, 3, "≤ 17"), (8, 0, 4, "≤ 50"), (4, 20, 4, "·"),
    ],
)  # fmt: skip
def test_a_rate_that_is_not_told_has_a_bound_that_says_no_more(known, unknown, positive, shown) -> None:
    row = SimpleNamespace(
        level="session", cohort="all", expected=50, mature=known + unknown, neutralised=0, known=known, unknown=unknown,
        positive=positive,
    )  # fmt: skip
    assert {"rate", "floor_rate"} <= suppressed_columns(row)
    assert (instead_of(row, "rate"), instead_of(row, "floor_rate")) == (shown, "≤ 8")
    row.expected = 4
    assert instead_of(row, "floor_rate") == "·"


def test_charts_are_drawn_in_french_without_words_or_roles_of_their_own() -> None:
    rows = [exits(30, 5, 20, cohort) for cohort in ("2025-Q3", "2025-Q4", "2026-Q1")]
    programme = board(*rows, exits(90, 15, 60)).programme
    for svg in (charts.exits_by_horizon(programme, {"M6": "à 6 mois"}), charts.exits_by_cohort(programme, "M6")):
        assert svg.startswith("<svg viewBox=")
        assert "100 %" in svg.replace("\u00a0", " ").replace("\u202f", " ")
        assert not any(word in svg for word in ("role=", "aria-label=", "<script", "<a ", "http://www.w3.org/1999/xlink"))
    assert ">T1<" in charts.exits_by_cohort(programme, "M6")
    assert charts.exits_by_horizon(board().programme, {}) == ""
    assert charts.exits_by_cohort(board(exits(90, 15, 60), rows[0]).programme, "M6") == ""


def test_only_who_is_beyond_chance_stands_out() -> None:
    def provider(known: int, positive: int) -> Any:
        row = exits(known, 0, positive)
        row.level, row.level_id = "provider", "1"
        return SimpleNamespace(unit=Unit("provider", "1", {"all": [row]}, {}))

    headline = exits(400, 0, 200)
    usual, high, low, few = provider(100, 58), provider(100, 70), provider(100, 30), provider(5, 5)
    found = comparison.outliers(SimpleNamespace(providers=[usual, high, low, few]), headline)
    assert found == ([high], [low])
    svg = charts.funnel([one.unit.at("M6") for one in (usual, high, low)], headline)
    assert svg.startswith("<svg viewBox=") and "Réponses" in svg
    assert charts.funnel([usual.unit.at("M6")], headline) == ""
