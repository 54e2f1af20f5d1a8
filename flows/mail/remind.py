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
from flows.mail.deliver import deliver_of_night
from flows.mail.write import Making, letterhead, log_no_steward
from flows.night import senders_of
from flows.settings import Settings
from transforms.models.rows_in_force import make_rows_in_force
from transforms.pages.mail.letters import recipients
from transforms.pages.mail.provider_mails import reminder_mail
from transforms.pages.mail.steward_mails import reminders_mail
from transforms.pages.mail.wording import Awaited, awaited
from warehouse.intake.senders import Senders
from warehouse.notifications.contacts import Contact
from warehouse.notifications.outbox import STEWARD, Mail, Outbox, Threads
from warehouse.paris_days import day_of
from warehouse.published.unfinished_file import store_attached
from warehouse.reference.tables import load_reference
from warehouse.store.store import Store

log = logging.getLogger("suivi.mail")

#: A night's mail that names what is late counts too: nobody is asked twice in a week.
BETWEEN_MAILS = timedelta(days=7)


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
        late, soon = _awaited(settings, store, as_of)

        def write(contacts: Mapping[str, Contact], asked: Mapping[str, datetime], threads: Threads) -> Sequence[Mail]:
            making, head = Making(), letterhead(settings, run_id, now, threads)
            unaddressed = []
            for siret in sorted({*late, *soon}):
                contact = contacts.get(siret) or Contact(None, ())
                what = late.get(siret, []), soon.get(siret, [])
                if not recipients(head, contact.addresses):
                    unaddressed.append((siret, contact.name, *what))
                elif not _was_asked(asked.get(siret), now):
                    making.add(f"to {siret}", partial(reminder_mail, head, siret, contact, *what, as_of))
            if unaddressed and head.steward is None:
                log_no_steward(len(unaddressed))
            elif unaddressed and not _was_asked(asked.get(STEWARD), now):
                making.add("to the steward", partial(reminders_mail, head, unaddressed, as_of))
            return making.mails

        written = Outbox(store, senders).remind(run_id, now, write)
        log.info("%d reminders written", len(written))
        alerts = deliver_of_night(settings, store, run_id, now)
    return {"run_id": run_id, "as_of": as_of.isoformat(), "alerts": alerts}


def _was_asked(last: datetime | None, now: datetime) -> bool:
    """By days, not hours: what runs every Monday at about nine must not be held back by a minute."""
    return last is not None and day_of(now) < day_of(last) + BETWEEN_MAILS


def _awaited(settings: Settings, store: Store, as_of: date) -> tuple[dict[str, list[Awaited]], dict[str, list[Awaited]]]:
    """What is late and what is due soon by provider, the most urgent first: computed for the day, whatever was published."""
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
        late = "SELECT *, CAST(NULL AS DATE) AS closes_on FROM quality.overdue"
        return _by_provider(con, late), _by_provider(con, "SELECT * FROM quality.due_soon")


def _by_provider(con: duckdb.DuckDBPyConnection, query: str) -> dict[str, list[Awaited]]:
    rows = con.execute(
        f"SELECT provider_siret, kind, level, level_id, horizon, due_on, closes_on FROM ({query})"
        " CROSS JOIN work.reference_date"
        # what people can still be asked until then comes first: once the window is closed it is too late
        " ORDER BY provider_siret, CASE WHEN closes_on >= as_of THEN closes_on ELSE due_on END, kind, level_id, horizon"
    ).fetchall()
    found: dict[str, list[Awaited]] = {}
    for siret, kind, level, level_id, horizon, due_on, closes_on in rows:
        found.setdefault(siret, []).append(
            awaited(kind, level, level_id.partition("/")[2], horizon, due_on, closes_on)
        )
    return found
