"""The one expectation of our own: Great Expectations has none for the check digit of a SIRET."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
from great_expectations.compatibility.pyspark import functions as F
from great_expectations.execution_engine import PandasExecutionEngine, SparkDFExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics import ColumnMapMetricProvider, column_condition_partial
from stdnum.fr import siret as siret_number

_FOURTEEN_DIGITS = re.compile(r"[0-9]{14}")
#: La Poste's SIREN, whose establishments but this one have digits that add up to a multiple of 5
_LA_POSTE, _LA_POSTE_ITSELF = "356000000", "35600000000048"


class ValidSirets(ColumnMapMetricProvider):
    """Which values of a column are SIRETs: 14 digits and nothing else, of which the last checks the others."""

    condition_metric_name = "column_values.valid_siret"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, **kwargs: Any) -> pd.Series:
        return column.isin([text for text in column.unique() if _FOURTEEN_DIGITS.fullmatch(text) and siret_number.is_valid(text)])

    @column_condition_partial(engine=SparkDFExecutionEngine)
    def _spark(cls, column: Any, **kwargs: Any) -> Any:
        return is_valid_on_spark(column)


class ExpectColumnValuesToBeValidSiret(ColumnMapExpectation):
    """Expect the column values to be SIRETs: 14 digits with a right check digit (or La Poste's exception to it)."""

    map_metric = ValidSirets.condition_metric_name


def is_valid_on_spark(column: Any) -> Any:
    """The condition that the values of a column of Spark are SIRETs."""
    # By code points: a cast to a number would raise at a text that is none, and name it.
    digits = [F.ascii(F.substring(column, at, 1)) - 48 for at in range(1, 15)]
    is_la_poste = column.startswith(_LA_POSTE) & (column != _LA_POSTE_ITSELF)
    is_checked = F.when(is_la_poste, sum(digits[1:], digits[0]) % 5 == 0).otherwise(_luhn(digits))
    # The length too: in Java's expressions a `$` lets the end of a line pass.
    return column.rlike(r"^[0-9]{14}$") & (F.length(column) == 14) & is_checked & _luhn(digits[:9])


def _luhn(digits: list[Any]) -> Any:
    """Whether the digits, every second from the right doubled and then less 9 where that has two, add up to a multiple of 10."""
    weighed = [digit * 2 - F.when(digit > 4, 9).otherwise(0) if at % 2 else digit for at, digit in enumerate(reversed(digits))]
    return sum(weighed[1:], weighed[0]) % 10 == 0
