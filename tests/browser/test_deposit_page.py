"""The deposit page in Chromium, without JavaScript: every page at two widths, and the journeys of a provider by keyboard alone."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn

from flows.deposit.app import make_app
from flows.deposit.judging import Judges
from flows.deposit.site import Site, make_site
from flows.settings import load_settings
from tests.browser import looking
from tests.browser.chromium import Browser, Page
from tests.golden.nights import Home
from tests.spec.paper import csv_of
from tests.unit.flows.deposit.conftest import CANARY, OF_A, OF_STAFF, SENDERS, A, B, returns_of
from tests.unit.flows.deposit.visitors import mail_page, mails, token_in

WIDTHS = (360, 1280)
OPEN = ("/", "/modeles", "/guide", "/regles", "/dictionnaire", "/connexion", "/lien/x", "/rien")
OF_PROVIDER = ("", "/deposer", "/fichiers", "/chiffres")


@dataclass
class Served:
    """A page that is served on loopback."""

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
        self.site.post.wait()
        return f"{self.origin}/lien/{token_in(mails(self.site.settings.home, 'link')[before:][0][1])}"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page of a home after a night, in a thread of this process."""
    folder = tmp_path_factory.mktemp("deposit")
    home = Home(folder / "home")
    (home.folder / "suivi.toml").write_text('steward_email = "donnees@region.example"\nsettle_seconds = 0\n', encoding="utf-8")
    (home.folder / "senders.toml").write_text(SENDERS, encoding="utf-8")
    strange = {"<b>ailleurs/مركز.csv": csv_of("sessions", f"siret={A} & numero_session=S9")}
    home.night({**returns_of(A, "OPALE"), **returns_of(B, CANARY), **strange})
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
        site = make_site(load_settings(home.folder), origin, Judges(load_settings(home.folder), processes=1))
        server = uvicorn.Server(uvicorn.Config(make_app(site), access_log=False, log_config=None, lifespan="on", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield Served(site, origin, folder)
        server.should_exit = True
        thread.join()


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """A tab in which no script of a page runs, and that nobody has used before."""
    with browser.page() as page:
        page.forget_cookies()
        page.without_scripts = True
        yield page


def faults(page: Page) -> list[str]:
    """What is wrong with the page that is shown, but that it has forms, which these pages are for."""
    found = looking.faults(page)
    # what a wrong address answers is told on the console too
    told = ("active: <form", "restless: Failed to load resource: the server responded with a status of 4")
    return [fault for fault in found if not fault.startswith(told)]


def test_every_page_for_anybody(plain: Page, served: Served) -> None:
    found = {}
    for path in OPEN:
        for width in WIDTHS:
            plain.load(served.origin + path, width)
            found[path, width] = faults(plain)
    assert {where: what for where, what in found.items() if what} == {}


def focus_on(page: Page, selector: str) -> None:
    """Press Tab until that element has the focus."""
    for _ in range(60):
        if page.evaluate(f"document.activeElement.matches({selector!r})"):
            return
        page.press("Tab")
    raise AssertionError(f"Tab does not reach {selector}")


def press_button(page: Page) -> None:
    """Go to the button of the page's form by keyboard, and press it."""
    focus_on(page, "main button")
    with page.loading():
        page.press("Enter")


def text(page: Page) -> str:
    return " ".join(page.evaluate("document.body.innerText").split())


def test_a_provider_checks_enters_deposits_and_leaves_by_keyboard(plain: Page, served: Served) -> None:
    """As somebody would: a wrong file is checked, corrected, checked, deposited; what is due, receipts and figures are read."""
    wrong = served.file("sessions.csv", csv_of("sessions", f"siret={A} & numero_session=S5 & places=beaucoup"))
    plain.load(f"{served.origin}/")
    plain.choose_file("fichier", wrong)
    press_button(plain)
    assert "places" in text(plain)
    assert "rien n'est envoyé" in text(plain)
    assert faults_of_answer(plain) == []

    plain.load(f"{served.origin}/connexion")
    focus_on(plain, "#courriel")
    plain.type(OF_A)
    press_button(plain)
    assert "Regardez vos courriels" in text(plain)
    assert faults_of_answer(plain) == []
    served.site.post.wait()

    link = served.link()
    for width in WIDTHS:
        plain.load(link, width)
        assert faults(plain) == []
    press_button(plain)
    base = f"{served.origin}/organisme/{A}"
    assert plain.evaluate("location.href") == base
    assert "Envoyé à votre nom" in text(plain)

    right = served.file("sessions corrigées.csv", csv_of("sessions", f"siret={A} & numero_session=S5"))
    plain.load(f"{base}/deposer")
    plain.choose_file("fichier", right)
    press_button(plain)
    assert "Reçu" in text(plain)
    acknowledgement = plain.evaluate("location.href")
    pages = [*(base + path for path in OF_PROVIDER), acknowledgement, f"{acknowledgement}/controle"]
    found = {}
    for address in pages:
        for width in WIDTHS:
            plain.load(address, width)
            found[address, width] = faults(plain)
    plain.load(f"{base}/fichiers")
    receipts = plain.evaluate("[...document.querySelectorAll('main table a')].map(link => link.href)")
    assert len(receipts) >= 3
    for address in receipts:
        plain.load(address, 360)
        found[address, 360] = faults(plain)
    assert {where: what for where, what in found.items() if what} == {}

    served.site.post.wait()
    for topic in ("link", "deposit"):
        mail = served.file(f"{topic}.html", mail_page(served.site.settings.home, topic).encode())
        for width in WIDTHS:
            plain.open(mail, width)
            assert faults(plain) == [], topic

    plain.load(base)
    focus_on(plain, ".leave button")
    with plain.loading():
        plain.press("Enter")
    assert plain.evaluate("location.pathname") == "/"
    plain.load(base)
    assert plain.evaluate("location.pathname") == "/connexion"


def test_staff_answers_a_held_file_by_keyboard(plain: Page, served: Served) -> None:
    plain.load(served.link(OF_STAFF))
    press_button(plain)
    assert plain.evaluate("location.pathname") == "/region"
    found = {}
    for path in ("/region", "/region/constats"):
        for width in WIDTHS:
            plain.load(served.origin + path, width)
            found[path, width] = faults(plain)
    assert {where: what for where, what in found.items() if what} == {}
    plain.load(f"{served.origin}/region/tableau")
    assert looking.restless(plain) == []
    plain.load(f"{served.origin}/region")
    focus_on(plain, "button[value=rejeter]")
    with plain.loading():
        plain.press("Enter")
    assert "Aucun fichier n'attend" in text(plain)


def faults_of_answer(page: Page) -> list[str]:
    """As `faults`, of a page that answers a form: its own address is the one request that there is."""
    own = page.evaluate("location.href")
    return [fault for fault in faults(page) if fault != f"restless: {own}"]
