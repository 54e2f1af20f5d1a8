"""Checking a file: the receipt at once, nothing kept, nothing of it logged, and nothing that a hostile upload can do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import pytest

from flows.deposit.judging import Judges
from flows.deposit.limits import Rate
from flows.deposit.site import RATES
from tests.spec.paper import csv_of
from tests.unit.flows.deposit.conftest import OF_A, SENDERS, A, B, Running, running
from tests.unit.flows.deposit.visitors import ORIGIN, Visitor, mails
from tests.workbooks import typed, with_xlsxwriter

Make = Callable[..., Running]
SECRET = "VALEURCANARI"
WRONG = csv_of("apprenants", f"sexe={SECRET}")


def everything_under(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())


def check(visitor: Visitor, name: str, data: bytes):  # type: ignore[no-untyped-def]
    return visitor.send("/verifier", "/", file=(name, data))


def shown_text(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def test_a_check_says_what_the_night_would_say(page_without_night: Make) -> None:
    visitor = page_without_night().visitor()
    good, wrong = check(visitor, "dépenses.csv", csv_of("depenses")), check(visitor, "x.csv", csv_of("depenses", "montant=12 euros"))
    assert (good.status_code, wrong.status_code) == (200, 200)
    assert "1 ligne lue" in shown_text(good.text) or "accept" in shown_text(good.text).lower()
    assert "DEP-" in wrong.text
    assert "Vérifier un autre fichier" in wrong.text
    assert '<a href="/modeles">' in wrong.text


def test_nothing_of_a_checked_file_is_kept_or_logged(page_without_night: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    page = page_without_night()
    answer = check(page.visitor(), f"{SECRET} Dupont.csv", WRONG)
    assert answer.status_code == 200
    assert SECRET not in answer.text.replace(f"{SECRET} Dupont.csv", ""), "the receipt quotes no cell"
    assert SECRET.encode() not in everything_under(page.home)
    assert [path for path in (page.home / "inbox").iterdir()] == []
    assert SECRET not in caplog.text
    assert any("checked: " in record.message for record in caplog.records)


def test_who_is_known_to_the_programme_is_not_told_to_anybody(page: Running) -> None:
    known = check(page.visitor(), "x.csv", csv_of("sessions", f"siret={A} & numero_session=N1"))
    unknown = check(page.visitor(), "x.csv", csv_of("sessions", "siret=73282932000074 & numero_session=N1"))
    assert shown_text(known.text).replace(A, "") .partition("SHA-256")[0] == shown_text(unknown.text).replace("73282932000074", "").partition("SHA-256")[0]


def test_the_same_check_twice_is_no_duplicate(page: Running) -> None:
    """What was taken is for its provider to know."""
    data = next(path for path in page.home.glob("archive/??/*") if b"F-CANARI" in path.read_bytes()).read_bytes()
    assert "déjà" not in shown_text(check(page.visitor(), "x.csv", data).text).lower()


@pytest.mark.parametrize("name", ["a\r\nSet-Cookie: x=1.csv", "../../etc/passwd", "C:\\Temp\\x.csv", "n" * 2000 + ".csv", "<script>alert(1)</script>.csv",
                                  "\u202efdp.csv", "é" * 300, ".", "..", "~$x.csv", "x.part", "\0.csv", "\ud800.csv".encode("utf-8", "surrogatepass").decode("latin-1")])  # fmt: skip
def test_any_name_is_only_a_name(page_without_night: Make, name: str) -> None:
    page = page_without_night()
    visitor = page.visitor()
    body, kind = by_hand(visitor.token("/"), name, csv_of("depenses"))
    answer = visitor.client.post("/verifier", content=body, headers={"Content-Type": kind})
    assert answer.status_code in (200, 400)
    assert "<script" not in answer.text
    assert "set-cookie" not in answer.headers


def by_hand(token: str, name: str, data: bytes, end: bytes = b"--frontiere--\r\n") -> tuple[bytes, str]:
    """A form with a file, byte by byte, and its media type."""
    named = name.encode("utf-8", "surrogatepass").replace(b'"', b"%22").replace(b"\r", b"%0D").replace(b"\n", b"%0A")
    parts = (
        b'--frontiere\r\nContent-Disposition: form-data; name="jeton"\r\n\r\n' + token.encode() + b"\r\n"
        b'--frontiere\r\nContent-Disposition: form-data; name="fichier"; filename="' + named + b'"\r\nContent-Type: text/csv\r\n\r\n' + data + b"\r\n"
    )
    return parts + end, "multipart/form-data; boundary=frontiere"


@pytest.mark.parametrize("cut", ["before the end", "in the file", "in the headers", "at once"])
@pytest.mark.parametrize("rows", [1, 40_000], ids=["small", "on disk"])
def test_an_upload_that_is_cut_off_leaves_nothing(page_without_night: Make, cut: str, rows: int) -> None:
    page = page_without_night()
    visitor = page.visitor()
    body, kind = by_hand(visitor.token("/"), "x.csv", WRONG * rows)
    whole = {"before the end": body[:-20], "in the file": body[: len(body) // 2 + 150], "in the headers": body[:60], "at once": b""}[cut]
    answer = visitor.client.post("/verifier", content=whole, headers={"Content-Type": kind})
    assert answer.status_code in (400, 403)
    assert SECRET.encode() not in everything_under(page.home)


@pytest.mark.parametrize("kind", ["text/csv", "application/json", "", "multipart/form-data", "multipart/form-data; boundary=" + "x" * 300, "multipart/mixed; boundary=a"])
def test_what_is_no_form_is_turned_away(page_without_night: Make, kind: str) -> None:
    visitor = page_without_night().visitor()
    answer = visitor.client.post("/verifier", content=b"siret;a\n1;2\n", headers={"Content-Type": kind})
    assert answer.status_code in (400, 403, 415)


@pytest.mark.parametrize("announced", ["honest", "small", "none"])
def test_a_file_that_is_too_large_is_not_taken(home: Path, judges: Judges, clock, announced: str) -> None:  # type: ignore[no-untyped-def]
    (home / "suivi.toml").write_text("max_file_mb = 0.2\n", encoding="utf-8")
    page = running(home, judges, clock)
    visitor = page.visitor()
    sent = 0
    body, kind = by_hand(visitor.token("/"), "x.csv", b"x" * 5_000_000)

    def stream() -> Iterator[bytes]:
        nonlocal sent
        for start in range(0, len(body), 65536):
            sent += 65536
            yield body[start : start + 65536]

    headers = {"Content-Type": kind} | ({"Content-Length": "100"} if announced == "small" else {})
    answer = visitor.client.post("/verifier", content=body if announced == "honest" else stream(), headers=headers)
    assert answer.status_code == 413
    assert "trop grand" in answer.text
    page.site.post.close()


def test_too_many_files_are_turned_away_before_they_are_read(page_without_night: Make) -> None:
    page = page_without_night(rates=dict.fromkeys(RATES, Rate(1000, 1)) | {"file": Rate(2, 900)})
    visitor = page.visitor()
    assert [check(visitor, "x.csv", csv_of("depenses")).status_code for _ in range(3)] == [200, 200, 429]
    other = page_without_night()
    taken = 0
    while other.site.incoming.acquire(blocking=False):
        taken += 1
    assert check(other.visitor(), "x.csv", csv_of("depenses")).status_code == 503
    other.site.incoming.release(taken)
    assert check(other.visitor(), "x.csv", csv_of("depenses")).status_code == 200


def test_no_file_is_said_in_words(page_without_night: Make) -> None:
    answer = page_without_night().visitor().send("/verifier", "/", {"x": "y"})
    assert answer.status_code == 400
    assert "Choisissez un fichier" in answer.text


@pytest.mark.parametrize("headers", [
    {"Origin": "https://ailleurs.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
    {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"}, {"Origin": "http://127.0.0.1:9"}, {"Origin": "https://127.0.0.1:8600"},
])  # fmt: skip
def test_a_form_of_another_site_is_turned_away(page_without_night: Make, headers: dict[str, str]) -> None:
    visitor = page_without_night().visitor()
    data = {"jeton": visitor.token("/connexion"), "courriel": OF_A}
    assert visitor.client.post("/connexion", data=data, headers=headers).status_code == 403
    assert visitor.client.post("/connexion", data=data, headers={"Origin": ORIGIN}).status_code == 200
    assert visitor.client.post("/connexion", data=data).status_code == 200, "an old browser says nothing of where it is"


def test_a_form_without_its_token_is_turned_away(page_without_night: Make) -> None:
    page = page_without_night()
    visitor, other = page.visitor(), page.visitor()
    other_token = other.token("/connexion")
    for token in ("", "x", other_token, page.site.secret.signed("link", "x")):
        visitor.look("/")
        for path in ("/verifier", "/connexion", "/lien", "/fin"):
            assert visitor.client.post(path, data={"jeton": token, "courriel": OF_A}).status_code == 403, path
    page.site.post.wait()
    assert mails(page.home, "link") == []


def test_a_form_of_before_the_login_is_worth_nothing_after_it(page_without_night: Make) -> None:
    page = page_without_night()
    visitor = page.visitor()
    before = visitor.token("/connexion")
    visitor.open_link(page.mailed_token(OF_A))
    assert visitor.client.post("/fin", data={"jeton": before}).status_code == 403


def test_another_host_is_turned_away(page_without_night: Make) -> None:
    visitor = page_without_night().visitor()
    for host in ("ailleurs.example", "127.0.0.1:9", "", "127.0.0.1:8600.ailleurs.example"):
        assert visitor.look("/", headers={"Host": host}).status_code == 400
    assert visitor.look("/", headers={"Host": "localhost:8600"}).status_code == 200


def test_every_answer_has_the_headers(page_without_night: Make) -> None:
    page = page_without_night()
    visitor = page.entered(OF_A)
    answers = [visitor.look(path) for path in ("/", "/guide", "/regles", "/dictionnaire", "/modeles", "/modeles/suivi.csv", "/modeles/x.csv", "/rien", "/connexion",
                                               "/lien/x", "/organismes", f"/organisme/{A}", f"/organisme/{B}", "/verifier")]  # fmt: skip
    answers += [visitor.client.post("/"), visitor.client.request("BREW", "/"), visitor.client.put("/verifier"), visitor.look("/", headers={"Host": "x"}),
                check(visitor, "x.csv", csv_of("depenses")), visitor.client.post("/verifier", content=b"x")]  # fmt: skip
    assert {answer.status_code for answer in answers} >= {200, 303, 400, 404, 405, 410}
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy
        assert "script" not in policy
        assert {"frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} <= set(policy.split("; "))
        for name, value in (("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer"), ("cache-control", "no-store"), ("x-frame-options", "DENY")):
            assert answer.headers[name] == value, (answer.url, name)
        assert "server" not in answer.headers


def test_pages_load_and_run_nothing(page: Running) -> None:
    visitor = page.entered(OF_A)
    for path in ("/", "/guide", "/regles", "/dictionnaire", "/modeles", "/connexion", f"/organisme/{A}", f"/organisme/{A}/fichiers", f"/organisme/{A}/chiffres"):
        html = visitor.look(path).text
        assert not re.search(r"<script|<link|<img|<iframe|\son[a-z]+=|\sstyle=|url\(|@import|(?:src|action)=\"(?:https?:)?//", html), path
        assert not re.search(r'href="(?:https?:)?//', html), path


def test_templates_are_those_of_the_command(page_without_night: Make) -> None:
    from expectations.catalogue import template
    from transforms.pages.blank_workbook.ods import ods_template
    from transforms.pages.blank_workbook.xlsx import xlsx_template

    page = page_without_night()
    url = page.site.settings.deposit_url
    wanted = {"csv": template("apprenants"), "xlsx": xlsx_template(("apprenants",), url), "ods": ods_template(("apprenants",), url)}
    for ending, content in wanted.items():
        answer = page.visitor().look(f"/modeles/apprenants.{ending}")
        assert answer.content == content
        assert answer.headers["content-disposition"] == f'attachment; filename="apprenants.{ending}"'
    of_providers = ("sessions", "apprenants", "suivi", "depenses")
    visitor = page.visitor()
    assert visitor.look("/modeles/retours.xlsx").content == xlsx_template(of_providers, url)
    assert visitor.look("/modeles/retours.ods").content == ods_template(of_providers, url)
    assert visitor.look("/modeles/retours.csv").status_code == 404
    links = re.findall(r'href="(/modeles/[^"]+)"', visitor.look("/modeles").text)
    assert len(links) == 20
    assert all(visitor.look(link).status_code == 200 for link in links)


def test_a_workbook_is_checked_as_a_csv_is(page_without_night: Make) -> None:
    visitor = page_without_night().visitor()
    sheets = {"Apprenants": typed("apprenants"), "Suivi": typed("suivi", "situation=ZZ")}
    said = check(visitor, "retours.xlsx", with_xlsxwriter(sheets)).text
    assert "retours.xlsx#Apprenants" in said and "retours.xlsx#Suivi" in said and "SUI-06L" in said


def test_over_https_cookies_are_kept_for_it(home: Path, judges: Judges) -> None:
    from flows.deposit.app import make_app
    from flows.deposit.site import make_site
    from flows.settings import load_settings

    (home / "senders.toml").write_text(SENDERS, encoding="utf-8")
    origin = "https://depot.region.example"
    site = make_site(load_settings(home), origin, judges)
    visitor = Visitor(make_app(site), origin)
    answer = visitor.look("/")
    assert answer.headers["set-cookie"].startswith("__Host-visite=")
    assert "Secure" in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"]
    assert visitor.send("/connexion", "/connexion", {"courriel": OF_A}, headers={"Origin": origin}).status_code == 200
    site.post.wait()
    assert f"{origin}/lien/" in mails(home, "link")[0][1]
    site.post.close()

