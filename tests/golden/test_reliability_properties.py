"""Properties of the figures that nobody can polish, on random histories of returns, honest and polished."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.golden.nights import sirets
from tests.simulation.as_tables import Store, learner_key
from tests.simulation.cheats import BROKEN, CHEATS
from tests.simulation.providers import FIRST_DAY, Row, Sent, draw_provider, returns_of
from tests.worlds import table

pytestmark = pytest.mark.slow
#: a warehouse takes half a second
some = settings(max_examples=max(settings.default.max_examples // 4, 5) if settings.default else 10)
seeds = st.integers(0, 2**32)
ways = st.lists(st.sampled_from([None, *CHEATS]), min_size=1, max_size=3)
days = st.dates(FIRST_DAY + timedelta(days=200), date(2021, 6, 30))
Rates = dict[tuple[str, ...], tuple[int, int]]


def history(seed: int, played: list[str | None]) -> list[Sent]:
    """What so many providers send, each honest or in one of the ways to polish."""
    rng, files = Random(seed), []
    for siret, way in zip(sirets(len(played)), played, strict=True):
        provider = draw_provider(rng, siret, sessions=rng.randint(1, 2), size=rng.randint(3, 10))
        sent = returns_of(rng, provider)
        files += CHEATS[way].returns(sent, provider, rng) if way else sent
    return files


def computed(files: list[Sent], as_of: date, nights: list[date] | None = None) -> Store:
    """The warehouse of that day."""
    store = Store()
    store.take(file for file in files if file.day <= as_of)
    store.close()
    store.compute(as_of, nights or [as_of])
    return store


def floors(store: Store) -> dict[tuple[str, str], float]:
    """The floor of each unit at six months, where anybody is expected."""
    rows = table(store.con, "indicators.reliability", "horizon = 'M6' AND floor_rate IS NOT NULL")
    return {(row["level"], row["level_id"]): row["floor_rate"] for row in rows}


@some
@given(seeds, ways, days)
def test_the_rate_lies_between_floor_and_ceiling(seed: int, played: list[str | None], as_of: date) -> None:
    store = computed(history(seed, played), as_of)
    exits = {
        (row["level"], row["level_id"], row["horizon"]): row for row in table(store.con, "indicators.positive_exit", "cohort = 'all'")
    }  # fmt: skip
    for row in table(store.con, "indicators.reliability"):
        parts = ("set_aside", "vanished", "unexited", "neutralised", "known", "unknown")
        assert row["expected"] == sum(row[part] for part in parts) <= row["announced"], row
        rate = exits.get((row["level"], row["level_id"], row["horizon"]), {}).get("rate")
        if rate is not None:
            assert row["floor_rate"] <= rate, row
            assert row["neutralised"] or rate <= row["ceiling_rate"], row


# -------------------------------------------------------------------------- nothing done to whoever is not positive raises it


def _retired(row: Row, day: date) -> None:
    return None


def _cancelled(row: Row, day: date) -> Row:
    return row | {"left_on": None, "completion": "ANNULE"}


def _delayed(row: Row, day: date) -> Row:
    return row | {"left_on": day, "completion": "TERMINE"}


def _unexited(row: Row, day: date) -> Row:
    return row | {"left_on": None, "completion": None}


def _broken(row: Row, day: date) -> Row:
    return row | {"born_on": BROKEN}


def _neutralised(row: Row, day: date) -> Row:
    return row | {"situation": "NEUTRALISE"}


def _unknown(row: Row, day: date) -> Row:
    return row | {"situation": "INCONNU"}


def _moved(row: Row, day: date) -> Row:
    return row | {"ends_on": row["ends_on"] + timedelta(days=day.toordinal() % 500 - 100)}


DEEDS: list[tuple[str, Callable[[Row, date], Row | None]]] = [
    *(("apprenants", deed) for deed in (_retired, _cancelled, _delayed, _unexited, _broken)),
    *(("suivi", deed) for deed in (_retired, _neutralised, _unknown)),
    ("sessions", _moved),
]


@some
@given(seeds, ways, st.lists(st.sampled_from(DEEDS), min_size=1, max_size=4), st.integers(0, 300))
def test_no_deed_on_whoever_is_not_positive_raises_the_floor(
    seed: int, played: list[str | None], deeds: list[tuple[str, Callable[..., Any]]], after: int
) -> None:
    files, rng = history(seed, played), Random(seed)
    ends = {_session(row): row["ends_on"] for file in files if file.kind == "sessions" for row in file.rows}
    # when every session's due window has closed
    first_day = max([*ends.values(), *(file.day for file in files if file.kind == "sessions")]) + timedelta(days=241)
    as_of = first_day + timedelta(days=after)
    before = computed(files, as_of)
    positive = {row["learner_key"] for row in table(before.con, "indicators.learner_outcome", "horizon = 'M6' AND is_positive")}
    for kind, deed in deeds:
        for last in {_session(row): file for file in files if file.kind == kind and file.day <= as_of for row in file.rows}.values():
            day = rng.choice([first_day, as_of])
            rows = [row for row in last.rows]
            # every file of the deeds says what the one before said, less the deed
            done = [deed(row, day) if kind == "sessions" or _may_be_done_to(row, positive, rng) else row for row in rows]
            kept = tuple(row for row in done if row is not None)
            if kept:
                files.append(replace(last, day=day, rows=kept))
        files.sort(key=lambda file: file.day)
    after_deeds = floors(computed(files, as_of))
    for unit, floor in floors(before).items():
        assert after_deeds[unit] <= floor, (unit, [deed.__name__ for _, deed in deeds])


def _session(row: Row) -> tuple[str, ...]:
    return row["provider_siret"], row["session_id"], row.get("horizon", "")


def _may_be_done_to(row: Row, positive: set[str], rng: Random) -> bool:
    return learner_key(row) not in positive and rng.random() < 0.6


# ----------------------------------------------------------------------------------------------- the ledger adds up exactly


@some
@given(seeds, ways, days, st.integers(20, 90))
def test_the_ledger_is_the_difference_between_two_nights(seed: int, played: list[str | None], as_of: date, every: int) -> None:
    # a way in which rows wait needs the nights to note since when: whole homes do that
    files = history(seed, [None if way in ("second_siret", "mistyped_action") else way for way in played])
    nights = [FIRST_DAY + timedelta(days=every * number) for number in range((as_of - FIRST_DAY).days // every + 1)]
    store = Store()
    store.take(files)
    store.close()
    published = []
    for night in nights[-2:]:
        store.compute(night, nights)
        published.append(rates(store))
        assert changes(store) == published[-1]
    assert changes(store, f"night = DATE '{nights[-1]}'") == {
        unit: change for unit in published[0] | published[1]
        if (change := tuple(a - b for a, b in zip(published[1].get(unit, (0, 0)), published[0].get(unit, (0, 0)), strict=True))) != (0, 0)
    }  # fmt: skip


def rates(store: Store) -> Rates:
    """Positive exits and eligible leavers of each unit and horizon, where there are any."""
    rows = table(store.con, "indicators.positive_exit", "cohort = 'all' AND known + unknown > 0")
    return {(row["level"], row["level_id"], row["horizon"]): (row["positive"], row["known"] + row["unknown"]) for row in rows}


def changes(store: Store, where: str = "true") -> Rates:
    """What the ledger's rows add up to, where that is not nothing."""
    sums: dict[tuple[str, ...], list[int]] = {}
    for row in table(store.con, "quality.rate_ledger", where):
        total = sums.setdefault((row["level"], row["level_id"], row["horizon"]), [0, 0])
        total[0] += row["positive_change"]
        total[1] += row["eligible_change"]
    return {unit: (up, of) for unit, (up, of) in sums.items() if (up, of) != (0, 0)}
