"""What is asked of every page that people see; each question answers with a list of faults, empty when all is well."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any
from unicodedata import bidirectional
from urllib.parse import unquote, urlsplit

from tests.browser.chromium import Page

WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
#: Chromium's margins on A4 leave this many CSS pixels
PAPER = 718
#: what Unicode says of letters and marks that write from right to left
_TURNING = {"R", "AL", "RLE", "RLO", "RLI"}


def axe_source() -> Path | None:
    """Where axe-core lies, None without it: `make test-browser` installs requirements.txt, beside this file."""
    package = importlib.util.find_spec("axe_playwright_python")
    return Path(package.origin).with_name("axe.min.js") if package and package.origin else None


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _ask(page: Page, question: str, *arguments: object) -> Any:
    """What one of the questions of looking.js answers. A page gets all of them with the first that is put to it."""
    asked = f"{question}({', '.join(json.dumps(argument) for argument in arguments)})"
    answer = page.evaluate(f"globalThis.looking ? looking.{asked} : 'unknown'")
    if answer != "unknown":
        return answer
    return page.evaluate(f"globalThis.looking = {_text(Path(__file__).with_name('looking.js'))}, looking.{asked}")


def axe(page: Page, tags: Sequence[str] = WCAG) -> list[str]:
    """What axe-core finds against these tags, one line an element."""
    source = axe_source()
    assert source, "axe-core is missing: run `make test-browser`"
    page.evaluate(f"{{ {_text(source)}; true }}")
    faults: list[str] = _ask(page, "axe", tags)
    return faults


def restless(page: Page) -> list[str]:
    """Requests, console messages and dialogs since the page was opened: a page of ours has none."""
    return [*page.requests, *page.complaints, *(f"dialog: {text}" for text in page.dialogs)]


def active(page: Page) -> list[str]:
    """Elements that can run or fetch something."""
    faults: list[str] = _ask(page, "active")
    return faults


def too_wide(page: Page) -> list[str]:
    """What makes the page scroll sideways; a table that scrolls inside its own box does not."""
    faults: list[str] = _ask(page, "tooWide", page.width)
    return faults


def cut_off(page: Page) -> list[str]:
    """Boxes whose content does not fit and cannot be scrolled to: all of them on paper, clipped ones on a screen."""
    faults: list[str] = _ask(page, "cutOff")
    return faults


def unnamed(page: Page) -> list[str]:
    """Title, language, one main heading, and headings that skip no level."""
    faults: list[str] = _ask(page, "unnamed")
    return faults


def unreached(page: Page) -> list[str]:
    """Links, summaries and boxes to scroll that Tab does not reach, or that do not show that they have the focus."""
    wanted: list[str] = _ask(page, "wanted")
    reached: set[int] = set()
    faults: list[str] = []
    for _ in range(len(wanted) + 2):
        page.press("Tab")
        at = _ask(page, "focused")
        if at is None:
            break
        reached.add(at["number"])
        if not at["isShown"]:
            faults.append(f"no visible focus: {at['html']}")
        if not at["isInside"]:
            faults.append(f"focused out of sight: {at['html']}")
    return faults + [f"not reached by Tab: {html}" for number, html in enumerate(wanted) if number not in reached]


def unopened(page: Page) -> list[str]:
    """Details that Enter does not open."""
    faults: list[str] = []
    for number in range(_ask(page, "summaries")):
        before = _ask(page, "focusSummary", number)
        if before["isVisible"]:
            page.press("Enter")
            if _ask(page, "focusSummary", number)["isOpen"] == before["isOpen"]:
                faults.append(before["html"])
    return faults


def dead(page: Page) -> list[str]:
    """Links to files that are not there, or to places that the page does not have."""
    links: list[str] = _ask(page, "links")
    faults: list[str] = []
    for link in links:
        parts = urlsplit(link)
        if parts.scheme == "file" and not Path(unquote(parts.path)).exists():
            faults.append(f"no such file: {link}")
    return faults + [f"no such place: {name}" for name in _ask(page, "lostPlaces")]


def open_all(page: Page) -> None:
    """Open all details, as someone does who wants to see everything."""
    _ask(page, "openAll")


def badly_printed(page: Page) -> list[str]:
    """What does not fit on A4, is cut off there, or is no PDF."""
    page.media("print")
    page.resize(PAPER)
    faults = [*too_wide(page), *cut_off(page)]
    page.media("screen")
    return faults if page.pdf().startswith(b"%PDF-") else [*faults, "no PDF"]


def spilled(page: Page, names: Sequence[str]) -> list[str]:
    """Texts with a right-to-left character of these names that nothing keeps from turning their neighbours around."""
    marks = sorted({character for name in names for character in name if bidirectional(character) in _TURNING})
    faults: list[str] = _ask(page, "spilled", names, marks)
    return faults


#: what no page may do, at no width
ALWAYS = (restless, active, axe, too_wide, cut_off)
#: what is asked once of a page
ONCE = (unnamed, unreached, unopened, dead, badly_printed)


def faults(page: Page, *, at_once: bool = True) -> list[str]:
    """All faults of the open page, each with its question; `at_once=False` leaves out what does not depend on the width."""
    questions = (*ALWAYS, *ONCE) if at_once else ALWAYS
    return [f"{question.__name__}: {fault}" for question in questions for fault in question(page)]
