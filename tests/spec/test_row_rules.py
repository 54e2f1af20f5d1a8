"""Every rule on a row, by example: what breaks it, and the nearest thing that does not.

Documented in docs/spec/returns.md, "Rules".
"""

from __future__ import annotations

from datetime import date

import pytest

from expectations.contract.returns import RETURNS
from expectations.programme import load_programme
from flows.steps.check import judge_files
from tests.spec.paper import csv_of
from warehouse.reference.places import load_places

RECEIVED_ON = date(2026, 11, 24)

#: rule | breaks it | does not
ROW_RULES = """
ACT-31 | cout_total=0 & subvention=0            | cout_total=0,01 & subvention=0
ACT-31 | cout_total=-10 & subvention=0          | cout_total=10 & subvention=0
ACT-32 | subvention=-0,01                       | subvention=0
ACT-33 | cout_total=50000 & subvention=50000,01 | cout_total=50000 & subvention=50000
ACT-34 | cout_total=50000 & subvention=20000,01 | cout_total=50000 & subvention=20000
ACT-34 | cout_total=400000 & subvention=100000,01 | cout_total=400000 & subvention=100000
ACT-34 | cout_total=100,01 & subvention=40,01   | cout_total=100,01 & subvention=40
ACT-35 | gratuite=NON                           | gratuite=OUI
ACT-36 | prerequis_diplome=OUI                  | prerequis_diplome=NON
ACT-37 | label_gen_le=02/03/2018                | label_gen_le=01/03/2018
ACT-38 | label_gen_le=31/12/2014                | label_gen_le=01/01/2015
ACT-39 | label_gen_le=25/11/2029                | label_gen_le=24/11/2029
ACT-40 | convention_le=31/12/2014               | convention_le=01/01/2015
ACT-41 | convention_le=25/11/2029               | convention_le=24/11/2029
SES-31 | debut=05/03/2018 & fin=04/03/2018      | debut=05/03/2018 & fin=05/03/2018
SES-32 | debut=05/03/2018 & fin=06/09/2019      | debut=05/03/2018 & fin=05/09/2019
SES-32 | debut=31/08/2018 & fin=01/03/2020      | debut=31/08/2018 & fin=29/02/2020
SES-35 | debut=31/12/2014 & fin=05/01/2015      | debut=01/01/2015 & fin=05/01/2015
SES-36 | debut=25/11/2029 & fin=25/11/2029      | debut=24/11/2029 & fin=25/11/2029
SES-37 | debut=30/12/2014 & fin=31/12/2014      | debut=31/12/2014 & fin=01/01/2015
SES-38 | debut=24/11/2029 & fin=25/11/2029      | debut=24/11/2029 & fin=24/11/2029
SES-33 | places=0                               | places=1
APP-31 | entree_le=05/03/2018 & sortie_le=04/03/2018 | entree_le=05/03/2018 & sortie_le=05/03/2018
APP-32 | naissance=06/03/2004                   | naissance=05/03/2004
APP-32 | naissance=05/03/1937                   | naissance=06/03/1937
APP-33 | entree_le=25/11/2026 & sortie_le= & fin_de_parcours= | entree_le=24/11/2026 & sortie_le= & fin_de_parcours=
APP-34 | fin_de_parcours=                       | sortie_le= & fin_de_parcours=
APP-35 | sortie_le=                             | sortie_le= & fin_de_parcours=ANNULE
APP-36 | fin_de_parcours=ABANDON & certification=OBTENUE | fin_de_parcours=ABANDON & certification=PARTIELLE
APP-37 | naissance=06/03/2002                   | naissance=05/03/2002
APP-37 | naissance=05/03/1952                   | naissance=06/03/1952
APP-38 | sortie_le=25/11/2026                   | sortie_le=24/11/2026
APP-38 | sortie_le=25/11/2026                   | sortie_le=25/11/2026 & fin_de_parcours=ANNULE & certification=
SUI-31 | observe_le=25/11/2026                  | observe_le=24/11/2026
DEP-31 | date=25/11/2026                        | date=24/11/2026
DEP-32 | date=31/12/2014                        | date=01/01/2015
FIN-31 | date=25/11/2026                        | date=24/11/2026
FIN-32 | date=31/12/2014                        | date=01/01/2015
"""
EXAMPLES = [tuple(cell.strip() for cell in line.split("|")) for line in ROW_RULES.strip().splitlines()]
KIND = {contract.prefix: kind for kind, contract in RETURNS.items()}


@pytest.fixture(scope="module")
def found() -> dict[tuple[str, str], set[str]]:
    """The rules that a file with one row of this kind, changed like this, breaks; all examples are judged in one go."""
    files = {(kind, ""): csv_of(kind) for kind in RETURNS}
    for rule, breaks, keeps in EXAMPLES:
        files |= {(KIND[rule[:3]], change): csv_of(KIND[rule[:3]], change) for change in (breaks, keeps)}
    judged = judge_files([("x.csv", data) for data in files.values()], RECEIVED_ON, load_programme(), load_places())
    return {example: {finding.rule for finding in file.findings} for example, file in zip(files, judged, strict=True)}


@pytest.mark.parametrize(("rule", "breaks", "keeps"), EXAMPLES)
def test_row_rule(rule: str, breaks: str, keeps: str, found: dict[tuple[str, str], set[str]]) -> None:
    kind = KIND[rule[:3]]
    assert rule in found[kind, breaks]
    assert rule not in found[kind, keeps]


@pytest.mark.parametrize("kind", RETURNS)
def test_the_valid_row_breaks_nothing(kind: str, found: dict[tuple[str, str], set[str]]) -> None:
    assert found[kind, ""] == set()


def test_no_row_rule_lacks_an_example() -> None:
    assert {rule for rule, _, _ in EXAMPLES} == {c.id for r in RETURNS.values() for c in r.row_checks}


@pytest.mark.parametrize("kind", RETURNS)
def test_identical_rows_count_once_and_differing_rows_are_all_set_aside(kind: str) -> None:
    prefix = RETURNS[kind].prefix
    programme = load_programme()
    other = {
        "actions": "intitule=Autre", "sessions": "places=12", "apprenants": "sexe=M", "suivi": "situation=CDD_6P",
        "depenses": "montant=1", "financements": "montant=1",
    }[kind]  # fmt: skip
    another = {
        "actions": "numero_action=A2", "sessions": "numero_session=S2", "apprenants": "id_apprenant=L2",
        "suivi": "id_apprenant=L2", "depenses": "piece=F2", "financements": "reference=V2",
    }[kind]  # fmt: skip
    third = another.replace("2", "3")

    (same,) = judge_files([("x.csv", csv_of(kind, "", "", another))], RECEIVED_ON, programme, load_places())
    assert (same.decision, same.accepted, len(same.rows)) == ("accepted", 3, 2)
    assert [(f.line, f.rule) for f in same.findings] == [(2, f"{prefix}-21"), (3, f"{prefix}-21")]

    (differing,) = judge_files([("x.csv", csv_of(kind, "", other, another, third))], RECEIVED_ON, programme, load_places())
    assert (differing.decision, differing.accepted, differing.quarantined) == ("partial", 2, 2)
    assert [(f.line, f.rule) for f in differing.findings] == [(2, f"{prefix}-22"), (3, f"{prefix}-22")]
    assert (len(differing.quarantined_rows), differing.quarantined_rows["row_key"].null_count) == (2, 0)
    assert {f.column for f in (*same.findings, *differing.findings)} == {RETURNS[kind].key[-1]}
