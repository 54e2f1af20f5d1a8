"""The homes of the tests of faults, each made once, and the figures that they end with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults import homes, recovery
from tests.faults.homes import Scene

_PROVEN = "proven"


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return homes.demo_scene(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return homes.small_scene(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return homes.first_scene(tmp_path_factory.mktemp("first"))


@pytest.fixture
def home(small: Scene) -> Iterator[Path]:
    """A home before the small night."""
    with small.home() as folder:
        yield folder


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str, Counter[str]], None]:
    """Say what was proven, where the run ends."""
    return lambda what, hit: record_property(_PROVEN, recovery.told(what, hit))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    lines = [line for report in terminalreporter.stats.get("passed", ()) for name, line in report.user_properties if name == _PROVEN]
    if lines:
        terminalreporter.section("proven")
        for line in lines:
            terminalreporter.write_line(line)
