"""The deposit page of a home, served on loopback by a thread of this process, and what somebody does at it by keyboard."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from flows.deposit.app import make_app
from flows.deposit.judging import Judges
from flows.deposit.limits import Rate
from flows.deposit.site import RATES, Site, make_site
from flows.settings import load_settings
from tests.browser import looking
from tests.browser.chromium import Page
from tests.unit.flows.deposit.conftest import OF_A
from tests.unit.flows.deposit.visitors import mails, token_in

WIDTHS = (360, 1280)
#: What is asked of a page at the width of a phone: what does not depend on the width is asked at the other.
_AT_A_PHONE = (*looking.ALWAYS, looking.unreached, looking.unopened)


@dataclass
class Served:
    """A page that is served."""

    site: Site
    origin: str
    folder: Path

    def file(self, name: str, data: bytes) -> Path:
        """A file of somebody's disk."""
        path = self.folder / name
        path.write_bytes(data)
        return path

    def link(self, address: str = OF_A) -> str:
        """A link, as it is mailed."""
        before = len(mails(self.site.settings.home, "link"))
        self.site.post.send_link(address, None)
        return self.mailed_link(before)

    def mailed_link(self, before: int) -> str:
        """The link of the mail that follows on so many others."""
        self.site.post.wait()
        return f"{self.origin}/lien/{token_in(mails(self.site.settings.home, 'link')[before:][0][1])}"


@contextlib.contextmanager
def served_page(home: Path, folder: Path) -> Iterator[Served]:
    """The page of a home; `folder` is somebody's disk. Its limits are no hindrance to tests, which ask more quickly than people."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
        settings = load_settings(home)
        site = make_site(settings, origin, Judges(settings, processes=1), rates=dict.fromkeys(RATES, Rate(10_000, 60)))
        server = uvicorn.Server(uvicorn.Config(make_app(site), access_log=False, log_config=None, lifespan="on", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield Served(site, origin, folder)
        finally:
            server.should_exit = True
            thread.join()


def faults(page: Page) -> list[str]:
    """What is wrong with the page that is shown, but that it has forms, which these pages are for."""
    if page.width > 600:
        found = looking.faults(page)
    else:
        found = [f"{question.__name__}: {fault}" for question in _AT_A_PHONE for fault in question(page)]
    # what a wrong address answers is told on the console too
    told = ("active: <form", "restless: Failed to load resource: the server responded with a status of 4")
    return [fault for fault in found if not fault.startswith(told)]


def faults_of_answer(page: Page) -> list[str]:
    """As `faults`, of a page that answers a form: its own address is the one request that there is."""
    own = page.evaluate("location.href")
    return [fault for fault in faults(page) if fault != f"restless: {own}"]


def focus_on(page: Page, selector: str) -> None:
    """Press Tab until that element has the focus."""
    for _ in range(80):
        if page.evaluate(f"document.activeElement.matches({selector!r})"):
            return
        page.press("Tab")
    raise AssertionError(f"Tab does not reach {selector}")


def press_button(page: Page, selector: str = "main button") -> None:
    """Go to a button by keyboard, the first of the page's form, and press it: another page is there then."""
    focus_on(page, selector)
    with page.loading():
        page.press("Enter")


def text(page: Page) -> str:
    """What the page says."""
    return " ".join(page.evaluate("document.body.innerText").split())
