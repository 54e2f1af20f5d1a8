"""The grants in the national format."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.transforms.publication.releases import AS_OF, PUBLISHER, make
from tests.worlds import World, built
from transforms.publication.files import csv_file
from transforms.publication.grants import read_grants

COLUMNS = (
    "nomAttribuant,idAttribuant,dateConvention,referenceDecision,nomBeneficiaire,idBeneficiaire,rnaBeneficiaire,objet,montant,nature,"
    "conditionsVersement,datesPeriodeVersement,idRAE,notificationUE,pourcentageSubvention,dispositifAide"
)


def test_the_file() -> None:
    lines = make().data["data/subventions.csv"].decode().splitlines()
    assert lines[0] == COLUMNS
    assert lines[1] == (
        "Région Hauts-de-France,20005374200017,2018-03-01,V-0,Numérique pour tous,20003456500013,,Développeur web (action A1),20000.00,"
        "aide en numéraire,échelonné,2018-03-01/2018-06-01,,non,1.00,"
    )


@pytest.mark.parametrize(
    ("fundings", "ends_on", "told"),
    [
        ([("VERSE", date(2018, 6, 1))], None, ("", "unique", "2018-06-01")),
        ([("PREVU", date(2019, 6, 1)), ("NOTIFIE", date(2018, 4, 1))], None, ("R1", "échelonné", "2018-04-01/2019-06-01")),
        ([], date(2018, 9, 28), ("", "autre : aucun versement n'est encore décidé", "2018-03-01/2018-09-28")),
        ([], None, ("", "autre : aucun versement n'est encore décidé", "2018-03-01")),
    ],
)
def test_when_it_is_paid(fundings: list[tuple[str, date]], ends_on: date | None, told: tuple[str, str, str]) -> None:
    world = World()
    world.add("actions", title="x" * 300)
    if ends_on:
        world.add("sessions", ends_on=ends_on)
    for number, (status, day) in enumerate(fundings):
        world.add("fundings", reference=f"R{number}", status=status, decided_on=day)
    row = grants_of(world)[0]
    assert (row["referenceDecision"] or "", row["conditionsVersement"], row["datesPeriodeVersement"]) == told
    assert len(row["objet"]) == 256


def test_an_action_without_a_grant_and_fundings_of_others() -> None:
    world = World()
    world.add("actions", grant_eur=Decimal(0))
    world.add("actions", action_id="A2")
    world.add("fundings", action_id="A2", funder_type="ETAT", status="NOTIFIE")
    (row,) = grants_of(world)
    assert (row["montant"], row["referenceDecision"]) == (Decimal(20000), None)


def grants_of(world: World) -> list[dict[str, Any]]:
    with built(world, AS_OF) as con:
        filled = read_grants(con, PUBLISHER)
    csv_file(filled)
    return list(filled.records())
