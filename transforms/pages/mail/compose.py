"""Composes mails from their templates: to which addresses they go, from whom, and findings as attached CSV, without values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import css_inline

from expectations.contract import Check
from expectations.contract.french import page_with_french_spaces, with_french_spaces
from transforms.pages.csv_out import BOM, csv_text
from transforms.pages.mail.attached_files import LONGEST_CSV, ReadReceipt
from transforms.pages.mail.mime import Attachment, message_id, mime_message, usable_address
from transforms.pages.mail.wording import awaited_return, bidi_isolated, one_line, wrapped
from transforms.pages.receipt.page import find_column
from transforms.pages.templating import SEVERITY_LABELS, short_day, templates
from warehouse.notifications.outbox import STEWARD, Mail
from warehouse.notifications.updates import FindingUpdate, SenderUpdates

_TITLES = (
    "organisme", "siret", "fichier", "retour", "ligne", "colonne", "règle", "gravité", "ce qui ne va pas et que faire",
    "concerne", "attendu au plus tard le", "déjà signalé",
)  # fmt: skip
_EMPTY_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class MailContext:
    """What all mails of a run have in common: the run and its moment, the address of the sender, the steward's, and all rules.

    `steward` is None where no usable address is set; `earlier_ids` gives the Message-IDs of a conversation so far. `deposit_url`
    is the page on which files are checked and sent, where there is one; `read_receipt` gives the receipt of a file.
    """

    run_id: str
    at: datetime
    sender: str
    steward: str | None
    rules: Mapping[str, Check]
    earlier_ids: Callable[[str], Sequence[str]] = field(repr=False)
    deposit_url: str | None = None
    read_receipt: ReadReceipt = field(default=lambda siret, file: None, repr=False)


def recipients(context: MailContext, addresses: Sequence[str]) -> tuple[str, ...]:
    """The addresses of a provider that a mail can go to. Where there is none, the steward's own mail says what there is to say.

    The steward's address is left out: the steward gets one mail a night, whatever somebody writes as an address.
    """
    usable: dict[str, str] = {}
    for address in addresses:
        if plain := usable_address(address):
            usable.setdefault(plain.casefold(), plain)
    usable.pop((context.steward or "").casefold(), None)
    return tuple(usable.values())


def sender_name(siret: str | None, name: str | None) -> str:
    """What a sender is called in a mail: `Numérique pour tous (SIRET 20003456500013)`."""
    if siret is None:
        return "Région et envois non reconnus"
    return f"{one_line(name)} (SIRET {siret})" if name else f"SIRET {siret}"


def compose_mails(
    context: MailContext,
    topic: str,
    thread: str,
    to: Sequence[str],
    subject: str,
    variables: Mapping[str, Any],
    attached: Sequence[Attachment] = (),
    *,
    covered_senders: tuple[str | None, ...] = (),
    **facts: Any,
) -> tuple[Mail, ...]:
    """A mail of the two templates of its topic, once for each address: what becomes of one must not keep it from another.

    Each of them names all addresses in To. Each has a Message-ID of its own, so that what a server says is about that one alone.

    Args:
        context: what all mails of the run have in common.
        topic: night, digest, failure, reminder or reminders: the templates are mail_<topic>.html.j2 and .txt.j2.
        thread: the conversation that it belongs to.
        to: usable addresses, at least one.
        subject: without line ends.
        variables: what the templates show.
        attached: files.
        covered_senders: of whose updates it says all that is new.
        facts: what the outbox is to know of it beyond that, see warehouse.notifications.outbox.Mail.
    """
    subject = " ".join(subject.split())
    variables = {
        **variables, "subject": subject, "steward": context.steward, "is_to_steward": list(to) == [context.steward],
        "at": context.at, "attached": [file.name for file in attached], "longest_csv": LONGEST_CSV,
        "bidi_isolated": bidi_isolated, "wrapped": wrapped,
    }  # fmt: skip
    html = page_with_french_spaces(templates().get_template(f"mail_{topic}.html.j2").render(variables))
    html = css_inline.inline(html, keep_at_rules=True, load_remote_stylesheets=False)
    text = _EMPTY_LINES.sub("\n\n", templates().get_template(f"mail_{topic}.txt.j2").render(variables)).strip() + "\n"
    earlier = context.earlier_ids(thread)
    mails = []
    for number, address in enumerate(to):
        name = message_id(context.sender, context.run_id, topic, thread, *([address] if number else []))
        content = mime_message(
            message_id=name, topic=topic, sender=context.sender, to=to, reply_to=context.steward, subject=subject, at=context.at,
            earlier=earlier, text=text, html=html, attached=attached,
        )  # fmt: skip
        covered = () if number else covered_senders  # whoever is covered is so by one of the mails, the first
        mails.append(Mail(name, topic, thread, address, subject, content, covered_senders=covered, **facts))
    return tuple(mails)


def compose_steward_mail(
    context: MailContext, topic: str, subject: str, variables: Mapping[str, Any], **more: Any
) -> Mail | None:
    """A mail to the steward; None where no address is set."""
    return compose_mails(context, topic, STEWARD, [context.steward], subject, variables, **more)[0] if context.steward else None


def findings_csv(
    name: str, senders: Iterable[SenderUpdates], *, with_told_before: bool = False
) -> tuple[tuple[Attachment, ...], int]:
    """What is new or stands in tonight's files, and what is overdue, as an attached CSV, and how many rows were left out.

    `with_told_before` adds what stands and was told earlier. No cell of a return is in it: line, column, rule and sentence, and
    the numbers of sessions and actions that are awaited.
    """
    rows, unread = list[str](), 0
    for updates in senders:
        rows += (*_finding_rows(updates, updates.findings), *map(_csv_row, _rows(updates)))
        if with_told_before and updates.told_before:
            rows += _finding_rows(updates, updates.told_before)
            unread += updates.open_findings - len(updates.findings) - len(updates.told_before)
    if not rows:
        return (), 0
    content = BOM + "".join([_csv_row(_TITLES), *rows[:LONGEST_CSV]]).encode("utf-8", "replace")
    return (Attachment(name, content),), max(0, len(rows) - LONGEST_CSV) + unread


def _csv_row(cells: Sequence[Any]) -> str:
    return csv_text([cells])


def _who(updates: SenderUpdates) -> tuple[str, str]:
    return one_line(updates.name) if updates.name else "", updates.siret or ""


def _finding_rows(updates: SenderUpdates, findings: Iterable[FindingUpdate]) -> Iterator[str]:
    """The rows of findings: what stands before and after the line is written once for all lines of which the same is said."""
    who, written = _who(updates), dict[tuple[Any, ...], tuple[str, str]]()
    for finding in findings:
        same = (finding.file_name, finding.kind, finding.column, finding.rule, finding.severity, finding.message, finding.is_new)
        if (parts := written.get(same)) is None:
            column = find_column(finding.kind, finding.column)
            after = (
                column.header if column else "", finding.rule, SEVERITY_LABELS[finding.severity],
                with_french_spaces(finding.message),
                "", "", "" if finding.is_new else "oui",
            )  # fmt: skip
            before = _csv_row((*who, one_line(finding.file_name, 300), finding.kind or ""))
            parts = written[same] = before.removesuffix("\r\n"), _csv_row(after)
        yield f"{parts[0]};{finding.line or ''};{parts[1]}"


def _rows(updates: SenderUpdates) -> Iterator[Sequence[Any]]:
    """The rows of files that were set aside, and of returns that are overdue."""
    who = _who(updates)
    for held in updates.held:
        yield (
            *who, one_line(held.file_name, 300), held.kind or "", "", "", held.rule, "mis de côté",
            with_french_spaces(one_line(held.message, 600)), "", "", "",
        )  # fmt: skip
    for late in updates.late:
        awaited = awaited_return(late.kind, late.level, late.number, late.horizon, late.due_on)
        of = f"{awaited.of}, échéance {late.horizon}" if late.horizon else awaited.of
        yield (
            *who, "", late.kind, "", "", late.rule, "retard", with_french_spaces(awaited.what), of, short_day(late.due_on),
            "" if late.is_new else "oui",
        )  # fmt: skip
