"""The columns of a batch: what Great Expectations sees of rows, each column as its values and which one a row holds.

Of a column of the contract: under its own name the typed value, missing where the cell is empty or could not be read, and with
one of SUFFIXES at its end what those say, missing elsewhere. Then the derived columns, and FILE.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from expectations.contract import CellProblemKind, Column, GrantCaps, Return, ValueType
from expectations.contract.codes import code_list
from expectations.contract.date_arithmetic import add_months
from expectations.contract.derived import FARTHEST_YEARS, LONGEST_SESSION_MONTHS
from transforms.parse.columns import PROBLEMS, TypedColumn, TypedRows

#: the column that tells which file a row is from; two files may well hold the same key
FILE = "file"
#: what a column of a batch with such an ending holds of a column of the contract, in French
SUFFIXES = {
    "_as_given": "la cellule telle qu'elle est donnée : le code ou le SIRET reconnu, sinon le texte ; rien si elle est vide",
    "_unread": "le texte de la cellule si elle n'est pas lisible",
    "_repaired": "le texte de la cellule si elle a été lue après une réparation",
}
#: the suite parameter with the calls for projects of the programme
CALLS = "calls"
_LISTS = {ValueType.YES_NO: "yes_no", ValueType.YES_NO_UNKNOWN: "yes_no_unknown", ValueType.SEX: "sex"}
_UNREADABLE, _UNLISTED = PROBLEMS.index(CellProblemKind.UNREADABLE), PROBLEMS.index(CellProblemKind.UNLISTED)
_REPAIRED = PROBLEMS.index(CellProblemKind.REPAIRED)
_LARGEST = 2**62


def as_given(name: str) -> str:
    """The column with the code or SIRET recognised in cells of column `name`, else their text."""
    return f"{name}_as_given"


def unread(name: str) -> str:
    """The column with the texts of column `name` that could not be read."""
    return f"{name}_unread"


def repaired(name: str) -> str:
    """The column with the texts of column `name` that were read after a repair."""
    return f"{name}_repaired"


def codes_of(column: Column) -> tuple[str, ...]:
    """The codes that a column of a closed list may hold."""
    return (column.codes or code_list(_LISTS[column.type])).codes


@dataclass(frozen=True)
class BatchColumn:
    """Values (some perhaps twice), and for each row the place of its own among them."""

    values: pa.Array
    codes: NDArray[np.int32]

    def at(self, rows: NDArray[np.int64]) -> pa.Array:
        """The values of these rows."""
        return self.values.take(pa.array(self.codes[rows]))


class BatchColumns(Mapping[str, BatchColumn]):
    """The columns of a batch by name, each made when it is asked for."""

    def __init__(
        self, contract: Return, rows: TypedRows, files: NDArray[np.int32], days_and_rules: Sequence[tuple[date, GrantCaps]]
    ) -> None:
        self._rows, self._files, self._days_and_rules = rows, files, days_and_rules
        self._makers: dict[str, Callable[[], BatchColumn]] = {
            FILE: lambda: BatchColumn(pa.array(np.arange(len(days_and_rules))), files),
            "received_on": self._received_on,
            "age_at_entry": self._age_at_entry,
            "farthest_day": self._farthest_day,
            "latest_end_on": self._latest_end_on,
            "grant_cap_eur": self._grant_cap_eur,
        }
        for column in contract.columns:
            cells = rows.columns[column.name]
            self._makers |= {
                column.name: partial(_values, cells),
                as_given(column.name): partial(_as_given, column, cells),
                unread(column.name): partial(_where, _UNREADABLE, cells),
                repaired(column.name): partial(_where, _REPAIRED, cells),
            }
        self._made: dict[str, BatchColumn] = {}

    def __getitem__(self, name: str) -> BatchColumn:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def combinations(self, names: Iterable[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """For each row the number of its combination of values of these columns, and for each combination a row that has it."""
        numbers, count = np.zeros(len(self._files), np.int64), 1
        for column in map(self.__getitem__, names):
            if count * len(column.values) > _LARGEST:
                numbers, count = pd.factorize(numbers)[0], len(numbers)
            numbers, count = numbers * len(column.values) + column.codes, count * len(column.values)
        numbers, distinct = pd.factorize(numbers)
        rows = np.empty(len(distinct), np.int64)
        rows[numbers[::-1]] = np.arange(len(numbers) - 1, -1, -1)
        return numbers, rows

    def _received_on(self) -> BatchColumn:
        days = pa.array([day for day, _ in self._days_and_rules], pa.date32()).dictionary_encode()
        return BatchColumn(days.dictionary, days.indices.to_numpy()[self._files])

    def _farthest_day(self) -> BatchColumn:
        received = self["received_on"]
        days = [add_months(day, 12 * FARTHEST_YEARS) for day in received.values.to_pylist()]
        return BatchColumn(pa.array(days, pa.date32()), received.codes)

    def _age_at_entry(self) -> BatchColumn:
        born, entered = self._rows.columns["born_on"], self._rows.columns["entered_on"]
        # A day as year * 10 000 + month * 100 + day: the difference of two, cut to whole ten thousands, is the completed years.
        ages = (_calendar_numbers(entered)[entered.codes] - _calendar_numbers(born)[born.codes]) // 10_000
        missing = ~(_is_read(born)[born.codes] & _is_read(entered)[entered.codes])
        return _coded(pa.array(ages, pa.int32(), mask=missing))

    def _latest_end_on(self) -> BatchColumn:
        starts = self._rows.columns["starts_on"]
        days = [day and add_months(day, LONGEST_SESSION_MONTHS) for day in starts.cells.values.to_pylist()]
        return BatchColumn(pa.array(days, pa.date32()), starts.codes)

    def _grant_cap_eur(self) -> BatchColumn:
        names = ("call_id", "total_cost_eur", "agreed_on")
        numbers, rows = self.combinations([FILE, *names])
        caps = []
        terms = zip(self._files[rows].tolist(), *(self[name].at(rows).to_pylist() for name in names), strict=True)
        for file, call_id, cost, day in terms:
            is_capped = call_id is not None and day is not None and cost is not None and cost > 0
            caps.append(self._days_and_rules[file][1].grant_cap(call_id, cost, day) if is_capped else None)
        return BatchColumn(pa.array(caps, pa.decimal128(14, 2)), numbers.astype(np.int32))


def _values(column: TypedColumn) -> BatchColumn:
    """The typed values, each once: cells of different text may well hold the same."""
    distinct = _coded(column.cells.values)
    return BatchColumn(distinct.values, distinct.codes[column.codes])


def _as_given(column: Column, typed: TypedColumn) -> BatchColumn:
    cells = typed.cells
    is_given = np.isin(cells.problems, (_UNREADABLE, _UNLISTED)) | _is_read(typed)
    given = pc.if_else(pa.array(is_given), cells.texts, None)
    if column.type is ValueType.YES_NO:
        given = pc.coalesce(pc.if_else(cells.values, "OUI", "NON"), given)
    elif column.type in _LISTS or column.codes is not None or column.type in (ValueType.CALL, ValueType.SIRET):
        given = pc.coalesce(cells.values, given)
    return BatchColumn(given, typed.codes)


def _where(problem: int, typed: TypedColumn) -> BatchColumn:
    """The texts of the cells with that problem; all others, which are nearly all, are one missing value."""
    at = np.flatnonzero(typed.cells.problems == problem)
    codes = np.zeros(len(typed.cells.problems), np.int32)
    codes[at] = np.arange(1, len(at) + 1)
    texts = typed.cells.texts.take(pa.array(at))
    return BatchColumn(pa.concat_arrays([pa.nulls(1, pa.string()), texts]), codes[typed.codes])


def _coded(values: pa.Array) -> BatchColumn:
    coded = values.dictionary_encode(null_encoding="encode")
    return BatchColumn(coded.dictionary, coded.indices.to_numpy())


def _is_read(column: TypedColumn) -> NDArray[np.bool_]:
    return np.asarray(column.cells.values.is_valid())


def _calendar_numbers(column: TypedColumn) -> NDArray[np.int64]:
    days = column.cells.values
    parts = (pc.multiply(pc.year(days), 10_000), pc.multiply(pc.month(days), 100), pc.day(days))
    return np.asarray(pc.fill_null(pc.add(pc.add(parts[0], parts[1]), parts[2]), 0))
