"""What goes wrong in one record of a spreadsheet, sort by sort, and what the night must then do with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from expectations.contract import Column, Return, ValueType
from transforms.synth.style import NBSP, Style, other_forms


@dataclass(frozen=True)
class Spot:
    """A record about to be spoilt: its cells as rendered, its values, and the columns in the order of the file."""

    contract: Return
    columns: list[Column]
    values: Mapping[str, Any]
    cells: list[str]
    style: Style
    rng: Random

    def places(self, *types: ValueType, keys: bool = False, filled: bool = False) -> list[int]:
        """Where columns of these types stand (all types if none is given), outside the key unless asked."""
        return [
            i
            for i, column in enumerate(self.columns)
            if (not types or column.type in types)
            and (keys or column.name not in self.contract.key)
            and (not filled or self.values[column.name] is not None)
        ]

    def put(self, places: list[int], text: str) -> list[str] | None:
        """The cells with one of those places replaced, or None where there is none."""
        if not places:
            return None
        cells = list(self.cells)
        cells[self.rng.choice(places)] = text
        return cells


#: new cells of the record, or None where this sort does not fit it
CellDirt = Callable[[Spot], list[str] | None]


def _spaces(spot: Spot) -> list[str] | None:
    padding = spot.rng.choice((" ", "  ", NBSP))
    return [f"{padding}{cell} " if cell else cell for cell in spot.cells]


def _other_form(spot: Spot, *types: ValueType) -> list[str] | None:
    places = spot.places(*types, keys=True, filled=True)
    spot.rng.shuffle(places)
    for place in places:
        column = spot.columns[place]
        forms = other_forms(column, spot.values[column.name])
        if forms:
            cells = list(spot.cells)
            cells[place] = spot.rng.choice(forms)
            return cells
    return None


def _lost_zero(spot: Spot) -> list[str] | None:
    places = [i for i in spot.places(ValueType.COMMUNE) if spot.cells[i].startswith("0")]
    return spot.put(places, spot.cells[places[0]].lstrip("0")) if places else None


#: the value is still read: the row is accepted
HARMLESS: Mapping[str, CellDirt] = {
    "spaces": _spaces,
    "other_date": lambda spot: _other_form(spot, ValueType.DATE),
    "other_amount": lambda spot: _other_form(spot, ValueType.AMOUNT),
    "other_code": lambda spot: _other_form(spot, ValueType.CODE, ValueType.YES_NO_UNKNOWN),
    "other_siret": lambda spot: _other_form(spot, ValueType.SIRET),
    "empty_word": lambda spot: spot.put(
        [i for i in spot.places() if spot.columns[i].optional and spot.values[spot.columns[i].name] is None],
        spot.rng.choice(("nd", "NC", "N/A", "-")),
    ),
    "lost_zero": _lost_zero,
}


def _required(spot: Spot) -> list[int]:
    return [i for i in spot.places() if not spot.columns[i].optional and not spot.columns[i].empty_means_unknown]


def _swapped_dates(spot: Spot) -> list[str] | None:
    """The last day before the first: days and months of two cells exchanged."""
    first, last = {"sessions": ("starts_on", "ends_on"), "apprenants": ("entered_on", "left_on")}.get(
        spot.contract.kind, ("", "")
    )
    if not first or spot.values[last] is None or spot.values[first] >= spot.values[last]:
        return None
    at = {column.name: i for i, column in enumerate(spot.columns)}
    cells = list(spot.cells)
    cells[at[first]], cells[at[last]] = cells[at[last]], cells[at[first]]
    return cells


def _excel_siret(spot: Spot) -> list[str] | None:
    at = spot.places(ValueType.SIRET, keys=True)
    return spot.put(at, f"{spot.values['provider_siret'][0]},{spot.values['provider_siret'][1:6]}E+13")


#: the value cannot be read, or breaks a rule: the row is quarantined
REFUSED: Mapping[str, CellDirt] = {
    "empty_cell": lambda spot: spot.put(_required(spot), ""),
    "impossible_date": lambda spot: spot.put(
        spot.places(ValueType.DATE), spot.rng.choice(("30/02/2025", "31/11/2025"))
    ),
    "two_digit_year": lambda spot: spot.put(spot.places(ValueType.DATE), spot.rng.choice(("05/03/26", "14/07/94"))),
    "excel_date": lambda spot: spot.put(spot.places(ValueType.DATE), str(spot.rng.randint(44000, 46000))),
    "unknown_code": lambda spot: spot.put(
        spot.places(ValueType.CODE), spot.rng.choice(("à compléter", "voir dossier", "ZZZ"))
    ),
    "bad_amount": lambda spot: spot.put(
        spot.places(ValueType.AMOUNT), spot.rng.choice(("12O0,00", "1.234", "1e5", "10,255"))
    ),
    "bad_number": lambda spot: spot.put(
        spot.places(ValueType.WHOLE_NUMBER), spot.rng.choice(("12,5", "une dizaine", "12.0"))
    ),
    "bad_flag": lambda spot: spot.put(
        spot.places(ValueType.YES_NO_UNKNOWN), spot.rng.choice(("peut-être", "2", "en cours"))
    ),
    "bad_level": lambda spot: spot.put(spot.places(ValueType.DIPLOMA), spot.rng.choice(("1", "2", "9"))),
    "bad_sex": lambda spot: spot.put(spot.places(ValueType.SEX), "3"),
    "postcode": lambda spot: spot.put(
        spot.places(ValueType.COMMUNE), spot.rng.choice(("59000", "62000", "80000", "60000", "02000"))
    ),
    "excel_siret": _excel_siret,
    "swapped_dates": _swapped_dates,
}


def differing_copy(spot: Spot) -> dict[str, Any] | None:
    """The values of the same record with one of them changed, or None where nothing can be."""
    for place in reversed(spot.places(filled=True)):
        name = spot.columns[place].name
        value = spot.values[name]
        changed: Any = None
        if isinstance(value, bool):
            changed = not value
        elif isinstance(value, int | Decimal):
            changed = value + 1
        elif isinstance(value, date):
            changed = value - timedelta(days=1)
        if changed is not None:
            return {**spot.values, name: changed}
    return None


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _wrong_width(spot: Spot, texts: list[str]) -> str:
    glue = spot.style.delimiter
    if spot.rng.random() < 0.5:
        return glue.join(texts[: -1 - spot.style.trailing])
    at = spot.rng.randrange(len(texts) + 1)
    return glue.join([*texts[:at], "suite", *texts[at:]])


def _damage_cell(spot: Spot, texts: list[str], damage: Callable[[str], str]) -> str:
    texts = list(texts)
    at = spot.rng.randrange(len(texts))
    texts[at] = damage(spot.cells[at] if at < len(spot.cells) else "")
    return spot.style.delimiter.join(texts)


#: the record itself is broken: quarantined with its line, its neighbours unharmed
BROKEN: Mapping[str, Callable[[Spot, list[str]], str]] = {
    "wrong_width": _wrong_width,
    "extra_empty_cells": lambda spot, texts: spot.style.delimiter.join([*texts, "", ""]),
    "text_after_quote": lambda spot, texts: _damage_cell(spot, texts, lambda cell: _quoted(cell or "vu") + "x"),
    "open_quote": lambda spot, texts: _damage_cell(spot, texts, lambda cell: '"' + (cell or "vu")),
    "nul": lambda spot, texts: _damage_cell(spot, texts, lambda cell: cell + "\x00"),
    "control_character": lambda spot, texts: _damage_cell(spot, texts, lambda cell: "\x07" + cell),
}
