"""Receipts: what a sender is told of each kind of file, the list of rejected lines, and that none stays owed."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner

from expectations.programme import load_programme
from expectations.verdict.decide import FileVerdict
from flows.cli import check, main
from flows.mail.write import mail_context
from flows.pages import receipts
from flows.pages.receipts import write_receipts
from flows.settings import load_settings
from flows.steps.check import judge_files
from tests.golden.nights import Home
from tests.spec.paper import SIRET, csv_of
from transforms.pages.receipt.rejected_lines import rejected_csv
from warehouse.notifications.receipt_folder import ReceiptFolder
from warehouse.notifications.updates import FileUpdate
from warehouse.reference.places import load_places
from warehouse.store.store import Store

VALUE, NAME = "ZZVALUE", "ZZNAME"
HOSTILE = "=cmd|' <script>alert(1)<b> 👩‍💻 \N{RIGHT-TO-LEFT OVERRIDE}fdp.csv"
Contents = dict[str, bytes]


def learners() -> bytes:
    """Learners on lines 2 to 9, of whom 3, 4 and 5 break a rule (5 another too), and a damaged line 10; with their names."""
    changes = ["", f"sexe={VALUE}", f"sexe={VALUE}", f"sexe={VALUE} & commune=59800", "commune=1004", "", "", ""]
    file = csv_of("apprenants", *(f"id_apprenant=L{number} & {change}" for number, change in enumerate(changes, 1)))
    header, *rows = file.decode().splitlines()
    return "\n".join([f"{header};Nom", *(f"{row};{NAME}" for row in rows), f"{VALUE};{NAME}"]).encode()


EXPENSES = csv_of("depenses", "", "piece=F2", f"piece==F3 & poste={VALUE}", "piece=F4 & date=-1+1", "piece=F5") + f"{VALUE};=x\n".encode()
FILES = {
    "actions.csv": csv_of("actions"),
    "sessions.csv": csv_of("sessions"),
    "appr.csv": learners(),
    "depenses.csv": EXPENSES,
    "vide.csv": csv_of("depenses").splitlines()[0] + b"\n\n",
    "classeur.csv": b"PK\x03\x04\x14\x00",
    "trop.csv": csv_of("depenses", f"montant={VALUE}", f"piece=F2 & montant={VALUE}", "piece=F3"),
    "inconnu.csv": csv_of("depenses", "siret=1"),
    f"d/{HOSTILE}": csv_of("suivi", "", "id_apprenant=L2 & situation=cdd6p"),
    "sessions - Copie.csv": csv_of("sessions"),
    "encore.part": b"siret",
}
#: where the receipt of a file lies, and what it says
SAID: dict[str, tuple[str, ...]] = {
    "actions.csv": ("region", "Votre fichier est accepté : sa ligne est prise.", "Vous n'avez rien à faire."),
    "sessions.csv": (SIRET, "Votre fichier est accepté : sa ligne est prise.", "Vous n'avez rien à faire."),
    "appr.csv": (
        SIRET, "accepté en partie : 5 lignes sur 9 sont prises, 4 sont rejetées.", "9 lignes de données : 5 prises, 4 rejetées.",
        "lignes 3 à 5", "ligne 10", "tout le fichier", "Écrivez F, M ou X.", "sexe = F", "commune = 01004", "« Nom »",
        "C'est un code postal : cherchez le code INSEE de la commune.", "ne l'envoyez pas par courriel",
        "renvoyez le fichier entier", "la nuit suivante, vers 4 h", "modèle vide (retour « apprenants »)", "« Guide des organismes »",
    ),
    "depenses.csv": (SIRET, "accepté en partie : 3 lignes sur 6 sont prises, 3 sont rejetées.", "PERSONNEL, LOCAUX"),
    "vide.csv": ("inconnu", "il n'a aucune ligne de données : il ne remplace rien.", "1 ligne vide", "complétez-le"),
    "classeur.csv": ("inconnu", "Votre fichier est refusé : rien n'en a été pris.", "Le classeur est abîmé", "renvoyez ce nouveau fichier"),
    "trop.csv": (SIRET, "est refusé", "Trop de lignes sont en erreur. C'est le cas de 2 sur 3.", "lignes 2 et 3"),
    "inconnu.csv": ("inconnu", "est refusé", "C'est le cas de 1 sur 1.", "Écrivez les 14 chiffres du SIRET"),
    f"d/{HOSTILE}": (SIRET, "accepté en partie", "Écrivez CDD_6P.", "PROFESSIONNALISATION contrat de", "👩‍💻"),
    "sessions - Copie.csv": (SIRET, "déjà été reçu à l'identique : rien n'a changé.", "« sessions.csv »", "Inutile de le renvoyer"),
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home after one night with all these files, run by someone whose umask hides nothing."""
    before = os.umask(0)
    try:
        home = Home(tmp_path_factory.mktemp("receipts"))
        (home.folder / "suivi.toml").write_text('senders = "off"\n')  # one provider's files, some of them in a folder
        home.night(FILES)
        yield home
    finally:
        os.umask(before)


def receipts_of(home: Home) -> Contents:
    """What lies in the folder of receipts."""
    folder = home.folder / "receipts"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def receipt_of(home: Home, name: str) -> tuple[Path, dict[str, Any]]:
    """Path without ending and JSON of the receipt of that file."""
    found = [(path, json.loads(path.read_bytes())) for path in (home.folder / "receipts").glob("*/*.json")]
    ((path, said),) = [(path, said) for path, said in found if said["name"] == name]
    return path.with_suffix(""), said


def text_of(html: str) -> str:
    """The page as it is read: no tags, no style, one space where there is any."""
    return " ".join(unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", html, flags=re.DOTALL)).split())


@pytest.mark.parametrize("name", SAID)
def test_a_receipt_says_what_became_of_the_file_and_what_to_do(home: Home, name: str) -> None:
    stem, said = receipt_of(home, name)
    place, *sentences = SAID[name]
    assert stem.parent.name == place
    html = stem.with_suffix(".html").read_text(encoding="utf-8")
    text = text_of(html)
    assert [one for one in sentences if one not in text] == []
    assert sorted(re.findall(r" Règle (\S+)", text)) == sorted({finding["rule"] for finding in said["findings"]})  # each once
    assert VALUE not in html + json.dumps(said)
    assert "alert(1)<" not in html
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in html


def test_every_file_that_left_the_inbox_has_one(home: Home) -> None:
    told = [json.loads(content) for name, content in receipts_of(home).items() if name.endswith(".json") and "/" in name]
    assert {said["name"]: said["number"] for said in told} == {name: number for number, name in enumerate(SAID, 1)}
    assert all(datetime.fromisoformat(said["received_at"]).tzinfo for said in told)
    assert (home.folder / "inbox" / "encore.part").is_file()


def test_nobody_else_looks_into_them(home: Home) -> None:
    folder = home.folder / "receipts"
    modes = {(path.is_dir(), path.stat().st_mode & 0o777) for path in (folder, *folder.rglob("*"))}
    assert modes == {(True, 0o700), (False, 0o600)}


def rows_of(content: bytes) -> list[list[str]]:
    """The cells of a CSV that goes out."""
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_rejected_lines_come_with_their_values_and_the_reasons(home: Home) -> None:
    stem, said = receipt_of(home, "depenses.csv")
    assert said["rejected_lines"] == f"{stem.name}.csv"
    assert f'href="{stem.name}.csv"' in stem.with_suffix(".html").read_text(encoding="utf-8")
    titles, *rows = rows_of(stem.with_suffix(".csv").read_bytes())
    assert titles[:4] == ["ligne du fichier", "règles non respectées", "raisons du rejet", "siret"]
    found = {row[0]: dict(zip(titles, row, strict=True)) for row in rows}
    assert {line: row["règles non respectées"] for line, row in found.items()} == {"4": "DEP-05L", "5": "DEP-04I", "7": "LIG-01"}
    assert found["4"]["raisons du rejet"].startswith("La cellule «\u00a0poste\u00a0» n'est pas dans la liste")
    assert (found["4"]["poste"], found["4"]["piece"], found["5"]["date"]) == (VALUE, "'=F3", "'-1+1")
    assert (found["7"]["piece"], found["7"]["texte de la ligne"]) == ("", f"{VALUE};=x")


def test_columns_of_names_are_in_no_list_of_rejected_lines(home: Home) -> None:
    stem, _ = receipt_of(home, "appr.csv")
    titles, *rows = rows_of(stem.with_suffix(".csv").read_bytes())
    assert "Nom" not in titles
    assert "texte de la ligne" not in titles
    assert [(row[0], row[1], row[titles.index("id_apprenant")]) for row in rows] == [
        ("3", "APP-05L", "L2"), ("4", "APP-05L", "L3"), ("5", "APP-05L APP-07I", "L4"), ("10", "LIG-01", ""),
    ]  # fmt: skip
    assert not [name for name, content in receipts_of(home).items() if NAME.encode() in content]


def test_only_files_with_lines_in_error_have_such_a_list(home: Home) -> None:
    lists = {name for name in SAID if receipt_of(home, name)[1]["rejected_lines"]}
    assert lists == {"appr.csv", "depenses.csv", "trop.csv", "inconnu.csv", f"d/{HOSTILE}"}
    assert len([name for name in receipts_of(home) if name.endswith(".csv")]) == len(lists)


@pytest.mark.parametrize("name", ["appr.csv", "depenses.csv", "trop.csv"])
def test_a_list_of_rejected_lines_sent_back_is_refused(home: Home, name: str) -> None:
    stem, _ = receipt_of(home, name)
    (file,) = judged(("retour.csv", stem.with_suffix(".csv").read_bytes()))
    assert (file.decision, [finding.rule for finding in file.findings]) == ("refused", ["FIC-15"])


def judged(*files: tuple[str, bytes]) -> list[FileVerdict]:
    """What is decided of these files today."""
    return judge_files(list(files), date(2026, 11, 24), load_programme(), load_places())


def test_the_line_numbers_are_the_files_own_though_names_were_dropped() -> None:
    header, row = csv_of("apprenants").decode().splitlines()
    data = f'Liste\n{header};Prénom\n{row};"Jean\nPaul"\n\n{row.replace(";F;", ";?;").replace("L1", "L2")};Jo\n'.encode()
    (file,) = judged(("x.csv", data))
    content = rejected_csv(file.archive_bytes, file.findings)
    assert content is not None
    assert [row[:2] for row in rows_of(content)[1:]] == [["6", "APP-05L"]]


# ------------------------------------------------------------------------------------------------------ suivi receipt


def receipt(home: Home, name: str, *options: str) -> int:
    """Run `suivi receipt` for that file."""
    _, said = receipt_of(home, name)
    return main(["receipt", str(said["number"]), "--home", str(home.folder), *options])


@pytest.mark.parametrize("ending", ["html", "json", "csv"])
def test_a_receipt_is_given_as_it_lies_there(home: Home, ending: str, tmp_path: Path) -> None:
    stem, _ = receipt_of(home, "depenses.csv")
    assert receipt(home, "depenses.csv", "--format", ending, "--out", str(tmp_path / "x")) == 0
    assert (tmp_path / "x").read_bytes() == stem.with_suffix(f".{ending}").read_bytes()


def test_a_receipt_can_be_the_senders_own_workbook_with_the_wrong_cells_marked(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "a-corriger.xlsx"
    path.touch()
    path.chmod(0o644)
    assert receipt(home, "appr.csv", "--format", "xlsx", "--out", str(path)) == 0
    assert path.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(path) as file:
        assert not [name for name in file.namelist() if NAME.encode() in file.read(name)]
    sheet = openpyxl.load_workbook(path)["apprenants"]
    noted = {cell.coordinate for row in sheet for cell in row if cell.comment and cell.row > 1}
    assert noted == {"E3", "E4", "E5", "G5", "G6", "A10"}
    assert sheet["E3"].value == VALUE
    assert not [*home.folder.glob(".passing-*")]
    lines = [json.loads(line) for line in (home.folder / "audit.jsonl").read_text().splitlines()]
    assert [(line["command"], line["state"], line["files"]) for line in lines[-1:]] == [("receipt", "done", ["appr.csv"])]


@pytest.mark.parametrize(("name", "options", "said"), [
    ("depenses.csv", ["--format", "xlsx"], "xlsx holds personal data and is not for a terminal: name a file with --out"),
    ("depenses.csv", ["--format", "csv"], "csv holds personal data"),
    ("actions.csv", ["--format", "csv", "--out", "x"], "has no list of rejected lines"),
    ("actions.csv", ["--format", "xlsx", "--out", "x"], "cannot be marked: Rien n'est à marquer"),
    ("classeur.csv", ["--format", "xlsx", "--out", "x"], "cannot be marked: Ce fichier n'a pas de lignes qui puissent être lues"),
    ("depenses.csv", ["--format", "xlsx", "--out", "absent/x"], "absent/x cannot be written"),
    ("vide.csv", ["--out", "."], "is a directory"),
])  # fmt: skip
def test_a_receipt_that_cannot_be_given_says_why(
    home: Home, name: str, options: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert receipt(home, name, *options) == 2
    out, err = capsys.readouterr()
    assert said in err and out == "" and VALUE not in err
    assert [*tmp_path.iterdir()] == []


def test_there_is_no_receipt_of_a_file_that_never_came(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["receipt", "999", "--home", str(home.folder)]) == 2
    assert "there is no file 999: receipts and `suivi chain` say the numbers" in capsys.readouterr().err


# --------------------------------------------------------------------------------------------------- none stays owed


@pytest.fixture
def killed(home: Home, tmp_path: Path) -> Home:
    """A copy of that home, to be spoilt."""
    shutil.copytree(home.folder, tmp_path / "home", ignore=shutil.ignore_patterns("warehouse.duckdb"))
    return Home(tmp_path / "home")


def test_what_a_killed_night_owes_the_next_one_writes_to_the_same_bytes(killed: Home) -> None:
    before = receipts_of(killed)
    shutil.rmtree(killed.folder / "receipts")
    killed.night()
    assert receipts_of(killed) == before


def write(home: Home) -> int:
    """Write what is owed, outside a night."""
    with Store.open(home.folder) as store:
        return write_receipts(load_settings(home.folder), store)


@pytest.mark.parametrize("done", [0, 1, 7, 24])
def test_killed_between_two_files_of_a_receipt(killed: Home, done: int, monkeypatch: pytest.MonkeyPatch) -> None:
    before = receipts_of(killed)
    shutil.rmtree(killed.folder / "receipts")
    write_file, count = ReceiptFolder.write, iter(range(done))

    def broken(*arguments: Any) -> Path:
        if next(count, None) is None:
            raise KeyboardInterrupt
        return write_file(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(ReceiptFolder, "write", broken)
        with pytest.raises(KeyboardInterrupt):
            write(killed)
    (killed.folder / "receipts").mkdir(exist_ok=True)
    assert len(receipts_of(killed)) == done
    assert write(killed) == len(SAID)
    assert receipts_of(killed) == before


def test_what_is_written_is_not_written_again(killed: Home) -> None:
    written = {path: path.stat().st_mtime_ns for path in (killed.folder / "receipts").glob("*/*")}
    assert write(killed) == 0
    assert {path: path.stat().st_mtime_ns for path in written} == written


def test_a_receipt_too_large_for_a_mail_is_abridged_for_it(killed: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    stem, said = receipt_of(killed, "depenses.csv")
    received_at = datetime.fromisoformat(said["received_at"])
    file = FileUpdate(said["number"], "depenses.csv", "depenses", received_at, "partial", 6, 3, 3, is_new=True)
    whole, abridged = stem.with_suffix(".html"), stem.with_name(f"{stem.name}-abrege.html")
    read = mail_context(load_settings(killed.folder), "run", datetime.now(UTC), lambda _: []).read_receipt
    assert read(SIRET, file) == whole.read_bytes()

    monkeypatch.setattr(receipts, "LARGEST_RECEIPT", len(whole.read_bytes()) - 1)
    (killed.folder / "receipts" / ".done").unlink()
    write(killed)
    assert read(SIRET, file) == abridged.read_bytes() != whole.read_bytes()
    assert "Ce reçu est abrégé" in text_of(abridged.read_text(encoding="utf-8"))

    monkeypatch.undo()
    (killed.folder / "receipts" / ".done").unlink()
    write(killed)
    assert not abridged.exists(), "it would go with a mail for ever"
    assert read(SIRET, file) == whole.read_bytes()


@pytest.mark.parametrize("note", [b"", b"[]", b'{"submission_id": 3, "sha256": "of another ledger"}', b'{"submission_id": 99, "sha256": "x"}'])
def test_a_note_that_is_not_of_this_ledger_is_not_believed(killed: Home, note: bytes) -> None:
    (killed.folder / "receipts" / ".done").write_bytes(note)
    assert write(killed) == len(SAID)


def test_a_lost_original_costs_the_list_and_not_the_receipt(killed: Home, caplog: pytest.LogCaptureFixture) -> None:
    stem, said = receipt_of(killed, "trop.csv")
    shutil.rmtree(killed.folder / "receipts")
    (original,) = [path for path in (killed.folder / "archive").rglob("*") if path.is_file() and path.name.startswith(said["sha256"])]
    original.unlink()
    write(killed)
    assert (stem.with_suffix(".html").is_file(), stem.with_suffix(".csv").exists()) == (True, False)
    assert "trop.csv: its rejected lines cannot be listed" in caplog.text


# ----------------------------------------------------------------------------------------------------- before sending


def rules_told(html: str) -> list[str]:
    """The part of a page on each rule, as it is read."""
    return [text_of(part) for part in re.findall(r'<section class="rule">.*?</section>', html, re.DOTALL)]


@pytest.mark.parametrize(
    ("name", "would"),
    [
        ("sessions.csv", "Votre fichier serait accepté : sa ligne serait prise."),
        ("appr.csv", "serait accepté en partie : 5 lignes sur 9 seraient prises, 4 seraient rejetées."),
        ("trop.csv", "Votre fichier serait refusé : rien n'en serait pris."),
        ("classeur.csv", "Votre fichier serait refusé : rien n'en serait pris. Le classeur est abîmé ou incomplet"),
    ],
)
def test_a_check_shows_the_page_that_the_receipt_will_be(home: Home, tmp_path: Path, name: str, would: str) -> None:
    (tmp_path / name).write_bytes(FILES[name])
    done = CliRunner().invoke(check.command, ["--format", "html", str(tmp_path / name)], standalone_mode=False)
    assert done.return_value == (0 if name == "sessions.csv" else 1)
    assert would in text_of(done.stdout)
    assert "href" not in done.stdout.partition("<main")[2]  # no list of rejected lines beside it
    stem, _ = receipt_of(home, name)
    assert rules_told(done.stdout) == rules_told(stem.with_suffix(".html").read_text(encoding="utf-8"))


def test_several_files_are_checked_on_one_page(tmp_path: Path) -> None:
    for name in ("sessions.csv", "trop.csv"):
        (tmp_path / name).write_bytes(FILES[name])
    (tmp_path / "copie.csv").write_bytes(FILES["sessions.csv"])
    text = text_of(CliRunner().invoke(check.command, ["--format", "html", *map(str, sorted(tmp_path.iterdir()))]).stdout)
    for verdict in ("copie.csv : accepté", "sessions.csv : déjà vu", "trop.csv : refusé"):
        assert verdict in text
    assert "identique à un autre de ce contrôle : il ne compterait qu'une fois." in text
