"""A small reader of Table Schema: whether a CSV file is what its schema says. Written apart from what writes both."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any


def faults(content: bytes, schema: Mapping[str, Any], *, delimiter: str = ",") -> list[str]:
    """What in the file is not as the schema says, one line each: header, types, constraints, primary key."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter, strict=True))
    names = [field["name"] for field in schema["fields"]]
    if rows[0] != names:
        return [f"header {rows[0]}"]
    found = [f"line {number}: {len(row)} cells" for number, row in enumerate(rows[1:], 2) if len(row) != len(names)]
    missing = set(schema.get("missingValues", [""]))
    for number, row in enumerate(rows[1:], 2):
        for field, cell in zip(schema["fields"], row, strict=False):
            value, fault = (None, "") if cell in missing else _read(cell, field)
            fault = fault or _broken(cell, value, field.get("constraints", {}))
            if fault:
                found.append(f"line {number}, {field['name']}: {fault}")
    places = [names.index(name) for name in schema.get("primaryKey", [])]
    keys = [tuple(row[place] for place in places) for row in rows[1:]]
    if places and len(set(keys)) < len(keys):
        found.append("primary key: twice")
    return found


def lost(content: bytes, schema: Mapping[str, Any], others: Mapping[str, bytes]) -> list[str]:
    """Foreign keys of the file that lead nowhere in the other files, by table."""
    found = []
    for key in schema.get("foreignKeys", []):
        there = {tuple(row[name] for name in key["reference"]["fields"]) for row in _dicts(others[key["reference"]["resource"]])}
        mine = [tuple(row[name] for name in key["fields"]) for row in _dicts(content)]
        found += [f"{key['fields']}: {values}" for values in mine if values not in there]
    return found


def _dicts(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


def _read(cell: str, field: Mapping[str, Any]) -> tuple[Any, str]:
    kind = field["type"]
    if kind == "integer":
        return (int(cell), "") if re.fullmatch("-?[0-9]+", cell) else (None, "no integer")
    if kind == "number":
        mark = re.escape(field.get("decimalChar", "."))
        number = re.fullmatch(rf"-?[0-9]+(?:{mark}[0-9]+)?", cell)
        return (Decimal(cell.replace(field.get("decimalChar", "."), ".")), "") if number else (None, "no number")
    if kind == "boolean":
        words = [*field.get("trueValues", ["true"]), *field.get("falseValues", ["false"])]
        return (cell, "") if cell in words else (None, "no boolean")
    if kind == "date":
        try:
            return datetime.strptime(cell, field.get("format", "%Y-%m-%d")).date(), ""
        except ValueError:
            return None, "no date"
    return cell, ""


def _broken(cell: str, value: Any, constraints: Mapping[str, Any]) -> str:
    if value is None:
        return "required" if constraints.get("required") else ""
    if "minimum" in constraints and value < Decimal(str(constraints["minimum"])):
        return "too small"
    if "maximum" in constraints and value > Decimal(str(constraints["maximum"])):
        return "too large"
    if "enum" in constraints and value not in constraints["enum"]:
        return "not in the list"
    if "pattern" in constraints and not re.fullmatch(constraints["pattern"], cell):
        return "not of the pattern"
    return "too long" if len(cell) > constraints.get("maxLength", len(cell)) else ""
