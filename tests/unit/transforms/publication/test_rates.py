"""Rates of published counts alone, and of enough people."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from transforms.publication.rates import cost_per_head, minus, plus, published_rate
from transforms.publication.table import HIDDEN


@pytest.mark.parametrize(
    ("numerator", "denominator", "rate"),
    [(15, 20, 0.75), (0, 20, 0.0), (20, 20, 1.0), (15, 19, None), (0, 0, None), (HIDDEN, 40, HIDDEN), (5, HIDDEN, HIDDEN),
     (HIDDEN, HIDDEN, HIDDEN), (HIDDEN, 3, HIDDEN)],
)  # fmt: skip
def test_a_rate(numerator: Any, denominator: Any, rate: Any) -> None:
    assert published_rate(numerator, denominator, 20) == rate


@pytest.mark.parametrize(
    ("amount", "heads", "cost"),
    [(Decimal(1000), 30, Decimal("33.33")), (Decimal(1000), 19, None), (Decimal(0), 30, None), (Decimal(1000), HIDDEN, HIDDEN),
     (Decimal(0), HIDDEN, HIDDEN), (Decimal(1000), None, None)],
)  # fmt: skip
def test_a_cost(amount: Any, heads: Any, cost: Any) -> None:
    assert cost_per_head(amount, heads, 20) == cost


def test_what_is_hidden_hides_sums_and_differences() -> None:
    assert (plus(2, 3), minus(5, 3)) == (5, 2)
    assert {plus(HIDDEN, 3), plus(3, HIDDEN), minus(HIDDEN, 3), minus(3, HIDDEN)} == {HIDDEN}
