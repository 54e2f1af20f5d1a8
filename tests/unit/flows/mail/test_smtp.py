"""How mails go out: TLS, login, set-ups that are wrong, files where there is no server, held back, trial runs."""

from __future__ import annotations

import logging
import os
import stat
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from flows.cli import main
from flows.mail.deliver import INTENDED_HEADER, Delivery, deliver_night_mails
from tests.mail_box import PASSWORD, USER, MailBox, make_certificate
from tests.mail_post import NOW, STEWARD, Post
from warehouse.notifications.outbox import FILE, GIVEN_UP, SENT, WAITING

_numbers = count(1)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_tls_with_a_certificate_that_holds(
    security: str, post: Post, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = MailBox()
    certificate = make_certificate(tmp_path / "boite.pem")
    box.start(certificate=certificate, implicit=security == "tls", login=True)
    password = _secret(tmp_path, PASSWORD + "\n")
    try:
        post.use(box, smtp_security=security, smtp_user=USER, smtp_password_file=password)
        post.write(2)
        # Signed by nobody that this machine knows: not a word is said to it.
        delivery = post.deliver()
        assert "certificate of mail server 127.0.0.1" in (delivery.trouble or "")
        assert (delivery.waiting, box.taken) == (2, [])

        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert post.deliver(1) == Delivery(sent=2)
        assert [(taken.is_secret, taken.is_logged_in) for taken in box.taken] == [(True, True)] * 2
        assert len({taken.connection for taken in box.taken}) == 1

        post.write()
        post.settings = replace(post.settings, smtp_password_file=_secret(tmp_path, "autre-CANARI"))
        delivery = post.deliver(2)
        assert "refused the login (535)" in (delivery.trouble or "")
        post.settings = replace(post.settings, smtp_user=None, smtp_password_file=None)
        delivery = post.deliver(3)
        assert delivery.waiting == 1
        post.settings = replace(post.settings, smtp_user=USER, smtp_password_file=password)
        assert post.deliver(4) == Delivery(sent=1)
    finally:
        box.stop()


def test_a_server_without_starttls_hears_nothing(post: Post, box: MailBox) -> None:
    post.use(box, smtp_security="starttls")
    post.write()
    assert "offers no STARTTLS" in (post.deliver().trouble or "")
    assert box.taken == []


def test_tls_to_a_server_that_speaks_in_clear(post: Post, box: MailBox) -> None:
    post.use(box, smtp_security="tls")
    post.write()
    assert "does not speak TLS" in (post.deliver().trouble or "")


@pytest.mark.parametrize(
    ("changes", "content", "mode", "told"),
    [
        ({"sender": None, "steward_email": None}, None, 0o600, "set sender in suivi.toml"),
        ({"smtp_user": USER}, None, 0o600, "go together"),
        ({}, PASSWORD, 0o600, "go together"),
        ({"smtp_user": USER}, PASSWORD, 0o640, "can be read by others (mode 0640): run `chmod 600"),
        ({"smtp_user": USER}, PASSWORD, 0o604, "can be read by others"),
        ({"smtp_user": USER}, "", 0o600, "must hold the password alone"),
        ({"smtp_user": USER}, f"{PASSWORD}\nautre", 0o600, "must hold the password alone"),
        ({"smtp_user": USER}, f"{PASSWORD}é", 0o600, "plain ASCII"),
        ({"smtp_user": USER, "smtp_password_file": Path("/nowhere/secret")}, None, 0o600, "cannot be read (No such file"),
        ({"smtp_user": USER, "smtp_host": "mail.example"}, PASSWORD, 0o600, "in clear"),
        ({"smtp_user": USER}, PASSWORD, 0o600, "offers no login"),
    ],
)
def test_a_set_up_that_is_wrong_costs_no_mail_and_is_told_in_one_sentence(
    changes: dict[str, Any], content: str | None, mode: int, told: str, post: Post, box: MailBox, tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    given = {"smtp_password_file": _secret(tmp_path, content, mode)} if content is not None else {}
    post.use(box, **given, **changes)
    ids = post.write(2)
    with caplog.at_level(logging.DEBUG):
        deliver_night_mails(post.settings, post.store, "night", NOW)
    assert told in caplog.text
    assert PASSWORD not in caplog.text
    assert post.states(ids) == [WAITING, WAITING]
    for one in ids:
        assert told in (post.state(one).reply or "")
        assert PASSWORD not in (post.state(one).reply or "")
    post.use(box, sender="suivi@region.example", smtp_user=None, smtp_password_file=None)
    assert post.deliver(1) == Delivery(sent=2)


# ------------------------------------------------------------------------------------------------------ without a server


def test_without_a_server_mails_are_private_files_and_stay_so(post: Post, box: MailBox) -> None:
    ids = post.write(2)
    before = os.umask(0)
    try:
        assert post.deliver() == Delivery(written=2)
    finally:
        os.umask(before)
    folder = post.settings.home / "outbox"
    files = sorted(folder.iterdir())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert all(file.name.startswith("20260302T030000Z-night-") and file.suffix == ".eml" for file in files)
    assert sorted(file.read_bytes() for file in files) == sorted(
        post.outbox.content(one).replace(b"\n", b"\r\n") for one in ids
    )
    assert post.states(ids) == [FILE, FILE]
    # They are out of the house, by hand: a server that comes later is not given them.
    post.use(box)
    assert post.deliver(1) == Delivery()
    assert box.taken == []


def test_a_kill_between_file_and_note_leaves_one_file(post: Post) -> None:
    (mail,) = post.write()
    post.deliver()
    post.outbox.record_attempt(mail, NOW, WAITING)
    post.deliver(1)
    assert len(list((post.settings.home / "outbox").iterdir())) == 1


def test_a_folder_that_cannot_be_written_makes_mails_wait(post: Post) -> None:
    (post.settings.home / "outbox").write_text("in the way")
    (mail,) = post.write()
    delivery = post.deliver()
    assert "outbox cannot be written" in (delivery.trouble or "")
    (post.settings.home / "outbox").unlink()
    assert post.deliver(1) == Delivery(written=1)
    assert post.state(mail).state == FILE


# ---------------------------------------------------------------------------------------------- held back, trial runs


def test_held_back_mails_wait_and_go_out_later(post: Post, box: MailBox) -> None:
    ids = post.write(2)
    post.settings = replace(post.settings, mail="hold")
    assert post.deliver() == Delivery(waiting=2)
    post.use(box)
    assert post.deliver(1) == Delivery(waiting=2)
    assert [post.state(one).attempts for one in ids] == [0, 0]
    post.use(box, mail="send")
    assert post.deliver(2) == Delivery(sent=2)


@pytest.mark.parametrize("is_file", [False, True])
def test_a_trial_run_sends_all_to_the_steward(is_file: bool, post: Post, box: MailBox) -> None:
    post.settings = replace(post.settings, mail="steward")
    if not is_file:
        post.use(box)
    (to_provider,) = post.write()
    (to_steward,) = post.write(recipient=STEWARD, topic="digest")
    post.deliver()
    written = sorted((post.settings.home / "outbox").glob("*.eml"), key=lambda path: "digest" in path.name)
    contents = [path.read_bytes() for path in written] if is_file else [taken.content for taken in box.taken[::-1]]
    assert {taken.recipient for taken in box.taken} == (set() if is_file else {STEWARD})
    mail = _read(contents[0])
    original = _read(post.outbox.content(to_provider))
    assert (mail["To"], mail[INTENDED_HEADER], mail["Message-ID"]) == (STEWARD, "of@exemple.fr", to_provider)
    assert mail["Subject"] == f"[Essai, pour of@exemple.fr] {original['Subject']}"
    assert mail["References"] == original["References"]
    assert contents[0].partition(b"\r\n\r\n")[2].replace(b"\r\n", b"\n") == (
        post.outbox.content(to_provider).partition(b"\n\n")[2]
    )
    assert contents[1] == post.outbox.content(to_steward).replace(b"\n", b"\r\n")


def test_mails_written_before_there_was_a_sender_go_out_from_the_sender(post: Post, box: MailBox) -> None:
    post.use(box)
    post.write(sender="suivi@suivi.invalid")
    post.deliver()
    assert box.taken[0].mail["From"] == "Suivi des formations <suivi@region.example>"
    assert box.taken[0].sender == "suivi@region.example"


@pytest.mark.parametrize(("knows_utf8", "state"), [(True, SENT), (False, GIVEN_UP)])
def test_addresses_with_accents(knows_utf8: bool, state: str, post: Post) -> None:
    box = MailBox()
    box.start(enable_SMTPUTF8=knows_utf8)
    try:
        post.use(box)
        (accents,) = post.write(recipient="hélène@exemple.fr")
        (domain,) = post.write(recipient="contact@numérique.fr")
        post.deliver()
        # A domain can always be written in plain letters; what stands before the @ cannot.
        assert post.states([accents, domain]) == [state, SENT]
        assert {taken.recipient for taken in box.taken} == {"contact@xn--numrique-d1a.fr"} | (
            {"hélène@exemple.fr"} if knows_utf8 else set()
        )
    finally:
        box.stop()


def _secret(folder: Path, content: str, mode: int = 0o600) -> Path:
    path = folder / f"secret-{next(_numbers)}"
    path.write_text(content, encoding="utf-8")
    path.chmod(mode)
    return path


def _read(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


def test_a_trial_mail_arrives_or_names_the_setting_that_is_missing(
    tmp_path: Path, box: MailBox, capsys: pytest.CaptureFixture[str]
) -> None:
    def tried(settings: str) -> tuple[int, str]:
        (tmp_path / "suivi.toml").write_text(settings)
        return main(["mail-test", "moi@exemple.fr", "--home", str(tmp_path)]), "".join(capsys.readouterr())

    server = f'smtp_host = "127.0.0.1"\nsmtp_port = {box.port}\nsmtp_security = "none"\n'
    assert "smtp_host is not set" in tried("")[1]
    code, said = tried(server)
    assert (code, "sender is not set" in said) == (2, True)
    box.script = ["rcpt 550"]
    code, said = tried(f'{server}sender = "suivi@region.example"\n')
    assert (code, "550" in said, box.taken) == (1, True, [])
    code, said = tried(f'{server}sender = "suivi@region.example"\nmail = "hold"\n')
    assert (code, "250" in said) == (0, True)
    assert [(taken.recipient, taken.mail["Subject"]) for taken in box.taken] == [
        ("moi@exemple.fr", "Suivi des formations : essai de la messagerie")
    ]
