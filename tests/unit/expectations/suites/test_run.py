"""Great Expectations as a runner: what it says of rows is told by file and row, and where it raises is no failed data."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from expectations.contract import Return
from expectations.programme import load_programme
from flows.steps.check import judge_files
from tests.spec.paper import csv_of
from warehouse.reference.places import load_places

ON = date(2026, 11, 24)


def test_rows_are_those_of_their_own_file() -> None:
    """Of two files of a kind, stacked into one batch, and of which the first breaks nothing."""
    good = csv_of("sessions", "numero_session=S1", "numero_session=S2")
    bad = csv_of("sessions", "numero_session=S3", "numero_session=S4 & places=beaucoup", "numero_session=S5", "numero_session=S6 & places=CANARI")
    first, second = judge_files([("a.csv", good), ("b.csv", bad)], ON, load_programme(), load_places())
    assert [(f.rule, f.line) for f in first.findings if f.severity == "error"] == []
    assert [(f.rule, f.line) for f in second.findings if f.severity == "error"] == [("SES-07I", 3), ("SES-07I", 5)]


def test_a_rule_that_cannot_be_examined_refuses_the_file_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    # Here, not above: to import it costs seconds, which would be paid whatever tests are run.
    import great_expectations.expectations as gxe

    from expectations.suites import run

    real = run.suite

    def broken(contract: Return) -> Any:
        asked = real(contract)
        if contract.kind == "sessions":
            asked.add_expectation(gxe.ExpectColumnValuesToBeBetween(column="session_id_as_given", min_value=1, meta={"rule": "SES-99"}))
        return asked

    monkeypatch.setattr(run, "suite", broken)
    files = [("a.csv", csv_of("actions")), ("b.csv", csv_of("sessions", "places=CANARI", "numero_session=S2"))]
    actions, sessions = judge_files(files, ON, load_programme(), load_places())
    assert actions.decision == "accepted"
    assert (sessions.decision, [f.rule for f in sessions.findings]) == ("refused", ["FIC-12"])
    assert (sessions.crash or "").startswith("ValidationCrashed at asking.py:")
