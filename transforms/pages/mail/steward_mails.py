"""The mails to the data steward: the digest of a night that changed something, and that a night failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from expectations.contract.french import counted, number, with_french_spaces
from transforms.pages.csv_out import csv_bytes
from transforms.pages.mail.attached_files import LONGEST_CSV
from transforms.pages.mail.compose import (
    MailContext,
    compose_steward_mail,
    findings_csv,
    recipients,
    sender_name,
)
from transforms.pages.mail.file_summaries import file_summaries
from transforms.pages.mail.held_wording import OF_SENDER, file_and_origin, replacements, steward_answers
from transforms.pages.mail.mime import Attachment
from transforms.pages.mail.signals import SHOWN_SIGNALS, signal_groups
from transforms.pages.mail.wording import (
    AwaitedReturn,
    bidi_isolated,
    changes_in_words,
    first_names,
    one_line,
    safe_file_name,
    without_links,
)
from transforms.pages.receipt.page import SHOWN_LINES, reason_held, what_is_wrong
from transforms.pages.receipt.wording import line_ranges
from transforms.pages.templating import SEVERITY_LABELS, day, return_name, short_day
from warehouse.notifications.held_updates import HeldFileUpdate
from warehouse.notifications.outbox import Mail, PendingUpdates, QueuedMail
from warehouse.notifications.updates import RuleFigures, SenderUpdates
from warehouse.paris_days import day_of

#: the most that a digest shows of each; the attached CSV has the findings of all
SHOWN_RULES, SHOWN_SENDERS, SHOWN_LOST, SHOWN_HELD, SHOWN_FILES, SHOWN_UNADDRESSED = 80, 60, 20, 20, 10, 40
#: the rule of records that resemble somebody erased
RESEMBLES_ERASED = "LIG-08"
_DECISIONS = (
    ("accepted", "accepté", "acceptés"), ("partial", "accepté en partie", "acceptés en partie"),
    ("refused", "refusé", "refusés"), ("duplicate", "déjà reçu", "déjà reçus"), ("held", "mis de côté", "mis de côté"),
)  # fmt: skip


@dataclass(frozen=True)
class RuleSummary:
    """A rule that is broken now, or was when the last digest was written; `trend` compares its lines with that digest."""

    rule: str
    severity: str
    wrong: str
    providers: int
    lines: int
    trend: str


@dataclass(frozen=True)
class ChangedFigures:
    """How many published values changed since a day, and the files that changed some, each with how many."""

    since: date
    values: int
    files: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class StewardNews:
    """What the steward hears beside all that is pending.

    Figures that changed; since when nothing comes, where that is long; sentences on an inbox on another machine.
    """

    figures: ChangedFigures | None = None
    silent_since: date | None = None
    inbox: tuple[str, ...] = ()


@dataclass(frozen=True)
class HeldForSteward:
    """A file that waits for the steward's answer; `commands` are the answers, each with what it does."""

    number: int
    what: str
    why: str
    replaced_by: tuple[str, ...]
    commands: tuple[tuple[str, str], ...]
    is_new: bool


@dataclass(frozen=True)
class UnaddressedRow:
    """What the mail to a provider would say of a file, or of other changes, if the provider had an address."""

    name: str
    file: str
    verdict: str
    todo: str


def digest_mail(
    context: MailContext, pending: PendingUpdates, as_of: date, crashed: Sequence[str] = (), in_a_row: int = 1,
    news: StewardNews = StewardNews(),
) -> Mail | None:  # fmt: skip
    """The mail of what a night has changed for all, and of all that is for the steward alone; None where no steward is set.

    Args:
        context: what all mails of the run have in common.
        pending: all of which people are to be notified.
        as_of: the night's reference date.
        crashed: the mails, and parts of this one, that could not be made, as the log describes them.
        in_a_row: how many nights have failed one after the other, if the last one did.
        news: what else there is to say.
    """
    changed = [sender for sender in pending.senders if sender.deserves_a_mail]
    files = [file for sender in pending.senders for file in sender.files if file.is_new]
    addressed = [sender for sender in changed if recipients(context, sender.addresses)]
    providers = [sender for sender in changed if sender.siret is not None and not recipients(context, sender.addresses)]
    region = [sender for sender in changed if sender.siret is None]
    attached, left_out = findings_csv(f"suivi-{context.at:%Y-%m-%d}-tous.csv", [*region, *providers, *addressed])
    failed = f" ({counted(len(pending.failed_nights), 'nuit en échec', 'nuits en échec')})" if pending.failed_nights else ""
    unread = " (boîte de dépôt à vérifier)" if news.inbox else ""
    rules = _rules(context, pending.figures, pending.last_figures)
    totals = _totals(context, pending)
    late = Counter({_name(sender): len(sender.late) for sender in pending.senders if sender.late})
    names = {sender.siret: sender.name for sender in pending.senders}
    region_files, region_left = file_summaries(context.rules, region[0], SHOWN_FILES) if region else ([], 0)
    rows, providers_left = _unaddressed(context, providers)
    resembling_erased = _files_resembling_erased(changed)
    return compose_steward_mail(
        context, "digest", f"Résumé du {day(context.at)} : {totals}{failed}{unread}",
        {
            "as_of": as_of,
            "totals": totals,
            "tone": _tone(pending),
            "silence": _silence(news.silent_since, context.at) if news.silent_since else None,
            "inbox": news.inbox,
            "figures": _figures_in_words(news.figures) if news.figures else None,
            "received": _decisions_in_words(Counter(file.decision for file in files)),
            "held": [_held(context, file, names.get(file.provider_siret)) for file in _new_ones_first(pending.held)[:SHOWN_HELD]],
            "held_left_out": len(pending.held[SHOWN_HELD:]),
            "failed": failed_nights_in_words(pending.failed_nights, in_a_row) if pending.failed_nights else None,
            "nights": with_endings(pending.failed_nights[-SHOWN_LOST:]),
            "changed_addresses": [
                (_name(sender), sender.siret) for sender in changed if sender.new_address_change
            ][:SHOWN_SENDERS],
            "signals": signal_groups(pending.signals),
            "signals_left_out": len(pending.signals[SHOWN_SIGNALS:]),
            "region_files": region_files,
            "region_files_left_out": region_left,
            "region_kinds": sorted({file.kind for file in region_files if file.kind}),
            "region_answered": steward_answers(region[0]) if region else [],
            "unaddressed": rows,
            "unaddressed_left_out": providers_left,
            "rules": rules[:SHOWN_RULES],
            "rules_left_out": len(rules[SHOWN_RULES:]),
            "has_trend": pending.last_figures is not None,
            "senders": [(_name(sender), first_names(changes_in_words(sender), 4)) for sender in addressed[:SHOWN_SENDERS]],
            "senders_left_out": len(addressed[SHOWN_SENDERS:]),
            "late": late.most_common(SHOWN_SENDERS),
            "late_left_out": len(late) - SHOWN_SENDERS,
            "crashed": crashed,
            "resembling_erased": resembling_erased[:SHOWN_SENDERS],
            "resembling_erased_left_out": len(resembling_erased[SHOWN_SENDERS:]),
            "lost": [_subject_and_code(mail) for mail in pending.given_up[:SHOWN_LOST]],
            "lost_left_out": len(pending.given_up[SHOWN_LOST:]),
            "waiting": pending.waiting,
            "rows_left_out": left_out,
        },
        attached=attached,
        figures=pending.figures,
        nights=tuple(run_id for run_id, _, _ in pending.failed_nights),
        given_up=tuple(mail.message_id for mail in pending.given_up),
        signals=tuple(notice for signal in pending.signals for notice in signal.notices),
        covered_senders=tuple(sender.siret for sender in (*region, *providers)),
    )  # fmt: skip


def failure_mail(
    context: MailContext, nights: Sequence[tuple[str, datetime, str]], reason: str | None = None, in_a_row: int = 1
) -> Mail | None:
    """The mail that nights did not end well; None where no steward is set.

    Args:
        context: what all mails of the run have in common.
        nights: run_id, start and state of each; `running` where it was cut off.
        reason: why the last of them failed, where that is known: type and place, no value.
        in_a_row: how many nights have failed one after the other, these included.
    """
    what = failed_nights_in_words(nights, in_a_row)
    return compose_steward_mail(
        context, "failure", f"Suivi : {what[0].lower()}{what[1:]}",
        {"what": f"{what}.", "nights": with_endings(nights), "reason": reason},
        nights=tuple(run_id for run_id, _, _ in nights),
    )  # fmt: skip


def reminders_mail(
    context: MailContext,
    providers: Sequence[tuple[str, str | None, Sequence[AwaitedReturn], Sequence[AwaitedReturn]]],
    as_of: date,
) -> Mail | None:
    """The mail of what is awaited of the providers that have no address; None where no steward is set.

    Args:
        context: what all mails of the run have in common.
        providers: SIRET, name, what is overdue and what is due soon of each.
        as_of: the day.
    """
    rows = [
        (name, siret, one, number < len(late))
        for siret, name, late, soon in providers for number, one in enumerate((*late, *soon))
    ]  # fmt: skip
    what = f"{counted(len(providers), 'organisme', 'organismes')}, {counted(len(rows), 'retour attendu', 'retours attendus')}"
    titles = ("organisme", "siret", "retour", "concerne", "attendu au plus tard le", "en retard")
    lines = [
        (one_line(name) if name else "", siret, one.what, one.of, short_day(one.due_on), "oui" if is_late else "")
        for name, siret, one, is_late in rows[:LONGEST_CSV]
    ]
    return compose_steward_mail(
        context, "reminders", f"Organismes sans adresse : {what}",
        {
            "what": f"{what}.",
            "rows": [
                (sender_name(siret, name), one.what, one.of, one.due_on, is_late)
                for name, siret, one, is_late in rows[:SHOWN_SENDERS]
            ],
            "rows_left_out": len(rows[SHOWN_SENDERS:]),
            "as_of": as_of,
        },
        attached=(Attachment(f"suivi-{context.at:%Y-%m-%d}-attendus.csv", csv_bytes([titles, *lines])),),
        asks_for_returns=True,
    )  # fmt: skip


def failed_nights_in_words(nights: Sequence[tuple[str, datetime, str]], in_a_row: int) -> str:
    """`La nuit du 3 octobre 2018 a échoué (2 de suite)`."""
    what = f"{number(len(nights))} nuits n'ont pas abouti" if len(nights) > 1 else f"La nuit du {day(nights[-1][1])} a échoué"
    return f"{what} ({in_a_row} de suite)" if in_a_row > 1 else what


def with_endings(nights: Sequence[tuple[str, datetime, str]]) -> list[tuple[str, datetime, str]]:
    """Run_id, start, and in words how it ended, of each."""
    return [(run_id, at, "interrompue avant sa fin" if state == "running" else "échouée") for run_id, at, state in nights]


def _totals(context: MailContext, pending: PendingUpdates) -> str:
    """`1 fichier mis de côté, 38 erreurs, 5 alertes, 12 retours en retard, 3 points à regarder`."""
    findings: Counter[str] = Counter()
    for one in pending.figures:
        of = "late" if one.rule.startswith("RET-") else str(context.rules[one.rule].severity)
        findings[of] += one.findings
    counts = (
        (len(pending.held), "fichier mis de côté", "fichiers mis de côté"),
        (findings["error"], "erreur", "erreurs"), (findings["warning"], "alerte", "alertes"),
        (findings["late"], "retour en retard", "retours en retard"),
        (len(pending.signals), "point à regarder", "points à regarder"),
    )  # fmt: skip
    return ", ".join(counted(count, one, many) for count, one, many in counts if count) or "plus rien d'ouvert"


def _tone(pending: PendingUpdates) -> str:
    if any(updates.refused for updates in pending.senders):
        return "bad"
    return "wait" if pending.held or pending.figures or pending.signals else "good"


def _decisions_in_words(decisions: Counter[str]) -> str:
    """`8 fichiers reçus : 6 acceptés, 2 refusés.`"""
    parts = [counted(decisions[name], one, many) for name, one, many in _DECISIONS if decisions[name]]
    if not parts:
        return "Aucun fichier reçu."
    return f"{counted(decisions.total(), 'fichier reçu', 'fichiers reçus')} : {', '.join(parts)}."


def _rules(
    context: MailContext, figures: Sequence[RuleFigures], last: Mapping[str, RuleFigures] | None
) -> list[RuleSummary]:
    """The rules broken now, those of most lines first, then those that were broken in the last digest alone."""
    now = {one.rule: one for one in figures}
    gone = [RuleFigures(rule, 0, 0) for rule in sorted(set(last or ()) - set(now)) if rule in context.rules]
    return [
        RuleSummary(
            one.rule, SEVERITY_LABELS[context.rules[one.rule].severity], what_is_wrong(context.rules[one.rule]), one.providers,
            one.lines, _trend(one, last),
        )
        for one in (*sorted(figures, key=lambda f: (-f.lines, f.rule)), *gone)
    ]  # fmt: skip


def _silence(since: date, at: datetime) -> str:
    days = (day_of(at) - since).days
    return (
        f"Rien n'a été reçu depuis le {day(since)} ({counted(days, 'jour', 'jours')}). Si ce n'est pas normal, l'équipe technique"
        " peut vérifier le dossier de dépôt : suivi doctor."
    )


def _figures_in_words(figures: ChangedFigures) -> str:
    names = [f"« {safe_file_name(name)} » ({counted(values, 'valeur', 'valeurs')})" for name, values in figures.files]
    what = counted(figures.values, "valeur publiée a changé", "valeurs publiées ont changé")
    by = f", par {first_names(names, SHOWN_FILES)}" if names else ""
    return f"Depuis la publication du {day(figures.since)}, {what}{by}. Le détail est dans la table quality.changes."


def _trend(now: RuleFigures, last: Mapping[str, RuleFigures] | None) -> str:
    if last is None:
        return "–"
    if not now.lines:
        return "réglé"
    change = now.lines - (last[now.rule].lines if now.rule in last else 0)
    return "=" if not change else f"{'+' if change > 0 else '−'}{number(abs(change))}"


def _new_ones_first(held: Sequence[HeldFileUpdate]) -> list[HeldFileUpdate]:
    return sorted(held, key=lambda file: not file.is_new)


def _held(context: MailContext, file: HeldFileUpdate, name: str | None) -> HeldForSteward:
    kind = f", {return_name(file.kind)}" if file.kind else ""
    whose = f", au nom de {sender_name(file.provider_siret, name)}" if file.provider_siret else ""
    answer = f"suivi held accept {file.submission_id}"
    commands = [(answer, "l'accepter : il comptera la nuit prochaine, comme le dernier reçu")]
    if file.rule == OF_SENDER:
        always = "l'accepter, avec ce qui attend d'autre de ce dossier, et le laisser parler ainsi désormais"
        commands.append((f"{answer} --always", always))
    commands.append((f"suivi held reject {file.submission_id}", "le rejeter : rien n'en comptera"))
    return HeldForSteward(
        file.submission_id, with_french_spaces(f"{file_and_origin(file)}{kind}{whose}."),
        without_links(reason_held(context.rules, file.rule, file.message)), replacements(file.replaced_by), tuple(commands),
        file.is_new,
    )  # fmt: skip


def _unaddressed(context: MailContext, providers: Sequence[SenderUpdates]) -> tuple[list[UnaddressedRow], int]:
    """What mails to the first of these providers would say, a row for each file, and how many providers are left out."""
    rows: list[UnaddressedRow] = []
    for place, provider in enumerate(providers):
        if len(rows) >= SHOWN_UNADDRESSED:
            return rows, len(providers) - place
        for file in file_summaries(context.rules, provider, SHOWN_UNADDRESSED - len(rows))[0]:
            groups = [group for section in file.sections for group in section.groups]
            sentences = [file.why, *file.next]
            if not any(sentences) and groups:
                sentences = [groups[0].wrong, groups[0].todo]
            rows.append(UnaddressedRow(_name(provider), file.name, file.label, " ".join(filter(None, sentences))))
        if other_changes := changes_in_words(replace(provider, files=provider.released, findings=[])):
            rows.append(UnaddressedRow(_name(provider), "–", first_names(other_changes, 4), ""))
    return rows, 0


def _files_resembling_erased(senders: Sequence[SenderUpdates]) -> list[str]:
    """Files with records that resemble somebody who was erased, with their lines: `suivi.csv, lignes 2 et 7`."""
    lines: dict[tuple[int, str], list[int]] = {}
    for finding in (finding for sender in senders for finding in sender.findings):
        if finding.rule == RESEMBLES_ERASED and finding.is_new:
            lines.setdefault((finding.submission_id, finding.file_name), []).append(finding.line or 0)
    return [f"{bidi_isolated(one_line(name, 150))}, {line_ranges(at, SHOWN_LINES)}" for (_, name), at in sorted(lines.items())]


def _name(sender: SenderUpdates) -> str:
    return sender_name(sender.siret, sender.name)


def _subject_and_code(mail: QueuedMail) -> str:
    code = f" ({mail.reply_code})" if mail.reply_code else ""
    return f"{bidi_isolated(one_line(mail.subject, 150))}{code}"
