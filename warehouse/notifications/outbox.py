"""The outbox: mails written in one transaction with what they tell, and what became of each try to deliver them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import duckdb

from warehouse.intake.senders import Senders
from warehouse.notifications.contacts import Contact, contacts, note_contacts_told
from warehouse.notifications.held_updates import HeldNews, waiting_files
from warehouse.notifications.not_yet_notified import look_up, note_overdue, note_told
from warehouse.notifications.updates import News, RuleFigures, last_figures, read_news, rule_figures
from warehouse.store.store import Store

STEWARD = "steward"
#: the states of a mail; `file` is one that was written to outbox/, `given_up` one that the mail server will never take
WAITING, SENT, GIVEN_UP, FILE = "waiting", "sent", "given_up", "file"


@dataclass(frozen=True)
class Mail:
    """A mail as it goes out. `tells` are the senders of whom it says all that is new; `figures` those of a digest.

    `nights` and `given_up` are the failed nights and the lost mails that it tells of.
    """

    message_id: str
    topic: str
    thread: str
    recipient: str
    subject: str
    content: bytes = field(repr=False)
    asks_for_returns: bool = False
    tells: tuple[str | None, ...] = ()
    figures: tuple[RuleFigures, ...] = ()
    nights: tuple[str, ...] = ()
    given_up: tuple[str, ...] = ()


@dataclass(frozen=True)
class Queued:
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
class Untold:
    """All that there is to tell tonight. `failed` are the nights that did not end, `given_up` the mails that were lost.

    `held` are all files that wait for the steward's answer, those told before too.
    """

    news: tuple[News, ...]
    figures: tuple[RuleFigures, ...]
    last_figures: Mapping[str, RuleFigures] | None
    failed: tuple[tuple[str, datetime, str], ...]
    given_up: tuple[Queued, ...]
    waiting: int
    held: tuple[HeldNews, ...] = ()


Threads = Callable[[str], Sequence[str]]
Write = Callable[[Untold, Threads], Sequence[Mail]]
WriteReminders = Callable[[Mapping[str, Contact], Mapping[str, datetime], Threads], Sequence[Mail]]


class Outbox:
    """The outbox of an open store. `senders` are who may speak for whom, with the addresses that the steward wrote."""

    def __init__(self, store: Store, senders: Senders | None = None) -> None:
        self._store = store
        self._senders = senders

    def tell(
        self, run_id: str, at: datetime, as_of: date, late: Sequence[Mapping[str, Any]] | None, write: Write
    ) -> list[str]:
        """Put the mails of a night into the outbox and note as told what they tell, in one transaction.

        Args:
            run_id: the night.
            at: its moment.
            as_of: its reference date.
            late: the rows of quality.overdue; None where as_of lies before the last file's day.
            write: makes the mails of what is untold; told the earlier Message-IDs of a conversation by its second argument.
                What its mails do not name in `tells`, and is worth a mail, stays untold.

        Returns:
            the new Message-IDs. Whatever is raised, nothing is told and nothing is in the outbox.
        """
        with self._store.transaction("write the mails") as con:
            note_overdue(con, at, as_of, late)
            look_up(con)
            held = waiting_files(con)
            untold = Untold(
                tuple(read_news(con, at, held, self._senders)), tuple(rule_figures(con)), last_figures(con), _failed(con, run_id),
                _lost(con), mails_by_state(con).get(WAITING, 0), tuple(held),
            )  # fmt: skip
            mails = write(untold, lambda thread: _thread(con, thread))
            told: dict[str | None, str | None] = {one.siret: None for one in untold.news if not one.is_worth_a_mail}
            told |= {siret: mail.message_id for mail in mails for siret in mail.tells}
            note_told(con, at, told)
            note_contacts_told(con, at, {
                one.siret: (one.changed.submission_id, told[one.siret])
                for one in untold.news if one.siret in told and one.changed is not None and one.changed.is_new and one.siret
            })  # fmt: skip
            self._insert(con, run_id, at, mails)
        return [mail.message_id for mail in mails]

    def queue(self, run_id: str, at: datetime, write: Callable[[Threads], Sequence[Mail]]) -> list[str]:
        """Put other mails into the outbox, in one transaction; returns their Message-IDs."""
        with self._store.transaction("write the mails") as con:
            mails = write(lambda thread: _thread(con, thread))
            self._insert(con, run_id, at, mails)
        return [mail.message_id for mail in mails]

    def remind(self, run_id: str, at: datetime, write: WriteReminders) -> list[str]:
        """Put reminders into the outbox; `write` is given the contacts by provider, and when each conversation last asked."""
        with self._store.transaction("write the reminders") as con:
            known = contacts(con, at, self._senders.entries if self._senders else ())
            mails = write(known, _last_asked(con), lambda thread: _thread(con, thread))
            self._insert(con, run_id, at, mails)
        return [mail.message_id for mail in mails]

    def deliverable(self, at: datetime | None = None) -> list[Queued]:
        """The mails to be delivered, the oldest first; of those that wait for their hour, only those due `at`."""
        waiting = self.mails((WAITING,))
        return [m for m in waiting if at is None or m.next_attempt_at is None or m.next_attempt_at <= at]

    def mails(self, states: Collection[str] = (), run_id: str | None = None) -> list[Queued]:
        """The mails in these states (all if empty), of that run if one is given, in the order in which they were written."""
        found = [Queued(*row) for row in self._rows(f"{_MAILS} ORDER BY o.created_at, o.topic <> 'digest', o.message_id")]
        return [m for m in found if (not states or m.state in states) and (run_id is None or m.run_id == run_id)]

    def content(self, message_id: str) -> bytes:
        """The whole mail. LookupError if there is none of that name."""
        rows = self._rows("SELECT content FROM outbox WHERE message_id = ?", [message_id])
        if not rows:
            raise LookupError("no such mail")
        return bytes(rows[0][0])

    def note(
        self, message_id: str, at: datetime, state: str, code: int | None = None, reply: str | None = None,
        next_attempt_at: datetime | None = None,
    ) -> None:  # fmt: skip
        """Note what became of a try, at once and for good."""
        with self._store.transaction("note a delivery") as con:
            con.execute(
                "INSERT INTO deliveries SELECT $id, coalesce(max(attempt), 0) + 1, $at, $state, $code, $reply, $next"
                " FROM deliveries WHERE message_id = $id",
                {"id": message_id, "at": at, "state": state, "code": code, "reply": reply, "next": next_attempt_at},
            )

    def _insert(self, con: duckdb.DuckDBPyConnection, run_id: str, at: datetime, mails: Sequence[Mail]) -> None:
        for mail in mails:
            con.execute(
                "INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    mail.message_id, run_id, mail.topic, mail.thread, mail.recipient, mail.subject, mail.asks_for_returns,
                    mail.content, at,
                ],
            )  # fmt: skip
            if mail.topic == "digest":
                con.executemany(
                    "INSERT INTO digest_figures VALUES (?, ?, ?, ?)",
                    [[mail.message_id, f.rule, f.providers, f.lines] for f in mail.figures] or [[mail.message_id, "", 0, 0]],
                )
            for what, names in (("night", mail.nights), ("mail", mail.given_up)):
                for name in names:
                    con.execute("INSERT INTO notified VALUES (?, NULL, ?, ?, ?)", [what, name, mail.message_id, at])

    def _rows(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._store.transaction("read the outbox") as con:
            return con.execute(query, list(parameters)).fetchall()


def mails_by_state(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many mails there are in each state, on a connection to a store."""
    return dict(con.execute(f"SELECT q.state, count(*) FROM ({_MAILS}) AS q GROUP BY q.state ORDER BY q.state").fetchall())


def _thread(con: duckdb.DuckDBPyConnection, thread: str) -> list[str]:
    rows = con.execute(
        "SELECT message_id FROM outbox WHERE thread = ? ORDER BY created_at, message_id", [thread]
    ).fetchall()
    return [message_id for (message_id,) in rows]


def _failed(con: duckdb.DuckDBPyConnection, run_id: str) -> tuple[tuple[str, datetime, str], ...]:
    rows = con.execute(
        "SELECT n.run_id, n.started_at, n.state FROM nights AS n"
        " ANTI JOIN (SELECT name FROM notified WHERE what = 'night') AS t ON t.name = n.run_id"
        " WHERE n.state <> 'done' AND n.run_id <> ? ORDER BY n.started_at",
        [run_id],
    ).fetchall()
    return tuple(rows)


def _lost(con: duckdb.DuckDBPyConnection) -> tuple[Queued, ...]:
    rows = con.execute(
        f"SELECT q.* FROM ({_MAILS}) AS q ANTI JOIN (SELECT name FROM notified WHERE what = 'mail') AS t ON t.name = q.message_id"
        " WHERE q.state = 'given_up' ORDER BY q.created_at, q.message_id"
    ).fetchall()
    return tuple(Queued(*row) for row in rows)


def _last_asked(con: duckdb.DuckDBPyConnection) -> dict[str, datetime]:
    rows = con.execute("SELECT thread, max(created_at) FROM outbox WHERE asks_for_returns GROUP BY thread").fetchall()
    return dict(rows)


_MAILS = """
    SELECT
        o.message_id, o.run_id, o.topic, o.recipient, o.subject, o.created_at, coalesce(d.state, 'waiting') AS state,
        coalesce(d.attempt, 0) AS attempts, d.reply_code, d.reply, d.next_attempt_at, p.since
    FROM outbox AS o
    LEFT JOIN (
        SELECT * FROM deliveries QUALIFY row_number() OVER (PARTITION BY message_id ORDER BY attempt DESC) = 1
    ) AS d ON d.message_id = o.message_id
    LEFT JOIN (
        SELECT message_id, min(attempted_at) AS since FROM deliveries WHERE reply_code BETWEEN 400 AND 499 GROUP BY message_id
    ) AS p ON p.message_id = o.message_id
"""
