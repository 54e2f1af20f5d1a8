"""indicators.audited: what an audit found corrects what was reported, without bias, within an interval that holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import pytest

from flows.verification.design import Leaver, draw, probabilities
from tests.worlds import Row, table
from transforms.engines.on_this_machine import DuckDBEngine
from transforms.models.audit_limits import audit_limits
from transforms.models.build import models_in_order

A, B, C = "20003456500013", "90012345600007", "90012000700019"
DAY = date(2026, 10, 1)
#: what is found otherwise, by what is true
SITUATIONS = {"positive": "CDI", "not_positive": "RECHERCHE", "unknown": "INCONNU", "neutralised": "NEUTRALISE"}


@dataclass
class Audits:
    """Audits as the store's history knows them: strata and items."""

    strata: list[Sequence[Any]]
    items: list[Sequence[Any]]

    @classmethod
    def none(cls) -> Audits:
        return cls([], [])

    def add(self, people: Mapping[Leaver, str], size: int, seed: str, weights: Mapping[str, int] | None = None,
            unreachable: Iterable[Leaver] = (), erased: Iterable[Leaver] = ()) -> None:  # fmt: skip
        """Draw from people, of whom it is given what is true, and verify all who are drawn but these."""
        audit, out, gone = len({row[0] for row in self.strata}) + 1, set(unreachable), set(erased)
        chances = probabilities(Counter(one.provider_siret for one in people), weights or {}, size)
        for (siret, reported), count in Counter((one.provider_siret, one.reported) for one in people).items():
            self.strata.append([audit, "2026-Q1", "M6", DAY, siret, reported, count, float(chances[siret])])
        for number, one in enumerate(draw(list(people), chances, seed), start=1):
            truth, finding, found = people[one], None, None
            if one in gone:
                pass
            elif one in out:
                finding = "INJOIGNABLE"
            elif truth == one.reported:
                finding = "CONFIRME"
            else:
                finding, found = "AUTRE", SITUATIONS[truth]
            self.items.append([audit, number, one.provider_siret, one.reported, one in gone, DAY, finding, found, DAY])

    def table(self, where: str = "level = 'programme'") -> list[Row]:
        """indicators.audited."""
        con = duckdb.connect()
        engine = DuckDBEngine(con)
        con.execute("ATTACH ':memory:' AS history; CREATE SCHEMA work; CREATE SCHEMA indicators; CREATE SCHEMA reference")
        con.execute("CREATE TABLE history.audit_strata (audit INTEGER, quarter VARCHAR, horizon VARCHAR, reported_on DATE,"
                    " provider_siret VARCHAR, reported VARCHAR, population BIGINT, probability DOUBLE)")
        con.execute("CREATE TABLE history.audit_items (audit INTEGER, number INTEGER, provider_siret VARCHAR, reported VARCHAR,"
                    " is_erased BOOLEAN, observed_on DATE, finding VARCHAR, found_situation VARCHAR, found_on DATE)")
        con.execute("CREATE TABLE reference.situation_classes AS SELECT * FROM (VALUES ('CDI', 'durable', true),"
                    " ('RECHERCHE', 'other', false), ('NEUTRALISE', 'neutralised', false)) AS c(situation, class, is_positive),"
                    " (SELECT DATE '2017-01-01' AS valid_from, CAST(NULL AS DATE) AS valid_to)")
        for name, rows in (("audit_strata", self.strata), ("audit_items", self.items)):
            columns = list(zip(*rows, strict=True))
            con.execute(f"INSERT INTO history.{name} SELECT {', '.join('unnest(?)' for _ in columns)}", [list(c) for c in columns])
        for name in ("work.audit_verdicts", "work.audit_groups", "indicators.audited"):
            (model,) = (one for one in models_in_order() if one.table == name)
            if "work.audit_limits" in model.sources:
                engine.take("work.audit_limits", audit_limits(con.execute("FROM work.audit_groups").fetchnumpy()))
            engine.make_table(name, model.sql, model.key)
            for promise in model.proves:
                assert table(con, name, f"not ({promise})") == []
        return table(con, "indicators.audited", f"{where} ORDER BY audit, level_id")


def people(siret: str, *groups: tuple[str, str, int]) -> dict[Leaver, str]:
    """Leavers of a provider: what was reported, what is true, how many."""
    return {
        Leaver(siret, "S1", f"{reported}-{truth}-{number}", reported): truth
        for reported, truth, count in groups for number in range(count)
    }  # fmt: skip


HONEST = ("positive", "positive", 12), ("not_positive", "not_positive", 8), ("unknown", "unknown", 3), ("neutralised", "neutralised", 1)
#: reports twelve who have no job as positive, hides four as neutralised, and does not know of two who have one
CHEAT = (
    ("positive", "positive", 20), ("positive", "not_positive", 12), ("not_positive", "not_positive", 6), ("unknown", "positive", 2),
    ("neutralised", "not_positive", 4),
)  # fmt: skip


def truth_of(everybody: Mapping[Leaver, str]) -> float:
    true = Counter(everybody.values())
    return true["positive"] / (len(everybody) - true["neutralised"])


@pytest.mark.parametrize("size", [5, 20, 48])
def test_all_confirmed_is_as_reported(size: int) -> None:
    audits = Audits.none()
    audits.add({**people(A, *HONEST), **people(B, *HONEST)}, size, "7")
    (row,) = audits.table()
    assert row["corrected_rate"] == pytest.approx(row["reported_rate"]) == 24 / 46
    assert (row["drawn"], row["verified"], row["confirmed"], row["positive_error_share"]) == (size, size, size, 0)
    width = row["corrected_rate_high"] - row["corrected_rate_low"]
    assert width == 0 if size == 48 else width > 0.1, "everybody verified leaves no doubt, a few leave much"


def test_everybody_verified_is_the_truth() -> None:
    everybody = {**people(A, *CHEAT), **people(B, *HONEST)}
    audits = Audits.none()
    audits.add(everybody, len(everybody), "7")
    (row,) = audits.table()
    assert row["corrected_rate"] == row["corrected_rate_low"] == row["corrected_rate_high"] == pytest.approx(truth_of(everybody))
    assert row["positive_error_share"] == pytest.approx(12 / 44)
    assert row["not_positive_error_share"] == pytest.approx(2 / 24)
    a, b = audits.table("level = 'provider'")
    assert a["corrected_rate"] == pytest.approx(22 / 44)
    assert b["corrected_rate"] == pytest.approx(12 / 23)


def test_who_is_out_of_reach_or_erased() -> None:
    everybody = people(A, ("positive", "positive", 10), ("not_positive", "not_positive", 10))
    first, second, *_ = everybody
    audits = Audits.none()
    audits.add(everybody, 20, "7", unreachable=[first], erased=[second])
    (row,) = audits.table()
    assert (row["drawn"], row["erased"], row["unreachable"], row["verified"], row["pending"]) == (20, 1, 1, 18, 0)
    assert row["corrected_rate"] == row["reported_rate"] == 0.5
    assert row["worst_rate"] == pytest.approx(10 * (8 / 9) / 20)
    audits = Audits.none()
    audits.add(everybody, 4, "7", unreachable=everybody)
    (row,) = audits.table()
    assert (row["corrected_rate"], row["corrected_rate_low"], row["worst_rate"]) == (None, None, 0)
    assert audits.table("level = 'provider'") == []


SIGNALS: dict[str, dict[str, int]] = {"none": {}, "right": {A: 5}, "wrong": {B: 5}}


@pytest.mark.parametrize("weights", SIGNALS.values(), ids=SIGNALS)
@pytest.mark.parametrize(("groups", "size"), [(CHEAT, 20), (CHEAT, 60), (HONEST, 20)], ids=["cheat 20", "cheat 60", "honest 20"])
def test_without_bias_and_within_its_interval(weights: dict[str, int], groups: Sequence[tuple[str, str, int]], size: int) -> None:
    """Over draws by many seeds, whatever the signals say."""
    more = (("positive", "positive", 58), ("positive", "not_positive", 2), ("not_positive", "not_positive", 40))
    everybody = {**people(A, *groups), **people(B, *HONEST), **people(C, *more)}
    truth, audits = truth_of(everybody), Audits.none()
    for seed in range(400):
        audits.add(everybody, size, str(seed), weights)
    rows = audits.table()
    mean = sum(row["corrected_rate"] for row in rows) / len(rows)
    covered = sum(row["corrected_rate_low"] <= truth <= row["corrected_rate_high"] for row in rows) / len(rows)
    assert abs(mean - truth) < 0.015
    assert covered >= 0.94


def test_few_errors_are_not_taken_for_none() -> None:
    """Where the interval of the naive error would have no width: one error in a hundred, a draw that mostly finds none."""
    everybody = people(A, ("positive", "positive", 99), ("positive", "not_positive", 1), ("not_positive", "not_positive", 100))
    audits = Audits.none()
    for seed in range(200):
        audits.add(everybody, 15, str(seed))
    truth = truth_of(everybody)
    assert sum(row["corrected_rate_low"] <= truth <= row["corrected_rate_high"] for row in audits.table()) >= 195
