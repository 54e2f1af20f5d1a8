"""Delivers the outbox and nothing else: over SMTP, or as files where no mail server is set. Each mail once.

A mail that the server puts off (4xx), or that a lost connection left in doubt, waits: every night and every
`suivi outbox --send` tries all that wait, `--send --due` only those whose hour has come (15 min after the first try, then 1 h,
4 h, 12 h). It is given up when the server refuses it for good (5xx), or has put it off for five days. A server that is away,
or a set-up that is wrong, costs no mail: they wait until it is mended.
"""

from __future__ import annotations

import logging
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP as POLICY
from hashlib import sha256
from typing import Any

from flows.errors import described
from flows.mail.smtp import Envelope, MailServer, NeverDeliverable, ServerReply, ServerTrouble, Timeouts
from flows.settings import HOLD, TO_STEWARD, Settings
from warehouse.durable_files import sync_folder, write_private
from warehouse.errors import WarehouseProblem
from warehouse.notifications.outbox import FILE, GIVEN_UP, SENT, WAITING, Mail, Outbox, QueuedMail
from warehouse.store.store import Store

log = logging.getLogger("suivi.mail")

#: how long a mail waits after its first, second and third try, and after every further one
RETRY_PAUSES = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4), timedelta(hours=12))
#: a mail that the server has put off (4xx) for so long is given up
LONGEST_PUT_OFF = timedelta(days=5)
#: a night must end: mails that were not tried after so many seconds wait for the next night
LONGEST_RUN = 900.0
#: after so many mails in a row that failed because of the server itself, the server is left alone
MAX_SERVER_FAILURES = 3
#: so many mails are read at once: to read one of them, the store unpacks hundreds
_READ_AT_ONCE = 20
INTENDED_HEADER = "X-Suivi-Destinataire"
_FIELD_END = re.compile(rb"\r\n(?![ \t])")


@dataclass(frozen=True)
class Delivery:
    """What became of the mails that were waiting: how many are in which state, and what was wrong with the server."""

    sent: int = 0
    written: int = 0
    given_up: int = 0
    waiting: int = 0
    trouble: str | None = None

    def __str__(self) -> str:
        states = {"sent": self.sent, "written to outbox/": self.written, "given up": self.given_up, "waiting": self.waiting}
        counts = ", ".join(f"{number} {state}" for state, number in states.items() if number) or "none to send"
        return f"{counts}; {self.trouble}" if self.trouble else counts


@dataclass(frozen=True)
class _Attempt:
    """What became of one try. `is_trouble`: the server itself was at fault, and the next mail may fare no better."""

    state: str
    code: int | None = None
    words: str | None = None
    is_trouble: bool = False


def deliver_night_mails(settings: Settings, store: Store, run_id: str, at: datetime) -> list[dict[str, Any]]:
    """Deliver what waits, whatever happens: where a mail cannot go out the log says so, and the night goes on.

    Returns the `alerts` of the night's report: its own mails with their states.
    """
    outbox = Outbox(store)
    try:
        delivery = deliver(settings, outbox, at)
    except Exception as error:
        # Most likely a try could not be noted. Going on would send mails that the next night would send again.
        log.error("mails could not be delivered, and wait: %s", described(error))
    else:
        log.log(logging.WARNING if delivery.trouble or delivery.given_up else logging.INFO, "mails: %s", delivery)
    return [
        {"to": mail.recipient, "subject": mail.subject, "message_id": mail.message_id, "state": mail.state}
        for mail in outbox.mails(run_id=run_id)
    ]


def deliver(
    settings: Settings,
    outbox: Outbox,
    at: datetime,
    *,
    due_only: bool = False,
    again: bool = False,
    timeouts: Timeouts | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Delivery:
    """Deliver the mails that wait, those tried least often first; what became of each is noted at once.

    Args:
        settings: of the home; its `mail` holds all back, or sends all to the steward.
        outbox: of an open store, in no transaction.
        at: the moment that tries are noted with.
        due_only: leave alone the mails whose hour for another try has not come.
        again: try also those that were given up.
        timeouts: how long the server is waited for.
        clock: seconds, for the longest run.

    Raises WarehouseProblem where a try cannot be noted; nothing else, whatever the server does.
    """
    if settings.mail == HOLD:
        return Delivery(waiting=len(outbox.deliverable()))
    queued = outbox.deliverable(at if due_only else None) + (outbox.mails((GIVEN_UP,)) if again else [])
    # Mails that make the server fail must not keep it from all others, night after night.
    queued.sort(key=lambda mail: mail.attempts)
    states: Counter[str] = Counter()
    began, in_a_row, down, trouble = clock(), 0, None, None
    with MailServer(settings, timeouts) as server:
        for mail, content in _with_content(outbox, queued):
            if clock() - began > LONGEST_RUN:
                trouble = f"the mail server is slow: after {LONGEST_RUN / 60:.0f} minutes the rest waits"
                break
            try:
                attempt = _Attempt(WAITING, words=down) if down else _try_to_deliver(settings, server, mail, content, at)
            except ServerTrouble as error:
                down = trouble = str(error)
                attempt = _Attempt(WAITING, words=down)
            outbox.record_attempt(mail.message_id, at, attempt.state, attempt.code, attempt.words, _next_try(mail, attempt, at))
            log.info("mail %s: %s%s", mail.message_id, attempt.state, f" ({attempt.code})" if attempt.code else "")
            states[attempt.state] += 1
            in_a_row = in_a_row + 1 if attempt.is_trouble else 0
            if in_a_row == MAX_SERVER_FAILURES:
                break
    if in_a_row and not trouble:
        times = "once" if in_a_row == 1 else f"{in_a_row} times in a row"
        trouble = f"mail server {server.name} failed {times}: `suivi outbox` shows its words"
    return Delivery(states[SENT], states[FILE], states[GIVEN_UP], len(outbox.deliverable()), trouble)


def deliver_at_once(
    settings: Settings, mails: Sequence[Mail], at: datetime, timeouts: Timeouts | None = None
) -> list[str]:
    """Deliver mails that no outbox holds, because nobody could use them later; returns what became of each: SENT, FILE, GIVEN_UP.

    Where no mail server is set, or mails are held back, they are files in outbox/. None is tried twice: the log says which
    failed.
    """
    held_back = replace(settings, smtp_host=None) if settings.mail == HOLD else settings
    states = []
    with MailServer(held_back, timeouts) as server:
        for mail in mails:
            queued = QueuedMail(mail.message_id, "", mail.topic, mail.recipient, mail.subject, at, WAITING, 0, None, None, None)
            try:
                attempt = _try_to_deliver(held_back, server, queued, mail.content, at)
            except ServerTrouble as error:
                attempt = _Attempt(WAITING, words=str(error))
            if attempt.state not in (SENT, FILE):
                log.error("mail %s (%s) was not delivered: %s", mail.message_id, mail.topic, attempt.words)
            if attempt.state == FILE:
                log.info("without a mail server: the mail is outbox/%s", file_name(queued))
            states.append(attempt.state if attempt.state in (SENT, FILE) else GIVEN_UP)
    return states


def file_name(mail: QueuedMail) -> str:
    """The name of a mail in outbox/: when it was written, what it is about, and a hash of its Message-ID."""
    topic = re.sub(r"[^a-z0-9]+", "-", mail.topic.lower()).strip("-") or "mail"
    return f"{mail.created_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{topic}-{sha256(mail.message_id.encode()).hexdigest()[:12]}.eml"


def _with_content(outbox: Outbox, queued: Sequence[QueuedMail]) -> Iterator[tuple[QueuedMail, bytes]]:
    """Each of these mails with its content, of which some are in memory at a time."""
    for first in range(0, len(queued), _READ_AT_ONCE):
        mails = queued[first : first + _READ_AT_ONCE]
        contents = outbox.contents([mail.message_id for mail in mails])
        yield from ((mail, contents[mail.message_id]) for mail in mails)


def _try_to_deliver(settings: Settings, server: MailServer, mail: QueuedMail, content: bytes, at: datetime) -> _Attempt:
    try:
        envelope = _envelope(settings, mail, content)
        if settings.smtp_host is None:
            return _write_to_folder(settings, mail, envelope)
        return _attempt_of_reply(server.send(envelope), mail, at)
    except NeverDeliverable as error:
        return _Attempt(GIVEN_UP, words=str(error))
    except (ServerTrouble, WarehouseProblem):
        raise
    except Exception as error:  # a mail of a form that nobody foresaw must not stop the others
        log.error("mail %s cannot be delivered: %s", mail.message_id, described(error))
        return _Attempt(WAITING, words=described(error))


def _envelope(settings: Settings, mail: QueuedMail, content: bytes) -> Envelope:
    sender = settings.sender or settings.steward_email or ""
    if settings.smtp_host is not None and not sender:
        raise ServerTrouble("no sender: set sender in suivi.toml to the address that mails come from")
    content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    recipient = mail.recipient
    if sender:
        content = _with_sender(content, sender)
    if settings.mail == TO_STEWARD and settings.steward_email and recipient != settings.steward_email:
        # The body stays as it is. The subject says to the reader to whom the mail would have gone, the header to mail filters.
        subject = Header(f"[Essai, pour {recipient}] {mail.subject}", "utf-8", 76, "Subject").encode(linesep="\r\n")
        fields = {"To": settings.steward_email, "Cc": None, "Subject": subject, INTENDED_HEADER: recipient}
        content, recipient = _with_header_fields(content, fields), settings.steward_email
    return Envelope(sender, recipient, content)


def _with_sender(content: bytes, sender: str) -> bytes:
    """The mail as from the sender of the settings, if it was written before there was one and has a placeholder (….invalid)."""
    author = BytesHeaderParser(policy=POLICY).parsebytes(content.partition(b"\r\n\r\n")[0])["From"]
    if author is None or not author.addresses or not author.addresses[0].domain.endswith(".invalid"):
        return content
    changed = EmailMessage(policy=POLICY)
    changed["From"] = Address(author.addresses[0].display_name, addr_spec=sender)
    return _with_header_fields(content, {"From": changed.as_string().partition(":")[2].strip()})


def _with_header_fields(content: bytes, fields: Mapping[str, str | None]) -> bytes:
    """The mail with these header fields, already encoded, in the place of those of the same names; None removes a field.

    All else stays byte for byte: the standard library would fold every other field anew, and damage long ones.
    """
    head, gap, body = content.partition(b"\r\n\r\n")
    names = {name.lower().encode() for name in fields}
    kept = [field for field in _FIELD_END.split(head) if field.partition(b":")[0].strip().lower() not in names]
    added = [f"{name}: {value}".encode() for name, value in fields.items() if value is not None]
    return b"\r\n".join(added + kept) + gap + body


def _write_to_folder(settings: Settings, mail: QueuedMail, envelope: Envelope) -> _Attempt:
    folder = settings.home / "outbox"
    try:
        write_private(folder, file_name(mail), envelope.content)
        sync_folder(folder)
    except OSError as error:
        raise ServerTrouble(f"{folder} cannot be written ({error.strerror}): see whose it is, and the disk's room") from None
    return _Attempt(FILE)


def _attempt_of_reply(reply: ServerReply, mail: QueuedMail, at: datetime) -> _Attempt:
    code = reply.code
    kind = code // 100 if code and reply.is_about_mail else None
    if reply.is_accepted:
        return _Attempt(SENT, code, reply.words)
    if kind == 5:
        return _Attempt(GIVEN_UP, code, reply.words)
    if kind == 4:
        since = mail.put_off_since
        has_waited_enough = since is not None and at - since >= LONGEST_PUT_OFF
        return _Attempt(GIVEN_UP if has_waited_enough else WAITING, code, reply.words, is_trouble=code == 421)
    # It is not about this mail: the connection was lost, or the server refuses whatever we send.
    return _Attempt(WAITING, None, f"{code or ''} {reply.words}".strip(), is_trouble=True)


def _next_try(mail: QueuedMail, attempt: _Attempt, at: datetime) -> datetime | None:
    return at + RETRY_PAUSES[min(mail.attempts, len(RETRY_PAUSES) - 1)] if attempt.state == WAITING else None
