"""Judging by columns comes to what judging row by row does, on files damaged in every way; docs/spec/returns.md is of both."""

from __future__ import annotations

from datetime import date
from functools import cache
from random import Random
from typing import Any

import pytest

from expectations.programme import Programme, load_programme
from expectations.verdict.checked_file import RefusalLimits
from expectations.verdict.decide import FileVerdict
from flows.steps.check import judge_files
from tests.oracle.damaged_files import damaged_file
from tests.oracle.judge import Judged, judge_rows
from transforms.pages.receipt.rejected_lines import rejected_csv
from transforms.redaction.read_and_redact import read_and_redact
from warehouse.reference.places import load_places
from warehouse.store.stage import row_key

RECEIVED_ON = date(2026, 11, 24)


@cache
def programme() -> Programme:
    return load_programme()


def assert_same_judgement(files: list[bytes]) -> None:
    """Each of these files is judged by columns as it is row by row."""
    verdicts = judge_files([(f"{n}.csv", data) for n, data in enumerate(files)], RECEIVED_ON, programme(), load_places(), taken={})
    seen: set[str] = set()
    for data, verdict in zip(files, verdicts, strict=True):
        content = read_and_redact(data)
        if content.reading is None or content.refusal or verdict.decision == "duplicate":
            continue
        seen.add(verdict.sha256)
        assert_same(judge_rows(content.reading, RECEIVED_ON, programme(), load_places()), verdict)
        if verdict.in_error:
            listed = rejected_csv(verdict.archive_bytes, verdict.findings, verdict.in_error)
            assert listed == rejected_csv(verdict.archive_bytes, verdict.findings)
    assert sum(verdict.decision == "partial" and verdict.in_error is not None for verdict in verdicts) > len(files) / 10


def assert_same(expected: Judged, verdict: FileVerdict) -> None:
    if verdict.decision == "refused" and "FIC-08" not in {finding.rule for finding in verdict.findings}:
        assert [finding.rule for finding in verdict.findings if not finding.line][:1] == ["FIC-06"]
        return
    records = expected.accepted + len(expected.quarantined)
    is_refused = len(expected.quarantined) > RefusalLimits().refuse_above * records
    decision = "refused" if is_refused else "partial" if expected.quarantined else "accepted"
    counts = (0, records) if is_refused else (expected.accepted, len(expected.quarantined))
    assert (verdict.decision, verdict.records, verdict.accepted, verdict.quarantined) == (decision, records, *counts)
    assert [finding for finding in verdict.findings if finding.line] == expected.findings
    if not is_refused:
        assert _rows(verdict) == [{"line": row.line, **row.values} for row in expected.rows]
        quarantined = [{"line": line, "row_key": None if key is None else row_key(key)} for line, key in expected.quarantined]
        found = [] if verdict.quarantined_rows is None else verdict.quarantined_rows.to_pylist()
        assert sorted(found, key=lambda row: row["line"]) == sorted(quarantined, key=lambda row: int(row["line"] or 0))


def _rows(verdict: FileVerdict) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [] if verdict.rows is None else verdict.rows.table().to_pylist()
    return rows


def test_on_files_damaged_by_chance() -> None:
    rng = Random(11)
    assert_same_judgement([damaged_file(rng) for _ in range(60)])


@pytest.mark.attack
@pytest.mark.parametrize("seed", range(20))
def test_on_two_thousand_files_damaged_by_chance(seed: int) -> None:
    rng = Random(seed)
    assert_same_judgement([damaged_file(rng) for _ in range(100)])
