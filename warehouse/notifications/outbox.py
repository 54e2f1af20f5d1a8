"""The outbox: mails written in one transaction with the note that they notify people, and what became of each try to deliver."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import duckdb
import pyarrow as pa

from warehouse.intake.senders import Senders
from warehouse.notifications.contacts import Contact, contacts, mark_address_changes_notified
from warehouse.notifications.held_updates import HeldFileUpdate, unanswered_held_files
from warehouse.notifications.pending_updates import find_pending, mark_notified, update_overdue_notices
from warehouse.notifications.signals import SignalUpdate, new_signals
from warehouse.notifications.updates import (
    RuleFigures,
    SenderUpdates,
    figures_of_last_digest,
    read_updates,
    rule_figures,
)
from warehouse.query_results import read_sql
from warehouse.store.store import Store

STEWARD = "steward"
#: the states of a mail; `file` is one that was written to outbox/, `given_up` one that the mail server will never take
WAITING, SENT, GIVEN_UP, FILE = "waiting", "sent", "given_up", "file"


@dataclass(frozen=True)
class Mail:
    """A mail as it goes out.

    `covered_senders` are the SIRETs (None: the Region) of those of whose updates it says all that is new; `figures` are those of
    a digest. `nights` are the failed nights that it reports, by run_id, `given_up` the mails that could not be delivered, by
    Message-ID, and `signals` the notices of signals.
    """

    message_id: str
    topic: str
    thread: str
    recipient: str
    subject: str
    content: bytes = field(repr=False)
    asks_for_returns: bool = False
    covered_senders: tuple[str | None, ...] = ()
    figures: tuple[RuleFigures, ...] = ()
    nights: tuple[str, ...] = ()
    given_up: tuple[str, ...] = ()
    signals: tuple[int, ...] = ()


@dataclass(frozen=True)
class QueuedMail:
    """A mail in the outbox with its state: how often it was tried, what the server said last, when it is due again.

    `put_off_since` is when the server first asked to try again later (4xx).
    """

    message_id: str
    run_id: str
    topic: str
    recipient: str
    subject: str
    created_at: datetime
    state: str
    attempts: int
    reply_code: int | None
    reply: str | None
    next_attempt_at: datetime | None
    put_off_since: datetime | None = None


@dataclass(frozen=True)
class PendingUpdates:
    """All of which people are to be notified tonight.

    `failed_nights` are run_id, start and state of the nights that did not end well, `given_up` the mails that could not be
    delivered, `waiting` how many mails of earlier nights still wait. `held` are all files that wait for the steward's answer,
    those of which people were notified before too, `signals` those that are new to the steward or have grown. `last_figures` is
    None where there was no digest yet.
    """

    senders: tuple[SenderUpdates, ...]
    figures: tuple[RuleFigures, ...]
    last_figures: Mapping[str, RuleFigures] | None
    failed_nights: tuple[tuple[str, datetime, str], ...]
    given_up: tuple[QueuedMail, ...]
    waiting: int
    held: tuple[HeldFileUpdate, ...] = ()
    signals: tuple[SignalUpdate, ...] = ()


#: gives the Message-IDs of a conversation so far, the oldest first
EarlierMessageIds = Callable[[str], Sequence[str]]
MakeNightMails = Callable[[PendingUpdates, EarlierMessageIds], Sequence[Mail]]
MakeReminders = Callable[[Mapping[str, Contact], Mapping[str, datetime], EarlierMessageIds], Sequence[Mail]]


class Outbox:
    """The outbox of an open store. `senders` are who may speak for whom, with the addresses that the steward wrote."""

    def __init__(self, store: Store, senders: Senders | None = None) -> None:
        self._store = store
        self._senders = senders

    def write_night_mails(
        self, run_id: str, at: datetime, as_of: date, overdue: pa.Table | None, make: MakeNightMails,
        signals: pa.Table | None = None,
    ) -> list[str]:  # fmt: skip
        """Put the mails of a night into the outbox and note that people are notified of what is in them, in one transaction.

        Args:
            run_id: the night.
            at: its moment.
            as_of: its reference date.
            overdue: the table quality.overdue; None where as_of lies before the last file's day.
            make: makes the mails from all that is pending. Senders whose updates deserve a mail, and that are among the
                `covered_senders` of none, stay pending.
            signals: what new_signals needs; None as for overdue.

        Returns the new Message-IDs. Whatever is raised, nothing is noted and nothing is in the outbox.
        """
        with self._store.transaction("write the mails") as con:
            update_overdue_notices(con, at, as_of, overdue)
            find_pending(con)
            held = unanswered_held_files(con)
            pending = PendingUpdates(
                senders=tuple(read_updates(con, at, held, self._senders)),
                figures=tuple(rule_figures(con)),
                last_figures=figures_of_last_digest(con),
                failed_nights=tuple(con.execute(_sql("failed_nights_to_report"), {"run_id": run_id}).fetchall()),
                given_up=_given_up_and_not_reported(con),
                waiting=mails_by_state(con).get(WAITING, 0),
                held=tuple(held),
                signals=() if signals is None else tuple(new_signals(con, signals)),
            )
            mails = make(pending, _conversations(con))
            mail_of_sender: dict[str | None, str | None] = {one.siret: None for one in pending.senders if not one.deserves_a_mail}
            mail_of_sender |= {siret: mail.message_id for mail in mails for siret in mail.covered_senders}
            mark_notified(con, at, mail_of_sender)
            mark_address_changes_notified(con, at, {
                one.siret: (one.new_address_change.submission_id, mail_of_sender[one.siret])
                for one in pending.senders
                if one.siret and one.siret in mail_of_sender and one.new_address_change is not None
            })  # fmt: skip
            _insert(con, run_id, at, mails)
        return [mail.message_id for mail in mails]

    def write_mails(self, run_id: str, at: datetime, make: Callable[[EarlierMessageIds], Sequence[Mail]]) -> list[str]:
        """Put other mails into the outbox, in one transaction; returns their Message-IDs."""
        with self._store.transaction("write the mails") as con:
            mails = make(_conversations(con))
            _insert(con, run_id, at, mails)
        return [mail.message_id for mail in mails]

    def write_reminders(self, run_id: str, at: datetime, make: MakeReminders) -> list[str]:
        """Put reminders into the outbox, in one transaction; returns their Message-IDs.

        `make` is given the contacts by provider, and by conversation when a mail last asked for returns.
        """
        with self._store.transaction("write the reminders") as con:
            known_contacts = contacts(con, at, self._senders.entries if self._senders else ())
            last_asked_at = dict(con.execute(_LAST_ASKED_AT).fetchall())
            mails = make(known_contacts, last_asked_at, _conversations(con))
            _insert(con, run_id, at, mails)
        return [mail.message_id for mail in mails]

    def deliverable(self, at: datetime | None = None) -> list[QueuedMail]:
        """The mails to be delivered, the oldest first; with `at`, only those whose hour for another try has come by then."""
        waiting = self.mails((WAITING,))
        return [mail for mail in waiting if at is None or mail.next_attempt_at is None or mail.next_attempt_at <= at]

    def mails(self, states: Collection[str] = (), run_id: str | None = None) -> list[QueuedMail]:
        """The mails in these states (all if empty), of that run if one is given, in the order in which they were written."""
        with self._store.transaction("read the outbox") as con:
            found = _queued_mails(con)
        return [mail for mail in found if (not states or mail.state in states) and (run_id is None or mail.run_id == run_id)]

    def content(self, message_id: str) -> bytes:
        """The whole mail. LookupError if there is none of that name."""
        return self.contents([message_id])[message_id]

    def contents(self, message_ids: Sequence[str]) -> dict[str, bytes]:
        """These mails as a whole, by Message-ID; to read one alone takes as long. LookupError if there is none of a name."""
        query = "select message_id, content from outbox where list_contains(?, message_id)"
        with self._store.transaction("read the outbox") as con:
            found = dict(con.execute(query, [list(message_ids)]).fetchall())
        if len(found) < len(set(message_ids)):
            raise LookupError("no such mail")
        return found

    def record_attempt(
        self, message_id: str, at: datetime, state: str, code: int | None = None, reply: str | None = None,
        next_attempt_at: datetime | None = None,
    ) -> None:  # fmt: skip
        """Note what became of a try to deliver a mail, at once and for good."""
        with self._store.transaction("note a delivery") as con:
            con.execute(
                _sql("record_attempt"),
                {"id": message_id, "at": at, "state": state, "code": code, "reply": reply, "next": next_attempt_at},
            )


def mails_by_state(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many mails there are in each state, on a connection to a store."""
    return dict(con.execute(_sql("mails_by_state")).fetchall())


def _insert(con: duckdb.DuckDBPyConnection, run_id: str, at: datetime, mails: Sequence[Mail]) -> None:
    """Put mails into the outbox, with the figures of a digest, and note what the steward is notified of in them."""
    for mail in mails:
        con.execute(
            "insert into outbox values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                mail.message_id, run_id, mail.topic, mail.thread, mail.recipient, mail.subject, mail.asks_for_returns,
                mail.content, at,
            ],
        )  # fmt: skip
        if mail.topic == "digest":
            con.executemany(
                "insert into digest_figures values (?, ?, ?, ?)",
                [[mail.message_id, one.rule, one.providers, one.lines] for one in mail.figures] or [[mail.message_id, "", 0, 0]],
            )
        for what, names in (("night", mail.nights), ("mail", mail.given_up)):
            for name in names:
                con.execute("insert into notified values (?, null, ?, ?, ?)", [what, name, mail.message_id, at])
        if mail.signals:
            con.execute(_sql("mark_signals_notified"), {"notices": mail.signals, "message_id": mail.message_id, "at": at})


def _conversations(con: duckdb.DuckDBPyConnection) -> EarlierMessageIds:
    query = "select thread, list(message_id order by created_at, message_id) from outbox group by thread"
    conversations: dict[str, list[str]] = dict(con.execute(query).fetchall())
    return lambda thread: conversations.get(thread, [])


def _queued_mails(con: duckdb.DuckDBPyConnection) -> list[QueuedMail]:
    return [QueuedMail(*row) for row in con.execute(_sql("queued_mails")).fetchall()]


def _given_up_and_not_reported(con: duckdb.DuckDBPyConnection) -> tuple[QueuedMail, ...]:
    """The mails that could not be delivered and of which the steward was not notified yet, the oldest first."""
    reported = {name for (name,) in con.execute("select name from notified where what = 'mail'").fetchall()}
    mails = [mail for mail in _queued_mails(con) if mail.state == GIVEN_UP and mail.message_id not in reported]
    return tuple(sorted(mails, key=lambda mail: (mail.created_at, mail.message_id)))


def _sql(name: str) -> str:
    return read_sql("warehouse.notifications", name)


_LAST_ASKED_AT = "select thread, max(created_at) from outbox where asks_for_returns group by thread"
