"""Runs the suites on the stacked rows of a night and says which row broke which rule; nothing of a result is kept.

Each expectation gets the different combinations of the values that it reads; what is said of one is said of all its rows. So a
million rows cost little more than a thousand: an expectation costs some milliseconds whatever it reads.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from great_expectations.core import ExpectationSuite
from great_expectations.core.expectation_validation_result import ExpectationValidationResult
from great_expectations.data_context import AbstractDataContext
from great_expectations.datasource.fluent import PandasDatasource
from great_expectations.expectations.expectation import Expectation
from great_expectations.validator.v1_validator import Validator

from expectations.suites.batch_columns import CALLS, FILE, BatchColumns, repaired, unread
from expectations.suites.breaches import Breaches
from expectations.suites.build import reads_of, rule_of, suite

#: values of the file must not reach a result, and named index columns cost 0.14 ms a failing row
_RESULT_FORMAT = {
    "result_format": "COMPLETE", "return_unexpected_index_query": False, "partial_unexpected_count": 0,
    "exclude_unexpected_values": True,
}  # fmt: skip
#: Up to as many combinations lie in one batch, side by side. At a million rows 500 to 20 000 cost the same, 100 000 a fifth more.
MOST_SIDE_BY_SIDE = 20_000


class ValidationCrashed(Exception):
    """An expectation raised instead of answering. Says which rule, never a value."""


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
        parameters = {CALLS: _calls(days_and_rules)}
        source = _quiet_context().data_sources.add_pandas(contract.kind)
        for pieces in _side_by_side(_pieces(asked, columns, rows)):
            by_rule = {rule: piece for piece in pieces for rule in piece.rules}
            batch = _Batch(source, _frame(pieces, columns), parameters)
            for rule, broken in batch.broken([asked[rule] for rule in by_rule]):
                found.append((rule, by_rule[rule].rows_of(broken)))
    at = np.concatenate([np.empty(0, np.int64), *(broken for _, broken in found)])
    codes = np.repeat([rules.index(rule) for rule, _ in found], np.array([len(broken) for _, broken in found], np.int64))
    order = np.lexsort((codes, at))
    return Breaches(at[order], codes[order].astype(np.int16), rules)


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


class _Batch:
    """A batch of Great Expectations, loaded once however often it is asked (Batch.validate would load it at every call)."""

    def __init__(self, source: PandasDatasource, frame: pd.DataFrame, parameters: Mapping[str, Any]) -> None:
        asset = source.add_dataframe_asset(str(len(source.assets)))
        batch = asset.add_batch_definition_whole_dataframe("rows")
        self._validator = Validator(batch_definition=batch, batch_parameters={"dataframe": frame})
        self._parameters = dict(parameters)

    def broken(self, asked: Sequence[Expectation]) -> Iterator[tuple[str, NDArray[np.int64]]]:
        """Each rule that is broken, with the rows of the batch that break it. Raises ValidationCrashed."""
        # Most rules hold. To ask first whether they do takes half the time of asking at once where they do not.
        broken = {rule for rule, result in self._results(asked, "BOOLEAN_ONLY") if not result.success}
        if broken:
            for rule, result in self._results([one for one in asked if rule_of(one) in broken], _RESULT_FORMAT):
                yield rule, np.array(result.result["unexpected_index_list"], np.int64)

    def _results(self, asked: Sequence[Expectation], result_format: Any) -> list[tuple[str, ExpectationValidationResult]]:
        self._validator.result_format = result_format
        suite_of_these = ExpectationSuite(name="asked", expectations=list(asked))
        results = self._validator.validate_expectation_suite(suite_of_these, self._parameters).results
        for result in results:
            _raise_if_crashed(result)
        return [(_rule(result), result) for result in results]


def _quiet_context() -> AbstractDataContext:
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    return context


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
