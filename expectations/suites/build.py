"""The Great Expectations suites, made from the contract: one expectation a rule, on typed columns, with the French sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import great_expectations.expectations as gxe
from great_expectations.core import ExpectationSuite
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.row_conditions import Column as Cell
from great_expectations.expectations.row_conditions import Condition, PassThroughCondition

from expectations.contract import CellProblemKind, Check, Column, Return, Severity, ValueType
from expectations.contract.derived import DERIVED
from expectations.contract.kinds import AtLeast, AtMost, Between, Empty, Given, Kind, NoneOf, OneOf
from expectations.contract.returns.duplicates import DIFFERING
from expectations.rule_registry import column_problems, column_rule, rules_of
from expectations.suites.batch_columns import CALLS, FILE, SUFFIXES, as_given, codes_of, repaired, unread
from expectations.suites.valid_siret import ExpectColumnValuesToBeValidSiret

#: what of an expectation stands in one line of its file
_LINES = (("type", "kwargs"), ("meta", "severity"), ("description",))
_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "warning", Severity.INFO: "info"}


def suite(contract: Return) -> ExpectationSuite:
    """The suite of one return, in the order in which findings of a row are told."""
    asked = list(_expectations(contract))
    derived = {name: DERIVED[name] for one in asked for name in reads_of(one) if name in DERIVED}
    meta = {"columns": {f"*{suffix}": what for suffix, what in SUFFIXES.items()} | derived}
    return ExpectationSuite(name=contract.kind, expectations=asked, meta=meta)


def rule_of(expectation: Expectation) -> str:
    """The id of the rule that it asks for."""
    return str((expectation.meta or {})["rule"])


def reads_of(expectation: Expectation) -> list[str]:
    """The columns of a batch that it looks at."""
    fields = ("column", "column_A", "column_B", "column_list")
    named = [getattr(expectation, field, ()) for field in fields]
    names = [name for one in named for name in ([one] if isinstance(one, str) else one)]
    condition = expectation.row_condition
    if isinstance(condition, PassThroughCondition):
        names += condition.pass_through_filter.split(" <= ")
    elif condition is not None:
        names += [one.column.name for one in getattr(condition, "conditions", [condition])]
    return list(dict.fromkeys(names))


def suite_json(contract: Return) -> str:
    """The suite as it is committed beside this module: what Great Expectations writes of it, laid out to be read."""
    written = suite(contract).to_json_dict()
    parts = (
        ",\n     ".join(_json({name: one[name] for name in names})[1:-1] for names in _LINES)
        for one in written["expectations"]
    )  # fmt: skip
    expectations = ",\n".join(f"    {{{part}}}" for part in parts)
    head, meta = _json({"name": written["name"]})[1:-1], json.dumps(written["meta"], ensure_ascii=False, indent=4)
    return f'{{\n  {head},\n  "expectations": [\n{expectations}\n  ],\n  "meta": {meta}\n}}\n'


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False)


def _expectations(contract: Return) -> Iterator[Expectation]:
    checks = rules_of(contract.kind)
    for column in contract.columns:
        for problem in column_problems(column):
            rule = _rule(checks[column_rule(contract, column, problem)])
            yield _of_cell(column, problem, rule)
    yield gxe.ExpectCompoundColumnsToBeUnique(
        column_list=[FILE, *contract.key], ignore_row_if="any_value_is_missing", **_rule(checks[f"{contract.prefix}-{DIFFERING}"])
    )
    for check in contract.row_checks:
        rule = _rule(check)
        if check.where is not None:
            rule["row_condition"] = _condition(check.where)
        yield _of_row(check.expects, rule)


def _rule(check: Check) -> dict[str, Any]:
    meta = {"rule": check.id, "column": check.column}
    return {"severity": _SEVERITIES[check.severity], "description": check.sentence, "meta": meta}


def _of_cell(column: Column, problem: CellProblemKind, rule: dict[str, Any]) -> Expectation:
    given = as_given(column.name)
    if problem is CellProblemKind.EMPTY:
        return gxe.ExpectColumnValuesToNotBeNull(column=given, **rule)
    if problem is CellProblemKind.UNLISTED:
        codes: Any = {"$PARAMETER": CALLS} if column.type is ValueType.CALL else list(codes_of(column))
        return gxe.ExpectColumnValuesToBeInSet(column=given, value_set=codes, **rule)
    if problem is CellProblemKind.UNREADABLE and column.type is ValueType.SIRET:
        return ExpectColumnValuesToBeValidSiret(column=given, **rule)
    left = unread(column.name) if problem is CellProblemKind.UNREADABLE else repaired(column.name)
    return gxe.ExpectColumnValuesToBeNull(column=left, **rule)


def _of_row(kind: Kind, rule: dict[str, Any]) -> Expectation:
    """A cell that could not be read has no value, but it is not empty: neither is asked of it."""
    match kind:
        case Between(column, at_least, at_most, above):
            bounds = {"min_value": at_least if above is None else above, "max_value": at_most}
            strict = {} if above is None else {"strict_min": True}
            set_bounds = {name: bound for name, bound in bounds.items() if bound is not None}
            return gxe.ExpectColumnValuesToBeBetween(column=column, **set_bounds, **strict, **rule)
        case OneOf(column, values):
            return gxe.ExpectColumnValuesToBeInSet(column=column, value_set=list(values), **rule)
        case NoneOf(column, values):
            return gxe.ExpectColumnValuesToNotBeInSet(column=column, value_set=list(values), **rule)
        case Given(column):
            return gxe.ExpectColumnValuesToNotBeNull(column=as_given(column), **rule)
        case Empty(column):
            return gxe.ExpectColumnValuesToBeNull(column=column, **rule)
        case AtLeast(high, low) | AtMost(low, high):
            return gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A=high, column_B=low, or_equal=True, ignore_row_if="either_value_is_missing", **rule
            )


def _condition(kind: Kind) -> Condition:
    match kind:
        case Between(column, at_least, at_most, above):
            least = None if at_least is None else Cell(column) >= at_least
            most = None if at_most is None else Cell(column) <= at_most
            bounds = [one for one in (least, most, None if above is None else Cell(column) > above) if one is not None]
            return bounds[0] if len(bounds) == 1 else bounds[0] & bounds[1]
        case OneOf(column, values):
            return Cell(column).is_in(values)
        case NoneOf(column, values):
            return Cell(column).is_not_null() & Cell(column).is_not_in(values)
        case Given(column):
            return Cell(column).is_not_null()
        case Empty(column):
            return Cell(as_given(column)).is_null()
        case AtLeast(high, low) | AtMost(low, high):
            # Great Expectations' own conditions compare with constants only.
            return PassThroughCondition(pass_through_filter=f"{low} <= {high}")
