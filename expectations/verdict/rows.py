"""What becomes of each record of a file: which rules it breaks, whether it is taken, and which identical ones count once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from expectations.contract import CellProblemKind, Return, Severity
from expectations.contract.returns.duplicates import DIFFERING, IDENTICAL
from expectations.findings import Finding
from expectations.rule_registry import all_rules, column_rule, sentence
from expectations.verdict.checked_file import CheckedFile
from transforms.parse.rows import TypedRow
from transforms.redaction.erase_records import RecordOutcome
from warehouse.erasure.erased_persons import ErasedPersons
from warehouse.erasure.record_outcomes import MOST_FINDINGS_OF_REFUSED
from warehouse.store.submission import AcceptedRow, QuarantinedRow


class RowVerdicts:
    """Row by row: what was found, whether it is in error, and which identical rows count once.

    Where the damaged records alone are too many, of which nothing will be kept, no more is found than will be.
    """

    def __init__(self, contract: Return, file: CheckedFile, erased: ErasedPersons | None) -> None:
        damaged_records, broken = file.content.damaged, file.broken
        self.findings: list[Finding] = []
        self.rows: list[AcceptedRow] = []
        is_lost = len(damaged_records) > file.rules_of_day.limits.refuse_above * file.records
        damaged_kept = damaged_records[:MOST_FINDINGS_OF_REFUSED] if is_lost else damaged_records
        self.quarantined: list[QuarantinedRow] = [QuarantinedRow(d.line, None) for d in damaged_kept]
        self.scopes: list[tuple[Any, ...]] = []
        self.outcomes: dict[int, RecordOutcome] = {}
        self.resembling: dict[int, int] = {}
        self.accepted = self.in_error = 0
        repeated = f"{contract.prefix}-{DIFFERING}"
        same_key: dict[tuple[Any, ...], list[TypedRow]] = defaultdict(list)
        for number, row in enumerate(file.rows):
            if repeated in broken.get(number, ()):
                same_key[_key(contract, row)].append(row)
        identical = {key for key, rows in same_key.items() if all(_same(rows[0], other) for other in rows)}
        seen: set[tuple[Any, ...]] = set()
        for damaged in damaged_kept:
            self._add_finding(damaged.line, damaged.rule)
        for mark in file.content.marks:
            comes_again = mark.resembles is not None and (file.number is None or file.number > mark.resembles)
            rule = "LIG-08" if comes_again else "LIG-06" if mark.came_after_erasure else None
            self._count_without_keeping(mark.line, mark.outcome, mark.scope, rule)
        for number, row in enumerate(file.rows):
            rules = list(broken.get(number, ()))
            key = _key(contract, row)
            if repeated in rules and key in identical:
                rules[rules.index(repeated)] = f"{contract.prefix}-{IDENTICAL}"
            if row.is_erased:
                scope = tuple(row.values[name] for name in contract.scope)
                self._count_without_keeping(row.line, _outcome(contract, row, key, rules), scope, "LIG-06")
                continue
            after = row.resembles if row.resembles is not None or not erased else erased.match_returned_key(row.values)
            if after is not None:
                self.resembling[row.line] = after
                self._count_without_keeping(row.line, _outcome(contract, row, key, rules), (), "LIG-08")
                continue
            hints = {column_rule(contract, contract.column(p.column), p.problem): p.suggestion for p in row.problems}
            for rule in rules:
                self._add_finding(row.line, rule, hints.get(rule))
            if row.mis_decoded:
                self._add_finding(row.line, "LIG-05")
            outcome = _outcome(contract, row, key, rules)
            if outcome is not RecordOutcome.ACCEPTED:
                self.quarantined.append(QuarantinedRow(row.line, key if outcome is RecordOutcome.REJECTED else None))
                continue
            self.accepted += 1
            if key not in seen:
                self.rows.append(AcceptedRow(row.line, row.values))
                seen.add(key)
        self.in_error += len(self.quarantined) + len(damaged_records) - len(damaged_kept)
        self.findings.sort(key=lambda finding: finding.line or 0)

    def _count_without_keeping(self, line: int, outcome: RecordOutcome, scope: tuple[Any, ...], rule: str | None) -> None:
        """Count a record about somebody erased as what it is, and keep nothing of it but what others' rows hang on.

        One that only resembles such a person is an error whatever it is.
        """
        self.outcomes[line] = outcome
        if outcome is RecordOutcome.UNCLEAR:
            self.quarantined.append(QuarantinedRow(line, None))
        elif outcome is RecordOutcome.REJECTED or rule == "LIG-08":
            self.in_error += 1
        else:
            self.accepted += 1
            self.scopes.append(scope)
        if rule:
            self._add_finding(line, rule)

    def _add_finding(self, line: int, rule: str, hint: str | None = None) -> None:
        check = all_rules()[rule]
        detail = f"({hint})" if hint else None
        self.findings.append(Finding(line, check.column, rule, check.severity, sentence(rule, detail)))


def _outcome(contract: Return, row: TypedRow, key: tuple[Any, ...], rules: Iterable[str]) -> RecordOutcome:
    if not any(all_rules()[rule].severity is Severity.ERROR for rule in rules):
        return RecordOutcome.ACCEPTED
    unread = {p.column for p in row.problems if p.problem is not CellProblemKind.REPAIRED}
    return RecordOutcome.REJECTED if None not in key and unread.isdisjoint(contract.key) else RecordOutcome.UNCLEAR


def _key(contract: Return, row: TypedRow) -> tuple[Any, ...]:
    return tuple(row.values[name] for name in contract.key)


def _same(one: TypedRow, other: TypedRow) -> bool:
    return one.values == other.values and one.problems == other.problems
