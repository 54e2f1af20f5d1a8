"""The Great Expectations suites, made from the contract: one expectation a rule, the rule's id in its meta."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import great_expectations.expectations as gxe
from great_expectations.core import ExpectationSuite
from great_expectations.expectations.expectation import Expectation

from expectations.contract import Return
from expectations.contract.returns.duplicates import DIFFERING
from expectations.rule_registry import column_problems, column_rule

#: the column of a batch that tells which file a row is from; two files may well hold the same key
FILE = "file"


def problem_column(name: str) -> str:
    """The column of a batch that holds what was wrong with the cell of column `name`: a CellProblemKind or nothing."""
    return f"{name}:problem"


def expectations_of(contract: Return) -> Iterator[Expectation]:
    """The expectations of one return: cells readable, keys unique in a file, row checks true."""
    for column in contract.columns:
        for problem in column_problems(column):
            yield gxe.ExpectColumnValuesToNotBeInSet(
                column=problem_column(column.name),
                value_set=[str(problem)],
                meta={"rule": column_rule(contract, column, problem)},
            )
    yield gxe.ExpectCompoundColumnsToBeUnique(
        column_list=[FILE, *contract.key],
        ignore_row_if="any_value_is_missing",
        meta={"rule": f"{contract.prefix}-{DIFFERING}"},
    )
    for check in contract.row_checks:
        yield gxe.ExpectColumnValuesToBeInSet(column=check.id, value_set=[True], meta={"rule": check.id})


def suite(contract: Return, rules: Collection[str] | None = None) -> ExpectationSuite:
    """The suite of one return; of these rules alone if they are given."""
    asked = [one for one in expectations_of(contract) if rules is None or (one.meta or {})["rule"] in rules]
    return ExpectationSuite(name=contract.kind, expectations=asked)
