"""Who was announced, is due and is missing: one session a case, with what a later file makes of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.golden.nights import Home
from tests.spec.paper import csv_of

pytestmark = pytest.mark.slow

#: four leavers, of whom two have a positive exit at six months
FOUR = [f"id_apprenant=L{n} & naissance=0{n}/07/1994" for n in range(1, 5)]
ANSWERS = ["id_apprenant=L1", "id_apprenant=L2", "id_apprenant=L3 & situation=RECHERCHE", "id_apprenant=L4 & situation=RECHERCHE"]
OPEN = "sortie_le= & fin_de_parcours= & certification="
ANNULE = "sortie_le= & fin_de_parcours=ANNULE & certification="
SOON, LATE = date(2018, 10, 5), date(2019, 10, 5)

#: by case: the learners of the first and of the later file, the answers of the first and of the later file (None: not sent again),
#: the last day of the session in the later file, and announced, expected, set_aside, vanished, unexited, positive,
#: first_reported_positive, revisions_up, revisions_down
CASES: dict[str, tuple[list[str], list[str] | None, list[str], list[str] | None, str | None, tuple[int, ...]]] = {
    "nothing happens": (FOUR, None, ANSWERS, None, None, (4, 4, 0, 0, 0, 2, 2, 0, 0)),
    "sent again": (FOUR, FOUR, ANSWERS, ANSWERS, None, (4, 4, 0, 0, 0, 2, 2, 0, 0)),
    "list cut": (FOUR, FOUR[:2], ANSWERS, None, None, (4, 4, 0, 2, 0, 2, 2, 0, 0)),
    "winner cut": (FOUR, FOUR[1:], ANSWERS, None, None, (4, 4, 0, 1, 0, 1, 1, 0, 1)),
    "cancelled": (FOUR, [*FOUR[:2], *(f"{one} & {ANNULE}" for one in FOUR[2:])], ANSWERS, None, None, (4, 4, 0, 2, 0, 2, 2, 0, 0)),
    "cancelled from the start": ([*FOUR[:2], *(f"{one} & {ANNULE}" for one in FOUR[2:])], None, ANSWERS[:2], None, None,
                                 (2, 2, 0, 0, 0, 2, 2, 0, 0)),
    "cancelled, then not": ([*FOUR[:3], f"{FOUR[3]} & {ANNULE}"], FOUR, ANSWERS[:3], None, None, (4, 4, 0, 0, 0, 2, 2, 0, 0)),
    "never left": ([*FOUR[:2], *(f"{one} & {OPEN}" for one in FOUR[2:])], None, ANSWERS[:2], None, None, (4, 4, 0, 0, 2, 2, 2, 0, 0)),
    "exit put off": (FOUR, [*FOUR[:3], f"{FOUR[3]} & sortie_le=01/10/2019"], ANSWERS, None, None, (4, 4, 0, 0, 1, 2, 2, 0, 0)),
    "end moved too late": ([*FOUR[:3], f"{FOUR[3]} & {OPEN}"], None, ANSWERS[:3], None, "30/09/2019", (4, 4, 0, 0, 1, 2, 2, 0, 0)),
    "broken rows": ([*FOUR[:3], f"{FOUR[3]} & naissance=hier"], None, ANSWERS[:3], None, None, (4, 4, 1, 0, 0, 2, 2, 0, 0)),
    "broken, then left out": ([*FOUR[:3], f"{FOUR[3]} & naissance=hier"], FOUR[:3], ANSWERS[:3], None, None, (4, 4, 1, 0, 0, 2, 2, 0, 0)),
    "broken later": (FOUR, [*FOUR[:3], f"{FOUR[3]} & naissance=hier"], ANSWERS, None, None, (4, 4, 0, 0, 0, 2, 2, 0, 0)),
    "another reference": (FOUR, [*FOUR[:3], "id_apprenant=M4 & naissance=04/07/1994"], ANSWERS[:3], [*ANSWERS[:3], "id_apprenant=M4"], None,
                          (4, 4, 0, 0, 0, 3, 3, 0, 0)),
    "another person": (FOUR, [*FOUR[:3], "id_apprenant=M4 & naissance=05/07/1994"], ANSWERS[:3], [*ANSWERS[:3], "id_apprenant=M4"], None,
                       (5, 5, 0, 1, 0, 3, 3, 0, 0)),
    "two references, one taken back": ([*FOUR, "id_apprenant=M4 & naissance=04/07/1994"], FOUR, ANSWERS, None, None,
                                       (4, 4, 0, 0, 0, 2, 2, 0, 0)),
    "same national number": ([f"{FOUR[0]} & identifiant_national=1234567890A", *FOUR[1:]],
                             ["id_apprenant=M1 & naissance=09/09/1990 & identifiant_national=1234567890A", *FOUR[1:]],
                             ANSWERS[1:], None, None, (4, 4, 0, 0, 0, 1, 1, 0, 0)),
    "answers revised": (FOUR, None, ANSWERS, ["id_apprenant=L1 & situation=INCONNU", "id_apprenant=L2 & situation=NEUTRALISE",
                                              "id_apprenant=L3", "id_apprenant=L4 & situation=INACTIF"], None,
                        (4, 4, 0, 0, 0, 1, 1, 1, 2)),
    "unknown first": (FOUR, None, ["id_apprenant=L1 & situation=INCONNU"], ["id_apprenant=L1"], None, (4, 4, 0, 0, 0, 1, 1, 0, 0)),
}  # fmt: skip
NAMES = ("announced", "expected", "set_aside", "vanished", "unexited", "positive", "first_reported_positive", "revisions_up",
         "revisions_down")  # fmt: skip


def in_session(number: int, rows: list[str]) -> list[str]:
    return [f"{row} & numero_session=S{number}" for row in rows]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("home"), tells=False)
    sessions, first, later = [], {"region/actions.csv": csv_of("actions")}, {}
    for number, (learners, learners_later, answers, _, end, _) in enumerate(CASES.values(), 1):
        sessions.append(f"numero_session=S{number}")
        first[f"A/apprenants {number}.csv"] = csv_of("apprenants", *in_session(number, learners))
        later[f"A/suivi {number}.csv"] = csv_of("suivi", *in_session(number, answers))
        if learners_later is not None:
            later[f"A/apprenants {number} encore.csv"] = csv_of("apprenants", *in_session(number, learners_later))
        if end:
            later[f"A/sessions {number}.csv"] = csv_of("sessions", f"numero_session=S{number} & fin={end}")
    home.night({**first, "A/sessions.csv": csv_of("sessions", *sessions)}, on=SOON)
    home.night(later, on=date(2019, 10, 4))
    last = [(number, case[3]) for number, case in enumerate(CASES.values(), 1) if case[3] is not None]
    home.night({f"A/suivi {number} encore.csv": csv_of("suivi", *in_session(number, rows)) for number, rows in last}, on=LATE)
    return home


def of(home: Home, level: str, level_id: str, horizon: str = "M6") -> dict[str, Any]:
    columns = [*NAMES, "neutralised", "known", "unknown", "coverage", "floor_rate", "ceiling_rate", "first_reported_rate"]
    (row,) = home.rows(
        f"SELECT {', '.join(columns)} FROM indicators.reliability"
        f" WHERE level = '{level}' AND level_id = '{level_id}' AND horizon = '{horizon}' AND cohort = 'all'"
    )
    return dict(zip(columns, row, strict=True))


@pytest.mark.parametrize("case", CASES)
def test_a_session(home: Home, case: str) -> None:
    row = of(home, "session", f"90012000700019/S{list(CASES).index(case) + 1}")
    assert tuple(row[name] for name in NAMES) == CASES[case][-1]
    assert row["floor_rate"] == row["positive"] / row["expected"] and row["coverage"] == (row["known"] + row["unknown"]) / row["expected"]
    assert row["ceiling_rate"] == (row["expected"] - row["known"] + row["positive"]) / row["expected"]


def test_the_provider_has_them_all(home: Home) -> None:
    row = of(home, "provider", "90012000700019")
    assert tuple(row[name] for name in NAMES) == tuple(map(sum, zip(*(case[-1] for case in CASES.values()), strict=True)))


def test_before_the_window_has_closed_nobody_is_due(home: Home) -> None:
    assert of(home, "provider", "90012000700019", "M12")["expected"] < of(home, "provider", "90012000700019", "M12")["announced"]
