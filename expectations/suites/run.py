"""Runs the suites on the stacked rows of a night and says which row broke which rule; nothing of a result is kept."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from expectations.contract import CellProblemKind, GrantCaps, Return
from transforms.parse.rows import TypedRow

# Great Expectations would otherwise send usage events; this must stand before it is imported
os.environ["GX_ANALYTICS_ENABLED"] = "false"
import great_expectations as gx
from great_expectations.core.expectation_validation_result import ExpectationValidationResult

from expectations.suites.build import FILE, problem_column, suite

#: values of the file must not reach a result, and named index columns cost 0.14 ms a failing row
_RESULT_FORMAT = {"result_format": "COMPLETE", "return_unexpected_index_query": False, "partial_unexpected_count": 0}


class ValidationCrashed(Exception):
    """An expectation raised instead of answering. Says which rule, never a value."""


@dataclass(frozen=True)
class Breach:
    """Row number `row` of the file at `file` (both from 0) broke `rule`."""

    file: int
    row: int
    rule: str


def validate(
    contract: Return, files: Sequence[Sequence[TypedRow]], days_and_rules: Sequence[tuple[date, GrantCaps]]
) -> list[Breach]:
    """Judge the rows of all files of one kind in one batch.

    Args:
        contract: the return that the files are of.
        files: the typed rows of each file.
        days_and_rules: for each file the day it was received (Europe/Paris), and the rules of the programme.

    Raises:
        ValidationCrashed: a check raised an exception.
    """
    places = [(f, r) for f, rows in enumerate(files) for r in range(len(rows))]
    if not places:
        return []
    frame = _frame(contract, files, days_and_rules)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    batch = (
        context.data_sources.add_pandas(contract.kind)
        .add_dataframe_asset(contract.kind)
        .add_batch_definition_whole_dataframe(contract.kind)
        .get_batch({"dataframe": frame})
    )
    # Most rules hold. To ask first whether they do takes half the time of asking at once where they do not.
    answers = batch.validate(suite(contract), result_format="BOOLEAN_ONLY").results
    for result in answers:
        _raise_if_crashed(result)
    if not (broken := {_rule(result) for result in answers if not result.success}):
        return []
    breaches = []
    for result in batch.validate(suite(contract, broken), result_format=_RESULT_FORMAT).results:
        _raise_if_crashed(result)
        for index in result.result["unexpected_index_list"]:
            breaches.append(Breach(*places[int(index)], _rule(result)))
    return breaches


def _rule(result: ExpectationValidationResult) -> str:
    rule: str = result.expectation_config.meta["rule"]
    return rule


def _raise_if_crashed(result: ExpectationValidationResult) -> None:
    """An expectation that raised looks like failed data unless its exception_info, of one of two shapes, is read."""
    info: Mapping[str, Any] = result.exception_info or {}
    shapes: Iterable[Any] = (info, *(v for v in info.values() if isinstance(v, Mapping)))
    if any(shape.get("raised_exception") for shape in shapes):
        raise ValidationCrashed(f"rule {_rule(result)} could not be examined")


def _frame(
    contract: Return, files: Sequence[Sequence[TypedRow]], days_and_rules: Sequence[tuple[date, GrantCaps]]
) -> pd.DataFrame:
    """The batch: keys, the problems of cells, and the answer of every row check (nothing where it was not asked)."""
    columns: dict[str, list[Any]] = {FILE: [f for f, rows in enumerate(files) for _ in rows]}
    rows = [row for rows in files for row in rows]
    by = [day_and_rules for day_and_rules, rows in zip(days_and_rules, files, strict=True) for _ in rows]
    unread = [{p.column for p in row.problems if p.problem is not CellProblemKind.REPAIRED} for row in rows]
    for name in contract.key:
        columns[name] = [row.values[name] for row in rows]
    for column in contract.columns:
        columns[problem_column(column.name)] = [None] * len(rows)
    for number, row in enumerate(rows):
        for problem in row.problems:
            columns[problem_column(problem.column)][number] = str(problem.problem)
    for check in contract.row_checks:
        columns[check.id] = [
            None if bad and not bad.isdisjoint(check.reads) else check.holds(row.values, *day_and_rules)
            for row, bad, day_and_rules in zip(rows, unread, by, strict=True)
        ]
    return pd.DataFrame({name: pd.Series(values, dtype="object") for name, values in columns.items()})
