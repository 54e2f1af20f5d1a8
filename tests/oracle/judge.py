"""One file judged row by row: cells parsed one at a time, rules asked one at a time, decided with lists and dictionaries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from expectations.contract import CellProblemKind, Return, Severity
from expectations.findings import Finding
from expectations.programme import Programme
from expectations.rule_registry import all_rules, column_rule, sentence
from tests.oracle.row_rules import RULES
from transforms.parse.values import Parsed, Places, parse_cell
from transforms.read import Reading
from transforms.read.decode import is_mis_decoded


@dataclass(frozen=True)
class JudgedRow:
    """A row taken: its line, its values by field name."""

    line: int
    values: dict[str, Any]


@dataclass(frozen=True)
class Judged:
    """What was made of the rows of a file: those taken (one a key), those in error with their keys, what was found, counts."""

    rows: list[JudgedRow]
    quarantined: list[tuple[int, tuple[Any, ...] | None]]
    findings: list[Finding]
    accepted: int


def judge_rows(reading: Reading, received_on: date, programme: Programme, places: Places) -> Judged:
    """The rows of a file in which nobody was erased, and which is not refused for its header."""
    header, contract = reading.matched, reading.matched.contract
    at = {column.name: place for place, column in enumerate(header.columns) if column is not None}
    rows: list[tuple[int, dict[str, Parsed], list[str | None]]] = []
    for record in reading.records.rows():
        cells = {
            c.name: parse_cell(c, record.cells[at[c.name]] if c.name in at else "", places, programme.calls())
            for c in contract.columns
        }
        cells |= {name: Parsed(cell.value) for name, cell in cells.items() if name not in at}
        dropped = set(header.dropped)
        damaged: list[str | None] = [name for name in cells if name in at and is_mis_decoded(record.cells[at[name]])]
        known = set(at.values()) | dropped
        if any(is_mis_decoded(cell) for place, cell in enumerate(record.cells) if place not in known):
            damaged.append(None)
        rows.append((record.line, cells, damaged))
    same_key: dict[tuple[Any, ...], list[dict[str, Parsed]]] = defaultdict(list)
    for _, cells, _ in rows:
        if None not in (key := _key(contract, cells)):
            same_key[key].append(cells)
    judged = Judged([], [(d.line, None) for d in reading.damaged], [_finding(d.line, d.rule) for d in reading.damaged], 0)
    return _judge(contract, rows, same_key, judged, received_on, programme)


def _judge(
    contract: Return, rows: Sequence[tuple[int, dict[str, Parsed], list[str | None]]],
    same_key: dict[tuple[Any, ...], list[dict[str, Parsed]]], judged: Judged, received_on: date, programme: Programme,
) -> Judged:  # fmt: skip
    seen: set[tuple[Any, ...]] = set()
    accepted = 0
    for line, cells, damaged in rows:
        key = _key(contract, cells)
        found = _cell_findings(contract, line, cells)
        twins = same_key.get(key, [])
        if len(twins) > 1:
            found.append(_finding(line, f"{contract.prefix}-{'21' if all(one == twins[0] for one in twins) else '22'}"))
        values = {name: cell.value for name, cell in cells.items()}
        unread = {name for name, cell in cells.items() if cell.problem not in (None, CellProblemKind.REPAIRED)}
        for check in contract.row_checks:
            reads, breaks = RULES[check.id]
            if unread.isdisjoint(reads) and breaks(values, received_on, programme):
                found.append(_finding(line, check.id))
        is_in_error = any(finding.severity is Severity.ERROR for finding in found)
        found += [Finding(line, column, *_without_column(_finding(line, "LIG-05"))) for column in damaged]
        judged.findings.extend(found)
        if is_in_error:
            judged.quarantined.append((line, key if None not in key and unread.isdisjoint(contract.key) else None))
            continue
        accepted += 1
        if key not in seen:
            judged.rows.append(JudgedRow(line, values))
            seen.add(key)
    return Judged(judged.rows, judged.quarantined, sorted(judged.findings, key=lambda f: f.line or 0), accepted)


def _cell_findings(contract: Return, line: int, cells: dict[str, Parsed]) -> list[Finding]:
    return [
        _finding(line, column_rule(contract, column, cell.problem), cell.suggestion)
        for column in contract.columns
        if (cell := cells[column.name]).problem
    ]


def _key(contract: Return, cells: dict[str, Parsed]) -> tuple[Any, ...]:
    return tuple(cells[name].value for name in contract.key)


def _finding(line: int, rule: str, hint: str | None = None) -> Finding:
    check = all_rules()[rule]
    return Finding(line, check.column, rule, check.severity, sentence(rule, f"({hint})" if hint else None))


def _without_column(finding: Finding) -> tuple[str, Severity, str]:
    return finding.rule, finding.severity, finding.message
