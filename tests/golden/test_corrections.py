"""Corrections, order of arrival, duplicates and earlier states: golden nights for each."""

from __future__ import annotations

import itertools
from datetime import timedelta
from pathlib import Path

import pytest

from tests.golden.nights import Home
from tests.spec.paper import csv_of


def learners(*refs: str, extra: str = "") -> bytes:
    return csv_of("apprenants", *(f"id_apprenant={ref} & {extra}" for ref in refs))


PARENTS = {"a.csv": csv_of("actions"), "b.csv": csv_of("sessions")}


def entrants(home: Home) -> int:
    return home.row("select entrants from indicators.audience_mix where level = 'programme' and cohort = 'all'")[0]


def women(home: Home) -> int:
    return home.row("select women from indicators.audience_mix where level = 'programme' and cohort = 'all'")[0]


def test_a_key_the_new_file_no_longer_has_is_retired(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.night({**PARENTS, "c.csv": learners("L1", "L2", "L3")})
    assert entrants(home) == 3
    home.night({"d.csv": learners("L1", "L2")})
    assert entrants(home) == 2


def test_only_the_scopes_that_the_rows_name_are_replaced(tmp_path: Path) -> None:
    home = Home(tmp_path)
    two = csv_of("sessions", "numero_session=S1", "numero_session=S2")
    both = csv_of("apprenants", "numero_session=S1", "numero_session=S2")
    home.night({"a.csv": csv_of("actions"), "b.csv": two, "c.csv": both})
    home.night({"d.csv": csv_of("apprenants", "numero_session=S2 & id_apprenant=L9")})
    assert entrants(home) == 2
    home.night({"e.csv": csv_of("apprenants", "numero_session=S2 & id_apprenant=L9 & sexe=M")})
    assert (entrants(home), women(home)) == (2, 1)


def test_a_key_only_in_quarantined_rows_keeps_its_last_good_version(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.night({**PARENTS, "c.csv": learners("L1", "L2", "L3")})
    bad = csv_of("apprenants", "id_apprenant=L1 & sexe=M", "id_apprenant=L2 & naissance=hier", "id_apprenant=L4")
    night = home.night({"d.csv": bad})
    assert night["files"][0]["decision"] == "partial"
    assert entrants(home) == 3  # L1 replaced, L2 kept, L3 retired, L4 new
    assert women(home) == 2


def test_a_record_whose_key_cannot_be_read_retires_none(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.night({**PARENTS, "c.csv": learners("L1", "L2", "L3")})
    damaged = learners("L1", extra="sexe=M") + b"cut in the midd\n"
    home.night({"d.csv": damaged})
    assert (entrants(home), women(home)) == (3, 2)


def test_an_empty_return_replaces_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.night({**PARENTS, "c.csv": learners("L1", "L2")})
    night = home.night({"d.csv": learners("L1").splitlines()[0] + b"\n"})
    assert night["files"][0]["decision"] == "accepted"
    assert entrants(home) == 2


def test_the_same_bytes_again_do_nothing_even_after_a_correction(tmp_path: Path) -> None:
    home = Home(tmp_path)
    first = learners("L1", "L2")
    home.night({**PARENTS, "c.csv": first})
    home.night({"d.csv": learners("L1")})
    night = home.night({"other name.csv": first})
    assert [f["decision"] for f in night["files"]] == ["duplicate"]
    assert entrants(home) == 1
    assert list((home.folder / "inbox").rglob("*.csv")) == []


def test_refused_bytes_are_judged_again(tmp_path: Path) -> None:
    home = Home(tmp_path)
    unreadable = b"PK\x03\x04 not a csv"
    for _ in range(2):
        night = home.night({"x.csv": unreadable})
        assert [f["decision"] for f in night["files"]] == ["refused"]


def test_order_of_arrival_does_not_matter(tmp_path: Path) -> None:
    """Three nights in every order (tests/unit/test_store_corrections.py has all orders of four kinds in the store)."""
    nights = [
        {"a.csv": csv_of("actions")},
        {"b.csv": csv_of("sessions")},
        {
            "c.csv": learners("L1", "L2"),
            "d.csv": csv_of("suivi", "id_apprenant=L1", "id_apprenant=L2 & situation=RECHERCHE"),
        },
    ]
    seen = set()
    for number, order in enumerate(itertools.permutations(nights)):
        home = Home(tmp_path / str(number))
        for files in order:
            home.night(files)
        seen.add(
            (
                tuple(home.rows("select * from indicators.positive_exit order by all")),
                tuple(home.rows("select * from indicators.audience_mix order by all")),
            )
        )
    assert len(seen) == 1


@pytest.mark.parametrize("back", [1, 400])
def test_an_earlier_day_knows_nothing_of_what_came_later(tmp_path: Path, back: int) -> None:
    home = Home(tmp_path)
    home.night({**PARENTS, "c.csv": learners("L1", "L2")})
    today = home.row("select as_of from meta.release")[0]
    night = home.night({"d.csv": learners("L1")}, as_of=today - timedelta(days=back))
    assert night["files"][0]["decision"] == "accepted"  # stored, but not part of that day
    assert entrants(home) == 0
    home.night()
    assert entrants(home) == 1


def test_a_day_after_today_makes_leavers_mature(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.night({**PARENTS, "c.csv": learners("L1", extra="entree_le=01/06/2026 & sortie_le=01/10/2026")})
    query = "select mature from indicators.positive_exit where level = 'programme' and cohort = 'all' and horizon = 'M6'"
    assert home.row(query) == (0,)
    today = home.row("select as_of from meta.release")[0]
    home.night(as_of=today + timedelta(days=400))
    assert home.row(query) == (1,)
