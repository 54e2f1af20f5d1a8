"""Corrections, order of arrival, duplicates and earlier states: golden nights for each, each story a provider of its own."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.golden.nights import Home, sent_by, sirets
from tests.spec.paper import csv_of

Night = dict[str, bytes]


def learners(*refs: str, extra: str = "") -> bytes:
    return csv_of("apprenants", *(f"id_apprenant={ref} & {extra}" for ref in refs))


PARENTS = {"a.csv": csv_of("actions"), "b.csv": csv_of("sessions")}
THREE = {**PARENTS, "c.csv": learners("L1", "L2", "L3")}
TWO_SESSIONS = {
    "a.csv": csv_of("actions"),
    "b.csv": csv_of("sessions", "numero_session=S1", "numero_session=S2"),
    "c.csv": csv_of("apprenants", "numero_session=S1", "numero_session=S2"),
}


@dataclass(frozen=True)
class Story:
    """Files of successive nights, and what is counted of the provider in the end: entrants, women among them."""

    nights: Sequence[Night]
    entrants: int
    women: int
    last_decision: str = "accepted"


STORIES = {
    "a key that the new file no longer has is retired": Story([THREE, {"d.csv": learners("L1", "L2")}], 2, 2),
    "a retired key comes back with a later file": Story(
        [THREE, {"d.csv": learners("L1")}, {"e.csv": learners("L1", "L2", extra="sexe=M")}], 2, 0
    ),
    "only the scopes that the rows name are replaced": Story(
        [TWO_SESSIONS, {"d.csv": csv_of("apprenants", "numero_session=S2 & id_apprenant=L9 & sexe=M")}], 2, 1
    ),
    "a key only in quarantined rows keeps its last good version": Story(
        [
            THREE,  # then L1 is replaced, L2 kept, L3 retired, L4 new
            {"d.csv": csv_of("apprenants", "sexe=M", "id_apprenant=L2 & naissance=hier", "id_apprenant=L4")},
        ],
        3, 2, "partial",
    ),
    "a scope named by quarantined rows alone is not replaced": Story(
        [
            TWO_SESSIONS,
            {"d.csv": csv_of("apprenants", "sexe=M & id_apprenant=L8", "numero_session=S2 & naissance=hier")},
        ],
        2, 1, "partial",
    ),
    "a record whose key cannot be read retires none": Story(
        [THREE, {"d.csv": learners("L1", extra="sexe=M") + b"cut in the midd\n"}], 3, 2, "partial"
    ),
    "differing rows of one key leave its last good version": Story(
        [
            THREE,
            {"d.csv": csv_of("apprenants", "sexe=M", "sexe=F", "id_apprenant=L2", "id_apprenant=L3 & sexe=M", "id_apprenant=L4")},
        ],
        4, 3, "partial",
    ),
    "an empty return replaces nothing": Story([THREE, {"d.csv": learners("L1").splitlines()[0] + b"\n"}], 3, 3),
    "a refused file replaces nothing": Story([THREE, {"d.csv": learners("L1", extra="naissance=hier")}], 3, 3, "refused"),
    "the same bytes again do nothing": Story([THREE, {"again.csv": THREE["c.csv"]}], 3, 3, "duplicate"),
    "the same bytes again, once a correction has replaced them, are held": Story(
        [THREE, {"d.csv": learners("L1")}, {"again.csv": THREE["c.csv"]}], 1, 1, "held"
    ),
    "within one night files count in their order": Story(
        [{**PARENTS, "z.csv": learners("L1", "L2"), "d.csv": learners("L1", extra="sexe=M")}], 1, 0
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    home: Home
    senders: dict[str, str]
    last_decisions: dict[str, str]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Every story in one home, night by night."""
    home = Home(tmp_path_factory.mktemp("stories"), tells=False)
    senders = dict(zip(STORIES, sirets(len(STORIES)), strict=True))
    decisions: dict[str, str] = {}
    for number in range(max(len(story.nights) for story in STORIES.values())):
        files: Night = {}
        for name, story in STORIES.items():
            files |= sent_by(senders[name], story.nights[number]) if number < len(story.nights) else {}
        for file in home.night(files)["files"]:
            decisions[file["name"].split("/")[1]] = file["decision"]
    return Told(home, senders, decisions)


@pytest.mark.parametrize("name", STORIES)
def test_story(name: str, told: Told) -> None:
    story, siret = STORIES[name], told.senders[name]
    counted = told.home.row(
        "select entrants, women from indicators.audience_mix where level = 'provider' and level_id = ? and cohort = 'all'",
        siret,
    )
    assert counted == (story.entrants, story.women)
    assert told.last_decisions[siret] == story.last_decision


def test_every_file_has_left_the_inbox(told: Told) -> None:
    assert [p for p in (told.home.folder / "inbox").rglob("*") if p.is_file()] == []


@pytest.mark.attack
def test_order_of_arrival_does_not_matter(tmp_path: Path) -> None:
    """Four kinds over four nights in all 24 orders, each order a provider of its own."""
    kinds = {
        "a.csv": csv_of("actions"),
        "b.csv": csv_of("sessions"),
        "c.csv": learners("L1", "L2"),
        "d.csv": csv_of("suivi", "id_apprenant=L1", "id_apprenant=L2 & situation=RECHERCHE"),
    }
    orders = list(itertools.permutations(kinds))
    senders = sirets(len(orders))
    home = Home(tmp_path, tells=False)
    for number in range(len(kinds)):
        files: Night = {}
        for siret, order in zip(senders, orders, strict=True):
            files |= sent_by(siret, {order[number]: kinds[order[number]]})
        home.night(files)
    for table in ("positive_exit", "audience_mix", "certification"):
        seen: set[tuple[Any, ...]] = set()
        for siret in senders:
            rows = home.rows(f"from indicators.{table} where starts_with(level_id, ?) order by all", siret)
            assert rows
            seen.add(tuple((row[0], row[1].replace(siret, ""), *row[2:]) for row in rows))
        assert len(seen) == 1, table


def test_refused_bytes_are_judged_again(tmp_path: Path) -> None:
    home = Home(tmp_path, tells=False)
    unreadable = b"PK\x03\x04 not a csv"
    for _ in range(2):
        night = home.night({"x.csv": unreadable})
        assert [f["decision"] for f in night["files"]] == ["refused"]


def entrants(home: Home) -> int:
    return home.row("select entrants from indicators.audience_mix where level = 'programme' and cohort = 'all'")[0]


@pytest.mark.attack
def test_any_day_of_the_past_can_be_computed_again(tmp_path: Path) -> None:
    home = Home(tmp_path, tells=False)
    days = {
        date(2026, 3, 2): THREE,
        date(2026, 6, 1): {"d.csv": learners("L1")},
        date(2026, 9, 1): {"e.csv": learners("L1", "L2")},
    }
    for day, files in days.items():
        home.night(files, on=day)
    known = {date(2026, 3, 1): 0, date(2026, 3, 2): 3, date(2026, 5, 31): 3, date(2026, 6, 1): 1, date(2026, 9, 1): 2}
    for day, count in known.items():
        home.night(as_of=day)
        assert (entrants(home), home.row("select as_of from meta.release")) == (count, (day,))
        assert home.row("select count(*) from quality.files") == (
            sum(received <= day for received in days for _ in days[received]),
        )


def test_files_of_tonight_are_stored_but_no_part_of_an_earlier_day(tmp_path: Path) -> None:
    home = Home(tmp_path, tells=False)
    home.night(THREE, on=date(2026, 3, 2))
    night = home.night({"d.csv": learners("L1")}, as_of=date(2026, 3, 3))
    assert (night["files"][0]["decision"], entrants(home)) == ("accepted", 3)
    home.night()
    assert entrants(home) == 1


def test_a_day_after_today_makes_leavers_mature(tmp_path: Path) -> None:
    home = Home(tmp_path, tells=False)
    home.night({**PARENTS, "c.csv": learners("L1", extra="entree_le=01/06/2026 & sortie_le=01/10/2026")})
    query = (
        "select mature from indicators.positive_exit where level = 'programme' and cohort = 'all' and horizon = 'M6'"
    )
    assert home.row(query) == (0,)
    today = home.row("select as_of from meta.release")[0]
    home.night(as_of=today + timedelta(days=400))
    assert home.row(query) == (1,)
