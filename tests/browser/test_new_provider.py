"""A new provider, from the empty template to its figures: what it downloads from the page, fills in, corrects and deposits.

It writes into workbooks with openpyxl; where LibreOffice is installed, each goes through it as if it had been saved there.
"""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from tests.browser.chromium import Page
from tests.browser.served_page import Served, faults_of_answer, focus_on, press_button, served_page, text
from tests.golden.nights import Home
from tests.spec.paper import SIRET, VALID, csv_of
from tests.unit.flows.deposit.visitors import mails

ADDRESS = "suivi@opale.example"
SENDERS = f"""
[[sender]]
folder = "region"
kinds = ["actions", "financements"]
[[sender]]
folder = "opale"
sirets = ["{SIRET}"]
contact = "{ADDRESS}"
"""
DAYS = {"debut", "fin", "naissance", "entree_le", "sortie_le"}


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[openpyxl.Workbook, str], Path]:
    """`saved(book, "x.ods")`: the workbook on a disk as LibreOffice saves it, or an .xlsx of openpyxl's where there is none."""

    def save(book: openpyxl.Workbook, name: str) -> Path:
        wanted = tmp_path / name
        by_hand = tmp_path / "hand" / f"{wanted.stem}.xlsx"
        by_hand.parent.mkdir(exist_ok=True)
        book.save(by_hand)
        if not shutil.which("soffice"):
            return by_hand
        profile = (tmp_path / "libreoffice").as_uri()
        subprocess.run(
            ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", wanted.suffix[1:], "--outdir", tmp_path, by_hand],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        return wanted

    return save


def filled(template: bytes, rows: dict[str, list[dict[str, str]]]) -> openpyxl.Workbook:
    """The template with these rows below the titles of its sheets, days as days."""
    book = openpyxl.load_workbook(io.BytesIO(template))
    for kind, values in rows.items():
        sheet = book[kind]
        titles = [str(cell.value).rstrip("*") for cell in sheet[1]]
        for number, row in enumerate(values, start=2):
            for at, title in enumerate(titles, start=1):
                cell = VALID[kind][title] if title not in row else row[title]
                sheet.cell(number, at, _day(cell) if title in DAYS and cell else cell or None)
    return book


def _day(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y").date()


def test_from_the_empty_template_to_the_figures(plain: Page, tmp_path: Path, saved: Callable[[openpyxl.Workbook, str], Path]) -> None:
    home = Home(tmp_path / "home")
    (home.folder / "suivi.toml").write_text('steward_email = "donnees@region.example"\nsettle_seconds = 0\n', encoding="utf-8")
    (home.folder / "senders.toml").write_text(SENDERS, encoding="utf-8")
    with served_page(home.folder, tmp_path) as served:
        walk(plain, served, home, saved)


def walk(plain: Page, served: Served, home: Home, saved: Callable[[openpyxl.Workbook, str], Path]) -> None:
    """All that it does, with the keyboard alone."""
    plain.load(f"{served.origin}/modeles")
    focus_on(plain, 'a[href="/modeles/retours.xlsx"]')
    name, template = plain.download()
    assert name == "retours.xlsx"
    # A word in the place of a number, and the code of a sex that there is not.
    rows = {"sessions": [{"places": "beaucoup"}], "apprenants": [{}, {"id_apprenant": "L2", "sexe": "Z"}]}
    book = filled(template, rows)
    wrong = saved(book, "mes retours.ods")

    plain.load(f"{served.origin}/")
    plain.choose_file("fichier", wrong)
    press_button(plain)
    said = text(plain)
    for part in ("La cellule « places » n'est pas lisible", "ligne 2", "sexe", "ligne 3"):
        assert part in said, part
    assert faults_of_answer(plain) == []

    plain.load(f"{served.origin}/")
    plain.choose_file("fichier", wrong)
    focus_on(plain, "button[value=classeur]")
    name, workbook = plain.download()
    assert name == "mes retours à corriger.xlsx"
    marked = openpyxl.load_workbook(io.BytesIO(workbook))
    to_correct = {(sheet.title, cell.coordinate): cell for sheet in marked for row in sheet for cell in row if cell.comment}
    assert list(to_correct) == [("sessions", "G2"), ("apprenants", "E3")]
    for cell, right in zip(to_correct.values(), ("24", "F"), strict=True):
        cell.value = right
    corrected = saved(marked, "mes retours corrigés.ods")

    plain.load(f"{served.origin}/connexion")
    focus_on(plain, "#courriel")
    plain.type(ADDRESS)
    press_button(plain)
    plain.load(served.mailed_link(0))
    press_button(plain)
    base = f"{served.origin}/organisme/{SIRET}"
    plain.load(f"{base}/deposer")
    plain.choose_file("fichier", corrected)
    press_button(plain)
    acknowledged = plain.evaluate("location.href")
    assert "Pas encore traité" in text(plain)
    assert "accepté" in text(plain)
    served.site.post.wait()
    assert [to for to, _ in mails(home.folder, "deposit")] == [ADDRESS]

    home.night({"region/actions.csv": csv_of("actions", f"organisme=Opale & courriel={ADDRESS}")})
    plain.load(acknowledged)
    assert text(plain).count("Traité") == 2, "a receipt for each of the two returns"
    plain.load(f"{base}/chiffres")
    assert "Sortis 2" in text(plain)
    assert home.rows("select session_id, seats from clean.sessions") == [("S1", 24)]
    assert len(home.rows("select learner_key from clean.learners")) == 2
