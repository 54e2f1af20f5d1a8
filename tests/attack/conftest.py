"""What the attacks share: the home that lives through them, and the table of what became of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.attack import scenes
from tests.attack.homes import Home
from tests.attack.scenes import Erased, Impersonated, Returned

_NOTED = "what was seen"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder is marked `attack`; those of the one home are run by one process."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("attack")
            item.add_marker(pytest.mark.xdist_group(item.path.stem if "alone" in item.path.stem else "one home"))


@pytest.fixture
def seen(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Notes what this run has seen, for the table; a case says it before it judges."""
    noted: list[tuple[str, object]] = request.node.user_properties
    return lambda text: noted.append((_NOTED, text))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """The case's own words go with its report, also from another process."""
    outcome = yield
    for mark in item.iter_markers("case"):
        outcome.get_result().user_properties.append(("case", mark.args))  # type: ignore[attr-defined]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Case, before, now: one line each."""
    rows: dict[str, tuple[str, str, str, bool]] = {}
    for outcome in ("passed", "failed", "error"):
        for report in terminalreporter.stats.get(outcome, ()):
            told = dict(getattr(report, "user_properties", ()))  # a module that cannot be imported has none
            if "case" in told and (report.when == "call" or not report.passed):
                point, what, before = told["case"]
                now = " · ".join(str(text) for name, text in report.user_properties if name == _NOTED)
                rows[report.nodeid] = (f"{point}. {what}", before, now or "the scene itself failed", report.passed)
    if not rows:
        return
    terminalreporter.write_sep("=", "attacks")
    for case, before, now, held in sorted(rows.values(), key=lambda row: (int(row[0].partition(".")[0]), row[0])):
        terminalreporter.write_line(f"{'held  ' if held else 'BROKEN'}  {case}")
        terminalreporter.write_line(f"          before: {before}")
        terminalreporter.write_line(f"          now:    {now}")
    terminalreporter.write_line(f"{sum(row[3] for row in rows.values())} of {len(rows)} attacks failed, as they must")


# ---------------------------------------------------------------------------------- the one home, from scene to scene


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The home after its first night, held under a umask that lets everybody do everything."""
    return scenes.founded(tmp_path_factory.mktemp("attack") / "home")


@pytest.fixture(scope="session")
def as_founded(founded: Home) -> Home:
    """A copy of it, put by before anything else happens: throw-away copies are made of this one."""
    return founded.copied(founded.folder.parent / "as-founded")


@pytest.fixture(scope="session")
def impersonated(founded: Home, as_founded: Home) -> Impersonated:
    return scenes.impersonated(founded)


@pytest.fixture(scope="session")
def erased(impersonated: Impersonated) -> Erased:
    return scenes.erased(impersonated.home)


@pytest.fixture(scope="session")
def returned(erased: Erased, impersonated: Impersonated) -> Returned:
    return scenes.returned(erased.home)


@pytest.fixture
def copy(as_founded: Home, tmp_path: Path) -> Home:
    """A throw-away copy of the home as it was founded."""
    return as_founded.copied(tmp_path / "home")
