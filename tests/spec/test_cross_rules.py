"""Every rule across returns and every delay, by example: files of one or more nights, and what is found in the end.

Documented in docs/spec/returns.md, "Across returns".
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from expectations.contract.file_rules import FILE_RULES
from expectations.contract.returns import RETURNS
from tests.golden.nights import Home, sent_by, sirets
from tests.spec.paper import csv_of
from warehouse.paris_days import PARIS

#: as many learners as that, with references L1, L2 ...
Rows = list[str]


def people(count: int, extra: str = "") -> Rows:
    return [f"id_apprenant=L{i} & {extra}" for i in range(1, count + 1)]


ACTION, SESSION, LEARNER = csv_of("actions"), csv_of("sessions"), csv_of("apprenants")
PARENTS = {"a.csv": ACTION, "b.csv": SESSION, "c.csv": LEARNER}
TWO_ACTIONS = csv_of("actions", "", "numero_action=A-002")
SIDES = ("breaks", "keeps")

#: rule -> (nights that break it, the same nights changed so that they do not)
EXAMPLES: dict[str, tuple[list[dict[str, bytes]], list[dict[str, bytes]]]] = {
    "SES-51": ([{"b.csv": SESSION}], [{"b.csv": SESSION}, {"a.csv": ACTION}]),
    "SES-52": (
        [{"a.csv": ACTION, "b.csv": csv_of("sessions", "places=2"), "c.csv": csv_of("apprenants", *people(3))}],
        [
            {
                "a.csv": ACTION,
                "b.csv": csv_of("sessions", "places=2"),
                "c.csv": csv_of(
                    "apprenants", *people(2), "id_apprenant=L3 & fin_de_parcours=ANNULE & sortie_le= & certification="
                ),
            }
        ],
    ),
    "APP-51": ([{"a.csv": ACTION, "c.csv": LEARNER}], [{"c.csv": LEARNER}, {"b.csv": SESSION}, {"a.csv": ACTION}]),
    "APP-52": (
        [{**PARENTS, "c.csv": csv_of("apprenants", "entree_le=02/02/2018")}],
        [{**PARENTS, "c.csv": csv_of("apprenants", "entree_le=03/02/2018")}],
    ),
    "APP-71": (
        [{**PARENTS, "c.csv": csv_of("apprenants", *people(10))}, {"d.csv": csv_of("apprenants", *people(7))}],
        [{**PARENTS, "c.csv": csv_of("apprenants", *people(10))}, {"d.csv": csv_of("apprenants", *people(8))}],
    ),
    "SUI-51": (
        [{**PARENTS, "d.csv": csv_of("suivi", "id_apprenant=L2")}],
        [{"d.csv": csv_of("suivi", "id_apprenant=L1")}, PARENTS],
    ),
    "SUI-52": (
        [{**PARENTS, "c.csv": csv_of("apprenants", "sortie_le= & fin_de_parcours="), "d.csv": csv_of("suivi")}],
        [{**PARENTS, "d.csv": csv_of("suivi")}],
    ),
    "SUI-53": (
        [{**PARENTS, "d.csv": csv_of("suivi", "echeance=SORTIE & observe_le=27/09/2018")}],
        [{**PARENTS, "d.csv": csv_of("suivi", "echeance=SORTIE & observe_le=28/09/2018")}],
    ),
    "SUI-54": (
        [{**PARENTS, "d.csv": csv_of("suivi", "echeance=M6 & observe_le=24/02/2019")}],
        [{**PARENTS, "d.csv": csv_of("suivi", "echeance=M6 & observe_le=25/02/2019")}],
    ),
    "SUI-71": (
        [{**PARENTS, "d.csv": csv_of("suivi")}, {"e.csv": csv_of("suivi", "situation=INCONNU")}],
        [{**PARENTS, "d.csv": csv_of("suivi", "situation=INCONNU")}, {"e.csv": csv_of("suivi", "situation=CDI")}],
    ),
    "SUI-72": (
        [{**PARENTS, "c.csv": csv_of("apprenants", *people(20)), "d.csv": csv_of("suivi", *people(20))}],
        [
            {
                **PARENTS,
                "c.csv": csv_of("apprenants", *people(20)),
                "d.csv": csv_of("suivi", *people(19), "id_apprenant=L20 & situation=CDD_6P"),
            }
        ],
    ),
    "DEP-51": ([{"d.csv": csv_of("depenses")}], [{"d.csv": csv_of("depenses")}, {"a.csv": ACTION}]),
    "DEP-52": (
        [{"a.csv": TWO_ACTIONS, "d.csv": csv_of("depenses", "piece=F1", "piece=F1 & numero_action=A-002")}],
        [{"a.csv": TWO_ACTIONS, "d.csv": csv_of("depenses", "piece=F1", "piece=F1 & numero_action=A-002 & montant=1250,01")}],
    ),
    "FIN-51": ([{"d.csv": csv_of("financements")}], [{"d.csv": csv_of("financements")}, {"a.csv": ACTION}]),
}


def session(begun: int, ended: int) -> bytes:
    return csv_of("sessions", f"debut={days_ago(begun)} & fin={days_ago(ended)}")


def days_ago(days: int) -> str:
    return f"{datetime.now(PARIS).date() - timedelta(days=days):%d/%m/%Y}"


#: rule -> (days until it is due, files of which the awaited return has been due for so many days)
OVERDUE: dict[str, tuple[int, Callable[[int], dict[str, bytes]]]] = {
    "RET-01": (30, lambda ago: {"a.csv": ACTION, "b.csv": session(ago, 0)}),
    "RET-02": (
        28 + 30,  # the window SORTIE, then the delay
        lambda ago: {
            "a.csv": ACTION,
            "b.csv": session(ago + 60, ago),
            "c.csv": csv_of("apprenants", f"entree_le={days_ago(ago + 60)} & sortie_le={days_ago(ago)}"),
        },
    ),
    "RET-03": (90, lambda ago: {"a.csv": ACTION, "b.csv": session(ago + 60, ago), "c.csv": csv_of("apprenants")}),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], set[str]]:
    """The rules open after the last night of each example, by rule and side; each has a provider of its own."""
    home = Home(tmp_path_factory.mktemp("examples"), tells=False)
    sides = [(rule, side, nights) for rule, both in EXAMPLES.items() for side, nights in zip(SIDES, both, strict=True)]
    senders = sirets(len(sides))
    for number in range(max(len(nights) for _, _, nights in sides)):
        files: dict[str, bytes] = {}
        for siret, (_, _, nights) in zip(senders, sides, strict=True):
            files |= sent_by(siret, nights[number] if number < len(nights) else {})
        home.night(files)
    findings = home.rows("select provider_siret, rule from quality.findings where resolved_at is null")
    return {
        (rule, side): {found for sender, found in findings if sender == siret}
        for siret, (rule, side, _) in zip(senders, sides, strict=True)
    }


@pytest.mark.parametrize("rule", EXAMPLES)
def test_cross_rule(rule: str, found: dict[tuple[str, str], set[str]]) -> None:
    assert rule in found[rule, "breaks"]
    assert rule not in found[rule, "keeps"]


def test_no_cross_rule_lacks_an_example() -> None:
    assert set(EXAMPLES) == {c.id for r in RETURNS.values() for c in r.cross_checks}
    assert set(OVERDUE) == {rule for rule in FILE_RULES if rule.startswith("RET")}


def test_what_waits_counts_from_the_night_its_parent_arrives(tmp_path: Path) -> None:
    home = Home(tmp_path, tells=False)
    home.night({"d.csv": csv_of("suivi")})
    home.night({"c.csv": LEARNER})
    home.night({"b.csv": SESSION})
    for table in ("sessions", "learners", "followups"):
        assert home.row(f"select count(*) from clean.{table}") == (0,)
    waiting = home.rows(
        "select rule from quality.findings where resolved_at is null and rule like '%-51' order by rule"
    )
    assert waiting == [("APP-51",), ("SES-51",), ("SUI-51",)]
    home.night({"a.csv": ACTION})
    for table in ("sessions", "learners", "followups"):
        assert home.row(f"select count(*) from clean.{table}") == (1,)
    resolved = home.rows("select distinct rule from quality.findings where resolved_at is not null order by 1")
    assert [rule for (rule,) in resolved if rule[:3] != "FIC"] == ["APP-51", "SES-51", "SUI-51"]


def test_overdue_from_the_day_after_it_is_due(tmp_path: Path) -> None:
    home = Home(tmp_path, tells=False)
    senders = dict(zip(((rule, late) for rule in OVERDUE for late in (0, 1)), sirets(2 * len(OVERDUE)), strict=True))
    files: dict[str, bytes] = {}
    for (rule, late), siret in senders.items():
        due_after, files_of = OVERDUE[rule]
        files |= sent_by(siret, files_of(due_after + late))
    home.night(files)
    found = home.rows("select rule, provider_siret, days_overdue from quality.overdue")
    for (rule, late), siret in senders.items():
        days = [days for found_rule, sender, days in found if (found_rule, sender) == (rule, siret)]
        assert days == ([1] if late else []), rule
