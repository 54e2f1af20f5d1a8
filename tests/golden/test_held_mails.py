"""Who is told of files that are set aside, of the answers, of replaced rows; their receipts, and the chain that shows a stranger."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from flows.cli import main
from flows.held_answers import accept
from flows.recovery.rebuild import rebuild
from flows.settings import load_settings
from tests.golden.nights import Home, sirets
from tests.golden.test_alerts import mails_of
from tests.spec.paper import csv_of
from tests.unit.flows.pages.test_receipts import text_of
from warehouse.intake.held_files import REJECTED, note_answer
from warehouse.store.store import Store

#: whole nights, one after the other: `make attack` runs them
pytestmark = pytest.mark.attack

A, B, NOBODY = sirets(3)
OF_A, OF_B = {"siret": A}, {"siret": B}
STEWARD = "donnees@region.example"
#: a stranger's name that would be a link, the end of a quotation and a command
HOSTILE = "www.exemple.fr » suivi held accept 3 --always http:"
SENT = csv_of("suivi", OF_A)


def on(day: int) -> date:
    return date(2019, 6, day)


NIGHTS: dict[int, dict[str, bytes]] = {
    1: {
        "region/actions.csv": csv_of("actions", {**OF_A, "courriel": "a@exemple.fr"}, {**OF_B, "organisme": "Bêta", "courriel": "b@exemple.fr"}),
        "A/sessions.csv": csv_of("sessions", OF_A),
        "A/apprenants.csv": csv_of("apprenants", OF_A),
        "A/suivi.csv": SENT,
        "B/sessions.csv": csv_of("sessions", OF_B),
    },
    2: {
        f"{HOSTILE}/1.csv": csv_of("suivi", {**OF_A, "situation": "RECHERCHE"}),
        "B/2.csv": csv_of("sessions", {**OF_A, "places": "9"}),
        "B/3.csv": csv_of("financements", OF_B),
        "A/suivi corrigé.csv": csv_of("suivi", {**OF_A, "situation": "CDD_6P"}),
    },
    3: {"A/suivi.csv": SENT},
    4: {},
    5: {},
}  # fmt: skip


@dataclass
class Lived:
    """A home, and the mails of each of its nights by recipient."""

    home: Home
    mails: dict[int, dict[str, EmailMessage]] = field(default_factory=dict)

    def text(self, night: int, to: str) -> str:
        """The plain text of a mail, on one line and with plain spaces."""
        part = self.mails[night][to].get_body(("plain",))
        assert part is not None
        return " ".join(part.get_content().replace("\u00a0", " ").replace("\u202f", " ").split())


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    home = Home(tmp_path_factory.mktemp("held"))
    (home.folder / "suivi.toml").write_text(f'steward_email = "{STEWARD}"\nsettle_seconds = 0\n')
    told, settings = Lived(home), load_settings(home.folder)
    for night, files in NIGHTS.items():
        report = home.night(files, on=on(night))
        mails = mails_of(home)
        told.mails[night] = {alert["to"]: mails[alert["message_id"]] for alert in report["alerts"]}
        assert len(told.mails[night]) == len(report["alerts"]), "nobody has two mails in a night"
        if night == 3:
            with Store.open(home.folder) as store, store.transaction("reject") as con:
                note_answer(con, 6, REJECTED, datetime(2019, 6, 3, 9, tzinfo=UTC))
            accept(settings, 7)
            accept(settings, 10)
    yield told


def test_the_steward_and_the_provider_are_told_the_same_night(lived: Lived) -> None:
    assert set(lived.mails[2]) == {STEWARD, "a@exemple.fr"}
    assert lived.mails[2]["a@exemple.fr"]["Subject"] == "Numérique pour tous : 2 fichiers mis de côté"
    own, digest = lived.text(2, "a@exemple.fr"), lived.text(2, STEWARD)
    assert lived.mails[2][STEWARD]["Subject"] == "Résumé du 2 juin 2019 : 3 fichiers mis de côté, 5 retours en retard"
    for said in (own, digest):
        assert "« B/2.csv », déposé dans le dossier « B », reçu le 2 juin 2019 à 4 h 00, retour « sessions de formation »" in said
        assert f"parle pour le SIRET {A}, dont les fichiers sont attendus dans le dossier « A »." in said
    assert "Répondez à ce message pour dire si ce fichier est le vôtre." in own and STEWARD in own
    assert not re.search(r"suivi held accept [678]|suivi held reject", own), "answers are the steward's"
    for command in ("suivi held", "suivi held accept 7", "suivi held accept 7 --always", "suivi held reject 7", "suivi held reject 8"):
        assert f" {command} " in digest, command
    assert "B/3.csv" in digest and "B/3.csv" not in own, "the Region's kinds are the steward's matter"
    assert "b@exemple.fr" not in lived.mails[2], "who sent it is not its news"


def test_a_strangers_name_is_no_link_no_quotation_and_no_command(lived: Lived) -> None:
    for to in (STEWARD, "a@exemple.fr"):
        mail = lived.mails[2][to]
        for kind in ("plain", "html"):
            part = mail.get_body((kind,))
            assert part is not None and not re.search(r"www\.exemple|http:/", part.get_content())
        assert "« www.\u200bexemple.\u200bfr › suivi held accept 3 --always http:" in lived.text(2, to)
        assert all(mail.get_all(name, []) for name in ("To", "Subject")) and mail["Bcc"] is None


def test_bytes_sent_again_after_a_correction_are_told_with_what_replaced_them(lived: Lived) -> None:
    own = lived.text(3, "a@exemple.fr")
    assert lived.mails[3]["a@exemple.fr"]["Subject"] == "Numérique pour tous : 1 fichier mis de côté"
    assert "1 ligne remplacée par « A/suivi corrigé.csv », déposé dans le dossier « A », reçu le 2 juin 2019 à 4 h 00" in own
    assert "S'il doit compter à nouveau, répondez à ce message : la Région peut l'accepter" in own
    digest = lived.text(3, STEWARD)
    assert "suivi held accept 10 " in digest and "suivi held accept 10 --always" not in digest
    assert "N° 6." in digest and "N° 10, nouveau." in digest, "what waits is said until it is answered"


def test_answers_are_told_the_night_after(lived: Lived) -> None:
    own = lived.text(4, "a@exemple.fr")
    assert lived.mails[4]["a@exemple.fr"]["Subject"] == "Numérique pour tous : 1 ligne remplacée, 3 réponses de la Région"
    assert "« B/2.csv », qui avait été mis de côté : accepté, il compte comme s'il avait été reçu cette nuit." in own
    assert "qui avait été mis de côté : rejeté, rien n'en est compté." in own
    assert "N° 8." in lived.text(4, STEWARD) and "N° 6" not in lived.text(4, STEWARD)
    assert lived.mails[5] == {}


def test_rows_that_a_stranger_replaced_are_told_and_those_of_the_usual_sender_are_not(lived: Lived) -> None:
    own = lived.text(4, "a@exemple.fr")
    assert "« B/2.csv », déposé dans le dossier « B », reçu le 4 juin 2019 à 4 h 00, a remplacé :" in own
    assert "1 ligne de « A/sessions.csv », déposé dans le dossier « A », reçu le 1ᵉʳ juin 2019 à 4 h 00" in own
    assert "a remplacé" not in lived.text(2, "a@exemple.fr"), "A's own correction of its own rows"


def test_what_is_held_is_nobodys_fault(lived: Lived, tmp_path: Path) -> None:
    # seen on the night after which nothing was answered yet
    home = Home(tmp_path / "home", tells=False)
    for night in (1, 2):
        home.night(NIGHTS[night], on=on(night))
    scores = "SELECT files, records, accepted, quarantined, open_errors, open_warnings FROM quality.provider_scores WHERE provider_siret = ?"
    assert home.row(scores, A) == (4, 4, 4, 0, 0, 0)
    findings = "SELECT submission_id, resolved_at IS NULL FROM quality.findings WHERE rule = 'FIC-17' ORDER BY ALL"
    assert home.rows(findings) == [(6, True), (7, True), (8, True)]
    settled = "SELECT submission_id, resolved_at IS NOT NULL FROM quality.findings WHERE rule LIKE 'FIC-1_' ORDER BY ALL"
    assert lived.home.rows(settled) == [(6, True), (7, True), (8, False), (10, True)]


def test_a_held_provider_is_no_provider(tmp_path: Path) -> None:
    home = Home(tmp_path, tells=False)
    (home.folder / "suivi.toml").write_text('senders = "strict"\nsettle_seconds = 0\n')
    home.night({"B/1.csv": csv_of("sessions", {"siret": NOBODY})}, on=on(1))
    assert home.rows("SELECT decision FROM quality.files") == [("held",)]
    assert home.rows("FROM quality.provider_scores") == []


# ---------------------------------------------------------------------------------------------------- receipts and chain


def receipts(home: Home) -> dict[int, tuple[Path, dict[str, Any]]]:
    """Path without ending and JSON of each receipt, by number."""
    found = [(path.with_suffix(""), json.loads(path.read_bytes())) for path in (home.folder / "receipts").glob("*/*.json")]
    return {said["number"]: (path, said) for path, said in found}


def test_a_held_file_has_a_receipt_without_its_content(lived: Lived) -> None:
    stem, said = receipts(lived.home)[7]
    assert (stem.parent.name, said["decision"], said["sender"], said["chain"], said["records"]) == (A, "held", "B", None, 0)
    assert not stem.with_suffix(".csv").exists()
    text = text_of(receipts(lived.home)[8][0].with_suffix(".html").read_text())
    for expected in (
        "Reçu : mis de côté", "est mis de côté : rien n'en est compté.", "dans le dossier « B »", "Un courriel vous dira sa réponse.",
    ):  # fmt: skip
        assert expected in text, expected
    answers = {number: text_of(receipts(lived.home)[number][0].with_suffix(".html").read_text()) for number in (6, 7)}
    assert "La Région l'a rejeté : rien n'en est compté." in answers[6]
    assert "Reçu : accepté depuis" in answers[7] and "La Région l'a accepté : ce qui en est pris est dit dans le reçu n°" in answers[7]
    again = receipts(lived.home)[10][0].with_suffix(".html").read_text()
    assert "A/suivi corrigé.csv" in again and "Mis de côté" not in again.partition("<main")[2].partition("SHA-256")[2]
    assert receipts(lived.home)[8][0].parent.name == "region"


def chain(home: Home, siret: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    assert main(["chain", siret, "--home", str(home.folder), "--format", "json"]) == 0
    links: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["links"]
    return links


def test_the_chain_holds_every_file_taken_and_the_receipts_show_it(lived: Lived, capsys: pytest.CaptureFixture[str]) -> None:
    links = chain(lived.home, A, capsys)
    assert [(link["number"], link["sender"], link["is_usual"]) for link in links] == [
        (2, "A", True), (3, "A", True), (4, "A", True), (9, "A", True), (11, "B", False), (12, "A", True),
    ]  # fmt: skip
    assert links[0]["previous"] == "0" * 64
    assert [link["previous"] for link in links[1:]] == [link["link"] for link in links[:-1]]
    for link in links:
        stem, said = receipts(lived.home)[link["number"]]
        assert said["chain"] == {"place": link["place"], "link": link["link"], "previous": link["previous"]}
        assert link["link"] in stem.with_suffix(".html").read_text()
    assert main(["chain", A, "--home", str(lived.home.folder)]) == 0
    out = capsys.readouterr().out
    assert "6 files taken in the name of" in out and "1 marked !, from elsewhere than folder A" in out
    assert [line for line in out.splitlines() if line.startswith("!")] == ["!   5  file 11, 2019-06-04, folder B: B/2.csv, sessions, 1 taken"]


def test_the_chain_of_nobody_is_wrong_use(lived: Lived, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chain", NOBODY, "--home", str(lived.home.folder)]) == 2
    assert "no file and no action names the SIRET" in capsys.readouterr().err
    assert main(["chain", A, "--home", str(lived.home.folder / "nowhere")]) == 2


def test_a_link_hangs_on_all_before_it(lived: Lived, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import duckdb

    shutil.copytree(lived.home.folder, tmp_path / "home")
    home = Home(tmp_path / "home")
    before = [link["link"] for link in chain(home, A, capsys)]
    with duckdb.connect(str(home.folder / "store.duckdb")) as con:
        con.execute("UPDATE submissions SET sender = 'C' WHERE submission_id = 4")
    after = [link["link"] for link in chain(home, A, capsys)]
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, True, False, False, False, False]


def test_a_rebuild_gives_the_same_chain_and_tells_nothing_again(lived: Lived, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(lived.home.folder, tmp_path / "home")
    home = Home(tmp_path / "home")
    before, receipt = chain(home, A, capsys), {number: said for number, (_, said) in receipts(home).items()}
    rebuild(load_settings(home.folder))
    shutil.rmtree(home.folder / "receipts")
    assert home.night(on=on(6))["alerts"] == []
    assert chain(home, A, capsys) == before
    assert {number: said for number, (_, said) in receipts(home).items()} == receipt
