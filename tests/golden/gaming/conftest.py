"""The table of what became of each way to polish figures."""

from __future__ import annotations

import pytest

from tests.golden.gaming.experiment import TITLES


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Case, rate, floor, ceiling, coverage, signals: one line each."""
    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.stats.get(outcome, ())]
    rows = [dict(getattr(report, "user_properties", ())).get("gaming") for report in reports]
    if any(rows):
        terminalreporter.write_sep("=", "figures that somebody polished; the truth is 50 %")
        for case, _, *figures in [TITLES, *sorted(row for row in rows if row)]:
            terminalreporter.write_line(f"{case:28}" + "".join(f"{figure:>10}" for figure in figures[:-1]) + f"  {figures[-1]}")
