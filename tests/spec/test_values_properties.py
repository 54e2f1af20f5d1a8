"""What holds of any cell: reading never fails, keeps values whole, and a hint never repeats the cell.

Documented in docs/spec/returns.md, "Reading a value".
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.contract import ValueType
from expectations.contract.codes import fold
from expectations.rule_registry import column_problems
from tests.spec.test_values import COLUMNS, column_of, read
from tests.spec.values_on_paper import TABLES, examples

#: near to values, so that the readers are reached, and anything at all
NEAR = st.text(alphabet=list("0123456789.,-/ €()EeTt:VIbisOuNnRSx?'+_\u00a0\u202f\u200b\u0663\uff13\n\t\0<>="), max_size=24)
ANYTHING = st.one_of(NEAR, st.text(max_size=90), st.sampled_from([e.text for t in TABLES.values() for e in examples(t)]))
SPACES = st.text(alphabet=list(" \u00a0\u202f\u2009\u200b\ufeff\t\n"), max_size=3)


@pytest.mark.parametrize("kind", COLUMNS)
@given(text=ANYTHING)
def test_reading_never_fails(kind: str, text: str) -> None:
    column = column_of(kind)
    parsed = read(column, text)
    if parsed.problem in ("V", "I", "L"):
        assert parsed.value is None
        assert parsed.problem in column_problems(column)
    assert parsed.value is not None or parsed.problem is not None or column.optional


@pytest.mark.parametrize("kind", COLUMNS)
@pytest.mark.parametrize("length", [5_000, 100_000])
@pytest.mark.parametrize("unit", ["1", "1,", "1.", "1 234", "a", "-", "(", "@", "a.", "_", "\u00e9", "1E", "\u0663", "\u0301\u0316", "\u00ad", "'", '""', "99"])
def test_long_cells_are_read_in_no_time(kind: str, length: int, unit: str) -> None:
    read(column_of(kind), unit * (length // len(unit)) + "!")


@pytest.mark.parametrize("kind", COLUMNS)
@given(text=ANYTHING, before=SPACES, after=SPACES)
def test_spaces_around_a_cell_mean_nothing(kind: str, text: str, before: str, after: str) -> None:
    assert read(column_of(kind), before + text + after) == read(column_of(kind), text)


@given(day=st.dates(date(1900, 1, 1), date(2100, 12, 31)), midnight=st.sampled_from(["", " 00:00", " 0:00:00", "T00:00:00"]))
def test_a_date_is_read_as_written(day: date, midnight: str) -> None:
    column = column_of(ValueType.DATE)
    for form in (
        f"{day:%d/%m}/{day.year}", f"{day:%d-%m}-{day.year}", f"{day:%d.%m}.{day.year}", day.isoformat(),
        f"{day.day}/{day.month}/{day.year}",
    ):  # fmt: skip
        assert read(column, form + midnight).value == day


@given(cents=st.integers(-(10**14) + 1, 10**14 - 1))
def test_an_amount_is_read_as_written(cents: int) -> None:
    column = column_of(ValueType.AMOUNT)
    value = Decimal(cents).scaleb(-2)
    english = f"{abs(value):,.2f}"
    french = english.replace(",", " ").replace(".", ",")
    german = english.replace(",", ";").replace(".", ",").replace(";", ".")
    sign = "-" if cents < 0 else ""
    for form in (f"{abs(value):.2f}", english, french, german, french.replace(" ", "\u202f") + "\u00a0€"):
        parsed = read(column, sign + form).value
        assert parsed == value
        assert parsed.as_tuple().exponent == -2
    if cents < 0:
        assert read(column, f"({french})").value == value


@given(number=st.integers(0, 2**31 - 1))
def test_a_whole_number_is_read_as_written(number: int) -> None:
    column = column_of(ValueType.WHOLE_NUMBER)
    assert read(column, str(number)).value == number
    assert read(column, f"{number:,}".replace(",", "\u00a0")).value == number


@given(number=st.integers(0, 10**9 - 1), text=st.sampled_from(["{0}.{1:03}", "{0},{1:03}"]))
def test_a_lone_separator_before_three_digits_is_never_read(number: int, text: str) -> None:
    form = text.format(number // 1000, number % 1000)
    assert read(column_of(ValueType.AMOUNT), form).problem == "I"


@pytest.mark.parametrize("kind", COLUMNS)
@given(text=st.text(alphabet=list("0123456789ABCDEFXYZ-/.,"), min_size=4, max_size=20))
def test_a_hint_never_holds_the_text_of_the_cell(kind: str, text: str) -> None:
    parsed = read(column_of(kind), text)
    values = {fold(code) for code in column_of(kind).codes.codes} if column_of(kind).codes else set()
    if parsed.suggestion and fold(text) not in values:
        assert text.strip("-") not in parsed.suggestion or kind is ValueType.CALL
