"""Reminds providers of the returns that are awaited: those that are late and those due soon, at most one mail a week each."""

from __future__ import annotations

import contextlib
import logging
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import duckdb

from expectations.across_returns import run_rules_across_returns
from expectations.programme import ProgrammeError, load_programme, load_rules
from flows.errors import WrongUse
from flows.lock import night_lock
from flows.mail.deliver import deliver_night_mails
from flows.mail.write import MailBatch, log_missing_steward, mail_context
from flows.settings import Settings, senders_of
from transforms.models.rows_in_force import make_rows_in_force
from transforms.pages.mail.compose import recipients
from transforms.pages.mail.provider_mails import reminder_mail
from transforms.pages.mail.steward_mails import reminders_mail
from transforms.pages.mail.wording import AwaitedReturn, awaited_return
from warehouse.intake.senders import Senders
from warehouse.notifications.contacts import Contact
from warehouse.notifications.outbox import STEWARD, EarlierMessageIds, Mail, Outbox
from warehouse.paris_days import day_of
from warehouse.published.unfinished_file import store_attached
from warehouse.query_results import read_sql
from warehouse.reference.tables import load_reference
from warehouse.store.store import Store

log = logging.getLogger("suivi.mail")

#: Nobody is asked twice within this time. A mail of a night that names returns that are late counts too.
BETWEEN_MAILS = timedelta(days=7)

#: awaited returns by SIRET
_ByProvider = dict[str, list[AwaitedReturn]]


def remind(settings: Settings, as_of: date | None = None, now: datetime | None = None) -> dict[str, Any]:
    """Write and deliver the reminders of a day.

    Args:
        settings: of the home.
        as_of: the day as of which returns are awaited; today in Paris if None.
        now: the moment of writing; this one if None.

    Returns:
        run_id, as_of, and the alerts [{to, subject, message_id, state}].

    Raises AnotherNight while a night runs, WrongUse where none has run yet, or programme or senders.toml cannot be read.
    """
    now = now or datetime.now(UTC)
    as_of = as_of or day_of(now)
    run_id = f"reminders-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    if not settings.store.is_file():
        raise WrongUse(f"no night has run in {settings.home}: run `suivi nightly`, or name its home with --home")
    senders = Senders(settings.senders, senders_of(settings))
    with night_lock(settings.home, run_id), Store.open(settings.home) as store:
        late, soon = _late_and_due_soon(settings, store, as_of)

        def make(
            contacts: Mapping[str, Contact], last_asked_at: Mapping[str, datetime], earlier_ids: EarlierMessageIds
        ) -> Sequence[Mail]:
            batch, context = MailBatch(), mail_context(settings, run_id, now, earlier_ids)
            unaddressed = []
            for siret in sorted({*late, *soon}):
                contact = contacts.get(siret) or Contact(None, ())
                what = late.get(siret, []), soon.get(siret, [])
                if not recipients(context, contact.addresses):
                    unaddressed.append((siret, contact.name, *what))
                elif not _was_asked_this_week(last_asked_at.get(siret), now):
                    batch.add(f"to {siret}", partial(reminder_mail, context, siret, contact, *what, as_of))
            if unaddressed and context.steward is None:
                log_missing_steward(len(unaddressed))
            elif unaddressed and not _was_asked_this_week(last_asked_at.get(STEWARD), now):
                batch.add("to the steward", partial(reminders_mail, context, unaddressed, as_of))
            return batch.mails

        written = Outbox(store, senders).write_reminders(run_id, now, make)
        log.info("%d reminders written", len(written))
        alerts = deliver_night_mails(settings, store, run_id, now)
    return {"run_id": run_id, "as_of": as_of.isoformat(), "alerts": alerts}


def _was_asked_this_week(last: datetime | None, now: datetime) -> bool:
    """Whether a mail asked for returns within BETWEEN_MAILS.

    Days are compared, not hours: a run every Monday at about nine must not be held back because the last one was a minute later.
    """
    return last is not None and day_of(now) < day_of(last) + BETWEEN_MAILS


def _late_and_due_soon(settings: Settings, store: Store, as_of: date) -> tuple[_ByProvider, _ByProvider]:
    """What is late and what is due soon, the most urgent first: computed for the day, whatever was published."""
    try:
        programme = load_programme(settings.programme_file)
    except ProgrammeError as error:
        raise WrongUse(str(error)) from None
    with contextlib.closing(duckdb.connect()) as con:
        with store_attached(con, store):
            make_rows_in_force(con, as_of)
        load_reference(con)
        load_rules(con, programme)
        run_rules_across_returns(con, as_of)
        return _by_provider(con, "overdue_returns"), _by_provider(con, "returns_due_soon")


def _by_provider(con: duckdb.DuckDBPyConnection, query: str) -> _ByProvider:
    found: _ByProvider = {}
    for siret, kind, level, level_id, horizon, due_on, closes_on in con.execute(read_sql("flows.mail", query)).fetchall():
        number = level_id.partition("/")[2]
        found.setdefault(siret, []).append(awaited_return(kind, level, number, horizon, due_on, closes_on))
    return found
