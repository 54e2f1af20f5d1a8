"""Runs the suites on the stacked rows of a night and says which row broke which rule; nothing of a result is kept.

Each expectation gets the different combinations of the values that it reads; what is said of one is said of all its rows. So a
million rows cost little more than a thousand: an expectation costs some milliseconds whatever it reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from great_expectations.expectations.expectation import Expectation
from numpy.typing import NDArray

from expectations.contract import GrantCaps, Return
from expectations.suites.asking import Batch, parameters_of, quiet_context
from expectations.suites.batch_columns import FILE, BatchColumns, repaired, unread
from expectations.suites.breaches import Breaches
from expectations.suites.build import reads_of, rule_of, suite
from transforms.parse.columns import TypedRows

#: Up to as many combinations lie in one batch, side by side. At a million rows 500 to 20 000 cost the same, 100 000 a fifth more.
MOST_SIDE_BY_SIDE = 20_000


def validate(
    contract: Return, rows: TypedRows, files: NDArray[np.int32], days_and_rules: Sequence[tuple[date, GrantCaps]]
) -> Breaches:
    """Judge the rows of all files of one kind.

    Args:
        contract: the return that the files are of.
        rows: the rows of the files, stacked.
        files: for each row the number of its file.
        days_and_rules: for each file the day it was received (Europe/Paris), and the rules of the programme. All programmes know
            the same calls for projects: those by which the rows were parsed.

    Raises:
        ValidationCrashed: a check raised an exception.
        ValueError: the programmes know different calls.
    """
    asked = {rule_of(one): one for one in suite(contract).expectations}
    rules = tuple(asked)
    found: list[tuple[str, NDArray[np.int64]]] = []
    if len(rows):
        columns = BatchColumns(contract, rows, files, days_and_rules)
        parameters = parameters_of(days_and_rules)
        source = quiet_context().data_sources.add_pandas(contract.kind)
        for pieces in _side_by_side(_pieces(asked, columns, rows)):
            by_rule = {rule: piece for piece in pieces for rule in piece.rules}
            batch = Batch(source, _frame(pieces, columns), parameters)
            for rule, broken in batch.rows_of(batch.broken([asked[rule] for rule in by_rule])):
                found.append((rule, by_rule[rule].rows_of(broken)))
    return Breaches.of_rules(rules, found)


@dataclass(frozen=True, eq=False)
class _Piece:
    """What some rules are asked of: for each column, places of its values, one a row of the piece.

    A row of the piece stands for all rows whose number is its place, among `rows`, or among all.
    """

    rules: Sequence[str]
    places: Mapping[str, NDArray[Any]]
    numbers: NDArray[Any]
    rows: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(next(iter(self.places.values())))

    def rows_of(self, broken: NDArray[np.int64]) -> NDArray[np.int64]:
        """All rows for which these rows of the piece stand."""
        is_broken = np.zeros(len(self), np.bool_)
        is_broken[np.minimum(broken, len(self) - 1)] = True  # beyond its end the last one is repeated
        broken_rows = np.flatnonzero(is_broken[self.numbers])
        return broken_rows if self.rows is None else self.rows[broken_rows]


def _pieces(asked: Mapping[str, Expectation], columns: BatchColumns, rows: TypedRows) -> Iterator[_Piece]:
    """A piece for each set of columns that rules read. About keys there is nothing to ask but of rows that share theirs.

    Few rows have few combinations, of however many columns: then sets that share one are one set, and one batch has room.
    """
    by_columns: dict[frozenset[str], list[str]] = {}
    for rule, one in asked.items():
        names, rules = frozenset(reads_of(one)), [rule]
        is_joined = len(rows) <= MOST_SIDE_BY_SIDE and FILE not in names
        for others in list(by_columns):
            if others == names or (is_joined and others & names and FILE not in others):
                names, rules = names | others, by_columns.pop(others) + rules
        by_columns[names] = rules
    for names, rules in by_columns.items():
        if FILE in names:
            numbers, _ = columns.combinations(names)
            shared = np.flatnonzero(np.bincount(numbers)[numbers] > 1)
            if len(shared):
                yield _Piece(rules, {name: columns[name].codes[shared] for name in names}, np.arange(len(shared)), shared)
        elif len(names) == 1:
            (name,) = names
            column = columns[name]
            if name.endswith((unread(""), repaired(""))) and column.values.null_count == len(column.values):
                continue  # no cell of which such a rule could say anything, and to ask takes its milliseconds
            yield _Piece(rules, dict.fromkeys(names, np.arange(len(column.values))), column.codes)
        else:
            numbers, samples = columns.combinations(names)
            yield _Piece(rules, {name: columns[name].codes[samples] for name in names}, numbers)


def _side_by_side(pieces: Iterable[_Piece]) -> list[list[_Piece]]:
    """The pieces of each batch: short ones that have no column in common lie beside each other, and rows of it mean nothing."""
    batches: list[list[_Piece]] = []
    for piece in pieces:
        room = (
            batch for batch in batches
            if max(map(len, (piece, *batch))) <= MOST_SIDE_BY_SIDE
            and all(piece.places.keys().isdisjoint(other.places) for other in batch)
        )  # fmt: skip
        beside = next(room, None)
        if beside is None:
            batches.append([piece])
        else:
            beside.append(piece)
    return batches


def _frame(pieces: Sequence[_Piece], columns: BatchColumns) -> pd.DataFrame:
    """The pieces side by side; the last row of those that are shorter is repeated."""
    last = max(map(len, pieces)) - 1
    arrays = {
        name: columns[name].values.take(pa.array(np.pad(places, (0, last + 1 - len(places)), mode="edge")))
        for piece in pieces for name, places in piece.places.items()
    }  # fmt: skip
    return pa.table(arrays).to_pandas(types_mapper=pd.ArrowDtype)
