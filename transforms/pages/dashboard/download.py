"""The page's figures as CSV files beside it, for a spreadsheet: the same columns, and nothing that the page does not show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any

from transforms.pages.csv_out import csv_bytes
from transforms.pages.dashboard.read import Board, Row, Unit
from transforms.pages.dashboard.small_counts import SUPPRESSED, instead_of, suppressed_columns
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
        MIXITE: csv_bytes(_mixes(units)),
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
    written = _writer(EXITS)
    for unit, name in units:
        for row in unit.whole:
            if row.mature or row.expected:
                values = written(row)
                if left_out := suppressed_columns(row):
                    values = [
                        instead_of(row, column.name) if column.name in left_out else value
                        for column, value in zip(EXITS, values, strict=True)
                    ]
                yield (_LEVELS[unit.level], unit.level_id, name, labels.get(row.horizon, row.horizon), *values)


def _mixes(units: Iterable[tuple[Unit, str]]) -> Iterator[Sequence[Any]]:
    yield (*_UNIT, *(column.title for column in MIX))
    written = _writer(MIX)
    for unit, name in units:
        if unit.entrants is not None and unit.entrants.entrants:
            yield (_LEVELS[unit.level], unit.level_id, name, *written(unit.entrants))


def _money(board: Board) -> Iterator[Sequence[Any]]:
    yield ("SIRET", "Organisme", "Action", *(column.title for column in MONEY))
    written = _writer(MONEY)
    cost = next(number for number, column in enumerate(MONEY) if column.name == "cost_per_positive_exit")
    for provider in board.providers:
        for action in provider.actions:
            values = written(action.money)
            if values[cost] != "" and "positive" in suppressed_columns(action.unit.at("M6")):
                values[cost] = SUPPRESSED
            yield (provider.siret, provider.name or "", action.money.action_id, *values)


def _writer(columns: Sequence[Column]) -> Callable[[Row], list[Any]]:
    """What gives the cells of a row: they are looked up once a file, not once a cell."""
    values = attrgetter(*(column.name for column in columns))
    writers = [_WRITE.get(column.kind, lambda value: value) for column in columns]
    return lambda row: [
        "" if value is None else write(value) for write, value in zip(writers, values(row), strict=True)
    ]  # fmt: skip


#: Whole euros, as on the page: a number, for a text that begins with a minus would be taken for a formula.
_WRITE: dict[str, Callable[[Any], Any]] = {
    "percent": percent, "euros": round, "verdict": VERDICTS.__getitem__, "state": STATES.__getitem__,
}  # fmt: skip
