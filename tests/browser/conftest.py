"""One Chromium for all tests of this folder, and a tab for each; without Chromium, Playwright and axe-core they do not run at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import chromium, looking
from tests.browser.chromium import Browser, Page


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder is marked `browser`."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A running Chromium."""
    if not chromium.is_installed() or not looking.axe_source():
        # Not skipped: whoever asks for these tests is told why they cannot be had.
        pytest.fail("Chromium, Playwright or axe-core is missing: run `make test-browser`", pytrace=False)
    with Browser() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab of its own."""
    with browser.page() as opened:
        yield opened


@pytest.fixture
def plain(page: Page) -> Page:
    """A tab in which no script of a page runs."""
    page.without_scripts = True
    return page
