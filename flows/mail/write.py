"""Writes a night's mails into the outbox, from the store and the new warehouse alone: what has changed, for whom.

What a night that was killed did not write, the next one does; what it has written stays written.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING

from expectations.rule_registry import all_rules
from flows.errors import Problem, described
from flows.settings import Settings
from transforms.pages.mail.compose import MailContext, recipients
from transforms.pages.mail.inbox_elsewhere import visits_in_words
from transforms.pages.mail.mime import PLACEHOLDER_SENDER, usable_address
from transforms.pages.mail.provider_mails import night_mail
from transforms.pages.mail.steward_mails import ChangedFigures, StewardNews, digest_mail, failure_mail
from warehouse.intake.elsewhere.bring import Visit
from warehouse.intake.last_arrival import QUIET_DAYS, days_without_files
from warehouse.intake.senders import Senders
from warehouse.notifications.outbox import EarlierMessageIds, Mail, Outbox, PendingUpdates
from warehouse.notifications.receipt_folder import ABRIDGED, PAGE, ReceiptFolder, receipt_place
from warehouse.notifications.updates import FileUpdate, SenderUpdates
from warehouse.paris_days import day_of
from warehouse.published.publish import open_read_only
from warehouse.query_results import arrow_table, read_sql, single_row
from warehouse.store.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

log = logging.getLogger("suivi.mail")

#: failed nights in a row are counted among the last so many nights
_NIGHTS_BACK = 60


def write_night_mails(
    settings: Settings, store: Store, run_id: str, at: datetime, as_of: date, senders: Senders | None = None,
    visits: Sequence[Visit] = (),
) -> int:  # fmt: skip
    """Write the mails of a night, in one transaction with the note that people are notified by them; returns how many.

    To be called once its warehouse is published. A second call finds nothing left to write. `senders` as for Outbox; `visits` are
    those of the night to an inbox elsewhere.
    """
    # Of an earlier day the store's notices must not learn: returns that have come since would be overdue again.
    is_of_today = store.last_received_on() <= as_of
    overdue, signals = _overdue_and_signals(settings) if is_of_today else (None, None)
    news = StewardNews(_changed_figures(settings), _silent_since(store, at)) if is_of_today else StewardNews()
    news = replace(news, inbox=visits_in_words(visits))

    def make(pending: PendingUpdates, earlier_ids: EarlierMessageIds) -> Sequence[Mail]:
        in_a_row = _failed_in_a_row(store, run_id)
        return _mails(mail_context(settings, run_id, at, earlier_ids), pending, as_of, in_a_row, news)

    return len(Outbox(store, senders).write_night_mails(run_id, at, as_of, overdue, make, signals))


def write_failure_mail(settings: Settings, store: Store, run_id: str, at: datetime, error: BaseException) -> None:
    """Tell the steward at once that this night failed, and note that, so that the next night does not say it again.

    To be called once the store knows that it failed.
    """
    outbox = Outbox(store)
    if any(mail.topic == "digest" for mail in outbox.mails(run_id=run_id)):
        return  # the steward has this night's mail: the next night's says that it failed, and so does the morning check
    reason = str(error) if isinstance(error, Problem) else described(error)

    def make(earlier_ids: EarlierMessageIds) -> Sequence[Mail]:
        batch, context = MailBatch(), mail_context(settings, run_id, at, earlier_ids)
        if context.steward is None:
            log_missing_steward(0)
        in_a_row = _failed_in_a_row(store, run_id)
        batch.add("that the night failed", partial(failure_mail, context, [(run_id, at, "failed")], reason, in_a_row))
        return batch.mails

    outbox.write_mails(run_id, at, make)


def mail_context(settings: Settings, run_id: str, at: datetime, earlier_ids: EarlierMessageIds) -> MailContext:
    """What all mails of a run have in common."""
    steward = usable_address(settings.steward_email)
    sender = usable_address(settings.sender) or steward or PLACEHOLDER_SENDER
    receipts = ReceiptFolder(settings.home)

    def read_receipt(siret: str | None, file: FileUpdate) -> bytes | None:
        received_on = file.received_on or day_of(file.received_at)
        folder, stem = receipt_place(siret, file.kind, received_on, file.submission_id, file.file_name)
        return receipts.read(folder, f"{stem}{ABRIDGED}") or receipts.read(folder, f"{stem}{PAGE}")

    return MailContext(run_id, at, sender, steward, all_rules(), earlier_ids, settings.deposit_url, read_receipt)


class MailBatch:
    """The mails of a run while they are made. One that cannot be made stays pending, and keeps no other one back.

    `crashed` describes the mails that could not be made.
    """

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.crashed: list[str] = []

    def add(self, what: str, make: Callable[[], Sequence[Mail] | Mail | None]) -> bool:
        """Make a mail and keep it; whether it could be made. There may be none to make, where nobody has an address.

        `what` is as for `attempt`.
        """
        made = self.attempt(what, make)
        self.mails += made or ()
        return made is not None

    def attempt(self, what: str, make: Callable[[], Sequence[Mail] | Mail | None]) -> list[Mail] | None:
        """Make a mail without keeping it; None where it cannot be made. `what` completes "the mail …" in the log."""
        try:
            made = make()
        except Exception as error:  # a name that nobody foresaw must not keep all other senders from being notified
            log.error("the mail %s cannot be made, and is tried again next time: %s", what, described(error))
            self.crashed.append(what)
            return None
        return [made] if isinstance(made, Mail) else list(made or ())


def log_missing_steward(waiting: int) -> None:
    """Say once that a mail for the steward is not written, and for how many senders without an address updates wait."""
    log.warning(
        "no usable steward_email is set: its mail is not written, and the news of %d senders without an address wait", waiting
    )


def _mails(context: MailContext, pending: PendingUpdates, as_of: date, in_a_row: int, news: StewardNews) -> list[Mail]:
    batch = MailBatch()
    changed = [updates for updates in pending.senders if updates.deserves_a_mail]
    for updates in changed:
        batch.add(f"of {updates.siret or 'the Region'}", partial(night_mail, context, updates))
    if context.steward is None:
        if changed or pending.given_up or pending.failed_nights or pending.signals or news.inbox:
            log_missing_steward(sum(not recipients(context, updates.addresses) for updates in changed))
    elif changed or pending.given_up or pending.signals or news.inbox or _is_due_for_silence(context, news):
        _add_digest(batch, context, pending, as_of, in_a_row, news)
    elif pending.failed_nights:
        batch.add("of failed nights", partial(failure_mail, context, pending.failed_nights, None, in_a_row))
    return batch.mails


def _add_digest(
    batch: MailBatch, context: MailContext, pending: PendingUpdates, as_of: date, in_a_row: int, news: StewardNews
) -> None:
    """Add the steward's one mail; where the updates of some senders keep it from being made, without those senders."""

    def make(senders: Sequence[SenderUpdates]) -> Mail | None:
        return digest_mail(context, replace(pending, senders=tuple(senders)), as_of, tuple(batch.crashed), in_a_row, news)

    if batch.add("with the digest", partial(make, pending.senders)):
        return
    sound = [
        updates for updates in pending.senders
        if batch.attempt(f"with the digest's part of {updates.siret or 'the Region'}", partial(make, [updates])) is not None
    ]  # fmt: skip
    batch.add("with the rest of the digest", partial(make, sound))


def _failed_in_a_row(store: Store, run_id: str) -> int:
    """How many nights, this one included if it has failed, did not end well since the last one that did."""
    count = 0
    for night in store.nights(_NIGHTS_BACK):
        if night["state"] == "done":
            break
        count += night["run_id"] != run_id or night["state"] != "running"
    return count


def _is_due_for_silence(context: MailContext, news: StewardNews) -> bool:
    """Whether the steward is to hear tonight that nothing comes any more: once in so many days while that is so."""
    return news.silent_since is not None and (day_of(context.at) - news.silent_since).days % QUIET_DAYS == 0


def _silent_since(store: Store, at: datetime) -> date | None:
    """The day on which the last file came, if that is worth a word; else None."""
    last = store.last_received_on()
    return last if days_without_files(last, day_of(at)) is not None else None


def _changed_figures(settings: Settings) -> ChangedFigures | None:
    """What quality.changes says of the night, None where nothing changed."""
    with contextlib.closing(open_read_only(settings.home)) as con:
        values, since = single_row(con, "select count(*), any_value(r.changes_since) from quality.changes, meta.release as r")
        files = con.execute(read_sql("flows.mail", "files_that_changed_figures")).fetchall() if values else []
    return ChangedFigures(since, values, tuple(files)) if values else None


def _overdue_and_signals(settings: Settings) -> tuple[pa.Table, pa.Table]:
    with contextlib.closing(open_read_only(settings.home)) as con:
        return arrow_table(con, "from quality.overdue"), arrow_table(con, read_sql("flows.mail", "signals_to_tell"))
