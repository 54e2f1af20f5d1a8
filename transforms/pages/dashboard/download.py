"""The page's figures as CSV files beside it, for a spreadsheet: the same columns, and nothing that the page does not show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from transforms.pages.csv_out import csv_bytes
from transforms.pages.dashboard.read import Board, Row, Unit
from transforms.pages.dashboard.small_counts import SUPPRESSED, instead_of_rate, suppressed_columns
from transforms.pages.dashboard.tables import EXITS, MIX, MONEY, STATES, VERDICTS, Column, percent

SORTIES, MIXITE, ARGENT = "sorties.csv", "mixite.csv", "argent.csv"
_LEVELS = {
    "programme": "programme", "departement": "département", "provider": "organisme", "action": "action", "session": "session",
}  # fmt: skip
_UNIT = ("Niveau", "Code", "Nom")


def downloads(board: Board, labels: dict[str, str]) -> dict[str, bytes]:
    """The files by name. `labels` says what each horizon is called."""
    units = list(_units(board))
    return {
        SORTIES: csv_bytes(_exits(units, labels)),
        MIXITE: csv_bytes([(*_UNIT, *(column.title for column in MIX)), *_mixes(units)]),
        ARGENT: csv_bytes(_money(board)),
    }


def _units(board: Board) -> Iterator[tuple[Unit, str]]:
    yield board.programme, ""
    yield from ((unit, place.name or "") for place, unit in board.places if place.level == "departement")
    for provider in board.providers:
        yield provider.unit, provider.name or ""
        for action in provider.actions:
            yield action.unit, action.money.title
            yield from ((session.unit, session.row.commune or "") for session in action.sessions)


def _exits(units: Iterable[tuple[Unit, str]], labels: dict[str, str]) -> Iterator[Sequence[Any]]:
    yield (*_UNIT, "Échéance", *(column.title for column in EXITS))
    for unit, name in units:
        for row in unit.whole:
            if row.mature:
                left_out = suppressed_columns(row)
                yield (
                    _LEVELS[unit.level], unit.level_id, name, labels.get(row.horizon, row.horizon),
                    *(_hidden(row, column) if column.name in left_out else _value(row, column) for column in EXITS),
                )  # fmt: skip


def _mixes(units: Iterable[tuple[Unit, str]]) -> Iterator[Sequence[Any]]:
    for unit, name in units:
        if unit.entrants is not None and unit.entrants.entrants:
            yield (_LEVELS[unit.level], unit.level_id, name, *(_value(unit.entrants, column) for column in MIX))


def _money(board: Board) -> Iterator[Sequence[Any]]:
    yield ("SIRET", "Organisme", "Action", *(column.title for column in MONEY))
    for provider in board.providers:
        for action in provider.actions:
            row = action.money
            hides_cost = row.cost_per_positive_exit is not None and "positive" in suppressed_columns(action.unit.at("M6"))
            yield (
                provider.siret, provider.name or "", row.action_id,
                *(
                    SUPPRESSED if hides_cost and column.name == "cost_per_positive_exit" else _value(row, column)
                    for column in MONEY
                ),
            )  # fmt: skip


def _hidden(row: Row, column: Column) -> str:
    return instead_of_rate(row) if column.name == "rate" else SUPPRESSED


def _value(row: Row, column: Column) -> Any:
    """Whole euros as on the page: a number, for a text that begins with a minus would be taken for a formula."""
    value = getattr(row, column.name)
    if value is None:
        return ""
    match column.kind:
        case "percent":
            return percent(value)
        case "euros":
            return round(value)
        case "verdict":
            return VERDICTS[value]
        case "state":
            return STATES[value]
        case _:
            return value
