"""The night's log of a file: its name, its counts, each rule with its lines; never what a cell holds."""

from __future__ import annotations

import logging

import pytest

from expectations.contract import Severity
from expectations.findings import Finding, Findings
from expectations.verdict.decide import FileVerdict
from flows.steps.check import SHOWN_LINES, log_file


def logged(caplog: pytest.LogCaptureFixture, *findings: Finding, name: str = "a.csv", crash: str | None = None) -> list[str]:
    """Severity and text of each line that this file gets."""
    file = FileVerdict(
        name, "0" * 64, "sessions", "90012000700019", "partial", records=3, accepted=2, quarantined=1, findings=Findings.of(findings),
        crash=crash,
    )
    with caplog.at_level(logging.INFO, "suivi.night"):
        log_file(file)
    return [f"{record.levelname} {record.getMessage()}" for record in caplog.records]


def finding(rule: str, line: int | None, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(line, "starts_on", rule, severity, "une phrase pour l'expéditeur")


def test_a_file_without_a_finding_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    assert logged(caplog) == ["INFO a.csv: partial, 2 of 3 records accepted"]


def test_each_rule_is_one_line_with_its_lines(caplog: pytest.LogCaptureFixture) -> None:
    found = [finding("SES-05I", 9), finding("SES-05I", 3), finding("SES-05I", 3), finding("SES-04A", 3, Severity.WARNING)]
    assert logged(caplog, *found, finding("FIC-08", None))[1:] == [
        "INFO a.csv: error FIC-08",
        "INFO a.csv: warning SES-04A at line 3",
        "INFO a.csv: error SES-05I at lines 3, 9",
    ]


def test_of_many_lines_the_first_are_named(caplog: pytest.LogCaptureFixture) -> None:
    (_, line) = logged(caplog, *(finding("SES-05I", number) for number in range(2, SHOWN_LINES + 6)))
    assert line.endswith(f", {SHOWN_LINES}, {SHOWN_LINES + 1} and 4 more")


def test_a_name_of_control_characters_stays_on_its_line(caplog: pytest.LogCaptureFixture) -> None:
    (line,) = logged(caplog, name="a\nERROR b\x1b[31m.csv")
    assert line == "INFO a\N{REPLACEMENT CHARACTER}ERROR b\N{REPLACEMENT CHARACTER}[31m.csv: partial, 2 of 3 records accepted"


def test_a_crash_is_an_error_with_type_and_place(caplog: pytest.LogCaptureFixture) -> None:
    assert logged(caplog, crash="ValueError at parse.py:7")[1:] == ["ERROR a.csv: reading it crashed: ValueError at parse.py:7"]
