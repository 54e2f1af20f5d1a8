"""That provider, steward and warehouse are told one and the same of each file: receipts, mails and what the warehouse says."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import date, timedelta
from email.message import EmailMessage
from html import unescape
from pathlib import Path

import pytest

from tests.golden.nights import Home, sirets
from tests.spec.paper import SIRET, csv_of

OTHER = sirets(2)[1]
FIRST = date(2018, 10, 2)
LEARNERS = [f"id_apprenant=L{number}" for number in range(6)]
WRONG = "id_apprenant=LX & sexe=pas-un-sexe"


class Told:
    """A home, and the mails of each night, by recipient."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder)
        (folder / "suivi.toml").write_text('steward_email = "donnees@region.example"\nsettle_seconds = 0\n')
        (folder / "senders.toml").write_text(f'[[sender]]\nfolder = "sud"\nsirets = ["{OTHER}"]\ncontact = "sud@exemple.fr"\n')
        self.nights: list[dict[str, EmailMessage]] = []
        self.refusals: list[int] = []
        self.withdrawn = ""

    def night(self, files: dict[str, bytes], days_later: int = 0) -> None:
        before = set((self.home.folder / "outbox").glob("*.eml"))
        self.home.night(files, on=FIRST + timedelta(days=len(self.nights) + days_later))
        self.refusals.append(self.home.row("SELECT sum(open_refusals) FROM quality.provider_scores")[0])
        new = set((self.home.folder / "outbox").glob("*.eml")) - before
        mails = [email.message_from_bytes(path.read_bytes(), EmailMessage, policy=email.policy.default) for path in new]
        self.nights.append({str(mail["To"]): mail for mail in mails})

    def mail(self, night: int, to: str = "contact@exemple.fr") -> str:
        return text_of(self.nights[night][to])

    def receipt(self, name: str) -> str:
        (path,) = (self.home.folder / "receipts").glob(f"*/*-{name}.html")
        return path.read_text()

    def attached(self, night: int, to: str = "contact@exemple.fr") -> dict[str, bytes]:
        return {str(part.get_filename()): part.get_payload(decode=True) for part in self.nights[night][to].iter_attachments()}  # type: ignore[misc]


def read(html: str) -> str:
    return " ".join(unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", html, flags=re.DOTALL)).split())


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().split())


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    told = Told(tmp_path_factory.mktemp("answers"))
    told.night({
        "region/actions.csv": csv_of("actions", "courriel=contact@exemple.fr"),
        "nord/sessions.csv": csv_of("sessions", ""),
        "nord/apprenants.csv": csv_of("apprenants", *LEARNERS, WRONG),
        "nord/suivi.csv": csv_of("suivi", "id_apprenant=L7 & echeance=SORTIE & observe_le=29/09/2018"),
        "nord/Dépenses v2.xlsx": b"PK\x03\x04 a workbook of nobody",
        "nord/vide.csv": b"",
        "sud/premier envoi.ods": b"PK\x03\x04 a workbook too",
    })  # fmt: skip
    told.night({"nord/apprenants 2.csv": csv_of("apprenants", LEARNERS[0])})
    told.withdrawn = told.receipt("apprenants")
    told.night({
        "nord/depenses.csv": csv_of("depenses", ""),
        "nord/apprenants 3.csv": csv_of("apprenants", *LEARNERS, "id_apprenant=L7", "id_apprenant=LX"),
    })  # fmt: skip
    told.night({}, days_later=6)
    return told


def test_a_file_that_names_nobody_is_answered_to_its_folder_until_a_good_one_of_its_kind_comes(told: Told) -> None:
    assert "Dépenses v2.xlsx" in told.mail(0)
    assert "vide.csv" in told.mail(0)
    assert "premier envoi.ods" in told.mail(0, "sud@exemple.fr")
    blank = {f"modele-{kind}.xlsx" for kind in ("sessions", "apprenants", "suivi", "depenses")}
    assert blank <= set(told.attached(0, "sud@exemple.fr")), "nothing tells which return it was to be"
    assert [file.parent.name for file in (told.home.folder / "receipts").rglob("*vide.html")] == [SIRET]
    assert told.refusals == [3, 2, 1, 1], "the workbook is of expenses, and no other return settles it"


def test_a_receipt_goes_with_the_mail_as_it_lies_in_the_folder(told: Told) -> None:
    attached = told.attached(2)
    receipts = {path.name.split("-")[3]: path.read_bytes() for path in (told.home.folder / "receipts" / SIRET).glob("*.html")}
    received = {name.split("-")[1]: data for name, data in attached.items() if name.startswith("recu-")}
    assert len(received) == 2 and received.items() <= receipts.items()
    assert len([name for name in told.attached(0) if name.startswith("recu-")]) == 5
    assert "5 reçus sont joints" in told.mail(0)
    assert "codes-sexe.csv" in told.attached(0)
    assert "suivi check" not in told.mail(0)
    assert "la nuit suivante" in told.mail(0)


def test_a_receipt_tells_what_a_rule_across_returns_found_as_the_mail_does(told: Told) -> None:
    of_first_night = next(read(data.decode()) for name, data in told.attached(0).items() if name.endswith("-suivi.html"))
    assert "rien à faire" not in of_first_night
    assert "ligne 2" in of_first_night
    assert "SUI-51" not in told.receipt("suivi")
    assert "rien à faire" in read(told.receipt("suivi"))


def test_a_newer_file_without_the_lines_has_not_corrected_them(told: Told) -> None:
    for said in (read(told.withdrawn), told.mail(1)):
        assert "1 ligne en erreur de celui-ci n'y est pas" in said
    assert "l'a corrigé : rien à faire" in read(told.receipt("apprenants"))
    assert "Plus aucun signalement n'est ouvert" not in told.mail(0)


def test_french_signs_keep_their_line_and_counts_agree(told: Told) -> None:
    for mail in (mail for night in told.nights for mail in night.values()):
        html = mail.get_body(("html",))
        assert html is not None
        body = mail.get_body(("plain",))
        assert body is not None
        assert_french(read_with_spaces(html.get_content()))
        assert_french(body.get_content().replace("\n", " "))
    for path in (told.home.folder / "receipts").rglob("*.html"):
        assert_french(read_with_spaces(path.read_text()))


def read_with_spaces(html: str) -> str:
    """The page as it is read, its no-break spaces kept."""
    return re.sub(r"[ \t\r\n]+", " ", unescape(re.sub(r"<(style|title)>.*?</\1>|<[^>]*>", "", html, flags=re.DOTALL)))


def assert_french(text: str) -> None:
    signs, number = r".{20} [:;?!»%€].{5}|.{10}« .{10}", r"\b[01] (?!des)[a-zé]+s\b|\b(?:[2-9]|1\d) (?:ligne|fichier|signalement|retour)\b"
    assert not re.findall(f"{signs}|{number}", text)


def test_the_digest_names_the_files_that_changed_figures_and_says_when_nothing_comes(told: Told) -> None:
    digests = [told.mail(night, "donnees@region.example") for night in (1, 3)]
    assert re.search(r"Depuis la publication du 2 octobre 2018, \d+ valeurs publiées ont changé, par « nord/apprenants 2.csv »", digests[0])
    assert "Rien n'a été reçu depuis le 4 octobre 2018 (7 jours)" in digests[1]
