"""How files are checked together, and the night's log of a file: name, counts, each rule with its lines; never a cell."""

from __future__ import annotations

import logging
from datetime import date

import pytest

from expectations.contract import Severity
from expectations.findings import Finding, Findings
from expectations.programme import load_programme
from expectations.verdict.checked_file import RefusalLimits
from expectations.verdict.decide import FileVerdict
from flows.steps import check as check_step
from flows.steps.check import SHOWN_LINES, judge_files, log_file
from warehouse.reference.places import load_places


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


@pytest.mark.parametrize("most", [1, 3, 4, 1_000])
def test_files_are_judged_the_same_in_stacks_of_any_height(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    header = "siret;numero_action;piece;date;poste;montant\n"
    lines = [f"90012000700019;A1;F{number};30/04/2018;LOCAUX;{'x' if number % 3 else 12}\n" for number in range(7)]
    files = [header, header + "".join(lines[:3]), header + lines[3], header + "".join(lines[4:]), header]
    named = [(f"{number}.csv", text.encode()) for number, text in enumerate(files)]
    monkeypatch.setattr(check_step, "MOST_ROWS_TOGETHER", most)
    judged = judge_files(named, date(2026, 11, 24), load_programme(), load_places(), limits=RefusalLimits(refuse_above=1.0))
    assert [(file.records, file.accepted) for file in judged] == [(0, 0), (3, 1), (1, 1), (3, 1), (0, 0)]
    assert [[finding.line for finding in file.findings.about_lines] for file in judged] == [[], [3, 4], [], [2, 3], []]
