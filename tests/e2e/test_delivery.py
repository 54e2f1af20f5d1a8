"""Whole nights whose mails go out through a mail server that has bad days, and `suivi outbox` in between."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from flows.cli import main
from flows.mail.deliver import INTENDED_HEADER
from tests.golden.nights import Home, sirets
from tests.mail_box import MailBox, running
from tests.spec.paper import csv_of

pytestmark = pytest.mark.slow

FIRST, SECOND = sirets(2)
STEWARD = "donnees@region.example"
ADDRESSES = {FIRST: "premier@exemple.fr", SECOND: "second@exemple.fr"}


@pytest.fixture
def box() -> Iterator[MailBox]:
    with running() as server:
        yield server


def home_of(folder: Path, port: int, **more: str) -> Home:
    written = {
        "steward_email": STEWARD, "sender": "suivi@region.example", "smtp_host": "127.0.0.1", "smtp_security": "none", **more
    }  # fmt: skip
    lines = [f'{key} = "{value}"' for key, value in written.items()]
    home = Home(folder / "home")
    (home.folder / "suivi.toml").write_text("\n".join([*lines, f"smtp_port = {port}", "settle_seconds = 0\n"]))
    return home


def returns(amount: str) -> dict[str, bytes]:
    """Both providers' actions, and an expense of each that is right or wrong."""
    both = ADDRESSES.items()
    return {
        "actions.csv": csv_of("actions", *(f"siret={siret} & courriel={address}" for siret, address in both)),
        **{f"{siret}/depenses.csv": csv_of("depenses", f"siret={siret} & montant={amount}") for siret, _ in both},
    }


def states(report: dict[str, Any]) -> dict[str, str]:
    return {alert["to"]: alert["state"] for alert in report["alerts"]}


def outbox(home: Home, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = main(["outbox", "--home", str(home.folder), "--format", "json", *arguments])
    return code, json.loads(capsys.readouterr().out)


def test_every_alert_arrives_once_over_nights_with_failures_in_between(
    tmp_path: Path, box: MailBox, capsys: pytest.CaptureFixture[str]
) -> None:
    home = home_of(tmp_path, box.port)
    box.script = ["rcpt 450", "drop"]
    first = home.night(returns("beaucoup"), on=date(2026, 3, 2))
    assert sorted(states(first)) == [STEWARD, *sorted(ADDRESSES.values())]
    assert sorted(states(first).values()) == ["sent", "waiting", "waiting"]

    code, told = outbox(home, capsys)
    assert (code, told["counts"]) == (0, {"sent": 1, "waiting": 2})
    assert {(mail["attempts"], mail["reply_code"]) for mail in told["mails"]} == {(1, 450), (1, None)}
    assert all(mail["reply"] for mail in told["mails"])

    # The server is away; both providers mend their file.
    box.stop()
    second = home.night(returns("1000"), on=date(2026, 3, 3))
    assert set(states(second).values()) == {"waiting"}
    code = main(["outbox", "--home", str(home.folder), "--send"])
    shown = capsys.readouterr()
    assert code == 1
    assert "Connection refused" in shown.err
    assert "tried 3 times" in shown.out

    # It is back, and refuses one for good. A night without changes writes nothing of its own, and delivers what waits.
    box.start()
    box.script = ["rcpt 550"]
    assert home.night({}, on=date(2026, 3, 4))["alerts"] == []
    (lost,) = outbox(home, capsys)[1]["mails"]
    assert (lost["state"], lost["reply_code"]) == ("given_up", 550)
    written = {alert["message_id"] for report in (first, second) for alert in report["alerts"]}
    assert box.counts() == dict.fromkeys(written - {lost["message_id"]}, 1)

    # The steward is told of it; it goes out when somebody asks for that.
    fourth = home.night({}, on=date(2026, 3, 5))
    assert states(fourth) == {STEWARD: "sent"}
    text = box.taken[-1].mail.get_body(("plain",))
    assert text is not None
    assert "(550)" in text.get_content()
    written |= {alert["message_id"] for alert in fourth["alerts"]}
    assert outbox(home, capsys, "--send")[1]["counts"] == {"given_up": 1, "sent": len(written) - 1}
    assert outbox(home, capsys, "--send", "--again") == (0, {"counts": {"sent": len(written)}, "mails": []})
    assert box.counts() == dict.fromkeys(written, 1)


def test_held_back_then_to_the_steward(
    tmp_path: Path, box: MailBox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = home_of(tmp_path, box.port, mail="hold")
    report = home.night(returns("beaucoup"), on=date(2026, 3, 2))
    assert set(states(report).values()) == {"waiting"}
    assert main(["outbox", "--home", str(home.folder), "--send"]) == 2
    assert "held back" in capsys.readouterr().err
    assert box.taken == []

    assert main(["outbox", "--home", str(home.folder), "--send", "--all-to-steward"]) == 0
    assert "3 sent" in capsys.readouterr().out
    assert {taken.recipient for taken in box.taken} == {STEWARD}
    marks = {str(taken.mail["Subject"]).partition("] ")[0] for taken in box.taken if taken.mail[INTENDED_HEADER]}
    assert marks == {f"[Essai, pour {address}" for address in ADDRESSES.values()}
    # A trial is over once it was sent: the providers are not told the same again.
    assert main(["outbox", "--home", str(home.folder), "--send", "--again"]) == 2
    monkeypatch.setenv("SUIVI_MAIL", "send")
    assert main(["outbox", "--home", str(home.folder), "--send", "--again"]) == 0
    assert len(box.taken) == 3
