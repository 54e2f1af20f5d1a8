"""What all mails have in common: who writes to whom, how a template becomes a mail, and the findings as CSV, without values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import css_inline

from expectations.contract import Check
from transforms.pages.csv_out import csv_bytes
from transforms.pages.mail.eml import Attached, message, message_id, sane
from transforms.pages.mail.wording import awaited, header_of, isolated, one_line, wrapped
from transforms.pages.templating import templates
from warehouse.notifications.outbox import STEWARD, Mail
from warehouse.notifications.updates import News

#: A mail is no place for more: mail servers refuse large ones, and the receipts have every line.
LONGEST_CSV = 10_000
_TITLES = (
    "organisme", "siret", "fichier", "retour", "ligne", "colonne", "règle", "gravité", "ce qui ne va pas et que faire",
    "concerne", "attendu au plus tard le", "déjà signalé",
)  # fmt: skip
_EMPTY_LINES = re.compile(r"\n{3,}")
_SEVERITIES = {"error": "erreur", "warning": "alerte"}


@dataclass(frozen=True)
class Letterhead:
    """Who writes, when, and to whom what nobody else can be told goes.

    `steward` is None where no usable address is set; `threads` gives the earlier Message-IDs of a conversation.
    """

    run_id: str
    at: datetime
    sender: str
    steward: str | None
    rules: Mapping[str, Check]
    threads: Callable[[str], Sequence[str]] = field(repr=False)


def recipients(head: Letterhead, addresses: Sequence[str]) -> tuple[str, ...]:
    """The addresses of a provider that a mail can go to. Nobody's: then the steward's own mail tells what there is to tell.

    The steward's is none of them: it gets one mail a night, whatever somebody writes as an address.
    """
    usable: dict[str, str] = {}
    for address in addresses:
        if plain := sane(address):
            usable.setdefault(plain.casefold(), plain)
    usable.pop((head.steward or "").casefold(), None)
    return tuple(usable.values())


def named(siret: str | None, name: str | None) -> str:
    """A sender as it is called in a mail."""
    if siret is None:
        return "Région et envois non reconnus"
    return f"{one_line(name)} (SIRET {siret})" if name else f"SIRET {siret}"


def letters(
    head: Letterhead,
    topic: str,
    thread: str,
    to: Sequence[str],
    subject: str,
    shown: Mapping[str, Any],
    attached: Sequence[Attached] = (),
    *,
    tells: tuple[str | None, ...] = (),
    **facts: Any,
) -> tuple[Mail, ...]:
    """A mail of the two templates of its topic, once for each address: what becomes of one must not keep it from another.

    All name all addresses in To. Each has a Message-ID of its own: what a server says of one is about that one.

    Args:
        head: who writes.
        topic: night, digest, failure, reminder or reminders: the templates are mail_<topic>.html.j2 and .txt.j2.
        thread: the conversation that it belongs to.
        to: sane addresses, at least one.
        subject: without line ends.
        shown: what the templates show.
        attached: files.
        tells: of whom it says all that is new.
        facts: what the outbox is to know of it beyond that, see warehouse.notifications.outbox.Mail.
    """
    subject = " ".join(subject.split())
    context = {
        **shown, "subject": subject, "steward": head.steward, "is_to_steward": list(to) == [head.steward], "at": head.at,
        "attached": [file.name for file in attached], "longest_csv": LONGEST_CSV, "isolated": isolated, "wrapped": wrapped,
    }  # fmt: skip
    html = templates().get_template(f"mail_{topic}.html.j2").render(context)
    html = css_inline.inline(html, keep_at_rules=True, load_remote_stylesheets=False)
    text = _EMPTY_LINES.sub("\n\n", templates().get_template(f"mail_{topic}.txt.j2").render(context)).strip() + "\n"
    earlier = head.threads(thread)
    mails = []
    for number, address in enumerate(to):
        name = message_id(head.sender, head.run_id, topic, thread, *([address] if number else []))
        content = message(
            message_id=name, topic=topic, sender=head.sender, to=to, reply_to=head.steward, subject=subject, at=head.at,
            earlier=earlier, text=text, html=html, attached=attached,
        )  # fmt: skip
        mails.append(Mail(name, topic, thread, address, subject, content, tells=() if number else tells, **facts))
    return tuple(mails)


def to_steward(head: Letterhead, topic: str, subject: str, shown: Mapping[str, Any], **more: Any) -> Mail | None:
    """A mail to the steward; None where no address is set."""
    return letters(head, topic, STEWARD, [head.steward], subject, shown, **more)[0] if head.steward else None


def findings_csv(name: str, senders: Iterable[News]) -> tuple[tuple[Attached, ...], int]:
    """What is new or stands in tonight's files, and what is overdue, as an attached CSV, and how many rows were left out.

    No cell of a return is in it: line, column, rule and sentence, and the numbers of sessions and actions that are awaited.
    """
    rows = [row for news in senders for row in _rows(news)]
    if not rows:
        return (), 0
    return (Attached(name, csv_bytes([_TITLES, *rows[:LONGEST_CSV]])),), max(0, len(rows) - LONGEST_CSV)


def _rows(news: News) -> Iterable[Sequence[Any]]:
    who = (one_line(news.name) if news.name else "", news.siret or "")
    for finding in news.findings:
        yield (
            *who, one_line(finding.file_name, 300), finding.kind or "", finding.line or "",
            header_of(finding.kind, finding.column) or "", finding.rule, _SEVERITIES.get(finding.severity, finding.severity),
            finding.message, "", "", "" if finding.is_new else "oui",
        )  # fmt: skip
    for held in news.held:
        yield (
            *who, one_line(held.file_name, 300), held.kind or "", "", "", held.rule, "mis de côté", one_line(held.message, 600),
            "", "", "",
        )  # fmt: skip
    for late in news.late:
        said = awaited(late.kind, late.level, late.number, late.horizon, late.due_on)
        of = f"{said.of}, échéance {late.horizon}" if late.horizon else said.of
        yield (
            *who, "", late.kind, "", "", late.rule, "retard", said.what, of, f"{late.due_on:%d/%m/%Y}",
            "" if late.is_new else "oui",
        )  # fmt: skip
