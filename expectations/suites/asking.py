"""How Great Expectations is asked about a batch, whatever computes: no value is in an answer, what raises is told by its rule."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from expectations.contract import GrantCaps

# Great Expectations would otherwise send usage events; this must stand before it is imported
os.environ["GX_ANALYTICS_ENABLED"] = "false"
import great_expectations as gx
from great_expectations.core import ExpectationSuite
from great_expectations.core.expectation_validation_result import ExpectationValidationResult
from great_expectations.data_context import AbstractDataContext
from great_expectations.datasource.fluent import PandasDatasource, SparkDatasource
from great_expectations.expectations.expectation import Expectation
from great_expectations.validator.v1_validator import Validator

from expectations.suites.batch_columns import CALLS
from expectations.suites.build import rule_of

#: values of the file must not reach a result
_RESULT_FORMAT = {
    "result_format": "COMPLETE", "return_unexpected_index_query": False, "partial_unexpected_count": 0,
    "exclude_unexpected_values": True,
}  # fmt: skip


class ValidationCrashed(Exception):
    """An expectation raised instead of answering. Says which rule, never a value."""


class Batch:
    """A batch of Great Expectations, loaded once however often it is asked (Batch.validate would load it at every call).

    `number` names the column with the numbers of its rows; without it they are places (named index columns cost pandas 0.14 ms a
    failing row).
    """

    def __init__(
        self, source: PandasDatasource | SparkDatasource, frame: Any, parameters: Mapping[str, Any], number: str | None = None
    ) -> None:
        asset = source.add_dataframe_asset(str(len(source.assets)))
        batch = asset.add_batch_definition_whole_dataframe("rows")
        self._validator = Validator(batch_definition=batch, batch_parameters={"dataframe": frame})
        self._parameters = dict(parameters)
        self._number = number

    def broken(self, asked: Sequence[Expectation]) -> list[Expectation]:
        """Those of which some row breaks the rule. Raises ValidationCrashed."""
        broken = {rule for rule, result in self._results(asked, "BOOLEAN_ONLY") if not result.success}
        return [one for one in asked if rule_of(one) in broken]

    def rows_of(self, broken: Sequence[Expectation]) -> Iterator[tuple[str, NDArray[np.int64]]]:
        """Each rule, with the rows of the batch that break it. Raises ValidationCrashed.

        Most rules hold: to ask first whether they do takes half the time of asking this at once.
        """
        numbered = {} if self._number is None else {"unexpected_index_column_names": [self._number]}
        for rule, result in self._results(broken, _RESULT_FORMAT | numbered) if broken else ():
            found = result.result["unexpected_index_list"]
            rows = found if self._number is None else [row for one in found for row in one[self._number]]
            yield rule, np.array(rows, np.int64)

    def _results(self, asked: Sequence[Expectation], result_format: Any) -> list[tuple[str, ExpectationValidationResult]]:
        self._validator.result_format = result_format
        suite_of_these = ExpectationSuite(name="asked", expectations=list(asked))
        results = self._validator.validate_expectation_suite(suite_of_these, self._parameters).results
        for result in results:
            _raise_if_crashed(result)
        return [(_rule(result), result) for result in results]


def quiet_context() -> AbstractDataContext:
    """A context of Great Expectations that keeps nothing and draws no bars."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    return context


def parameters_of(days_and_rules: Sequence[tuple[date, GrantCaps]]) -> dict[str, Any]:
    """What the suites ask by: the calls for projects. Raises ValueError where the programmes know different ones."""
    known = {tuple(rules.calls()) for _, rules in days_and_rules}
    if len(known) > 1:
        raise ValueError("files whose programmes know different calls for projects cannot be judged together")
    return {CALLS: list(*known)}


def _rule(result: ExpectationValidationResult) -> str:
    rule: str = result.expectation_config.meta["rule"]
    return rule


def _raise_if_crashed(result: ExpectationValidationResult) -> None:
    """An expectation that raised looks like failed data unless its exception_info, of one of two shapes, is read."""
    info: Mapping[str, Any] = result.exception_info or {}
    shapes: Iterable[Any] = (info, *(v for v in info.values() if isinstance(v, Mapping)))
    if any(shape.get("raised_exception") for shape in shapes):
        raise ValidationCrashed(f"rule {_rule(result)} could not be examined")
