"""Text records to typed rows, each with what was wrong with its cells; no rule is judged here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from expectations.contract import CellProblemKind
from transforms.parse.suggest_code import Suggestions
from transforms.parse.values import Places, parse_cell
from transforms.read import Reading


@dataclass(frozen=True)
class CellProblem:
    """A cell that could not be read as it stands: field name, kind of problem, what to add to its sentence in French."""

    column: str
    problem: CellProblemKind
    suggestion: str | None


@dataclass(frozen=True)
class TypedRow:
    """A record after parsing: the file's line, the values by field name, and what was wrong with cells.

    `is_erased` where it is about somebody whose data were erased: it is judged, and nothing of it is kept. Nor is of one that
    `resembles` such a person: that is the last file that had come before the erasure.
    """

    line: int
    values: dict[str, Any]
    problems: tuple[CellProblem, ...]
    mis_decoded: bool
    is_erased: bool = False
    resembles: int | None = None


def parse_rows(
    reading: Reading, places: Places, calls: Collection[str], skipped: Collection[int] = (), erased: Collection[int] = ()
) -> list[TypedRow]:
    """The records of a return as typed rows, in the order of the file.

    Args:
        reading: the file as text.
        places: the communes that exist.
        calls: the calls for projects of the programme.
        skipped: first lines of records that are not to be parsed.
        erased: first lines of the records about persons whose data were erased.
    """
    header = reading.matched
    at = {column.name: i for i, column in enumerate(header.columns) if column is not None}
    wanted = [(column, at.get(column.name)) for column in header.contract.columns]
    suggestions = Suggestions()
    rows = []
    for record in reading.records:
        if record.line in skipped:
            continue
        values: dict[str, Any] = {}
        problems = []
        for column, i in wanted:
            cell = parse_cell(column, record.cells[i] if i is not None else "", places, calls, suggestions)
            values[column.name] = cell.value
            if cell.problem and i is not None:
                problems.append(CellProblem(column.name, cell.problem, cell.suggestion))
        rows.append(TypedRow(record.line, values, tuple(problems), record.mis_decoded, record.line in erased))
    return rows
