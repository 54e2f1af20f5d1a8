"""Writes a night's mails into the outbox, from the ledger and the new warehouse alone: what has changed, for whom.

What a night that was killed did not tell, the next one does; what it has told stays told.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Any

from expectations.messages import all_rules
from flows.errors import Problem, described
from flows.settings import Settings
from transforms.pages.mail.eml import NOBODY, sane
from transforms.pages.mail.letters import Letterhead, recipients
from transforms.pages.mail.provider_mails import night_mail
from transforms.pages.mail.steward_mails import digest_mail, failure_mail
from warehouse.intake.senders import Senders
from warehouse.notifications.outbox import Mail, Outbox, Threads, Untold
from warehouse.notifications.updates import News
from warehouse.published.publish import open_read_only
from warehouse.query_results import rows_as_dicts
from warehouse.store.store import Store

log = logging.getLogger("suivi.mail")

#: so many nights back failed ones are counted, to say how many it has been in a row
_NIGHTS_BACK = 60


def write_alerts(
    settings: Settings, store: Store, run_id: str, at: datetime, as_of: date, senders: Senders | None = None
) -> int:
    """Write the mails of a night, in one transaction with the note that they tell it; how many they were.

    To be called once its warehouse is published. A second call finds nothing left to tell. `senders` as for Outbox.
    """
    # Of an earlier day the ledger must not learn: what has come since would be overdue again.
    late = _overdue(settings) if store.last_received_on() <= as_of else None

    def write(untold: Untold, threads: Threads) -> Sequence[Mail]:
        return _mails(letterhead(settings, run_id, at, threads), untold, as_of, _failed_in_a_row(store, run_id))

    return len(Outbox(store, senders).tell(run_id, at, as_of, late, write))


def write_failure(settings: Settings, store: Store, run_id: str, at: datetime, error: BaseException) -> None:
    """Tell the steward at once that this night failed; noted as told, so that the next one does not tell it again.

    To be called once the store knows that it failed.
    """
    outbox = Outbox(store)
    if any(mail.topic == "digest" for mail in outbox.mails(run_id=run_id)):
        return  # the steward has this night's mail: the next night's says that it failed, and so does the morning check
    reason = str(error) if isinstance(error, Problem) else described(error)

    def write(threads: Threads) -> Sequence[Mail]:
        making, head = Making(), letterhead(settings, run_id, at, threads)
        if head.steward is None:
            log_no_steward(0)
        in_a_row = _failed_in_a_row(store, run_id)
        making.add("that the night failed", partial(failure_mail, head, [(run_id, at, "failed")], reason, in_a_row))
        return making.mails

    outbox.queue(run_id, at, write)


def letterhead(settings: Settings, run_id: str, at: datetime, threads: Threads) -> Letterhead:
    """Who writes the mails of a run."""
    steward = sane(settings.steward_email)
    return Letterhead(run_id, at, sane(settings.sender) or steward or NOBODY, steward, all_rules(), threads)


class Making:
    """The mails of a run while they are made. One that cannot be made is left untold, and keeps no other one back."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.crashed: list[str] = []

    def add(self, what: str, make: Callable[[], Sequence[Mail] | Mail | None]) -> bool:
        """Make a mail, which is none where nobody can be told, and say whether it could be made; `what` as for attempt."""
        made = self.attempt(what, make)
        self.mails += made or ()
        return made is not None

    def attempt(self, what: str, make: Callable[[], Sequence[Mail] | Mail | None]) -> list[Mail] | None:
        """The mail, which is not kept; None where it cannot be made. `what` completes "the mail …" in the log."""
        try:
            made = make()
        except Exception as error:  # a name that nobody foresaw must not keep all others from being told
            log.error("the mail %s cannot be made, and is tried again next time: %s", what, described(error))
            self.crashed.append(what)
            return None
        return [made] if isinstance(made, Mail) else list(made or ())


def log_no_steward(waiting: int) -> None:
    """Say once that a mail for the steward is not written, and of how many senders without an address the news wait."""
    log.warning(
        "no usable steward_email is set: its mail is not written, and the news of %d senders without an address wait", waiting
    )


def _mails(head: Letterhead, untold: Untold, as_of: date, in_a_row: int) -> list[Mail]:
    making = Making()
    worth = [news for news in untold.news if news.is_worth_a_mail]
    for news in worth:
        making.add(f"of {news.siret or 'the Region'}", partial(night_mail, head, news))
    if head.steward is None:
        if worth or untold.given_up or untold.failed:
            log_no_steward(sum(not recipients(head, news.addresses) for news in worth))
    elif worth or untold.given_up:
        _add_digest(making, head, untold, as_of, in_a_row)
    elif untold.failed:
        making.add("of failed nights", partial(failure_mail, head, untold.failed, None, in_a_row))
    return making.mails


def _add_digest(making: Making, head: Letterhead, untold: Untold, as_of: date, in_a_row: int) -> None:
    """The steward's one mail; where somebody's news cannot be told, without them."""

    def make(told: Sequence[News]) -> Mail | None:
        return digest_mail(head, replace(untold, news=tuple(told)), as_of, tuple(making.crashed), in_a_row)

    if making.add("with the digest", partial(make, untold.news)):
        return
    sound = [
        news for news in untold.news
        if making.attempt(f"with the digest's part of {news.siret or 'the Region'}", partial(make, [news])) is not None
    ]  # fmt: skip
    making.add("with the rest of the digest", partial(make, sound))


def _failed_in_a_row(store: Store, run_id: str) -> int:
    """How many nights, this one included if it has failed, did not end well since the last one that did."""
    count = 0
    for night in store.nights(_NIGHTS_BACK):
        if night["state"] == "done":
            break
        count += night["run_id"] != run_id or night["state"] != "running"
    return count


def _overdue(settings: Settings) -> list[dict[str, Any]]:
    with contextlib.closing(open_read_only(settings.home)) as con:
        return rows_as_dicts(con.execute("SELECT * FROM quality.overdue"))
