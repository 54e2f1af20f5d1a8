"""Every type of value by example: the forms that are read, with the value, and the forms that are refused, with why.

Documented in docs/spec/returns.md, "Reading a value".
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from expectations.contract import Column, ValueType
from expectations.contract.returns import RETURNS
from expectations.rule_registry import column_problems
from tests.spec.values_on_paper import CODE_TABLES, TABLES, Example, examples, text_of
from transforms.parse.values import Parsed, parse_cell
from warehouse.reference.places import load_places

CALLS = ("ERN-2017", "ERN-2018")
#: the column that stands for its type
COLUMNS: dict[str, tuple[str, str]] = {
    ValueType.DATE: ("sessions", "starts_on"),
    ValueType.AMOUNT: ("depenses", "amount_eur"),
    ValueType.WHOLE_NUMBER: ("sessions", "seats"),
    ValueType.YES_NO: ("actions", "free_of_charge"),
    ValueType.YES_NO_UNKNOWN: ("apprenants", "is_qpv_resident"),
    ValueType.SIRET: ("sessions", "provider_siret"),
    ValueType.COMMUNE: ("sessions", "commune_code"),
    ValueType.DIPLOMA: ("apprenants", "diploma_level"),
    ValueType.SEX: ("apprenants", "sex"),
    ValueType.ID: ("sessions", "session_id"),
    ValueType.TEXT: ("actions", "title"),
    ValueType.EMAIL: ("actions", "contact_email"),
    ValueType.CODE: ("suivi", "situation"),
    ValueType.CERTIFICATION_CODE: ("actions", "certification_code"),
    ValueType.ROME: ("actions", "rome_code"),
    ValueType.CALL: ("actions", "call_id"),
    "commune_of_residence": ("apprenants", "commune_code"),
    "learner_ref": ("suivi", "learner_ref"),
}
EVERY_COLUMN = [(contract.kind, column) for contract in RETURNS.values() for column in contract.columns]


def column_of(kind: str) -> Column:
    name, field = COLUMNS[kind]
    return RETURNS[name].column(field)


def column_of_list(name: str) -> Column:
    return next(column for _, column in EVERY_COLUMN if column.codes is not None and column.codes.name == name)


def read(column: Column, text: str) -> Parsed:
    return parse_cell(column, text, load_places(), CALLS)


def shown(value: Any) -> str:
    """A value as the tables write it."""
    if isinstance(value, bool):
        return "OUI" if value else "NON"
    return value.isoformat() if isinstance(value, date) else str(value)


def check(column: Column, example: Example) -> None:
    parsed = read(column, example.text)
    if example.value is None:
        assert parsed.value is None
    else:
        assert parsed.value is not None, (parsed.problem, parsed.suggestion)
        assert shown(parsed.value) == example.value
    assert parsed.problem == example.problem
    assert parsed.suggestion is None if example.hint == "-" else example.hint in (parsed.suggestion or "")
    assert parsed.problem is None or parsed.problem in column_problems(column), "each problem has a rule"


def cases(tables: dict[Any, str]) -> list[Any]:
    return [pytest.param(key, e, id=f"{key}: {e.line}") for key, table in tables.items() for e in examples(table)]


@pytest.mark.parametrize(("kind", "example"), cases(TABLES))
def test_value(kind: str, example: Example) -> None:
    check(column_of(kind), example)


@pytest.mark.parametrize(("name", "example"), cases(CODE_TABLES))
def test_code(name: str, example: Example) -> None:
    check(column_of_list(name), example)


def test_no_type_of_value_lacks_a_table() -> None:
    assert set(TABLES) == set(COLUMNS) > set(ValueType)
    for kind, table in TABLES.items():
        found = list(examples(table))
        assert any(e.value is not None for e in found), f"{kind}: nothing that is read"
        assert any(e.problem in ("V", "I", "L") for e in found), f"{kind}: nothing that is refused"


def test_no_code_lacks_an_example() -> None:
    lists = {column.codes.name: column.codes for _, column in EVERY_COLUMN if column.type is ValueType.CODE and column.codes}
    assert set(CODE_TABLES) == set(lists)
    for name, codes in lists.items():
        found = list(examples(CODE_TABLES[name]))
        assert {e.value for e in found if e.value} == set(codes.codes), name
        assert any(e.problem == "L" for e in found), f"{name}: nothing that is refused"


EMPTY_FORMS = ["", " ", "<nbsp>", "<nnbsp><tab>", "<zwsp>", "<bom>", "<lf>", "nd", "ND", "NC", "nc", "N/A", "n/a", "-", " - ", "<nbsp>nd ",
               "NULL", "null", "s.o.", "S.O.", "néant", "NÉANT", "Neant", "<shy>", '=""', "'", "'nd", '="N/A"']


@pytest.mark.parametrize("form", EMPTY_FORMS)
@pytest.mark.parametrize(("kind", "column"), EVERY_COLUMN, ids=[f"{kind}.{column.name}" for kind, column in EVERY_COLUMN])
def test_empty_cell(kind: str, column: Column, form: str) -> None:
    expected = Parsed("NSP") if column.empty_means_unknown else Parsed(None, None if column.optional else "V")
    assert read(column, text_of(form)) == expected


@pytest.mark.parametrize(("kind", "column"), EVERY_COLUMN, ids=[f"{kind}.{column.name}" for kind, column in EVERY_COLUMN])
def test_the_example_that_the_template_shows_is_read(kind: str, column: Column) -> None:
    assert read(column, column.example).problem is None
    assert read(column, f"<nbsp>{column.example}<zwsp><lf>".replace("<nbsp>", "\u00a0").replace("<zwsp>", "\u200b").replace("<lf>", "\n")) == read(column, column.example)
