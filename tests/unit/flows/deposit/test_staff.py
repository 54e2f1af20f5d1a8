"""The Region's staff: who is of it, what it sees, and its answers about held files."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from starlette.routing import Route

from flows.deposit.app import OF_STAFF as BELOW
from flows.deposit.app import routes
from flows.held_answers import held
from tests.command import ROOT
from tests.unit.flows.deposit.conftest import OF_A, OF_STAFF, SENDERS, A, Running
from tests.unit.flows.deposit.test_checking import shown_text
from tests.unit.flows.deposit.visitors import Visitor

Make = Callable[..., Running]


def answer(visitor: Visitor, number: int, said: str):  # type: ignore[no-untyped-def]
    return visitor.send(f"/region/mis-de-cote/{number}", "/region", {"reponse": said})


def waiting(page: Running) -> list[int]:
    return [file.number for file in held(page.site.settings) if file.is_waiting]


def test_staff_sees_what_is_held_and_answers_it(page: Running) -> None:
    staff = page.entered(OF_STAFF)
    assert staff.look("/organismes").headers["location"] == "/region"
    first, second = waiting(page)
    text = shown_text(staff.look("/region").text)
    assert "faux OPALE.csv" in text
    assert "ailleurs" in text
    assert answer(staff, first, "rejeter").headers["location"] == "/region"
    assert waiting(page) == [second]
    assert answer(staff, second, "prendre").status_code == 303
    assert [(file.number, file.answer) for file in held(page.site.settings)] == [(first, "rejected"), (second, "accepted")]
    assert "compte dès la nuit prochaine" in shown_text(staff.look("/region").text)
    commands = (page.home / "audit.jsonl").read_text(encoding="utf-8")
    assert '"held accept"' in commands
    assert '"held reject"' in commands
    assert OF_STAFF not in commands


def test_an_answer_that_cannot_be_given_is_said_in_words(page: Running) -> None:
    staff = page.entered(OF_STAFF)
    number = waiting(page)[0]
    assert answer(staff, 10_000, "prendre").status_code == 409
    assert answer(staff, number, "autre").status_code == 400
    assert staff.send("/region/mis-de-cote/1x", "/region", {"reponse": "prendre"}).status_code == 404
    program = f"import sys, pathlib; from flows.lock import night_lock; h = night_lock(pathlib.Path({str(page.home)!r}), 'x'); h.__enter__(); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as night:
        assert night.stdout
        assert night.stdout.readline() == b"held\n"
        refused = answer(staff, number, "prendre")
        night.communicate(b"")
    assert refused.status_code == 409
    assert "nuit est en cours" in shown_text(refused.text)
    assert waiting(page)[0] == number


def test_figures_and_findings_are_shown(page: Running) -> None:
    staff = page.entered(OF_STAFF)
    dashboard = staff.look("/region/tableau")
    assert dashboard.status_code == 200
    assert "default-src 'none'" in dashboard.headers["content-security-policy"]
    assert "script" not in dashboard.headers["content-security-policy"]
    links = set(re.findall(r'href="([a-z]+\.csv)"', dashboard.text))
    assert links
    for name in links:
        assert staff.look(f"/region/{name}").headers["content-type"].startswith("text/csv")
    for name in ("index.html", "x.csv", "..%2Fsuivi.toml", "SUIVI.csv"):
        assert staff.look(f"/region/{name}").status_code == 404
    findings = shown_text(staff.look("/region/constats").text)
    assert "Centre OPALE" in findings
    assert "APP-05" in findings


def test_nothing_of_the_staff_is_there_for_a_provider(page: Running) -> None:
    """Every address of the route table, so that a new one without its check fails here."""
    provider, nobody = page.entered(OF_A), page.visitor()
    number = waiting(page)[0]
    of_staff = [route for route in routes(page.site, 1000) if isinstance(route, Route) and route.path.startswith(BELOW)]
    assert len(of_staff) >= 5
    for route in of_staff:
        path = route.path.replace("{number}", str(number)).replace("{name}", "sorties.csv")
        for method in sorted((route.methods or set()) - {"HEAD"}):
            if method == "GET":
                assert provider.look(path).status_code == 404, path
                assert nobody.look(path).headers["location"] == "/connexion", path
            else:
                assert provider.send(path, f"/organisme/{A}", {"reponse": "prendre"}).status_code == 404, path
                assert nobody.client.post(path, data={"jeton": nobody.token("/")}).status_code == 403, path
    assert number in waiting(page)


def test_staff_is_no_provider(page: Running) -> None:
    staff = page.entered(OF_STAFF)
    assert staff.look(f"/organisme/{A}").status_code == 404
    assert staff.send(f"/organisme/{A}/deposer", "/region", file=("x.csv", b"x")).status_code == 404


def test_who_is_taken_off_the_list_is_out(page: Running) -> None:
    staff = page.entered(OF_STAFF)
    (page.home / "senders.toml").write_text(SENDERS.replace(OF_STAFF, "autre@region.example"), encoding="utf-8")
    assert staff.look("/region").status_code == 303


def test_staff_that_is_a_contact_too_is_both(page_without_night: Make) -> None:
    page = page_without_night(SENDERS.replace(OF_STAFF, OF_A))
    both = page.entered(OF_A)
    assert both.look("/region").status_code == 200
    assert both.look(f"/organisme/{A}").status_code == 200
    as_provider = page.entered(OF_A, A)
    assert as_provider.look("/region").status_code == 404, "who asks for one provider gets that alone"


@pytest.mark.parametrize("path", ["/region", "/region/constats"])
def test_before_the_first_night_the_pages_are_there(page_without_night: Make, path: str) -> None:
    assert page_without_night().entered(OF_STAFF).look(path).status_code == 200
