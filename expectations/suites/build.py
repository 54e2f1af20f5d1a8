"""The Great Expectations suites, made from the contract: one native expectation a rule, on typed columns, with the French sentence."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from typing import Any

import great_expectations.expectations as gxe
from great_expectations.core import ExpectationSuite
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.row_conditions import Column as Cell
from great_expectations.expectations.row_conditions import Condition

from expectations.contract import CellProblemKind, Check, Column, Return, Severity, ValueType
from expectations.contract.derived import DERIVED
from expectations.contract.kinds import AtLeast, AtMost, Between, Empty, Given, Kind, NoneOf, OneOf
from expectations.contract.returns.duplicates import DIFFERING
from expectations.rule_registry import column_problems, column_rule, rules_of
from expectations.suites.batch_columns import CALLS, FILE, as_given, codes_of, repaired, unread
from expectations.suites.valid_siret import ExpectColumnValuesToBeValidSiret

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "warning", Severity.INFO: "info"}
_EITHER = "either_value_is_missing"
#: makes an expectation, given what belongs to its rule
_Made = Callable[..., Expectation]


def suite(contract: Return, rules: Collection[str] | None = None) -> ExpectationSuite:
    """The suite of one return, in the order in which findings of a row are told; of these rules alone if they are given."""
    asked = [one for one in _expectations(contract) if rules is None or rule_of(one) in rules]
    meta = {"columns": {name: DERIVED[name] for one in asked for name in reads_of(one) if name in DERIVED}}
    return ExpectationSuite(name=contract.kind, expectations=asked, meta=meta)


def rule_of(expectation: Expectation) -> str:
    """The id of the rule that it asks for."""
    return str((expectation.meta or {})["rule"])


def reads_of(expectation: Expectation) -> tuple[str, ...]:
    """The columns of a batch that it looks at."""
    return tuple((expectation.meta or {})["reads"])


def suite_json(contract: Return) -> str:
    """The suite as it is committed beside this module: what Great Expectations writes of it, less what is not set."""
    written = suite(contract).to_json_dict()
    return json.dumps({name: part for name, part in written.items() if part is not None}, ensure_ascii=False, indent=2) + "\n"


def _expectations(contract: Return) -> Iterator[Expectation]:
    checks = rules_of(contract.kind)
    for column in contract.columns:
        for problem in column_problems(column):
            made, reads = _of_cell(column, problem)
            yield _with_rule(made, checks[column_rule(contract, column, problem)], reads)
    key = [FILE, *contract.key]
    yield _with_rule(
        lambda **rule: gxe.ExpectCompoundColumnsToBeUnique(column_list=key, ignore_row_if="any_value_is_missing", **rule),
        checks[f"{contract.prefix}-{DIFFERING}"], key,
    )  # fmt: skip
    for check in contract.row_checks:
        made, reads = _of_row(check.expects)
        where: dict[str, Any] = {}
        if check.where is not None:
            condition, more = _condition(check.where)
            where["row_condition"] = condition
            if isinstance(condition, str):
                where["condition_parser"] = "pandas"
            reads = [*reads, *more]
        yield _with_rule(made, check, reads, **where)


def _with_rule(made: _Made, check: Check, reads: Collection[str], **where: Any) -> Expectation:
    meta = {"rule": check.id, "column": check.column, "reads": list(dict.fromkeys(reads))}
    return made(severity=_SEVERITIES[check.severity], description=check.sentence, meta=meta, **where)


def _of_cell(column: Column, problem: CellProblemKind) -> tuple[_Made, list[str]]:
    """What is expected of a cell, and the columns that it reads."""
    given = as_given(column.name)
    if problem is CellProblemKind.EMPTY:
        return lambda **rule: gxe.ExpectColumnValuesToNotBeNull(column=given, **rule), [given]
    if problem is CellProblemKind.UNLISTED:
        codes: Any = {"$PARAMETER": CALLS} if column.type is ValueType.CALL else list(codes_of(column))
        return lambda **rule: gxe.ExpectColumnValuesToBeInSet(column=given, value_set=codes, **rule), [given]
    if problem is CellProblemKind.UNREADABLE and column.type is ValueType.SIRET:
        return lambda **rule: ExpectColumnValuesToBeValidSiret(column=given, **rule), [given]
    left = unread(column.name) if problem is CellProblemKind.UNREADABLE else repaired(column.name)
    return lambda **rule: gxe.ExpectColumnValuesToBeNull(column=left, **rule), [left]


def _of_row(kind: Kind) -> tuple[_Made, list[str]]:
    """What is expected of a row, and the columns that it reads. Cells that could not be read are missing, but they are given."""
    match kind:
        case Between(column, at_least, at_most, above):
            bounds = {"min_value": at_least if above is None else above, "max_value": at_most}
            set_bounds = {name: bound for name, bound in bounds.items() if bound is not None}
            strict = {} if above is None else {"strict_min": True}
            return lambda **rule: gxe.ExpectColumnValuesToBeBetween(column=column, **set_bounds, **strict, **rule), [column]
        case OneOf(column, values):
            return lambda **rule: gxe.ExpectColumnValuesToBeInSet(column=column, value_set=list(values), **rule), [column]
        case NoneOf(column, values):
            return lambda **rule: gxe.ExpectColumnValuesToNotBeInSet(column=column, value_set=list(values), **rule), [column]
        case Given(column):
            given = as_given(column)
            return lambda **rule: gxe.ExpectColumnValuesToNotBeNull(column=given, **rule), [given]
        case Empty(column):
            return lambda **rule: gxe.ExpectColumnValuesToBeNull(column=column, **rule), [column]
        case AtLeast(high, low) | AtMost(low, high):
            return lambda **rule: gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A=high, column_B=low, or_equal=True, ignore_row_if=_EITHER, **rule
            ), [high, low]  # fmt: skip


def _condition(kind: Kind) -> tuple[Condition | str, list[str]]:
    """The condition under which a rule is asked, and the columns that it reads."""
    match kind:
        case Between(column, at_least, at_most, above):
            least = None if at_least is None else Cell(column) >= at_least
            most = None if at_most is None else Cell(column) <= at_most
            bounds = [one for one in (least, most, None if above is None else Cell(column) > above) if one is not None]
            return bounds[0] if len(bounds) == 1 else bounds[0] & bounds[1], [column]
        case OneOf(column, values):
            return Cell(column).is_in(values), [column]
        case NoneOf(column, values):
            return Cell(column).is_not_in(values) & Cell(column).is_not_null(), [column]
        case Given(column):
            return Cell(column).is_not_null(), [column]
        case Empty(column):
            return Cell(as_given(column)).is_null(), [as_given(column)]
        case AtLeast(high, low) | AtMost(low, high):
            # Great Expectations' own conditions compare with constants only.
            return f"{low} <= {high}", [low, high]
