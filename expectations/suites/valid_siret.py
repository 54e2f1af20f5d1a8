"""The one expectation of our own: Great Expectations has none for the check digit of a SIRET."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics import ColumnMapMetricProvider, column_condition_partial
from stdnum.fr import siret as siret_number

_FOURTEEN_DIGITS = re.compile(r"[0-9]{14}")


class ValidSirets(ColumnMapMetricProvider):
    """Which values of a column are SIRETs: 14 digits and nothing else, of which the last checks the others."""

    condition_metric_name = "column_values.valid_siret"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, **kwargs: Any) -> pd.Series:
        return column.isin([text for text in column.unique() if _FOURTEEN_DIGITS.fullmatch(text) and siret_number.is_valid(text)])


class ExpectColumnValuesToBeValidSiret(ColumnMapExpectation):
    """Expect the column values to be SIRETs: 14 digits with a right check digit (or La Poste's exception to it)."""

    map_metric = ValidSirets.condition_metric_name
