"""Whole nights over inboxes elsewhere: what analysts and the steward see, what the next night does, and what doctor says."""

from __future__ import annotations

import email
import email.policy
import io
import os
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from flows.deposit.drop import lay
from flows.doctor.all_checks import check_home
from flows.doctor.fault import Fault
from tests.golden.history import BASE
from tests.golden.nights import Home, sent_by, sirets
from tests.remote.servers import S3Service, SFTPServer, make_key, proxied

pytestmark = [pytest.mark.remote, pytest.mark.slow]

STEWARD = 'steward_email = "pilotage@region.example"\nmax_file_mb = 0.1\n'
SENT_AT = 1_770_000_000


class OnSFTP:
    """A home whose inbox is on the server."""

    def __init__(self, server: SFTPServer, folder: Path) -> None:
        self.server = server
        self.home = Home(folder / "home")
        (self.home.folder / "inbox").rmdir()
        self.set_up()

    def set_up(self, port: int | None = None) -> None:
        (self.home.folder / "suivi.toml").write_text(self.server.settings(port) + STEWARD)

    def drop(self, files: dict[str, bytes]) -> None:
        for number, (path, data) in enumerate(files.items()):
            target = self.server.inbox / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            os.utime(target, (SENT_AT + number, SENT_AT + number))

    def there(self) -> list[str]:
        return sorted(path.relative_to(self.server.inbox).as_posix() for path in self.server.inbox.rglob("*") if path.is_file())

    def ledger(self) -> list[tuple[str, str, str]]:
        with duckdb.connect(str(self.home.folder / "store.duckdb"), read_only=True) as con:
            return con.execute("SELECT file_name, sender, decision FROM submissions ORDER BY submission_id").fetchall()

    def last_mail(self) -> str:
        """The text of the steward's last mail, its lines joined."""
        paths = sorted((self.home.folder / "outbox").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in paths]
        mail = [one for one in mails if "pilotage@" in str(one["To"])][-1]
        body = mail.get_body(("plain",))
        assert body is not None
        return " ".join(body.get_content().replace("\xa0", " ").replace("\u202f", " ").split())


@pytest.fixture
def on_sftp(sftp: SFTPServer, tmp_path: Path) -> OnSFTP:
    return OnSFTP(sftp, tmp_path)


def faults(home: Path) -> list[Fault]:
    return [fault for result in check_home(home) if result.name.startswith("inbox") for fault in result.faults]


def test_nights_of_three_providers_over_sftp(on_sftp: OnSFTP) -> None:
    first, second, third = sirets(3)
    sent = {**sent_by(first, BASE), **sent_by(second, BASE), **sent_by(third, BASE)}
    on_sftp.drop(sent)
    report = on_sftp.home.night()
    assert report["totals"]["files"] == len(sent) == 12
    assert {(name.partition("/")[0], sender) for name, sender, _ in on_sftp.ledger()} == {(one, one) for one in ("region", first, second, third)}
    assert {decision for *_, decision in on_sftp.ledger()} <= {"accepted", "partial"}
    assert on_sftp.there() == []
    assert on_sftp.home.row("SELECT count(DISTINCT provider_siret) FROM clean.sessions") == (3,)
    assert "boîte de dépôt" not in on_sftp.last_mail()

    # The same bytes again are meant, and get their line; what is too large is refused; another folder may not speak for the first.
    name = f"{first}/{first}/b.csv"
    on_sftp.drop({name: sent[name], f"{second}/large.csv": b"x" * 200_000, f"{third}/c.csv": sent[f"{first}/{first}/c.csv"] + b"\n"})
    on_sftp.home.tells = False
    on_sftp.home.night()
    assert [decision for *_, decision in on_sftp.ledger()[12:]] == ["duplicate", "refused", "held"]
    assert on_sftp.there() == []

    # A server that hangs up in the middle, and one that is away: told, and the night is done with what there is.
    on_sftp.drop({f"{first}/small.csv": sent[name] + b"\n", f"{first}/second.csv": b"y" * 90_000})
    with proxied(on_sftp.server.port, 40_000, hangs_up=True) as proxy:
        on_sftp.server.write_known_hosts(proxy.port)
        on_sftp.set_up(proxy.port)
        on_sftp.home.tells = True
        assert on_sftp.home.night()["totals"]["files"] == 1
        assert "la connexion a été coupée" in on_sftp.last_mail()
    on_sftp.server.write_known_hosts(on_sftp.server.port)
    on_sftp.set_up()
    on_sftp.server.stop()
    # What the deposit page has laid here is read even so.
    lay(on_sftp.home.folder / "brought" / "inbox", first, "small.csv", io.BytesIO(sent[name] + b"\n\n"), is_private=True)
    assert on_sftp.home.night()["totals"]["files"] == 1
    assert "le serveur est injoignable" in on_sftp.last_mail() and "suivi doctor" in on_sftp.last_mail()
    on_sftp.server.start()
    on_sftp.home.tells = False
    assert on_sftp.home.night()["totals"]["files"] == 1
    assert on_sftp.there() == []
    assert len(on_sftp.ledger()) == 18
    log = (on_sftp.home.folder / "suivi.log").read_text()
    assert "it cannot be reached" in log and "PRIVATE KEY" not in log


def test_doctor_looks_at_an_inbox_on_sftp(on_sftp: OnSFTP, tmp_path: Path) -> None:
    on_sftp.drop(BASE)
    assert faults(on_sftp.home.folder) == []
    assert on_sftp.there() == sorted(BASE)  # what it tried with is gone
    on_sftp.drop({"inbox/a.csv": b""})
    (on_sftp.home.folder / "inbox").mkdir()
    (on_sftp.home.folder / "inbox" / "a.csv").touch()
    assert "no night looks there" in faults(on_sftp.home.folder)[0].what
    on_sftp.server.write_known_hosts(on_sftp.server.port, make_key(tmp_path / "other"))
    assert faults(on_sftp.home.folder)[1].what == "its host key is another than the known one"


def test_doctor_sees_folders_out_of_which_nothing_can_be_taken(tmp_path: Path) -> None:
    server = SFTPServer(tmp_path / "server", "-R").start()
    try:
        there = OnSFTP(server, tmp_path)
        there.drop({"opale/a.csv": b"", "rubis/b.csv": b""})
        (fault,) = faults(there.home.folder)
        assert "opale, rubis" in fault.what and not fault.is_advice
        assert there.home.night()["totals"]["files"] == 2
        assert "2 fichiers sont restés" in there.last_mail() and "« opale/a.csv »" in there.last_mail()
    finally:
        server.stop()


@pytest.fixture
def on_s3(s3: S3Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Home, object]]:
    from tests.remote.test_s3 import Bucket

    for name, value in {"ACCESS_KEY_ID": "key", "SECRET_ACCESS_KEY": "the-secret", "DEFAULT_REGION": "eu-west-3"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    bucket = Bucket(s3)
    home = Home(tmp_path / "home")
    (home.folder / "inbox").rmdir()
    (home.folder / "suivi.toml").write_text(
        f'inbox = "s3://{bucket.name}/in"\ninbox_endpoint = "{s3.endpoint}"\nsettle_seconds = 0\n' + STEWARD
    )
    yield home, bucket
    bucket.close()


def test_a_night_over_s3(on_s3: tuple[Home, object]) -> None:
    home, bucket = on_s3
    for name, data in BASE.items():
        bucket.put(f"in/opale/{name}", data)  # type: ignore[attr-defined]
    assert faults(home.folder) == []
    assert home.night()["totals"]["files"] == len(BASE)
    assert home.row("SELECT count(*) FROM clean.sessions") == (1,)
    assert bucket.keys() == []  # type: ignore[attr-defined]
    assert home.night()["totals"]["files"] == 0
    assert "the-secret" not in (home.folder / "suivi.log").read_text()
