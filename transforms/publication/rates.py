"""Rates of a release: only of counts that are published beside them, and of denominators that are large enough."""

from __future__ import annotations

from typing import Any

from transforms.publication.table import HIDDEN, Secret


def published_rate(numerator: int | Secret, denominator: int | Secret, least: int) -> float | Secret | None:
    """The rate of two published counts.

    HIDDEN where one of them is hidden, so that no rate tells of it; None where the denominator is under `least` people.
    """
    if isinstance(numerator, Secret) or isinstance(denominator, Secret):
        return HIDDEN
    return numerator / denominator if denominator >= max(least, 1) else None


def cost_per_head(amount: Any, heads: int | Secret | None, least: int) -> Any:
    """EUR for a head, of an amount in EUR and a published count: in cents.

    HIDDEN where the count is; None where there is no such count, it is under `least`, or nothing was spent.
    """
    if isinstance(heads, Secret):
        return HIDDEN
    return round(amount / heads, 2) if heads is not None and amount and heads >= max(least, 1) else None


def minus(left: int | Secret, right: int | Secret) -> int | Secret:
    """The difference of two published counts; HIDDEN where one is."""
    return HIDDEN if isinstance(left, Secret) or isinstance(right, Secret) else left - right


def plus(left: int | Secret, right: int | Secret) -> int | Secret:
    """The sum of two published counts; HIDDEN where one is."""
    return HIDDEN if isinstance(left, Secret) or isinstance(right, Secret) else left + right
