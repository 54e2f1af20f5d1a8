"""What the tables of values do not show: what reading asks of its surroundings, and that a long cell costs no more than its length."""

from __future__ import annotations

import pytest

from expectations.contract import Column, ValueType
from expectations.contract.codes import code_list
from expectations.contract.returns import RETURNS
from tests.growth import is_linear
from transforms.parse.values import Parsed, parse_cell
from transforms.read.record_limits import LARGEST_CELL

COMMUNE = RETURNS["sessions"].column("commune_code")
CALL = RETURNS["actions"].column("call_id")
LOST_ZERO = "un zéro manquait au début et a été rétabli : mettez la colonne au format texte"
ALSO_POSTCODE = "c'est aussi le code postal d'une commune plus peuplée : si c'est elle, écrivez son code INSEE"


class Island:
    """Two communes, one of which has a postcode as its code, and a postcode; not hashable, as the real places are not."""

    __hash__ = None  # type: ignore[assignment]

    def is_commune(self, code: str) -> bool:
        return code in ("01234", "01300")

    def is_postcode(self, code: str) -> bool:
        return code == "01200"

    def is_postcode_of_larger(self, code: str) -> bool:
        return code == "01300"


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("01234", Parsed("01234")),
        ("1234", Parsed("01234", "A", LOST_ZERO)),
        ("01300", Parsed("01300", "A", ALSO_POSTCODE)),
        ("1300", Parsed("01300", "A", f"{LOST_ZERO} ; {ALSO_POSTCODE}")),
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


@pytest.mark.parametrize("unit", ["e\u0301\u0316", "\u0301\u0316", "\u1100\u1161\u11a8", "\u00ad\u2010", '=""', "'"])
@pytest.mark.parametrize("column", [RETURNS["actions"].column("title"), RETURNS["sessions"].column("session_id")], ids=lambda c: c.name)
def test_a_text_costs_its_length(column: Column, unit: str) -> None:
    """Python puts marks that follow each other in order by moving each past all others."""

    def text(length: int) -> str:
        return "a" + unit * (length // len(unit))

    assert is_linear(lambda cell: parse_cell(column, cell, Island(), ()), text, longest=LARGEST_CELL)
