"""What becomes of each record of a file: which rules it breaks, whether it is taken, and which identical ones count once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from expectations.contract import CellProblemKind, Return, Severity
from expectations.contract.returns.duplicates import DIFFERING, IDENTICAL
from expectations.findings import Finding, Findings, Said
from expectations.rule_registry import all_rules, column_problems, column_rule, sentence
from expectations.suites.breaches import Breaches
from expectations.verdict.checked_file import CheckedFile
from transforms.parse.columns import PROBLEMS, TypedColumn, TypedRows
from transforms.redaction.erase_records import RecordOutcome, rows_under_returned_key
from warehouse.erasure.erased_persons import ErasedPersons
from warehouse.erasure.record_outcomes import MOST_FINDINGS_OF_REFUSED

_REPAIRED = PROBLEMS.index(CellProblemKind.REPAIRED)


class RowVerdicts:
    """What was found in the rows of a file, which are in error, and which identical ones count once.

    `rows` are those taken, `rejected` those in error; `quarantined` (columns line, row_key) has the damaged ones too. Where the
    damaged records alone are too many, of which nothing will be kept, no more is found than will be.
    """

    def __init__(self, contract: Return, file: CheckedFile, erased: ErasedPersons | None) -> None:
        self._contract, self._rows = contract, file.rows
        self._own_titles: dict[str | None, str] = {}
        if header := file.content.header:
            titles = ((column.name, header.own_title(column)) for column in contract.columns)
            self._own_titles = {name: title for name, title in titles if title}
        self.scopes: list[tuple[Any, ...]] = []
        self.outcomes: dict[int, RecordOutcome] = {}
        self.resembling: dict[int, int] = {}
        self.accepted = self.in_error = 0
        self._said: list[Finding] = []
        self._unclear_lines: list[int] = []
        damaged_kept = self._count_damaged(file)
        self._count_marks(file)

        keys = file.rows.keys(contract.key)
        breaches, copies = _with_identical_rows(contract, file, keys)
        is_in_error, is_unclear = self._is_in_error(breaches), self._is_unclear(keys)
        is_kept = self._count_erased(file, erased, is_in_error, is_unclear)
        is_taken = is_kept & ~is_in_error
        rejected = np.flatnonzero(is_kept & is_in_error)
        self.accepted += int(is_taken.sum())
        self.in_error += len(rejected) + len(file.content.damaged) - len(damaged_kept) + len(self._unclear_lines)
        self.rows = file.rows.take(is_taken & ~copies)
        self.rejected = file.rows.take(rejected)
        self.quarantined = pa.table({
            "line": np.concatenate([np.array(self._unclear_lines, np.int32), file.rows.lines[rejected]]),
            "row_key": pa.concat_arrays([
                pa.nulls(len(self._unclear_lines), pa.string()),
                pc.if_else(pa.array(is_unclear[rejected]), None, keys.take(pa.array(rejected))),
            ]),
        })  # fmt: skip
        parts = [Findings.of(self._said), self._findings_of_breaches(breaches.of(is_kept)), self._mis_decoded(file, is_kept)]
        joined = Findings.joined(parts)
        order = np.argsort(joined.lines, kind="stable")
        self.findings = Findings(joined.lines[order], joined.codes[order], joined.said)

    # ------------------------------------------------------------------------------------- records that are no rows any more

    def _count_damaged(self, file: CheckedFile) -> list[int]:
        damaged = file.content.damaged
        is_lost = len(damaged) > file.rules_of_day.limits.refuse_above * file.records
        kept = damaged[:MOST_FINDINGS_OF_REFUSED] if is_lost else damaged
        for one in kept:
            self._unclear_lines.append(one.line)
            self._say(one.line, one.rule)
        return [one.line for one in kept]

    def _count_marks(self, file: CheckedFile) -> None:
        for mark in file.content.marks:
            comes_again = mark.resembles is not None and (file.number is None or file.number > mark.resembles)
            rule = "LIG-08" if comes_again else "LIG-06" if mark.came_after_erasure else None
            self._count_without_keeping(mark.line, mark.outcome, mark.scope, rule)

    def _count_erased(
        self, file: CheckedFile, erased: ErasedPersons | None, is_in_error: NDArray[np.bool_], is_unclear: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Count the rows about somebody erased, and about whoever resembles such a person; tells which rows are left."""
        is_erased = np.isin(file.rows.lines, np.fromiter(file.content.erased_lines, np.int32))
        resembling = dict(file.resembling)
        if erased:
            resembling = {**rows_under_returned_key(file.rows, erased), **resembling}
        places = np.flatnonzero(is_erased).tolist()
        scopes = [] if not places else file.rows.take(np.array(places)).tuples(self._contract.scope)
        for place, scope in zip(places, scopes, strict=True):
            self._count_without_keeping(
                int(file.rows.lines[place]), _outcome(is_in_error[place], is_unclear[place]), scope, "LIG-06"
            )
        is_kept = ~is_erased
        for place in sorted(resembling):
            if is_kept[place]:
                line = int(file.rows.lines[place])
                self.resembling[line] = resembling[place]
                self._count_without_keeping(line, _outcome(is_in_error[place], is_unclear[place]), (), "LIG-08")
                is_kept[place] = False
        return is_kept

    def _count_without_keeping(self, line: int, outcome: RecordOutcome, scope: tuple[Any, ...], rule: str | None) -> None:
        """Count a record about somebody erased as what it is, and keep nothing of it but what others' rows hang on.

        One that only resembles such a person is an error whatever it is.
        """
        self.outcomes[line] = outcome
        if outcome is RecordOutcome.UNCLEAR:
            self._unclear_lines.append(line)
        elif outcome is RecordOutcome.REJECTED or rule == "LIG-08":
            self.in_error += 1
        else:
            self.accepted += 1
            self.scopes.append(scope)
        if rule:
            self._say(line, rule)

    def _say(self, line: int, rule: str) -> None:
        check = all_rules()[rule]
        self._said.append(Finding(line, check.column, rule, check.severity, sentence(rule)))

    # -------------------------------------------------------------------------------------------------------------- the rows

    def _is_in_error(self, breaches: Breaches) -> NDArray[np.bool_]:
        is_error = np.array([all_rules()[rule].severity is Severity.ERROR for rule in breaches.rules], np.bool_)
        found = np.zeros(len(self._rows), np.bool_)
        found[breaches.rows[is_error[breaches.codes]]] = True
        return found

    def _is_unclear(self, keys: pa.StringArray) -> NDArray[np.bool_]:
        """The rows of which nobody knows what they are about: part of the key is empty or could not be read."""
        unclear = keys.is_null().to_numpy(zero_copy_only=False)
        for name in self._contract.key:
            problems = self._rows.columns[name].problems()
            unclear |= (problems != 0) & (problems != _REPAIRED)
        return unclear

    def _findings_of_breaches(self, breaches: Breaches) -> Findings:
        """One finding a breach, in their order; that on a cell is completed by what was seen in it."""
        said: list[Said] = []
        codes = np.zeros(len(breaches.rows), np.int32)
        columns = _columns_of_rules(self._contract)
        for number, rule in enumerate(breaches.rules):
            at = np.flatnonzero(breaches.codes == number)
            if not len(at):
                continue
            hints: list[str | None] = [None]
            title = self._own_titles.get(all_rules()[rule].column)
            if name := columns.get(rule):
                column = self._rows.columns[name]
                hinted = column.cells.hints.take(pa.array(column.codes[breaches.rows[at]]))
                hinted = hinted.dictionary_encode(null_encoding="encode")
                hints = hinted.dictionary.to_pylist()
                codes[at] = len(said) + hinted.indices.to_numpy()
            else:
                codes[at] = len(said)
            said += [_said(rule, hint, title) for hint in hints]
        return Findings(self._rows.lines[breaches.rows], codes, tuple(said))

    def _mis_decoded(self, file: CheckedFile, is_kept: NDArray[np.bool_]) -> Findings:
        """Where text in a wrong encoding stands: in which column, or in one that the contract does not know."""
        lines, codes, said = [np.empty(0, np.int32)], [np.empty(0, np.int32)], list[Said]()
        for name, column in self._rows.columns.items():
            if column.cells.mis_decoded.any():
                found = self._rows.lines[column.cells.mis_decoded[column.codes] & is_kept]
                lines.append(found)
                codes.append(np.full(len(found), len(said), np.int32))
                said.append((name, *_said("LIG-05", title=self._own_titles.get(name))[1:]))
        if len(file.mis_decoded_elsewhere):
            found = np.intersect1d(file.mis_decoded_elsewhere, self._rows.lines[is_kept])
            lines.append(found)
            codes.append(np.full(len(found), len(said), np.int32))
            said.append(_said("LIG-05"))
        return Findings(np.concatenate(lines), np.concatenate(codes), tuple(said))


def _said(rule: str, hint: str | None = None, title: str | None = None) -> Said:
    """What a rule says, with what was seen in the cell, and the title that its column has in the file where it is another."""
    check = all_rules()[rule]
    details = [hint, f"dans votre fichier : « {title} »" if title else None]
    detail = " ; ".join(filter(None, details))
    return check.column, rule, check.severity, sentence(rule, f"({detail})" if detail else None)


def _outcome(is_in_error: bool, is_unclear: bool) -> RecordOutcome:
    if not is_in_error:
        return RecordOutcome.ACCEPTED
    return RecordOutcome.UNCLEAR if is_unclear else RecordOutcome.REJECTED


def _columns_of_rules(contract: Return) -> dict[str, str]:
    """The rules on single cells, with the column of each."""
    return {column_rule(contract, column, kind): column.name for column in contract.columns for kind in column_problems(column)}


def _with_identical_rows(contract: Return, file: CheckedFile, keys: pa.StringArray) -> tuple[Breaches, NDArray[np.bool_]]:
    """The breaches, where rows of one key that are the same in all values break the rule of identical rows, and not of differing.

    And which rows are copies: of identical rows all but the first.
    """
    breaches, copies = file.breaches, np.zeros(len(file.rows), np.bool_)
    differing, identical = f"{contract.prefix}-{DIFFERING}", f"{contract.prefix}-{IDENTICAL}"
    at = np.flatnonzero(breaches.codes == breaches.rules.index(differing)) if len(breaches.rows) else breaches.rows
    if not len(at):
        return breaches, copies
    repeated = breaches.rows[at]
    key_ids = keys.take(pa.array(repeated)).dictionary_encode().indices.to_numpy(zero_copy_only=False)
    contents = _same_contents(file.rows.take(repeated))
    first = np.unique(key_ids, return_index=True)[1]
    differs = np.zeros(len(first), np.bool_)
    np.logical_or.at(differs, key_ids, contents != contents[first[key_ids]])
    is_identical = ~differs[key_ids]
    codes = breaches.codes.copy()
    codes[at[is_identical]] = len(breaches.rules)
    is_first = np.zeros(len(repeated), np.bool_)
    is_first[first] = True
    copies[repeated[is_identical & ~is_first]] = True
    return Breaches(breaches.rows, codes, (*breaches.rules, identical)), copies


def _same_contents(rows: TypedRows) -> NDArray[np.int64]:
    """A number for each row, the same for rows that are equal in every value and in what was wrong with their cells."""
    contents = np.zeros(len(rows), np.int64)
    for column in rows.columns.values():
        contents = _combined(contents, _contents(column))
    return contents


def _contents(column: TypedColumn) -> NDArray[np.int64]:
    """A number for each row, the same for texts that are read as the same value with the same problem."""
    there, codes = np.unique(column.codes, return_inverse=True)
    values, hints = (
        array.take(pa.array(there)).dictionary_encode(null_encoding="encode").indices.to_numpy()
        for array in (column.cells.values, column.cells.hints)
    )
    return _combined(_combined(values, hints), column.cells.problems[there])[codes]


def _combined(one: NDArray[Any], other: NDArray[Any]) -> NDArray[np.int64]:
    """A number for each pair, the same for equal pairs."""
    return np.unique(one.astype(np.int64) * (int(other.max(initial=0)) + 1) + other, return_inverse=True)[1]
