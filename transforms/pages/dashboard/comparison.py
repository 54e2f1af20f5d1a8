"""Providers side by side: their figures in one row each, the orders in which they are read, and who stands out of chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import sqrt

from transforms.pages.dashboard.answers import standing
from transforms.pages.dashboard.read import Board, Provider, Row
from transforms.pages.dashboard.small_counts import suppressed_columns
from transforms.pages.dashboard.tables import EXITS, MONEY, SCORES, cells, heads, money_cells

#: so many standard errors from the programme's rate hold 95 % and 99.8 % of the providers, if chance alone made them differ
USUAL, RARE = 1.96, 3.09
#: in the orders after the first one, only the providers that an order brings to the top
SHOWN = 20
_EXITS = tuple(
    replace(column, kind="whole percent") for column in EXITS
    if column.name not in ("leavers", "expected", "positive", "mature", "known")
)  # fmt: skip
_MONEY = tuple(column for column in MONEY if column.name in ("settlement_due", "cost_per_positive_exit", "state"))
_SCORES = tuple(column for column in SCORES if column.name in ("open_errors", "overdue"))


@dataclass(frozen=True)
class Order:
    """A table of providers: its id, the words by which it is sorted, the column that decides, and the providers in that order."""

    id: str
    words: str
    column: str
    providers: Sequence[Provider]


def orders(board: Board, headline: Row) -> list[Order]:
    """The orders in which providers are compared. Only the first one has all of them."""
    def at(provider: Provider) -> Row:
        return provider.unit.at(headline.horizon)

    def shown(provider: Provider, name: str) -> float | None:
        row = at(provider)
        return None if row is None or name in suppressed_columns(row) else getattr(row, name)

    def by(value: Callable[[Provider], float | None], sign: int) -> list[Provider]:
        found = [(value(provider), provider) for provider in board.providers]
        return [
            provider for _, provider in
            sorted(found, key=lambda pair: (pair[0] is None, sign * float(pair[0] or 0), pair[1].siret))
        ]  # fmt: skip

    def due(provider: Provider) -> float | None:
        return provider.money.settlement_due if provider.money else None

    def open_ones(provider: Provider) -> float:
        return len(provider.overdue) + len(provider.refused) + (provider.score.open_errors if provider.score else 0)

    return [
        Order(
            "par-taux", "sorties positives, au moins, du plus haut au plus bas", "floor_rate",
            by(lambda p: shown(p, "floor_rate"), -1),
        ),
        Order("par-couverture", "couverture, la plus basse d'abord", "coverage", by(lambda p: shown(p, "coverage"), 1)[:SHOWN]),
        Order(
            "par-reponses", "taux de réponse, le plus bas d'abord", "response_rate",
            by(lambda p: shown(p, "response_rate"), 1)[:SHOWN],
        ),
        Order("par-argent", "solde, le plus à récupérer d'abord", "settlement_due", by(due, 1)[:SHOWN]),
        Order(
            "par-retards", "retards et erreurs, le plus d'abord", "overdue",
            [p for p in by(open_ones, -1) if standing(p)][:SHOWN],
        ),
    ]  # fmt: skip


def comparison_heads(horizon: str) -> str:
    """The titles of a table of providers, as HTML."""
    exits = [replace(column, key=f"provider|*|all|{horizon}") for column in _EXITS]
    return (
        heads(exits, table="indicators.positive_exit") + heads(_MONEY, table="indicators.spend_by_provider")
        + heads(_SCORES, table="quality.provider_scores")
    )  # fmt: skip


def place(column: str) -> int:
    """The place of a column in a table of providers, the first one being their names."""
    return 2 + [found.name for found in (*_EXITS, *_MONEY, *_SCORES)].index(column)


def comparison_cells(provider: Provider, horizon: str) -> str:
    """A provider's cells, as HTML; empty where it has no exits, no action or no file."""
    exits = provider.unit.at(horizon)
    return (
        (cells(exits, _EXITS) if exits else "<td>" * len(_EXITS))
        + (money_cells(provider.money, _MONEY, provider.unit.at("M6")) if provider.money else "<td>" * len(_MONEY))
        + (cells(provider.score, _SCORES) if provider.score else "<td>" * len(_SCORES))
    )


def in_funnel(board: Board, horizon: str) -> list[tuple[Provider, Row]]:
    """The providers whose rate among those who answered is shown."""
    pairs = [(provider, provider.unit.at(horizon)) for provider in board.providers]
    return [(provider, row) for provider, row in pairs if row and row.known and "rate_known" not in suppressed_columns(row)]


def limit(rate: float, known: int, errors: float) -> float:
    """How far from the programme's rate chance takes the rate of so many answers, in so many standard errors."""
    return errors * sqrt(rate * (1 - rate) / known)


def outliers(board: Board, headline: Row) -> tuple[list[Provider], list[Provider]]:
    """The providers that are above, and below, what chance explains in all but two cases out of a thousand."""
    found: tuple[list[Provider], list[Provider]] = ([], [])
    for provider, row in in_funnel(board, headline.horizon):
        distance = row.rate_known - headline.rate_known
        if abs(distance) > limit(headline.rate_known, row.known, RARE):
            found[distance < 0].append(provider)
    return found
