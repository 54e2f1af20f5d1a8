"""What a typed cell says in a column of each type: its text, and what the reader of values makes of that."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.contract import CellProblemKind, Column
from expectations.contract.returns import RETURNS
from transforms.parse.values import parse_cell
from transforms.workbooks.cell_texts import Cell, cell_text
from warehouse.reference.places import load_places

UNREAD, UNLISTED, REPAIRED = CellProblemKind.UNREADABLE, CellProblemKind.UNLISTED, CellProblemKind.REPAIRED
#: a column, what stands in it, the value that is read, or what keeps it from being one and what is said of it
CELLS: list[tuple[str, Cell, Any, str]] = [
    ("depenses.montant", 1234.5, Decimal("1234.50"), ""),
    ("depenses.montant", 12, Decimal("12.00"), ""),
    ("depenses.montant", -12.5, Decimal("-12.50"), ""),
    ("depenses.montant", 0.1 + 0.2, Decimal("0.30"), ""),
    ("depenses.montant", 19.99 * 3, Decimal("59.97"), ""),
    ("depenses.montant", 100.0000009, Decimal("100.00"), ""),
    ("depenses.montant", 100.000002, UNREAD, "plus de deux décimales"),
    ("depenses.montant", 1.234, UNREAD, "plus de deux décimales"),
    ("depenses.montant", 0.125, UNREAD, "plus de deux décimales"),
    ("depenses.montant", -1.005, UNREAD, "plus de deux décimales"),
    ("depenses.montant", 1e13, UNREAD, "invraisemblable"),
    ("depenses.montant", 1e300, UNREAD, "invraisemblable"),
    ("depenses.montant", float("inf"), UNREAD, "formule"),
    ("depenses.montant", float("nan"), UNREAD, "formule"),
    ("depenses.montant", date(2026, 3, 31), UNREAD, ""),
    ("depenses.montant", True, UNREAD, ""),
    ("depenses.montant", "1.234", UNREAD, "milliers"),
    ("sessions.places", 12.0, 12, ""),
    ("sessions.places", 12.5, UNREAD, "sans point ni virgule"),
    ("sessions.places", 3e9, UNREAD, "invraisemblable"),
    ("sessions.places", 1e17, UNREAD, "abîmé par un tableur"),
    ("sessions.debut", date(2026, 3, 31), date(2026, 3, 31), ""),
    ("sessions.debut", datetime(2026, 3, 31), date(2026, 3, 31), ""),
    ("sessions.debut", datetime(2026, 3, 31, 9, 30), UNREAD, "sans heure"),
    ("sessions.debut", datetime(2026, 3, 31, 23), UNREAD, "22 h ou 23 h"),
    ("sessions.debut", datetime(2026, 3, 31, 0, 0, 0, 500), date(2026, 3, 31), ""),
    ("sessions.debut", date(1850, 1, 1), UNREAD, "invraisemblable"),
    ("sessions.debut", date(9999, 12, 31), UNREAD, "invraisemblable"),
    ("sessions.debut", 46112.0, UNREAD, "numéro de série"),
    ("sessions.debut", 46112.5, UNREAD, "numéro de série"),
    ("sessions.debut", time(0), UNREAD, ""),
    ("sessions.debut", "31/03/2026", date(2026, 3, 31), ""),
    ("sessions.numero_session", 42.0, "42", ""),
    ("sessions.numero_session", 123456789012345.0, "123456789012345", ""),
    ("sessions.numero_session", 1234567890123456.0, UNREAD, "abîmé par un tableur"),
    ("sessions.numero_session", 1234567890123456, UNREAD, "abîmé par un tableur"),
    ("sessions.numero_session", -1e20, UNREAD, "abîmé par un tableur"),
    ("sessions.numero_session", 12.5, "12,5", ""),
    ("sessions.numero_session", date(2018, 2, 1), UNREAD, "abîmé par un tableur"),
    ("sessions.numero_session", datetime(2018, 8, 1, 12), UNREAD, "abîmé par un tableur"),
    ("sessions.numero_session", time(12, 30), UNREAD, "abîmé par un tableur"),
    ("sessions.numero_session", timedelta(hours=30), UNREAD, "abîmé par un tableur"),
    ("sessions.numero_session", "0042", "0042", ""),
    ("sessions.numero_session", "a\nb", UNREAD, "saut de ligne"),
    ("sessions.siret", 90012000700019.0, "90012000700019", ""),
    ("sessions.siret", 9001200070001.0, UNREAD, "13 chiffres"),
    ("sessions.siret", 9.00120007e15, UNREAD, "abîmé par un tableur"),
    ("sessions.siret", date(2018, 2, 1), UNREAD, ""),
    ("sessions.commune", 59512.0, "59512", ""),
    ("sessions.commune", 1004.0, REPAIRED, "zéro"),
    ("sessions.commune", 59512.5, UNREAD, ""),
    ("apprenants.niveau", 3.0, "3", ""),
    ("apprenants.niveau", 9.0, UNLISTED, ""),
    ("apprenants.sexe", 2.0, "F", ""),
    ("apprenants.qpv", True, "OUI", ""),
    ("apprenants.qpv", False, "NON", ""),
    ("apprenants.qpv", 1.0, "OUI", ""),
    ("apprenants.qpv", 2.0, UNLISTED, ""),
    ("apprenants.qpv", date(2018, 2, 1), UNLISTED, ""),
    ("actions.gratuite", True, True, ""),
    ("actions.gratuite", 0.0, False, ""),
    ("actions.intitule", 2.5, "2,5", ""),
    ("actions.intitule", date(2018, 2, 1), "2018-02-01", ""),
    ("actions.intitule", "Développeur\r\nweb", "Développeur web", ""),
    ("actions.rome", 1805.0, UNREAD, ""),
    # what stands in the place of an error and of a formula that was never computed
    *((column, "#N/A", UNREAD, "corrigez la formule") for column in ("depenses.montant", "sessions.debut", "sessions.numero_session", "actions.intitule", "actions.rome", "sessions.commune")),
    *((column, "#SANS VALEUR!", UNREAD, "pas de valeur enregistrée") for column in ("depenses.montant", "sessions.debut", "sessions.siret", "actions.intitule", "actions.courriel")),
    *((column, "#DIV/0!", UNLISTED, "corrigez la formule") for column in ("apprenants.niveau", "apprenants.qpv", "depenses.poste", "actions.enveloppe", "actions.gratuite", "apprenants.sexe")),
    ("apprenants.identifiant_national", "#REF!", UNREAD, "corrigez la formule"),
    ("actions.intitule", "####", "####", ""),
]  # fmt: skip


def column(name: str) -> Column:
    kind, _, header = name.partition(".")
    return next(column for column in RETURNS[kind].columns if column.header == header)


@pytest.mark.parametrize(("name", "cell", "value", "said"), CELLS, ids=lambda one: repr(one)[:40])
def test_what_is_read_of_a_typed_cell(name: str, cell: Cell, value: Any, said: str) -> None:
    parsed = parse_cell(column(name), cell_text(cell, column(name)), load_places(), {"ERN-2017"})
    assert (parsed.problem if isinstance(value, CellProblemKind) else parsed.value) == value
    assert said in (parsed.suggestion or "")
    assert isinstance(value, CellProblemKind) or parsed.problem is None


@given(st.decimals(-(10**9), 10**9, places=2), st.integers(-4, 4))
def test_an_amount_computed_with_errors_of_rounding_is_its_cent(amount: Decimal, ulps: int) -> None:
    computed = float(amount)
    computed += ulps * abs(computed) * 2**-52
    assert parse_cell(column("depenses.montant"), cell_text(computed, column("depenses.montant")), load_places(), ()).value == amount


@given(st.floats())
def test_no_number_is_read_as_another_amount(number: float) -> None:
    read = parse_cell(column("depenses.montant"), cell_text(number, column("depenses.montant")), load_places(), ())
    assert read.problem is UNREAD or abs(Decimal(repr(number)) - read.value) <= Decimal("0.000001")


@given(st.one_of(st.integers(), st.floats()))
def test_no_number_is_read_as_another_reference(number: float) -> None:
    read = parse_cell(column("sessions.numero_session"), cell_text(number, column("sessions.numero_session")), load_places(), ())
    assert read.problem is UNREAD or abs(float(read.value.replace(",", ".")) - number) <= abs(number) * 1e-14


@given(st.dates())
def test_a_day_is_itself_or_no_day(day: date) -> None:
    read = parse_cell(column("sessions.debut"), cell_text(day, column("sessions.debut")), load_places(), ())
    assert read.value == day if 1900 <= day.year <= 2100 else read.problem is UNREAD
