"""What the suites expect, in French words: read from their files, so that nobody waits for Great Expectations."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import reduce
from importlib.resources import files
from typing import Any

from expectations.contract import Return
from expectations.contract.derived import DERIVED

_ENDINGS = {"unread": "lisible", "repaired": "lu sans réparation"}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SIGNS = {"<=": "≤", ">=": "≥", "IN": ":", "NOT_IN": ": pas"}


def expectations_by_rule(contract: Return) -> dict[str, dict[str, Any]]:
    """The expectations of a return's suite, as they are committed, by the id of their rule."""
    suite = json.loads((files("expectations.suites") / f"{contract.kind}.json").read_text(encoding="utf-8"))
    return {one["meta"]["rule"]: one for one in suite["expectations"]}


def in_words(contract: Return, expectation: Mapping[str, Any]) -> str:
    """What is expected, and of which rows, such as `places > 0`. KeyError for an expectation that has no words yet."""
    names = {column.name: column.header for column in contract.columns} | DERIVED
    kwargs = expectation["kwargs"]
    said = _said(expectation, {key: _shown(value, names) for key, value in kwargs.items() if key.startswith("column")})
    condition = kwargs.get("row_condition")
    return f"{said}, si {_condition(condition, names)}" if condition else said


def _said(expectation: Mapping[str, Any], columns: Mapping[str, str]) -> str:
    kwargs, column = expectation["kwargs"], columns.get("column")
    match expectation["type"].removeprefix("expect_"):
        case "column_values_to_not_be_null":
            return f"{column} : rempli"
        case "column_values_to_be_null":
            return f"{column} : {_ENDINGS.get(kwargs['column'].rpartition('_')[2], 'vide')}"
        case "column_values_to_be_valid_siret":
            return f"{column} : 14 chiffres, clé juste"
        case "column_values_to_be_in_set":
            return f"{column} : {_value(kwargs['value_set'])}"
        case "column_values_to_not_be_in_set":
            return f"{column} : pas {_value(kwargs['value_set'])}"
        case "column_values_to_be_between":
            bounds = ((">" if kwargs.get("strict_min") else ">=", kwargs.get("min_value")), ("<=", kwargs.get("max_value")))
            return f"{column} {' et '.join(_compared(sign, bound) for sign, bound in bounds if bound is not None)}"
        case "column_pair_values_a_to_be_greater_than_b" if expectation["meta"]["column"] == kwargs["column_B"]:
            return f"{columns['column_B']} ≤ {columns['column_A']}"
        case "column_pair_values_a_to_be_greater_than_b":
            return f"{columns['column_A']} ≥ {columns['column_B']}"
        case "compound_columns_to_be_unique":
            return f"une seule ligne du fichier par {columns['column_list']}"
    raise KeyError(expectation["type"])


def _condition(condition: Mapping[str, Any], names: Mapping[str, str]) -> str:
    match condition:
        case {"type": "pass_through", "pass_through_filter": text}:
            low, high = text.split(" <= ")
            return f"{names[low]} ≤ {names[high]}"
        case {"type": "nullity", "column": {"name": column}, "is_null": is_null}:
            return f"{_shown(column, names)} : {'vide' if is_null else 'rempli'}"
        case {"type": "and", "conditions": [first, *others]}:
            named = [_condition(first, names), *(_condition(one, names) for one in others)]
            return " et ".join([named[0], *(one.removeprefix(names[first["column"]["name"]]).strip() for one in named[1:])])
        case {"column": {"name": column}, "operator": operator, "parameter": parameter}:
            return f"{names[column]} {_compared(operator, parameter)}"
    raise KeyError(condition["type"])


def _shown(column: str | Sequence[str], names: Mapping[str, str]) -> str:
    if isinstance(column, str):
        return names[reduce(str.removesuffix, ("_as_given", "_unread", "_repaired"), column)]
    return ", ".join(_shown(one, names) for one in column if one != "file")


def _compared(sign: str, value: Any) -> str:
    return f"{_SIGNS.get(sign, sign)} {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_value, value))
    if isinstance(value, dict):  # a suite parameter, of which there is one
        return "les appels à projets du programme"
    if isinstance(value, bool):
        return "OUI" if value else "NON"
    if isinstance(value, str):
        return date.fromisoformat(value).strftime("%d/%m/%Y") if _DATE.fullmatch(value) else value
    return f"{value:g}"
