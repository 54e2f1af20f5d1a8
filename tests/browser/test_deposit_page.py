"""The deposit page in Chromium, without JavaScript: every page at two widths, and the journeys of each by keyboard alone."""

from __future__ import annotations

import io
from collections.abc import Iterator

import openpyxl
import pytest

from tests.browser import looking
from tests.browser.chromium import Page
from tests.browser.served_page import (
    WIDTHS,
    Served,
    faults,
    faults_of_answer,
    focus_on,
    press_button,
    served_page,
    text,
)
from tests.golden.nights import Home
from tests.spec.paper import csv_of
from tests.unit.flows.deposit.conftest import CANARY, OF_A, OF_STAFF, SENDERS, A, B, returns_of
from tests.unit.flows.deposit.visitors import mail_page, mails

#: its home is made once, by the process that has all of these
pytestmark = pytest.mark.xdist_group("deposit")
OPEN = ("/", "/modeles", "/guide", "/regles", "/dictionnaire", "/connexion", "/lien/x", "/rien")
OF_PROVIDER = ("", "/deposer", "/fichiers", "/chiffres")
OF_STAFF_PAGES = ("/region", "/region/constats", "/region/tableau")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page of a home after a night, in which two files are held for each width at which somebody answers them."""
    folder = tmp_path_factory.mktemp("deposit")
    home = Home(folder / "home")
    (home.folder / "suivi.toml").write_text('steward_email = "donnees@region.example"\nsettle_seconds = 0\n', encoding="utf-8")
    (home.folder / "senders.toml").write_text(SENDERS, encoding="utf-8")
    strange = {f"<b>ailleurs {n}/مركز.csv": csv_of("sessions", f"siret={A} & numero_session=S9{n}") for n in range(2 * len(WIDTHS))}
    home.night({**returns_of(A, "OPALE"), **returns_of(B, CANARY), **strange})
    with served_page(home.folder, folder) as page:
        yield page


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_for_anybody(plain: Page, served: Served, width: int) -> None:
    found = {}
    for path in OPEN:
        plain.load(served.origin + path, width)
        found[path] = faults(plain)
    assert {where: what for where, what in found.items() if what} == {}


@pytest.mark.parametrize("width", WIDTHS)
def test_a_provider_checks_enters_deposits_and_leaves_by_keyboard(plain: Page, served: Served, width: int) -> None:
    """As somebody would: a wrong file is checked, had back marked, corrected, deposited; what is due, receipts and figures are read."""
    wrong = served.file("sessions.csv", csv_of("sessions", f"siret={A} & numero_session=S5 & places=beaucoup"))
    plain.load(f"{served.origin}/", width)
    plain.choose_file("fichier", wrong)
    focus_on(plain, "button[value=classeur]")
    name, workbook = plain.download()
    assert name == "sessions à corriger.xlsx"
    assert openpyxl.load_workbook(io.BytesIO(workbook))["sessions"]["G2"].fill.fill_type == "solid"
    assert plain.evaluate("location.pathname") == "/"
    plain.load(f"{served.origin}/", width)
    plain.choose_file("fichier", wrong)
    press_button(plain)
    assert "places" in text(plain)
    assert "rien n'est envoyé" in text(plain)
    assert faults_of_answer(plain) == []

    before = len(mails(served.site.settings.home, "link"))
    plain.load(f"{served.origin}/connexion", width)
    focus_on(plain, "#courriel")
    plain.type(OF_A)
    press_button(plain)
    assert "Regardez vos courriels" in text(plain)
    assert faults_of_answer(plain) == []
    plain.load(served.mailed_link(before), width)
    assert faults(plain) == []
    press_button(plain)
    base = f"{served.origin}/organisme/{A}"
    assert plain.evaluate("location.href") == base
    assert "Envoyé à votre nom" in text(plain)

    plain.load(f"{base}/deposer", width)
    plain.choose_file("fichier", wrong)
    press_button(plain)
    acknowledgement = plain.evaluate("location.href")
    assert "Reçu" in text(plain)
    focus_on(plain, f'a[href="/organisme/{A}/depots/{acknowledgement.rpartition("/")[2]}/classeur"]')
    assert plain.download()[0] == "sessions à corriger.xlsx"
    right = served.file("sessions corrigées.csv", csv_of("sessions", f"siret={A} & numero_session=S5"))
    plain.load(f"{base}/deposer", width)
    plain.choose_file("fichier", right)
    press_button(plain)
    pages = [*(base + path for path in OF_PROVIDER), acknowledgement, f"{acknowledgement}/controle", plain.evaluate("location.href")]
    found = {}
    for address in pages:
        plain.load(address, width)
        found[address] = faults(plain)
    plain.load(f"{base}/fichiers")
    links = plain.evaluate("[...document.querySelectorAll('main table a')].map(link => link.href)")
    receipts = [link for link in links if not link.endswith("/classeur")]
    assert len(receipts) >= 3
    for address in receipts:
        plain.load(address, width)
        found[address] = faults(plain)
    assert {where: what for where, what in found.items() if what} == {}

    served.site.post.wait()
    for topic in ("link", "deposit"):
        mail = served.file(f"{topic}.html", mail_page(served.site.settings.home, topic).encode())
        plain.open(mail, width)
        assert faults(plain) == [], topic

    plain.load(base, width)
    press_button(plain, ".leave button")
    assert plain.evaluate("location.pathname") == "/"
    plain.load(base, width)
    assert plain.evaluate("location.pathname") == "/connexion"


@pytest.mark.parametrize("width", WIDTHS)
def test_a_receipt_is_had_back_as_a_workbook_by_keyboard(plain: Page, served: Served, width: int) -> None:
    plain.load(served.link(), width)
    press_button(plain)
    plain.load(f"{served.origin}/organisme/{A}/fichiers", width)
    focus_on(plain, 'a[href$="/classeur"]')
    name, workbook = plain.download()
    assert name == "apprenants OPALE à corriger.xlsx"
    assert "OPALE" in [cell.value for row in openpyxl.load_workbook(io.BytesIO(workbook))["apprenants"] for cell in row if cell.comment]


@pytest.mark.parametrize("width", WIDTHS)
def test_staff_reads_the_dashboard_and_answers_held_files_by_keyboard(plain: Page, served: Served, width: int) -> None:
    plain.load(served.link(OF_STAFF), width)
    press_button(plain)
    assert plain.evaluate("location.pathname") == "/region"
    found = {}
    for path in OF_STAFF_PAGES:
        plain.load(served.origin + path, width)
        found[path] = faults(plain)
        if path.endswith("tableau"):
            looking.open_all(plain)
            found["tableau, opened"] = looking.axe(plain)
    assert {where: what for where, what in found.items() if what} == {}
    for answer in ("rejeter", "prendre"):
        plain.load(f"{served.origin}/region", width)
        waiting = plain.evaluate("document.querySelectorAll('button[value=rejeter]').length")
        press_button(plain, f"button[value={answer}]")
        assert plain.evaluate("document.querySelectorAll('button[value=rejeter]').length") == waiting - 1
