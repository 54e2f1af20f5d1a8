"""A small programme with its warehouse, and what is published of it where whatever is under five is hidden."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import duckdb
import numpy as np

from expectations.programme import load_programme
from expectations.programme.rules import PublicationRule
from tests.worlds import built, one_session
from transforms.publication.counts import PublishedCounts, read_counts
from transforms.publication.filled_tables import OpenMoney, fill_tables, read_money
from transforms.publication.grants import Publisher
from transforms.publication.release_files import data_files, other_files
from transforms.publication.schemas import About
from transforms.publication.table import FilledTable
from warehouse.paris_days import PARIS

PERIOD, LAST_DAY, AS_OF = "2018-Q4", date(2018, 12, 31), date(2019, 11, 20)
PUBLISHER = Publisher("Région Hauts-de-France", "20005374200017")
RULE: PublicationRule = load_programme().publication_rules[0]


@dataclass(frozen=True)
class Made:
    """A release that is not written yet."""

    published: PublishedCounts
    money: OpenMoney
    filled: Mapping[str, FilledTable]
    data: Mapping[str, bytes]

    def files(self, earlier: Path | None = None) -> dict[str, bytes]:
        """All its files by their paths."""
        about = About(
            self.published.release, self.published.period, date(2017, 9, 25), LAST_DAY, AS_OF, datetime(2019, 11, 21, 9, 0, tzinfo=PARIS),
            PUBLISHER, "0.1.0", "abc", [],
        )  # fmt: skip
        return {**self.data, **other_files(about, RULE, self.filled, self.data, earlier, self.money.titles)}


def warehouse() -> duckdb.DuckDBPyConnection:
    """A session of 24 leavers and one of 3, of two actions, money and grants; a title that a spreadsheet or a page would run."""
    world = one_session()
    world.cohort(["CDI"] * 18 + ["RECHERCHE"] * 3 + [None] * 3, sex="F", left_on=date(2018, 9, 28), is_rural_resident="OUI")
    world.add("actions", action_id="A2", title="=1+1<script>alert(1)</script>")
    world.add("sessions", action_id="A2", session_id="S2", commune_code="59178")
    for number in range(3):
        world.add("learners", session_id="S2", learner_key=f"few{number}", left_on=None, completion=None, certification=None)
    for number, day in enumerate((date(2018, 3, 1), date(2018, 6, 1))):
        world.add("fundings", reference=f"V-{number}", status="NOTIFIE" if number == 0 else "VERSE", decided_on=day, amount_eur=Decimal("1000.50"))
    world.add("expenses", amount_eur=Decimal("48000"))
    con = built(world, AS_OF)
    con.execute("CREATE SCHEMA meta; CREATE TABLE meta.release AS SELECT ?::date AS as_of", [AS_OF])
    return con


@cache
def make(release: str = PERIOD) -> Made:
    """What is published of it."""
    with warehouse() as con:
        counts, money = read_counts(con, PERIOD), read_money(con, PUBLISHER)
    verdicts = counts.verdicts.assign(verdict=np.where(counts.verdicts.index.str.endswith("S2"), None, counts.verdicts["verdict"]))
    published = PublishedCounts(
        release, PERIOD, counts.units, counts.counts.astype("Int64").mask(counts.counts < RULE.smallest_count), verdicts
    )
    filled = fill_tables(published, money, RULE.smallest_denominator)
    return Made(published, money, filled, data_files(filled))
