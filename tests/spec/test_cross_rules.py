"""Every rule across returns and every delay, by example: files of one or more nights, and what is found in the end."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from expectations.contract.file_rules import FILE_RULES
from expectations.contract.returns import RETURNS
from tests.golden.nights import Home
from tests.spec.paper import csv_of

#: as many learners as that, with references L1, L2 ...
Rows = list[str]


def people(count: int, extra: str = "") -> Rows:
    return [f"id_apprenant=L{i} & {extra}" for i in range(1, count + 1)]


ACTION, SESSION, LEARNER = csv_of("actions"), csv_of("sessions"), csv_of("apprenants")
PARENTS = {"a.csv": ACTION, "b.csv": SESSION, "c.csv": LEARNER}
THREE_MORE = {f"n{i}.csv": csv_of("sessions", f"numero_session=T{i}") for i in range(3)}

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
    "FIN-51": ([{"d.csv": csv_of("financements")}], [{"d.csv": csv_of("financements")}, {"a.csv": ACTION}]),
}

#: rule -> (files, the reference date on which it is due, the next day on which it is overdue)
OVERDUE = {
    "RET-01": ({"a.csv": ACTION, "b.csv": csv_of("sessions", "debut=01/03/2026 & fin=30/11/2026")}, date(2026, 3, 31)),
    "RET-02": (
        {
            "a.csv": ACTION,
            "b.csv": csv_of("sessions", "debut=01/03/2026 & fin=01/06/2026"),
            "c.csv": csv_of("apprenants", "entree_le=01/03/2026 & sortie_le=01/06/2026"),
            "d.csv": csv_of("suivi", "echeance=M3 & observe_le=01/09/2026"),
        },
        date(2026, 7, 29),
    ),
    "RET-03": ({"a.csv": ACTION, "b.csv": csv_of("sessions", "debut=01/03/2026 & fin=01/06/2026")}, date(2026, 8, 30)),
}


def open_rules(home: Home) -> set[str]:
    return {rule for (rule,) in home.rows("select distinct rule from quality.findings where resolved_at is null")}


@pytest.mark.parametrize("rule", EXAMPLES)
def test_cross_rule(rule: str, tmp_path: Path) -> None:
    for name, nights in zip(("breaks", "keeps"), EXAMPLES[rule], strict=True):
        home = Home(tmp_path / name)
        for files in nights:
            home.night(files)
        assert (rule in open_rules(home)) is (name == "breaks")


def test_no_cross_rule_lacks_an_example() -> None:
    assert set(EXAMPLES) == {c.id for r in RETURNS.values() for c in r.cross_checks}
    assert set(OVERDUE) == {rule for rule in FILE_RULES if rule.startswith("RET")}


def test_what_waits_counts_from_the_night_its_parent_arrives(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.night({"d.csv": csv_of("suivi")})
    home.night({"c.csv": LEARNER})
    home.night({"b.csv": SESSION})
    for table in ("sessions", "learners", "followups"):
        assert home.row(f"select count(*) from clean.{table}") == (0,)
    assert open_rules(home) >= {"SES-51", "APP-51", "SUI-51"}
    home.night({"a.csv": ACTION})
    for table in ("sessions", "learners", "followups"):
        assert home.row(f"select count(*) from clean.{table}") == (1,)
    resolved = home.rows("select distinct rule from quality.findings where resolved_at is not null order by 1")
    assert [rule for (rule,) in resolved if rule[:3] != "FIC"] == ["APP-51", "SES-51", "SUI-51"]


@pytest.mark.parametrize("rule", OVERDUE)
def test_overdue_from_the_day_after_it_is_due(rule: str, tmp_path: Path) -> None:
    files, due_on = OVERDUE[rule]
    home = Home(tmp_path)
    home.night(files)
    # a state of the past knows nothing received today: the reference date moves after today instead
    shift = date(2026, 11, 24)
    assert due_on < shift
    found = home.rows("select due_on, days_overdue from quality.overdue where rule = ? order by due_on", rule)
    today = home.row("select as_of from meta.release")[0]
    assert (due_on, (today - due_on).days) in found
