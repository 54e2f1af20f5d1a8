"""That provider, steward and warehouse are told one and the same of each file: receipts, mails and what the warehouse says."""

from __future__ import annotations

import email
import email.policy
from datetime import date, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.golden.nights import Home
from tests.spec.paper import SIRET, csv_of

FIRST = date(2018, 10, 2)
LEARNERS = [f"id_apprenant=L{number}" for number in range(6)]
WRONG = "id_apprenant=LX & sexe=pas-un-sexe"


class Told:
    """A home, and the mails of each night, by recipient."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder)
        (folder / "suivi.toml").write_text('steward_email = "donnees@region.example"\nsettle_seconds = 0\n')
        self.nights: list[dict[str, EmailMessage]] = []
        self.refusals: list[int] = []

    def night(self, files: dict[str, bytes]) -> None:
        before = set((self.home.folder / "outbox").glob("*.eml"))
        self.home.night(files, on=FIRST + timedelta(days=len(self.nights)))
        self.refusals.append(self.home.row("SELECT sum(open_refusals) FROM quality.provider_scores")[0])
        new = set((self.home.folder / "outbox").glob("*.eml")) - before
        mails = [email.message_from_bytes(path.read_bytes(), EmailMessage, policy=email.policy.default) for path in new]
        self.nights.append({str(mail["To"]): mail for mail in mails})  # type: ignore[misc]

    def mail(self, night: int, to: str = "contact@exemple.fr") -> str:
        return text_of(self.nights[night][to])

    def receipt(self, name: str) -> str:
        (path,) = (self.home.folder / "receipts").glob(f"*/*-{name}.html")
        return path.read_text()


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
    })  # fmt: skip
    told.night({"nord/apprenants 2.csv": csv_of("apprenants", LEARNERS[0])})
    told.night({
        "nord/depenses.csv": csv_of("depenses", ""),
        "nord/apprenants 3.csv": csv_of("apprenants", *LEARNERS, "id_apprenant=L7", "id_apprenant=LX"),
    })  # fmt: skip
    return told


def test_a_file_that_names_nobody_is_answered_to_its_folder_until_a_good_one_of_its_kind_comes(told: Told) -> None:
    assert "Dépenses v2.xlsx" in told.mail(0)
    assert "vide.csv" in told.mail(0)
    assert [file.parent.name for file in (told.home.folder / "receipts").rglob("*vide.html")] == [SIRET]
    assert told.refusals == [2, 1, 0], "the workbook is of expenses, and no other return settles it"
