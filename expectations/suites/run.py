"""Runs the suites on the stacked rows of a night and says which row broke which rule; nothing of a result is kept.

An expectation costs milliseconds whatever its rows, and on a large night far more for them. So few rows are judged as they are, in
one batch. Of many each expectation gets the different combinations of the values that it reads, and what is said of a combination
is said of all its rows.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from expectations.contract import GrantCaps, Return
from transforms.parse.columns import TypedRows

# Great Expectations would otherwise send usage events; this must stand before it is imported
os.environ["GX_ANALYTICS_ENABLED"] = "false"
import great_expectations as gx
from great_expectations.core.expectation_validation_result import ExpectationValidationResult
from great_expectations.expectations.expectation import Expectation

from expectations.suites.batch_columns import CALLS, FILE, BatchColumns
from expectations.suites.breaches import Breaches
from expectations.suites.build import reads_of, rule_of, suite

#: values of the file must not reach a result, and named index columns cost 0.14 ms a failing row
_RESULT_FORMAT = {
    "result_format": "COMPLETE", "return_unexpected_index_query": False, "partial_unexpected_count": 0,
    "exclude_unexpected_values": True,
}  # fmt: skip
#: Up to as many rows are judged as they are: beyond, to look for their combinations costs less than it saves (docs/performance.md).
MOST_ROWS_AS_THEY_ARE = 5_000
#: Up to as many combinations, whatever the columns, lie side by side in one batch: a batch more would cost more than the longer columns.
MOST_SIDE_BY_SIDE = 20_000


class ValidationCrashed(Exception):
    """An expectation raised instead of answering. Says which rule, never a value."""


def validate(
    contract: Return,
    rows: TypedRows,
    files: NDArray[np.int32],
    days_and_rules: Sequence[tuple[date, GrantCaps]],
    most_as_they_are: int = MOST_ROWS_AS_THEY_ARE,
) -> Breaches:
    """Judge the rows of all files of one kind.

    Args:
        contract: the return that the files are of.
        rows: the rows of the files, stacked.
        files: for each row the number of its file.
        days_and_rules: for each file the day it was received (Europe/Paris), and the rules of the programme. All programmes know
            the same calls for projects: those by which the rows were parsed.
        most_as_they_are: how many rows are judged as they are, not by combinations of values.

    Raises:
        ValidationCrashed: a check raised an exception.
        ValueError: the programmes know different calls.
    """
    asked = suite(contract).expectations
    rules = tuple(map(rule_of, asked))
    found: list[tuple[str, NDArray[np.int64]]] = []
    if len(rows):
        columns = BatchColumns(contract, rows, files, days_and_rules)
        cut = _as_they_are if len(rows) <= most_as_they_are else _by_combinations
        for pieces in _side_by_side(cut(asked, columns)):
            found += _judge(contract, pieces, columns, {CALLS: _calls(days_and_rules)})
    at = np.concatenate([np.empty(0, np.int64), *(broken for _, broken in found)])
    codes = np.repeat([rules.index(rule) for rule, _ in found], [len(broken) for _, broken in found]).astype(np.int16)
    order = np.lexsort((codes, at))
    return Breaches(at[order], codes[order], rules)


@dataclass(frozen=True, eq=False)
class _Piece:
    """What some rules are asked of: for each column, places of its values, one a row of the piece.

    A row of the piece stands for all rows whose number in `numbers` is its own; where that is None, for the row in `rows` alone.
    """

    rules: tuple[str, ...]
    places: Mapping[str, NDArray[Any]]
    numbers: NDArray[Any] | None = None
    rows: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(next(iter(self.places.values())))

    def rows_of(self, broken: NDArray[np.int64]) -> NDArray[np.int64]:
        """All rows for which these rows of the piece stand."""
        is_broken = np.zeros(len(self), np.bool_)
        is_broken[np.minimum(broken, len(self) - 1)] = True  # beyond its end the last one is repeated
        if self.numbers is not None:
            return np.flatnonzero(is_broken[self.numbers])
        return np.flatnonzero(is_broken) if self.rows is None else self.rows[is_broken]


def _as_they_are(asked: Iterable[Expectation], columns: BatchColumns) -> Iterator[_Piece]:
    names = dict.fromkeys(name for one in asked for name in reads_of(one))
    yield _Piece(tuple(map(rule_of, asked)), {name: columns[name].codes for name in names})


def _by_combinations(asked: Iterable[Expectation], columns: BatchColumns) -> Iterator[_Piece]:
    """A piece for each set of columns that rules read. Of a key there is nothing to ask but of rows that share it with others."""
    by_columns: dict[tuple[str, ...], list[str]] = {}
    for one in asked:
        by_columns.setdefault(tuple(sorted(reads_of(one))), []).append(rule_of(one))
    for names, rules in by_columns.items():
        if FILE in names:
            numbers, _ = columns.combinations(names)
            shared = np.flatnonzero(np.bincount(numbers)[numbers] > 1)
            if len(shared):
                yield _Piece(tuple(rules), {name: columns[name].codes[shared] for name in names}, rows=shared)
        elif len(names) == 1:
            column = columns[names[0]]
            yield _Piece(tuple(rules), {names[0]: np.arange(len(column.values))}, numbers=column.codes)
        else:
            numbers, samples = columns.combinations(names)
            yield _Piece(tuple(rules), {name: columns[name].codes[samples] for name in names}, numbers=numbers)


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


def _judge(
    contract: Return, pieces: Sequence[_Piece], columns: BatchColumns, parameters: Mapping[str, Any]
) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """Each rule that is broken, with the rows that break it."""
    count = max(map(len, pieces))
    frame = {
        name: columns[name].values.take(pa.array(_longer(places, count)))
        for piece in pieces for name, places in piece.places.items()
    }  # fmt: skip
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    batch = (
        context.data_sources.add_pandas(contract.kind)
        .add_dataframe_asset(contract.kind)
        .add_batch_definition_whole_dataframe(contract.kind)
        .get_batch({"dataframe": pa.table(frame).to_pandas(types_mapper=pd.ArrowDtype)})
    )

    def results(rules: Collection[str], result_format: Any) -> list[ExpectationValidationResult]:
        asked = suite(contract, rules)
        answers = batch.validate(asked, result_format=result_format, expectation_parameters=dict(parameters)).results
        for result in answers:
            _raise_if_crashed(result)
        return list(answers)

    by_rule = {rule: piece for piece in pieces for rule in piece.rules}
    # Most rules hold. To ask first whether they do takes half the time of asking at once where they do not.
    if broken := {_rule(result) for result in results(by_rule, "BOOLEAN_ONLY") if not result.success}:
        for result in results(broken, _RESULT_FORMAT):
            places = np.array(result.result["unexpected_index_list"], np.int64)
            yield _rule(result), by_rule[_rule(result)].rows_of(places)


def _longer(places: NDArray[Any], count: int) -> NDArray[Any]:
    return np.concatenate([places, np.repeat(places[-1:], count - len(places))])


def _calls(days_and_rules: Sequence[tuple[date, GrantCaps]]) -> list[str]:
    known = {tuple(rules.calls()) for _, rules in days_and_rules}
    if len(known) > 1:
        raise ValueError("files whose programmes know different calls for projects cannot be judged together")
    return list(*known)


def _rule(result: ExpectationValidationResult) -> str:
    rule: str = result.expectation_config.meta["rule"]
    return rule


def _raise_if_crashed(result: ExpectationValidationResult) -> None:
    """An expectation that raised looks like failed data unless its exception_info, of one of two shapes, is read."""
    info: Mapping[str, Any] = result.exception_info or {}
    shapes: Iterable[Any] = (info, *(v for v in info.values() if isinstance(v, Mapping)))
    if any(shape.get("raised_exception") for shape in shapes):
        raise ValidationCrashed(f"rule {_rule(result)} could not be examined")
