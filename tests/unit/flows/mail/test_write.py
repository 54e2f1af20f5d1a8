"""The mails of a night, from the ledger: one to the steward whatever comes, none lost, none kept back by another."""

from __future__ import annotations

import email
import email.policy
import logging
from collections.abc import Iterator, Sequence
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from flows.mail import write
from flows.settings import Settings
from tests.unit.store_builders import OTHER_SIRET, SIRET, day, finding, submission
from transforms.pages.mail import mime
from transforms.pages.mail.compose import MailContext
from transforms.pages.mail.provider_mails import night_mail
from warehouse.notifications.outbox import Mail, Outbox, PendingUpdates
from warehouse.notifications.updates import SenderUpdates
from warehouse.store.store import Store

STEWARD = "donnees@region.example"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store that knows a provider by its action, and nothing of another one; each has sent a file with an error."""
    with Store.open(tmp_path) as opened:
        faulty = {"unread": [None], "findings": [finding(3)]}
        opened.load("run", [
            submission("actions", [{}]), submission("sessions", [{}], **faulty), submission("sessions", [{}], siret=OTHER_SIRET, **faulty),
        ])  # fmt: skip
        yield opened


def written(store: Store, settings: Settings, run_id: str = "run") -> list[str]:
    """The recipients of what a night writes; its reference date is before all files, so that no warehouse is asked."""
    write.write_night_mails(settings, store, run_id, day(1), date(2000, 1, 1))
    return [mail.recipient for mail in Outbox(store).mails(run_id=run_id)]


def settings(store: Store, **more: Any) -> Settings:
    return Settings(home=store.path.parent, inbox=store.path.parent / "inbox", **more)


def test_without_a_steward_what_is_for_it_waits_and_is_logged_once(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert written(store, settings(store)) == ["a@exemple.fr"]
    assert [record.getMessage() for record in caplog.records] == [
        "no usable steward_email is set: its mail is not written, and the news of 1 senders without an address wait"
    ]
    assert opened_first(store)["From"].addresses[0].addr_spec == mime.PLACEHOLDER_SENDER
    assert written(store, settings(store), "next") == []
    # once there is one, it is told what waited
    assert written(store, settings(store, steward_email=STEWARD), "later") == [STEWARD]
    assert written(store, settings(store, steward_email=STEWARD), "last") == []


def test_two_thousand_files_of_unknown_providers_are_one_mail(store: Store) -> None:
    """It shows the first ones; the CSV has the rest, and all of it is told."""
    store.load("run", [
        submission("sessions", decision="refused", siret=f"{number:014d}", records=1, quarantined=1, name=f"z/{number}.csv",
                   findings=[finding(2), finding(None, "FIC-08")])
        for number in range(2_000)
    ])  # fmt: skip
    assert written(store, settings(store, steward_email=STEWARD)) == [STEWARD, "a@exemple.fr"]
    digest = Outbox(store).mails(run_id="run")[0]
    message = email.message_from_bytes(Outbox(store).content(digest.message_id), EmailMessage, policy=email.policy.default)
    plain, page = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None and page is not None
    assert "et 1 961 autres organismes" in " ".join(plain.get_content().replace("\u202f", " ").split())
    assert len(page.get_content()) < 100_000
    (attached,) = message.iter_attachments()
    assert "00000000001999" in attached.get_content()
    assert written(store, settings(store, steward_email=STEWARD), "next") == []


@pytest.mark.parametrize("falls_over", ["the one provider", "everything"])
def test_updates_that_no_mail_can_be_made_of_keep_no_other_out_of_the_digest(
    falls_over: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = write.digest_mail

    def fragile(context: MailContext, pending: PendingUpdates, *more: Any) -> Mail | None:
        if falls_over == "everything" or any(sender.siret == OTHER_SIRET for sender in pending.senders):
            raise ValueError("a value of a cell")
        return whole(context, pending, *more)

    monkeypatch.setattr(write, "digest_mail", fragile)
    assert written(store, settings(store, steward_email=STEWARD)) == (["a@exemple.fr"] if falls_over == "everything" else [STEWARD, "a@exemple.fr"])
    monkeypatch.undo()
    # what was not told is told once it can be
    assert written(store, settings(store, steward_email=STEWARD), "next") == [STEWARD]
    assert written(store, settings(store, steward_email=STEWARD), "last") == []


def test_a_night_that_told_the_steward_does_not_write_again_that_it_failed(store: Store) -> None:
    own = settings(store, steward_email=STEWARD)
    store.begin_night("run", day(1), day(1).date())
    assert written(store, own).count(STEWARD) == 1
    store.end_night("run", day(1), "failed")
    write.write_failure_mail(own, store, "run", day(1), OSError(28, "No space left on device"))
    assert [mail.topic for mail in Outbox(store).mails(run_id="run") if mail.recipient == STEWARD] == ["digest"]
    # the next night's one mail says so, whatever else it has to say
    store.begin_night("next", day(2), day(2).date())
    assert written(store, own, "next") == [STEWARD]
    assert Outbox(store).mails(run_id="next")[0].subject == "Suivi : la nuit du 3 mars 2026 a échoué"
    # and a night that failed before is told at once
    store.begin_night("third", day(3), day(3).date())
    store.end_night("third", day(3), "failed")
    write.write_failure_mail(own, store, "third", day(3), OSError(28, "No space left on device"))
    assert [mail.topic for mail in Outbox(store).mails(run_id="third")] == ["failure"]


def opened_first(store: Store) -> EmailMessage:
    outbox = Outbox(store)
    content = outbox.content(outbox.mails()[0].message_id)
    message = email.message_from_bytes(content, EmailMessage, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_a_mail_that_cannot_be_made_keeps_no_other_back(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fragile(context: MailContext, updates: SenderUpdates) -> Sequence[Mail]:
        if updates.siret == SIRET:
            raise ValueError("a value of a cell")
        return night_mail(context, updates)

    monkeypatch.setattr(write, "night_mail", fragile)
    assert written(store, settings(store, steward_email=STEWARD)) == [STEWARD]
    assert "a value of a cell" not in caplog.text and "ValueError" in caplog.text
    monkeypatch.undo()
    assert sorted(written(store, settings(store, steward_email=STEWARD), "next")) == ["a@exemple.fr", STEWARD]
