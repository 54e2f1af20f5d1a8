"""The mails to a provider: what a night has changed for it, and what is awaited of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from transforms.pages.mail.file_sections import shown_calm, shown_files
from transforms.pages.mail.held_wording import answered, held_shown, moved, replacing_shown
from transforms.pages.mail.letters import Letterhead, findings_csv, letters, named, recipients
from transforms.pages.mail.wording import Awaited, awaited, changes, isolated, listed, one_line, tone
from transforms.pages.receipt.page import wrong
from transforms.pages.templating import counted, day
from warehouse.notifications.contacts import Contact
from warehouse.notifications.outbox import Mail
from warehouse.notifications.updates import News

#: the most that a mail shows of each; the attached CSV has the rest
SHOWN_FILES, SHOWN_AWAITED, SHOWN_HELD = 20, 40, 10
_SHOWN_CHANGES = 3


def night_mail(head: Letterhead, news: News) -> tuple[Mail, ...]:
    """What a night has changed for a provider, to each of its addresses; nothing where it has none that is usable.

    Args:
        head: who writes.
        news: of a provider for which something has changed.
    """
    to = recipients(head, news.addresses)
    if not to:
        return ()
    files, left = shown_files(head.rules, news, SHOWN_FILES)
    attached, left_out = findings_csv(f"suivi-{head.at:%Y-%m-%d}.csv", [news])
    name = one_line(news.name) if news.name else named(news.siret, None)
    what = changes(news)
    return letters(
        head, "night", news.siret or "", to, f"{isolated(name)} : {', '.join(what[:_SHOWN_CHANGES])}",
        {
            "note": moved(news.changed, len(to)),
            "name": name,
            "siret": news.siret,
            "summary": f"{listed(what, len(what))}.",
            "tone": tone(news),
            "held": [held_shown(head.rules, file) for file in news.held[:SHOWN_HELD]],
            "held_left_out": len(news.held[SHOWN_HELD:]),
            "replaced": [replacing_shown(file) for file in news.replaced[:SHOWN_HELD]],
            "replaced_left_out": len(news.replaced[SHOWN_HELD:]),
            "answered": answered(news),
            "files": files,
            "files_left_out": left,
            "accepted": shown_calm(news, "accepted"),
            "duplicates": shown_calm(news, "duplicate"),
            "repeated": _repeated(head, news),
            **_awaited(news),
            "settled": [
                (wrong(head.rules[one.rule]), one.kind, counted(one.rows, "signalement", "signalements"))
                for one in news.settled
            ],
            "open_findings": news.open_findings,
            "kinds": sorted({file.kind for file in files if file.kind}),
            "rows_left_out": left_out,
        },
        attached,
        asks_for_returns=bool(news.late),
        tells=(news.siret,),
    )  # fmt: skip


def reminder_mail(
    head: Letterhead, siret: str, contact: Contact | None, late: Sequence[Awaited], soon: Sequence[Awaited], as_of: date
) -> tuple[Mail, ...]:
    """What is awaited of a provider, to each of its addresses; nothing where it has none that is usable.

    Args:
        head: who writes.
        siret: the provider.
        contact: its name and addresses, if it has an action in force.
        late: the returns that are overdue, the longest first.
        soon: those that are due soon, the most urgent first.
        as_of: the day.
    """
    to = recipients(head, contact.addresses) if contact else ()
    if not to:
        return ()
    what = asked(late, soon)
    called = one_line(contact.name) if contact and contact.name else named(siret, None)
    return letters(
        head, "reminder", siret, to, f"{isolated(called)} : {', '.join(what)}",
        {
            "name": called,
            "siret": siret,
            "summary": f"{', '.join(what)}.",
            "late": late[:SHOWN_AWAITED],
            "late_left_out": len(late[SHOWN_AWAITED:]),
            "soon": soon[:SHOWN_AWAITED],
            "soon_left_out": len(soon[SHOWN_AWAITED:]),
            "as_of": as_of,
            "kinds": sorted({one.kind for one in (*late, *soon)}),
        },
        asks_for_returns=True,
    )  # fmt: skip


def asked(late: Sequence[Awaited], soon: Sequence[Awaited]) -> list[str]:
    """`2 retours en retard`, `1 retour attendu d'ici au 28 décembre 2026`."""
    what = [counted(len(late), "retour en retard", "retours en retard")] if late else []
    if soon:
        what.append(f"{counted(len(soon), 'retour attendu', 'retours attendus')} d'ici au {day(max(one.due_on for one in soon))}")
    return what


def _repeated(head: Letterhead, news: News) -> list[tuple[str, str]]:
    """What was told before and is so still in files sent again: each rule with how many lines it has."""
    lines: dict[str, set[tuple[int, int | None]]] = {}
    for finding in news.findings:
        if not finding.is_new:
            lines.setdefault(finding.rule, set()).add((finding.submission_id, finding.line))
    return [(wrong(head.rules[rule]), counted(len(at), "ligne", "lignes")) for rule, at in sorted(lines.items())]


def _awaited(news: News) -> Mapping[str, object]:
    late = sorted(news.late, key=lambda one: (not one.is_new, one.due_on))
    said = [awaited(one.kind, one.level, one.number, one.horizon, one.due_on, is_new=one.is_new) for one in late]
    arrived = [awaited(one.kind, one.level, one.number, one.horizon, one.due_on) for one in news.arrived]
    return {
        "late": said[:SHOWN_AWAITED], "late_left_out": len(said[SHOWN_AWAITED:]),
        "arrived": arrived[:SHOWN_AWAITED], "arrived_left_out": len(arrived[SHOWN_AWAITED:]),
    }  # fmt: skip
