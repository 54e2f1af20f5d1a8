"""Depositing a file: where it lies then, what is acknowledged, what the night makes of it; and what nobody else sees of it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import Route

from flows.audit import broken_at
from flows.deposit.app import OF_PROVIDER, routes
from flows.deposit.drop import clean_name
from tests.command import ROOT
from tests.golden.nights import Home
from tests.spec.paper import csv_of
from tests.unit.flows.deposit.conftest import CANARY, OF_A, OF_B, SENDERS, A, B, C, Running
from tests.unit.flows.deposit.test_checking import shown_text
from tests.unit.flows.deposit.visitors import Visitor, mails
from tests.workbooks import typed, with_xlsxwriter
from warehouse.intake.inbox import collect

Make = Callable[..., Running]
NEW = csv_of("sessions", f"siret={A} & numero_session=S3-OPALE")


def deposit(visitor: Visitor, name: str, data: bytes, siret: str = A):  # type: ignore[no-untyped-def]
    path = f"/organisme/{siret}/deposer"
    return visitor.send(path, path, file=(name, data))


def in_inbox(home: Path) -> dict[str, bytes]:
    return {path.relative_to(home / "inbox").as_posix(): path.read_bytes() for path in (home / "inbox").rglob("*") if path.is_file()}


@contextlib.contextmanager
def held_store(home: Path) -> Iterator[None]:
    """Another process holds the store for itself, as a night does."""
    program = f"import sys, pathlib; from warehouse.store.store import Store; s = Store.open(pathlib.Path({str(home)!r})); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as night:
        assert night.stdout
        assert night.stdout.readline() == b"held\n"
        yield
        night.communicate(b"")


@pytest.mark.slow
def test_a_deposit_is_acknowledged_and_counts_from_the_next_night(page: Running) -> None:
    visitor = page.entered(OF_A)
    answer = deposit(visitor, "sessions de mars.csv", NEW)
    assert answer.status_code == 303
    assert in_inbox(page.home) == {"OPALE/sessions de mars.csv": NEW}
    path = page.home / "inbox" / "OPALE" / "sessions de mars.csv"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    acknowledged = shown_text(visitor.look(answer.headers["location"]).text)
    for part in ("Reçu", "sessions de mars.csv", f"{len(NEW)} octets", hashlib.sha256(NEW).hexdigest(), "nuit prochaine", "accepté"):
        assert part in acknowledged, part
    page.site.post.wait()
    ((to, text),) = mails(page.home, "deposit")
    assert to == OF_A
    assert hashlib.sha256(NEW).hexdigest() in text
    assert "sessions de mars" in visitor.look(f"/organisme/{A}").text

    Home(page.home).night()
    treated = visitor.look(answer.headers["location"]).text
    assert "Traité" in treated
    number = re.search(rf"/organisme/{A}/recus/(\d+)", treated)
    assert number
    receipt = visitor.look(number[0]).text
    assert "sessions de mars.csv" in receipt
    assert "Fichiers et reçus" in receipt
    assert "S3-OPALE" in str(Home(page.home).rows("select session_id from clean.sessions"))


@pytest.mark.slow
def test_each_return_of_a_workbook_and_a_file_without_one_are_treated(page: Running) -> None:
    visitor = page.entered(OF_A)
    mine = f"siret={A}"
    workbook = with_xlsxwriter({"Sessions": typed("sessions", f"{mine} & numero_session=S4"), "Suivi": typed("suivi", f"{mine} & situation=ZZ")})
    places = [deposit(visitor, *one).headers["location"] for one in (("retours.xlsx", workbook), ("lettre.csv", b"Bonjour,\nvoici\n"))]
    assert all("Pas encore traité" in shown_text(visitor.look(place).text) for place in places)
    Home(page.home).night()
    for place, names in zip(places, (["retours.xlsx#Sessions", "retours.xlsx#Suivi"], ["lettre.csv"]), strict=True):
        treated = visitor.look(place).text
        numbers = re.findall(rf"/organisme/{A}/recus/(\d+)", treated)
        assert len(numbers) == len(names), shown_text(treated)
        for number, name in zip(numbers, names, strict=True):
            assert name in visitor.look(f"/organisme/{A}/recus/{number}").text


@pytest.mark.slow
def test_a_workbook_of_several_returns_that_came_before_is_a_duplicate_as_the_night_says(page: Running) -> None:
    visitor = page.entered(OF_A)
    mine = f"siret={A}"
    workbook = with_xlsxwriter({"Sessions": typed("sessions", f"{mine} & numero_session=S5"), "Dépenses": typed("depenses", f"{mine} & piece=F5")})
    assert "déjà reçu" not in shown_text(visitor.look(deposit(visitor, "retours.xlsx", workbook).headers["location"]).text)
    Home(page.home).night()
    again = shown_text(visitor.look(deposit(visitor, "encore.xlsx", workbook).headers["location"]).text)
    assert "Contrôle au moment du dépôt : déjà reçu" in again.replace("\N{NO-BREAK SPACE}", " "), again
    files = Home(page.home).night()["files"]
    assert {file["name"].partition("#")[2]: file["decision"] for file in files} == {"Sessions": "duplicate", "Dépenses": "duplicate"}


def test_no_deposit_takes_the_place_of_another(page_without_night: Make) -> None:
    page = page_without_night()
    visitor = page.entered(OF_A)
    for data in (b"un", b"deux", b"trois"):
        assert deposit(visitor, "x.csv", data).status_code == 303
    assert in_inbox(page.home) == {"OPALE/x.csv": b"un", "OPALE/x (2).csv": b"deux", "OPALE/x (3).csv": b"trois"}


def test_where_the_inbox_is_elsewhere_a_deposit_waits_here(page_without_night: Make, home: Path) -> None:
    """It lies beside what a night brings from there, for its owner alone, and the night takes it whether or not it gets there."""
    (home / "suivi.toml").write_text('inbox = "sftp://suivi@sftp.region.example/depots"\n', encoding="utf-8")
    page = page_without_night()
    visitor = page.entered(OF_A)
    place = deposit(visitor, "x.csv", NEW).headers["location"]
    path = page.home / "brought" / "inbox" / "OPALE" / "x.csv"
    assert path.read_bytes() == NEW
    assert [stat.S_IMODE(one.stat().st_mode) for one in (path, *path.parents[:3])] == [0o600, 0o700, 0o700, 0o700]
    assert "Reçu" in visitor.look(place).text
    assert visitor.look(f"{place}/classeur").status_code == 409, "nothing is wrong in it, which is said: it was found"
    (arrival,) = collect(page.site.settings.inbox, 0, 50, datetime.now(UTC)).arrivals
    assert arrival.name == "OPALE/x.csv"


def test_a_deposit_before_the_first_night_is_checked_too(page_without_night: Make) -> None:
    visitor = page_without_night().entered(OF_A)
    place = deposit(visitor, "x.csv", NEW).headers["location"]
    assert "accepté" in shown_text(visitor.look(place).text)
    check = shown_text(visitor.look(f"{place}/controle").text)
    assert "Contrôle de votre dépôt" in check
    assert "rien n'est envoyé" not in check


def test_while_a_night_runs_the_page_answers(page: Running) -> None:
    """It holds the store for itself; what was known before counts, and nobody waits for it again and again."""
    from warehouse.store.store import Store

    visitor = page.entered(OF_A)
    with held_store(page.home):
        (page.home / "senders.toml").write_text(SENDERS + "# changed\n", encoding="utf-8")
        assert visitor.look(f"/organisme/{A}").status_code == 200
        assert deposit(visitor, "x.csv", NEW).status_code == 303
        assert page.entered(OF_B).look(f"/organisme/{B}").status_code == 200
    with Store.open(page.home):
        pass


def test_a_file_of_another_siret_is_said_to_be_set_aside(page: Running) -> None:
    visitor = page.entered(OF_A)
    answer = deposit(visitor, "x.csv", csv_of("sessions", f"siret={B}"))
    assert "SIRET qui n'est pas le vôtre" in shown_text(visitor.look(answer.headers["location"]).text).replace("’", "'")


def test_the_same_bytes_again_are_said_to_be_a_duplicate(page: Running) -> None:
    visitor = page.entered(OF_A)
    data = next(path for path in page.home.glob("archive/??/*") if b"F-OPALE" in path.read_bytes()).read_bytes()
    assert "déjà reçu" in shown_text(visitor.look(deposit(visitor, "x.csv", data).headers["location"]).text)


def test_a_deposit_leaves_a_line_in_the_audit(page_without_night: Make) -> None:
    page = page_without_night()
    deposit(page.entered(OF_A), "x.csv", NEW)
    lines = [json.loads(line) for line in (page.home / "audit.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(line["command"], line["state"]) for line in lines] == [
        ("depot login", "begun"), ("depot login", "done"), ("depot deposit", "begun"), ("depot deposit", "done"),
    ]  # fmt: skip
    assert lines[-1]["files"] == ["OPALE/x.csv"]
    assert broken_at(page.home) is None
    assert OF_A not in str(lines)


@pytest.mark.parametrize(("senders", "mode", "folder"), [
    (SENDERS, "learn", "OPALE"),
    (SENDERS.replace('folder = "OPALE"', 'folder = ""'), "learn", ""),
    (SENDERS.replace('folder = "OPALE"', 'folder = ".."'), "learn", None),
    (SENDERS.replace('folder = "OPALE"', 'folder = ".cache"'), "learn", None),
    (SENDERS.replace('folder = "OPALE"', 'folder = "Ôpale & cie"'), "strict", "Ôpale & cie"),
])  # fmt: skip
def test_a_file_goes_into_the_folder_that_senders_toml_names(page_without_night: Make, home: Path, senders: str, mode: str, folder: str | None) -> None:
    (home / "suivi.toml").write_text(f'senders = "{mode}"\n', encoding="utf-8")
    page = page_without_night(senders)
    visitor = page.entered(OF_A)
    answer = deposit(visitor, "x.csv", NEW) if folder is not None else visitor.look(f"/organisme/{A}/deposer")
    if folder is None:
        assert "dans quel dossier" in shown_text(answer.text)
        assert list((home / "inbox").iterdir()) == []
        assert visitor.send(f"/organisme/{A}/deposer", "/", file=("x.csv", NEW)).status_code == 409
        assert list((home / "inbox").iterdir()) == []
    else:
        assert in_inbox(home) == {f"{folder}/x.csv".lstrip("/"): NEW}


def test_no_link_below_the_inbox_is_followed(page_without_night: Make, tmp_path: Path) -> None:
    page = page_without_night()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (page.home / "inbox" / "OPALE").symlink_to(elsewhere)
    assert deposit(page.entered(OF_A), "x.csv", NEW).status_code == 507
    assert list(elsewhere.iterdir()) == []


def test_a_file_that_cannot_be_laid_leaves_nothing(page_without_night: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    page = page_without_night()
    visitor = page.entered(OF_A)

    def full(*arguments: object, **named: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("flows.deposit.drop.os.link", full)
        assert deposit(visitor, "x.csv", NEW).status_code == 507
    assert [path for path in (page.home / "inbox" / "OPALE").iterdir()] == []
    assert deposit(visitor, "x.csv", NEW).status_code == 303


@given(st.one_of(st.text(), st.text(alphabet="./\\~$.part x\r\n\0é\u202e"), st.text(min_size=100)))
def test_any_name_becomes_one_that_the_inbox_takes(name: str) -> None:
    cleaned = clean_name(name)
    assert "/" not in cleaned
    assert cleaned.isprintable()
    assert len(cleaned.encode()) <= 130
    assert clean_name(cleaned) == cleaned
    assert not cleaned.startswith((".", "~$"))
    assert not cleaned.lower().endswith((".part", ".tmp", ".filepart", ".crdownload"))


@pytest.mark.parametrize(("name", "cleaned"), [
    ("Dépenses 2018.csv", "Dépenses 2018.csv"), ("../../etc/passwd", "passwd"), ("C:\\Temp\\a.csv", "a.csv"), ("a\r\nb.csv", "a b.csv"), ("", "fichier.csv"),
    ("..", "fichier.csv"), ("x.csv.part", "x.csv"), ("~$x.csv", "x.csv"), ("n" * 2000 + ".csv", "n" * 116 + ".csv"), (".csv", "csv"), ("  a  .csv ", "a.csv"),
])  # fmt: skip
def test_what_becomes_of_a_name(name: str, cleaned: str) -> None:
    assert clean_name(name) == cleaned


def test_what_is_being_laid_is_left_alone_by_the_night(page_without_night: Make) -> None:

    from flows.deposit import drop

    page = page_without_night()
    seen: list[list[str]] = []

    class Watched:
        """A file that is read slowly: after each part the inbox is looked at."""

        def __init__(self) -> None:
            self.parts = [b"siret;", b"numero", b""]

        def seek(self, where: int) -> None:
            """To its beginning."""

        def read(self, size: int) -> bytes:
            found = collect(page.home / "inbox", 0, 50, datetime.now(UTC))
            seen.append([arrival.name for arrival in found.arrivals])
            return self.parts.pop(0)

    drop.lay(page.home / "inbox", "OPALE", "x.csv", Watched())  # type: ignore[arg-type]
    assert seen == [[], [], []]
    assert [arrival.name for arrival in collect(page.home / "inbox", 0, 50, datetime.now(UTC)).arrivals] == ["OPALE/x.csv"]


# ------------------------------------------------------------------------------------------------------------ its own alone


def paths_of(page: Running, siret: str) -> list[tuple[str, str]]:
    """Method and address of every page below a provider, with numbers that it has."""
    visitor = page.entered({A: OF_A, B: OF_B}[siret])
    number = deposit(visitor, f"dépôt {siret}.csv", csv_of("sessions", f"siret={siret} & numero_session=N-{siret}"), siret).headers["location"].rpartition("/")[2]
    receipts = re.findall(rf"/organisme/{siret}/recus/(\d+)", visitor.look(f"/organisme/{siret}/fichiers").text)
    assert receipts
    found = []
    for route in routes(page.site, 1000):
        assert isinstance(route, Route)
        if "siret" in route.path:
            assert route.path.startswith(OF_PROVIDER)
            numbers = receipts if "recus" in route.path else [number]
            for one in numbers if "number" in route.path else [""]:
                path = route.path.replace("{siret}", siret).replace("{number}", one)
                found += [(method, path) for method in sorted((route.methods or set()) - {"HEAD"})]
    return found


def answers_to_owner(path: str) -> set[int]:
    """A file in which nothing is wrong has no workbook, nor one that somebody else has sent."""
    return {200, 404, 409} if path.endswith("/classeur") else {200}


def test_no_page_of_another_provider_is_there(page: Running) -> None:
    """Every address of the route table is asked for, so that a new one without its owner's check fails here."""
    of_b = paths_of(page, B)
    assert len(of_b) >= 8
    owner, other, nobody = page.entered(OF_B), page.entered(OF_A), page.visitor()
    for method, path in of_b:
        if method == "GET":
            assert owner.look(path).status_code in answers_to_owner(path), path
            assert other.look(path).status_code == 404, path
            assert CANARY not in other.look(path).text, path
            assert nobody.look(path).headers["location"] == "/connexion", path
        else:
            before = in_inbox(page.home)
            assert other.send(path, f"/organisme/{A}/deposer", file=("x.csv", NEW)).status_code == 404
            assert nobody.client.post(path, data={"jeton": nobody.token("/")}).status_code == 403
            assert in_inbox(page.home) == before
    unknown = {method: other.look(f"/organisme/{C}").text for method in ("GET",)}["GET"]
    known = other.look(f"/organisme/{B}").text
    assert re.sub(r'value="[^"]+"', "", unknown) == re.sub(r'value="[^"]+"', "", known), "whether there is such a provider is not told"


def test_numbers_of_another_provider_are_not_there_under_ones_own_siret(page: Running) -> None:
    of_b = paths_of(page, B)
    other = page.entered(OF_A)
    for method, path in of_b:
        if method == "GET" and re.search(r"\d+(/controle|/classeur)?$", path.removeprefix(f"/organisme/{B}")):
            assert other.look(path.replace(B, A)).status_code == 404, path


def test_nothing_of_another_provider_is_on_ones_own_pages(page: Running) -> None:
    other = page.entered(OF_A)
    paths_of(page, B)
    for method, path in paths_of(page, A):
        if method == "GET":
            answer = other.look(path)
            assert answer.status_code in answers_to_owner(path), path
            assert CANARY not in answer.text, path
            assert CANARY.lower() not in answer.text.lower(), path
            assert B not in answer.text, path


def test_what_others_sent_in_its_name_is_told(page: Running) -> None:
    text = shown_text(page.entered(OF_A).look(f"/organisme/{A}").text)
    assert "Envoyé à votre nom" in text
    assert "faux OPALE.csv" in text
    assert "ailleurs" in text


def test_a_receipt_leads_to_no_list_of_rejected_lines(page: Running) -> None:
    visitor = page.entered(OF_A)
    receipts = re.findall(rf"/organisme/{A}/recus/\d+", visitor.look(f"/organisme/{A}/fichiers").text)
    texts = [visitor.look(path).text for path in receipts]
    assert any(".csv, qui reprend les lignes rejetées" in text.replace("\u202f", " ").replace("\xa0", " ") for text in texts)
    assert not any('.csv">' in text for text in texts)


def test_before_the_first_night_the_pages_are_there(page_without_night: Make) -> None:
    visitor = page_without_night().entered(OF_A)
    for path in ("", "/fichiers", "/chiffres", "/deposer"):
        assert visitor.look(f"/organisme/{A}{path}").status_code == 200
