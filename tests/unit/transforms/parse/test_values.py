"""What the tables of values do not show: how a nearest code is chosen, and what reading asks of its surroundings."""

from __future__ import annotations

import pytest

from expectations.contract import Column, ValueType
from expectations.contract.codes import code_list
from expectations.contract.returns import RETURNS
from transforms.parse.values import Parsed, parse_cell

SITUATION = RETURNS["suivi"].column("situation")
COMMUNE = RETURNS["sessions"].column("commune_code")
CALL = RETURNS["actions"].column("call_id")


class Island:
    """One commune, one postcode; not hashable, as the real places are not."""

    __hash__ = None  # type: ignore[assignment]

    def is_commune(self, code: str) -> bool:
        return code == "01234"

    def is_postcode(self, code: str) -> bool:
        return code == "01200"


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("CDDI", "CDI"), ("CDD 12 mois", "CDD_6"), ("apprenti(e)", "APPRENTISSAGE"), ("fonctionnair", "FONCTION_PUBLIQUE"),
        ("interim", "INTERIM_6"), ("Stage non rémunéré", "STAGE"), ("Contrat de travail en CDI", "CDI"),
        ("recherche active d'emploi", "RECHERCHE"), ("?!", "INCONNU"), ("xxxxxxxx", None), ("!", None), ("z" * 500, None),
    ],
)  # fmt: skip
def test_nearest_code(text: str, nearest: str | None) -> None:
    parsed = parse_cell(SITUATION, text, Island(), ())
    if nearest is None:
        assert parsed == Parsed(None, "L", None)
    else:
        assert parsed.problem == "L"
        assert parsed.suggestion is not None
        assert parsed.suggestion.startswith(f"la valeur la plus proche est {nearest}")


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("01234", Parsed("01234")),
        ("1234", Parsed("01234", "A")),
        ("1200", Parsed(None, "I", "c'est un code postal : cherchez le code INSEE de la commune")),
        ("01200", Parsed(None, "I", "c'est un code postal : cherchez le code INSEE de la commune")),
        ("01201", Parsed(None, "I", "ce code n'est celui d'aucune commune")),
    ],
)
def test_places_are_asked_for_communes(text: str, parsed: Parsed) -> None:
    assert parse_cell(COMMUNE, text, Island(), ()) == parsed


@pytest.mark.parametrize("calls", [["ERN-2017"], ("ERN-2017",), {"ERN-2017"}, {"ERN-2017": 1}.keys()])
def test_calls_are_any_collection(calls: list[str]) -> None:
    assert parse_cell(CALL, "ern-2017", Island(), calls) == Parsed("ERN-2017")
    assert parse_cell(CALL, "ERN-2019", Island(), calls).problem == "L"


def test_no_calls_no_proposal() -> None:
    assert parse_cell(CALL, "ERN-2017", Island(), ()) == Parsed(None, "L", None)


def test_what_was_read_before_does_not_answer_for_another_column() -> None:
    for text, values in {"1": (True, "OUI", "M", 1), "x": (True, "OUI", "X", None), "0": (False, "NON", None, 0)}.items():
        for _ in range(2):
            kinds = (ValueType.YES_NO, ValueType.YES_NO_UNKNOWN, ValueType.SEX, ValueType.WHOLE_NUMBER)
            found = [parse_cell(Column(1, "c", "c", kind, "", ""), text, Island(), ()).value for kind in kinds]
            assert [(type(v), v) for v in found] == [(type(v), v) for v in values]


def test_an_optional_column_may_be_empty_and_still_refuses() -> None:
    column = Column(1, "c", "c", ValueType.CODE, "", "", optional=True, codes=code_list("completion"))
    assert parse_cell(column, " ", Island(), ()) == Parsed(None)
    assert parse_cell(column, "parti", Island(), ()).problem == "L"
