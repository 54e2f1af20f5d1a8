"""The mails to a provider: what a night has changed for it, and what is awaited of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from expectations.contract.french import counted, with_french_spaces
from transforms.pages.mail.attached_files import aids_for, attached_in_words, receipts_of, template_name, templates_of
from transforms.pages.mail.compose import MailContext, compose_mails, findings_csv, recipients, sender_name
from transforms.pages.mail.file_summaries import file_summaries, names_without_remarks
from transforms.pages.mail.held_wording import (
    address_change_note,
    held_file_for_provider,
    replacing_file_for_provider,
    steward_answers,
)
from transforms.pages.mail.wording import (
    AwaitedReturn,
    awaited_return,
    bidi_isolated,
    changes_in_words,
    first_names,
    one_line,
    safe_file_name,
    tone,
)
from transforms.pages.receipt.page import what_is_wrong
from transforms.pages.receipt.wording import how_to_resend, what_is_missing
from transforms.pages.templating import day
from warehouse.notifications.contacts import Contact
from warehouse.notifications.outbox import Mail
from warehouse.notifications.updates import SenderUpdates

#: the most that a mail shows of each; the attached CSV has the rest
SHOWN_FILES, SHOWN_AWAITED, SHOWN_HELD = 20, 40, 10
_SHOWN_CHANGES = 3


def night_mail(context: MailContext, updates: SenderUpdates) -> tuple[Mail, ...]:
    """The mail of what a night has changed for a provider, once to each of its addresses; none where no address is usable.

    Args:
        context: what all mails of the run have in common.
        updates: of a provider for which something has changed.
    """
    to = recipients(context, updates.addresses)
    if not to:
        return ()
    files, left = file_summaries(context.rules, updates, SHOWN_FILES)
    table, left_out = findings_csv(f"suivi-{context.at:%Y-%m-%d}.csv", [updates], with_told_before=True)
    receipts, aids = receipts_of(updates, context.read_receipt), aids_for(updates, context.deposit_url)
    attached = {aid.name for aid in aids}
    on_demand = {file.kind for file in files if file.kind and template_name(file.kind) not in attached}
    name = one_line(updates.name) if updates.name else sender_name(updates.siret, None)
    what = changes_in_words(updates)
    return compose_mails(
        context, "night", updates.siret or "", to, f"{bidi_isolated(name)} : {', '.join(what[:_SHOWN_CHANGES])}",
        {
            "note": address_change_note(updates.new_address_change, len(to)),
            "name": name,
            "siret": updates.siret,
            "summary": f"{first_names(what, len(what))}.",
            "tone": tone(updates),
            "held": [held_file_for_provider(context.rules, file) for file in updates.held[:SHOWN_HELD]],
            "held_left_out": len(updates.held[SHOWN_HELD:]),
            "replaced": [replacing_file_for_provider(file) for file in updates.replaced[:SHOWN_HELD]],
            "replaced_left_out": len(updates.replaced[SHOWN_HELD:]),
            "answered": steward_answers(updates),
            "files": files,
            "files_left_out": left,
            "accepted": names_without_remarks(updates, "accepted"),
            "duplicates": names_without_remarks(updates, "duplicate"),
            "repeated": _repeated_faults(context, updates),
            **_late_and_arrived(updates),
            "settled": [
                (what_is_wrong(context.rules[one.rule]), one.kind, counted(one.rows, "signalement", "signalements"))
                for one in updates.settled
            ],
            "missing": [
                with_french_spaces(f"« {safe_file_name(one.file_name)} » : {missing[:1].lower()}{missing[1:]}")
                for one in updates.corrected if (missing := what_is_missing(one.made_good, one.refused))
            ][:SHOWN_FILES],
            "open_findings": _open_in_words(updates),
            "joined": attached_in_words(updates, receipts, table, aids, context.deposit_url, left_out),
            "resend": how_to_resend(sorted(on_demand), context.deposit_url),
        },
        (*receipts.files, *table, *aids),
        asks_for_returns=bool(updates.late),
        covered_senders=(updates.siret,),
    )  # fmt: skip


def reminder_mail(
    context: MailContext,
    siret: str,
    contact: Contact | None,
    late: Sequence[AwaitedReturn],
    soon: Sequence[AwaitedReturn],
    as_of: date,
) -> tuple[Mail, ...]:
    """The mail of what is awaited of a provider, once to each of its addresses; none where no address is usable.

    Args:
        context: what all mails of the run have in common.
        siret: the provider.
        contact: its name and addresses, if it has an action in force.
        late: the returns that are overdue, the longest first.
        soon: those that are due soon, the most urgent first.
        as_of: the day.
    """
    to = recipients(context, contact.addresses) if contact else ()
    if not to:
        return ()
    what = awaited_in_words(late, soon)
    templates = templates_of(sorted({one.kind for one in (*late, *soon)}), context.deposit_url)
    name = one_line(contact.name) if contact and contact.name else sender_name(siret, None)
    return compose_mails(
        context, "reminder", siret, to, f"{bidi_isolated(name)} : {', '.join(what)}",
        {
            "name": name,
            "siret": siret,
            "summary": f"{', '.join(what)}.",
            "late": late[:SHOWN_AWAITED],
            "late_left_out": len(late[SHOWN_AWAITED:]),
            "soon": soon[:SHOWN_AWAITED],
            "soon_left_out": len(soon[SHOWN_AWAITED:]),
            "as_of": as_of,
            "resend": how_to_resend((), context.deposit_url),
            "templates": [file.name for file in templates],
        },
        templates,
        asks_for_returns=True,
    )  # fmt: skip


def awaited_in_words(late: Sequence[AwaitedReturn], soon: Sequence[AwaitedReturn]) -> list[str]:
    """`2 retours en retard`, `1 retour attendu d'ici au 28 décembre 2026`."""
    what = [counted(len(late), "retour en retard", "retours en retard")] if late else []
    if soon:
        what.append(f"{counted(len(soon), 'retour attendu', 'retours attendus')} d'ici au {day(max(one.due_on for one in soon))}")
    return what


def _open_in_words(updates: SenderUpdates) -> str:
    """How many signals stand in all; where none does, what is awaited all the same."""
    where = "dans vos retours" if updates.siret else "dans ces fichiers"
    if updates.open_findings:
        stand = counted(updates.open_findings, "signalement reste ouvert", "signalements restent ouverts")
        return f"En tout, {stand} {where}."
    none = f"Aucun signalement n'est ouvert {where}"
    rest = []
    if updates.late:
        rest.append(counted(len(updates.late), "retour est en retard", "retours sont en retard"))
    if updates.held:
        rest.append(counted(len(updates.held), "fichier est mis de côté", "fichiers sont mis de côté"))
    return f"{none}, mais {' et '.join(rest)}." if rest else f"Plus aucun signalement n'est ouvert {where}."


def _repeated_faults(context: MailContext, updates: SenderUpdates) -> list[tuple[str, str]]:
    """The faults that stand in files sent again, and of which the provider was notified before: each rule, and how many lines."""
    lines: dict[str, set[tuple[int, int | None]]] = {}
    for finding in updates.findings:
        if not finding.is_new:
            lines.setdefault(finding.rule, set()).add((finding.submission_id, finding.line))
    return [(what_is_wrong(context.rules[rule]), counted(len(at), "ligne", "lignes")) for rule, at in sorted(lines.items())]


def _late_and_arrived(updates: SenderUpdates) -> Mapping[str, object]:
    late = sorted(updates.late, key=lambda one: (not one.is_new, one.due_on))
    shown, arrived = late[:SHOWN_AWAITED], updates.arrived[:SHOWN_AWAITED]
    return {
        "late": [awaited_return(one.kind, one.level, one.number, one.horizon, one.due_on, is_new=one.is_new) for one in shown],
        "late_left_out": len(late) - len(shown),
        "arrived": [awaited_return(one.kind, one.level, one.number, one.horizon, one.due_on) for one in arrived],
        "arrived_left_out": len(updates.arrived) - len(arrived),
    }
