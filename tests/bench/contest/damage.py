"""What goes wrong with a record of the bench, and what only looks odd: one cell or separator each, in a line of its own."""

from __future__ import annotations

import numpy as np

from expectations.contract.returns import RETURNS

#: of each kind the headers of a date and of a code that every contender casts
_DATES = {"apprenants": "entree_le", "suivi": "observe_le", "depenses": "date", "financements": "date",
          "actions": "convention_le", "sessions": "debut"}  # fmt: skip
_CODES = {"apprenants": "sexe", "suivi": "situation", "depenses": "poste", "financements": "etat", "actions": "gratuite",
          "sessions": "fin"}  # fmt: skip
_UNREADABLE_DATES = ("31/02/2024", "12/31/2024", "45321", "2024", "hier", "")
_CONTROLS = "\x00\x01\x07\x1b"
_TOO_LATE = "01/06/2031"
SORTS = ("too wide", "too narrow", "stray quote", "open quote", "control character", "date", "code", "future")


def damaged(kind: str, cells: list[str], rng: np.random.Generator) -> str:
    """The record, damaged in one of the ways of SORTS so that it must be quarantined, without a line end."""
    headers = [column.header for column in RETURNS[kind].columns]
    day, code = headers.index(_DATES[kind]), headers.index(_CODES[kind])
    match SORTS[rng.integers(len(SORTS))]:
        case "too wide":
            cells.insert(2, "")
            cells[-1] = cells[-1] or "x"  # a surplus of empty cells at the end would be no damage
        case "too narrow":
            del cells[code]
        case "stray quote":
            cells[code] = f'"{cells[code]}"x'
        case "open quote":
            cells[code] = f'"{cells[code]}'
        case "control character":
            cells[code] += _CONTROLS[rng.integers(len(_CONTROLS))]
        case "date":
            cells[day] = _UNREADABLE_DATES[rng.integers(len(_UNREADABLE_DATES))]
        case "code":
            cells[code] = f"{cells[code]} sauf erreur"
        case "future":
            cells[day] = _TOO_LATE
    return ";".join(cells)


def quoted(kind: str, cells: list[str], rng: np.random.Generator) -> str:
    """The record with one cell between quotes, which is no damage."""
    place = [column.header for column in RETURNS[kind].columns].index(_CODES[kind])
    cells[place] = f'"{cells[place]}"'
    return ";".join(cells)
