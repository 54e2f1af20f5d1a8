"""Nights whose mails go out through Debian's exim4: what a real server puts off, refuses and takes (`make test-mail`)."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.e2e.test_delivery import ADDRESSES, FIRST, SECOND, STEWARD, home_of, returns, states
from tests.exim import Exim, what_is_missing
from tests.mail_box import PASSWORD, USER

pytestmark = pytest.mark.mail


@pytest.fixture
def exim() -> Iterator[Exim]:
    assert not what_is_missing(), what_is_missing()
    # Not below pytest's own folder: exim gives up root's rights, and could not enter that.
    with tempfile.TemporaryDirectory(prefix="suivi-exim-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server = Exim(Path(folder))
        yield server
        server.stop()


def test_every_alert_arrives_once_through_exim(tmp_path: Path, exim: Exim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(exim.certificate))
    secret = tmp_path / "secret"
    secret.write_text(PASSWORD)
    secret.chmod(0o600)
    home = home_of(tmp_path, exim.port, smtp_security="starttls", smtp_user=USER, smtp_password_file=str(secret))

    exim.puts_off(True)
    first = home.night(returns("beaucoup"), on=date(2026, 3, 2))
    assert set(states(first).values()) == {"waiting"}
    assert exim.delivered() == []

    # Three mails, and exim takes two on a connection: the third is not lost over that, nor late.
    exim.puts_off(False)
    exim.refuses(ADDRESSES[SECOND])
    second = home.night({}, on=date(2026, 3, 3))
    assert second["alerts"] == []
    assert {mail["Envelope-to"] for mail in exim.delivered()} == {STEWARD, ADDRESSES[FIRST]}

    # What it refused is told to the steward, and sent only when somebody asks for that.
    third = home.night({}, on=date(2026, 3, 4))
    assert states(third) == {STEWARD: "sent"}
    exim.refuses()
    assert home.night({}, on=date(2026, 3, 5))["alerts"] == []

    delivered = exim.delivered()
    assert Counter(mail["Message-ID"] for mail in delivered) == {
        alert["message_id"]: 1 for night in (first, third) for alert in night["alerts"] if alert["to"] != ADDRESSES[SECOND]
    }
    for mail in delivered:
        assert mail["Return-path"] == "<suivi@region.example>"
        assert mail["To"] == mail["Envelope-to"]
        assert "esmtpsa" in mail["Received"]  # TLS, and logged in
        assert (mail["Auto-Submitted"], mail.get_content_maintype()) == ("auto-generated", "multipart")
        assert not mail.defects
