"""Every page that people see of the demo's home and of a hostile one, at the width of a phone and of a desk, and on paper."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from html import unescape
from pathlib import Path

import pytest

from flows.errors import safe_to_show
from tests.browser import looking
from tests.browser.chromium import Page
from tests.browser.homes import HOSTILE, KINDS, full_home, kind_of, pages_of
from tests.golden.nights import Home

HOMES = ("demo", "hostile")
#: how much of a name must be seen, since what is very long may be cut
SEEN = 24
RECEIPTS = tuple(kind for kind in KINDS if kind.startswith("receipt-"))
Pages = dict[str, Path]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Home, Pages]]:
    """`built("demo")`: that home and its pages, made once."""

    @cache
    def build(name: str) -> tuple[Home, Pages]:
        folder = tmp_path_factory.mktemp(name)
        home = full_home(name, folder / "home")
        return home, pages_of(home, folder / "mails")

    return build


# Each home is made and looked at by one process: two processes share the work, and neither makes both.
@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in HOMES])
def home(request: pytest.FixtureRequest, built: Callable[[str], tuple[Home, Pages]]) -> Home:
    """A home whose pages are looked at."""
    return built(request.param)[0]


@pytest.fixture
def pages(home: Home, request: pytest.FixtureRequest, built: Callable[[str], tuple[Home, Pages]]) -> Pages:
    """Name and file of each of its pages."""
    return built(request.node.callspec.params["home"])[1]


def of_kind(pages: Pages, kind: str) -> Pages:
    """The pages of that kind, of which there is at least one."""
    found = {name: path for name, path in pages.items() if kind_of(name) == kind}
    assert found, f"this home has no page of the kind {kind}"
    return found


def test_no_kind_of_page_is_forgotten(pages: Pages) -> None:
    assert {kind_of(name) for name in pages} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_pages_have_no_fault(page: Page, pages: Pages, kind: str) -> None:
    faults: dict[str, list[str]] = {}
    for name, path in of_kind(pages, kind).items():
        page.open(path, 1280)
        found = [*looking.faults(page), *(f"spilled: {fault}" for fault in looking.spilled(page, HOSTILE))]
        page.open(path, 360)
        looking.open_all(page)
        found += [f"at 360 pixels: {fault}" for fault in looking.faults(page, at_once=False)]
        if found:
            faults[name] = found
    assert faults == {}


@pytest.mark.parametrize("home", [pytest.param("hostile", marks=pytest.mark.xdist_group("hostile"))], indirect=True)
def test_hostile_names_are_there_to_be_seen(home: Home, pages: Pages) -> None:
    """A home whose pages leave them out would pass the others."""
    providers = [name for (name,) in home.rows("SELECT DISTINCT provider_name FROM clean.actions")]
    assert len(providers) > len(HOSTILE) / 2
    receipts = [name.replace("/", "\N{FRACTION SLASH}") for name in HOSTILE]
    shown_in = {RECEIPTS: receipts, ("check",): receipts[:2], ("dashboard",): providers, ("mail-night", "mail-digest"): providers}
    for kinds, names in shown_in.items():
        shown = [unescape(path.read_text(encoding="utf-8")) for kind in kinds for path in of_kind(pages, kind).values()]
        assert [name for name in names if not any(safe_to_show(name)[:SEEN] in text for text in shown)] == [], kinds
