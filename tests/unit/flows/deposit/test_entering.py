"""Who gets in, and who does not: links, sessions, and what an answer gives away."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable

import pytest
from click.testing import CliRunner

from flows.cli import outbox
from flows.deposit.limits import Rate
from flows.deposit.site import RATES
from flows.deposit.state import IDLE, LINK, LONGEST_SESSION
from tests.unit.flows.deposit.conftest import OF_A, OF_B, SENDERS, A, B, Running
from tests.unit.flows.deposit.visitors import ORIGIN, Visitor, mails

Make = Callable[..., Running]


def is_in(visitor: Visitor, siret: str = A) -> bool:
    return visitor.look(f"/organisme/{siret}/deposer").status_code == 200


def test_a_link_lets_in_once(page_without_night: Make) -> None:
    page = page_without_night()
    token = page.mailed_token(OF_A)
    first, second = page.visitor(), page.visitor()
    assert first.open_link(token).headers["location"] == "/organismes"
    assert is_in(first)
    assert second.open_link(token).status_code == 410
    assert not is_in(second)
    assert is_in(first), "somebody who tries a used link throws nobody out"


def test_without_a_mail_server_the_link_is_read_with_a_command(page_without_night: Make) -> None:
    page = page_without_night()
    read = ["--newest", "--home", str(page.home)]
    nothing = CliRunner().invoke(outbox.command, read)
    assert nothing.exit_code != 0, "no mail yet"
    token = page.mailed_token(OF_A)
    shown = CliRunner().invoke(outbox.command, read)
    assert shown.exit_code == 0
    assert shown.stdout.startswith(f"To: {OF_A}\nSubject: Votre lien")
    assert f"{ORIGIN}/lien/{token}" in shown.stdout.split(), "whole, on one line"


def test_what_only_looks_at_a_link_does_not_use_it(page_without_night: Make) -> None:
    page = page_without_night()
    token = page.mailed_token(OF_A)
    scanner = page.visitor()
    for _ in range(3):
        assert "Entrer" in scanner.look(f"/lien/{token}").text
        scanner.client.head(f"/lien/{token}")
    assert page.visitor().open_link(token).status_code == 303


@pytest.mark.parametrize("late", [LINK + 1, 10 * LINK])
def test_a_link_ends_after_a_quarter_of_an_hour(page_without_night: Make, late: float) -> None:
    page = page_without_night()
    token = page.mailed_token(OF_A)
    page.clock.now += late
    assert page.visitor().open_link(token).status_code == 410


def test_a_forged_link_lets_nobody_in(page_without_night: Make) -> None:
    page = page_without_night()
    token = page.mailed_token(OF_A)
    text, at, signature = token.rsplit(".", 2)
    flipped = signature[:-2] + ("A" if signature[-2] != "A" else "B") + signature[-1]
    for forged in (f"{text}.{at}.{flipped}", f"{text}x.{at}.{signature}", f"{text}.{at}", text, "", "x" * 5000, "é", token + "."):
        visitor = page.visitor()
        assert visitor.send("/lien", "/connexion", {"lien": forged}).status_code == 410, forged[:40]
        assert not is_in(visitor)
    own_form = page.site.secret.signed("form", "x")
    assert page.visitor().send("/lien", "/connexion", {"lien": own_form}).status_code == 410, "another signature of ours is no link"
    assert page.visitor().open_link(token).status_code == 303


def test_the_link_of_another_home_lets_nobody_in(page: Running, page_without_night: Make) -> None:
    token = page.mailed_token(OF_A)
    assert page_without_night().visitor().open_link(token).status_code == 410


def test_whoever_asks_is_told_the_same_at_once(page_without_night: Make) -> None:
    page = page_without_night()
    answers = {}
    for address, siret in ((OF_A, ""), (OF_A.upper(), ""), ("personne@ailleurs.example", ""), (OF_A, A), (OF_A, B), (OF_A, "x")):
        text = page.visitor().ask_for_link(address, siret).text
        answers[address, siret] = re.sub(r'value="[^"]+"', "", text)
    assert len(set(answers.values())) == 1
    page.site.post.wait()
    assert [to for to, _ in mails(page.home, "link")] == [OF_A, OF_A.upper(), OF_A]


def test_no_session_knows_more_than_its_provider(page_without_night: Make) -> None:
    page = page_without_night(SENDERS.replace(OF_B, OF_A))
    both, one = page.entered(OF_A), page.entered(OF_A, B)
    assert is_in(both, A)
    assert is_in(both, B)
    assert both.look("/organismes").text.count("SIRET") == 2
    assert not is_in(one, A)
    assert is_in(one, B)


@pytest.mark.parametrize(("steps", "seconds", "lasts"), [(1, IDLE - 5, True), (1, IDLE + 5, False), (40, IDLE - 60, False), (3, IDLE - 60, True)])
def test_a_session_ends_by_itself(page_without_night: Make, steps: int, seconds: float, lasts: bool) -> None:
    page = page_without_night()
    visitor = page.entered(OF_A)
    assert (40 * (IDLE - 60) > LONGEST_SESSION) and (3 * IDLE < LONGEST_SESSION)
    for _ in range(steps):
        page.clock.now += seconds
        found = is_in(visitor)
    assert found == lasts
    if not lasts:
        assert visitor.look(f"/organisme/{A}").headers["location"] == "/connexion?fin"


def test_who_leaves_is_out_on_the_server_too(page_without_night: Make) -> None:
    page = page_without_night()
    visitor = page.entered(OF_A)
    session = visitor.client.cookies["depot"]
    assert visitor.send("/fin", "/").headers["location"] == "/"
    assert not is_in(visitor)
    visitor.client.cookies.set("depot", session, domain="127.0.0.1", path="/")
    assert not is_in(visitor)


def test_an_address_that_the_steward_takes_away_is_out_at_once(page_without_night: Make) -> None:
    page = page_without_night()
    visitor = page.entered(OF_A)
    (page.home / "senders.toml").write_text(SENDERS.replace(OF_A, "nouvelle@opale.example"), encoding="utf-8")
    assert not is_in(visitor)


def test_a_session_is_in_a_cookie_that_scripts_and_other_sites_do_not_get(page_without_night: Make) -> None:
    page = page_without_night()
    said = page.visitor().open_link(page.mailed_token(OF_A)).headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(said.split("; "))
    assert "Secure" not in said, "over http a browser would never send it back"


def test_what_is_remembered_names_no_address_and_no_token(page_without_night: Make) -> None:
    page = page_without_night()
    token = page.mailed_token(OF_A)
    visitor = page.visitor()
    visitor.open_link(token)
    path = page.home / "deposit" / "state.sqlite"
    content = path.read_bytes()
    for text in (OF_A, token, visitor.client.cookies["depot"]):
        assert text.encode() not in content
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE((page.home / "secrets" / "deposit.key").stat().st_mode) == 0o600


def test_neither_log_nor_audit_names_an_address_or_a_token(page_without_night: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    page = page_without_night()
    token = page.mailed_token(OF_A)
    page.visitor().open_link(token)
    page.visitor().ask_for_link("personne@ailleurs.example")
    page.site.post.wait()
    written = caplog.text.replace("HTTP Request", "") + (page.home / "audit.jsonl").read_text(encoding="utf-8")
    ours = "\n".join(line for line in written.splitlines() if "httpx" not in line)
    assert "depot login" in ours
    for text in (OF_A, token, "personne@ailleurs"):
        assert text not in ours


def test_a_new_address_of_a_provider_gets_in_once_it_is_confirmed(page: Running) -> None:
    """Without one of the steward's, the address of the Region's actions counts; one that replaces it could be a stranger's."""
    from datetime import UTC, datetime

    from flows.held_answers import confirm
    from tests.golden.nights import Home
    from tests.spec.paper import csv_of

    (page.home / "senders.toml").write_text(SENDERS.replace(f'contact = "{OF_A}"\n', ""), encoding="utf-8")
    old, new = "ancien@opale.example", "nouvelle@opale.example"
    assert is_in(page.entered(old))
    row = f"siret={A} & organisme=Centre OPALE & courriel={new}"
    Home(page.home).night({"region/actions 2.csv": csv_of("actions", row)})
    assert is_in(page.entered(old)), "the earlier one still gets in"
    page.visitor().ask_for_link(new)
    page.site.post.wait()
    assert new not in [to for to, _ in mails(page.home, "link")]
    confirm(page.site.settings, A)
    page.clock.now = datetime.now(UTC).timestamp()
    assert is_in(page.entered(new))


def test_too_many_demands_are_slowed_down(page_without_night: Make) -> None:
    generous = dict.fromkeys(RATES, Rate(1000, 1))
    page = page_without_night(rates=generous | {"link": Rate(3, 900)})
    visitor = page.visitor()
    assert [visitor.ask_for_link("a@b.example").status_code for _ in range(5)] == [200, 200, 200, 429, 429]


def test_an_address_gets_few_links_and_is_told_nothing_of_it(page_without_night: Make) -> None:
    page = page_without_night(rates=dict.fromkeys(RATES, Rate(1000, 1)) | {"address": Rate(2, 900)})
    assert {page.visitor().ask_for_link(OF_A).status_code for _ in range(5)} == {200}
    page.site.post.wait()
    assert len(mails(page.home, "link")) == 2
