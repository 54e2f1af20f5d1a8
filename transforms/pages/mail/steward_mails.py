"""The mails to the data steward: the digest of a night that changed something, and that a night failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from expectations.contract import Severity
from transforms.pages.csv_out import csv_bytes
from transforms.pages.mail.eml import Attached
from transforms.pages.mail.file_sections import shown_files
from transforms.pages.mail.held_wording import OF_SENDER, answered, placed, replacements
from transforms.pages.mail.letters import LONGEST_CSV, Letterhead, findings_csv, named, recipients, to_steward
from transforms.pages.mail.wording import Awaited, changes, isolated, listed, one_line, unlinked
from transforms.pages.receipt.page import SHOWN_LINES, why_held, wrong
from transforms.pages.receipt.wording import lines_text, typographic
from transforms.pages.templating import counted, day, number
from warehouse.notifications.held_updates import HeldNews
from warehouse.notifications.outbox import Mail, Queued, Untold
from warehouse.notifications.updates import News, RuleFigures

#: the most that a digest shows of each; the attached CSV has the findings of all
SHOWN_RULES, SHOWN_SENDERS, SHOWN_LOST, SHOWN_HELD, SHOWN_FILES, SHOWN_UNADDRESSED = 80, 60, 20, 20, 10, 40
#: the rule of records that resemble somebody erased
COMES_AGAIN = "LIG-08"
_SEVERITIES = {Severity.ERROR: "erreur", Severity.WARNING: "alerte", Severity.INFO: "information"}
_DECISIONS = (
    ("accepted", "accepté", "acceptés"), ("partial", "accepté en partie", "acceptés en partie"),
    ("refused", "refusé", "refusés"), ("duplicate", "déjà reçu", "déjà reçus"), ("held", "mis de côté", "mis de côté"),
)  # fmt: skip


@dataclass(frozen=True)
class RuleShown:
    """A rule that is broken, or was when the last digest was written."""

    rule: str
    severity: str
    wrong: str
    providers: int
    lines: int
    trend: str


@dataclass(frozen=True)
class HeldShown:
    """A file that waits for the steward's answer; `commands` are the answers, each with what it does."""

    number: int
    what: str
    why: str
    replaced_by: tuple[str, ...]
    commands: tuple[tuple[str, str], ...]
    is_new: bool


@dataclass(frozen=True)
class UnaddressedShown:
    """What a provider without an address would be told of a file, or of what is late."""

    name: str
    file: str
    verdict: str
    todo: str


def digest_mail(
    head: Letterhead, untold: Untold, as_of: date, crashed: Sequence[str] = (), in_a_row: int = 1
) -> Mail | None:
    """What a night has changed for all, and all that is for the steward itself; None where no steward is set.

    Args:
        head: who writes.
        untold: all that there is to tell.
        as_of: the night's reference date.
        crashed: the mails, and parts of this one, that could not be made, as the log names them.
        in_a_row: how many nights have failed one after the other, if the last one did.
    """
    told = [news for news in untold.news if news.is_worth_a_mail]
    files = [file for news in untold.news for file in news.files if file.is_new]
    addressed = [news for news in told if recipients(head, news.addresses)]
    providers = [news for news in told if news.siret is not None and not recipients(head, news.addresses)]
    region = [news for news in told if news.siret is None]
    attached, left_out = findings_csv(f"suivi-{head.at:%Y-%m-%d}-tous.csv", [*region, *providers, *addressed])
    failed = f" ({counted(len(untold.failed), 'nuit en échec', 'nuits en échec')})" if untold.failed else ""
    rules = _rules(head, untold.figures, untold.last_figures)
    totals = _totals(head, untold)
    late = Counter({named(news.siret, news.name): len(news.late) for news in untold.news if news.late})
    names = {news.siret: news.name for news in untold.news}
    region_files, region_left = shown_files(head.rules, region[0], SHOWN_FILES) if region else ([], 0)
    rows, providers_left = _unaddressed(head, providers)
    return to_steward(
        head, "digest", f"Résumé du {day(head.at)} : {totals}{failed}",
        {
            "as_of": as_of,
            "totals": totals,
            "tone": _tone(untold),
            "received": _decided(Counter(file.decision for file in files)),
            "held": [_held(head, file, names.get(file.provider_siret)) for file in _new_first(untold.held)[:SHOWN_HELD]],
            "held_left_out": len(untold.held[SHOWN_HELD:]),
            "failed": failed_words(untold.failed, in_a_row) if untold.failed else None,
            "nights": ended(untold.failed[-SHOWN_LOST:]),
            "moved": [
                (named(news.siret, news.name), news.siret) for news in told if news.changed and news.changed.is_new
            ][:SHOWN_SENDERS],
            "region_files": region_files,
            "region_files_left_out": region_left,
            "region_kinds": sorted({file.kind for file in region_files if file.kind}),
            "region_answered": answered(region[0]) if region else [],
            "unaddressed": rows,
            "unaddressed_left_out": providers_left,
            "rules": rules[:SHOWN_RULES],
            "rules_left_out": len(rules[SHOWN_RULES:]),
            "has_trend": untold.last_figures is not None,
            "senders": [(named(news.siret, news.name), listed(changes(news), 4)) for news in addressed[:SHOWN_SENDERS]],
            "senders_left_out": len(addressed[SHOWN_SENDERS:]),
            "late": late.most_common(SHOWN_SENDERS),
            "late_left_out": len(late) - SHOWN_SENDERS,
            "crashed": crashed,
            "come_again": (again := _come_again(told))[:SHOWN_SENDERS],
            "come_again_left_out": len(again[SHOWN_SENDERS:]),
            "lost": [_lost(mail) for mail in untold.given_up[:SHOWN_LOST]],
            "lost_left_out": len(untold.given_up[SHOWN_LOST:]),
            "waiting": untold.waiting,
            "rows_left_out": left_out,
        },
        attached=attached,
        figures=untold.figures,
        nights=tuple(run_id for run_id, _, _ in untold.failed),
        given_up=tuple(mail.message_id for mail in untold.given_up),
        tells=tuple(news.siret for news in (*region, *providers)),
    )  # fmt: skip


def failure_mail(
    head: Letterhead, nights: Sequence[tuple[str, datetime, str]], reason: str | None = None, in_a_row: int = 1
) -> Mail | None:
    """That nights did not end; None where no steward is set.

    Args:
        head: who writes.
        nights: run_id, start and state of each; `running` where it was cut off.
        reason: why the last of them failed, where that is known: type and place, no value.
        in_a_row: how many nights have failed one after the other, these included.
    """
    what = failed_words(nights, in_a_row)
    return to_steward(
        head, "failure", f"Suivi : {what[0].lower()}{what[1:]}",
        {"what": f"{what}.", "nights": ended(nights), "reason": reason},
        nights=tuple(run_id for run_id, _, _ in nights),
    )  # fmt: skip


def reminders_mail(
    head: Letterhead, providers: Sequence[tuple[str, str | None, Sequence[Awaited], Sequence[Awaited]]], as_of: date
) -> Mail | None:
    """What is awaited of the providers that have no address; None where no steward is set.

    Args:
        head: who writes.
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
        (one_line(name) if name else "", siret, one.what, one.of, f"{one.due_on:%d/%m/%Y}", "oui" if is_late else "")
        for name, siret, one, is_late in rows[:LONGEST_CSV]
    ]
    return to_steward(
        head, "reminders", f"Organismes sans adresse : {what}",
        {
            "what": f"{what}.",
            "rows": [
                (named(siret, name), one.what, one.of, one.due_on, is_late) for name, siret, one, is_late in rows[:SHOWN_SENDERS]
            ],
            "rows_left_out": len(rows[SHOWN_SENDERS:]),
            "as_of": as_of,
        },
        attached=(Attached(f"suivi-{head.at:%Y-%m-%d}-attendus.csv", csv_bytes([titles, *lines])),),
        asks_for_returns=True,
    )  # fmt: skip


def failed_words(nights: Sequence[tuple[str, datetime, str]], in_a_row: int) -> str:
    """`La nuit du 3 octobre 2018 a échoué (2 de suite)`."""
    what = f"{number(len(nights))} nuits n'ont pas abouti" if len(nights) > 1 else f"La nuit du {day(nights[-1][1])} a échoué"
    return f"{what} ({in_a_row} de suite)" if in_a_row > 1 else what


def ended(nights: Sequence[tuple[str, datetime, str]]) -> list[tuple[str, datetime, str]]:
    """Name, start and end of each, in words."""
    return [(name, at, "interrompue avant sa fin" if state == "running" else "échouée") for name, at, state in nights]


def _totals(head: Letterhead, untold: Untold) -> str:
    """`1 fichier mis de côté, 38 erreurs, 5 alertes, 12 retours en retard`."""
    lines: Counter[str] = Counter()
    for one in untold.figures:
        of = "late" if one.rule.startswith("RET-") else str(head.rules[one.rule].severity)
        lines[of] += one.lines
    said = (
        (len(untold.held), "fichier mis de côté", "fichiers mis de côté"),
        (lines["error"], "erreur", "erreurs"), (lines["warning"], "alerte", "alertes"),
        (lines["late"], "retour en retard", "retours en retard"),
    )  # fmt: skip
    return ", ".join(counted(count, one, many) for count, one, many in said if count) or "plus rien d'ouvert"


def _tone(untold: Untold) -> str:
    if any(news.refused for news in untold.news):
        return "bad"
    return "wait" if untold.held or untold.figures else "good"


def _decided(decisions: Counter[str]) -> str:
    """`8 fichiers reçus : 6 acceptés, 2 refusés.`"""
    parts = [counted(decisions[name], one, many) for name, one, many in _DECISIONS if decisions[name]]
    if not parts:
        return "Aucun fichier reçu."
    return f"{counted(decisions.total(), 'fichier reçu', 'fichiers reçus')} : {', '.join(parts)}."


def _rules(
    head: Letterhead, figures: Sequence[RuleFigures], last: Mapping[str, RuleFigures] | None
) -> list[RuleShown]:
    """The rules broken now, those of most lines first, then those that are broken no more."""
    now = {one.rule: one for one in figures}
    gone = [RuleFigures(rule, 0, 0) for rule in sorted(set(last or ()) - set(now)) if rule in head.rules]
    return [
        RuleShown(
            one.rule, _SEVERITIES[head.rules[one.rule].severity], wrong(head.rules[one.rule]), one.providers, one.lines,
            _trend(one, last),
        )
        for one in (*sorted(figures, key=lambda f: (-f.lines, f.rule)), *gone)
    ]  # fmt: skip


def _trend(now: RuleFigures, last: Mapping[str, RuleFigures] | None) -> str:
    if last is None:
        return "–"
    if not now.lines:
        return "réglé"
    change = now.lines - (last[now.rule].lines if now.rule in last else 0)
    return "=" if not change else f"{'+' if change > 0 else '−'}{number(abs(change))}"


def _new_first(held: Sequence[HeldNews]) -> list[HeldNews]:
    return sorted(held, key=lambda file: not file.is_new)


def _held(head: Letterhead, file: HeldNews, name: str | None) -> HeldShown:
    kind = f", retour {file.kind}" if file.kind else ""
    whose = f", au nom de {named(file.provider_siret, name)}" if file.provider_siret else ""
    answer = f"suivi held accept {file.submission_id}"
    commands = [(answer, "l'accepter : il comptera la nuit prochaine, comme le dernier reçu")]
    if file.rule == OF_SENDER:
        always = "l'accepter, avec ce qui attend d'autre de ce dossier, et le laisser parler ainsi désormais"
        commands.append((f"{answer} --always", always))
    commands.append((f"suivi held reject {file.submission_id}", "le rejeter : rien n'en comptera"))
    return HeldShown(
        file.submission_id, typographic(f"{placed(file.file_name, file.sender, file.received_at)}{kind}{whose}."),
        unlinked(why_held(head.rules, file.rule, file.message)), replacements(file.replaced_by), tuple(commands), file.is_new,
    )  # fmt: skip


def _unaddressed(head: Letterhead, providers: Sequence[News]) -> tuple[list[UnaddressedShown], int]:
    """What the first of these providers would be told, a line for each file, and how many providers are left out."""
    rows: list[UnaddressedShown] = []
    for place, news in enumerate(providers):
        if len(rows) >= SHOWN_UNADDRESSED:
            return rows, len(providers) - place
        name = named(news.siret, news.name)
        for file in shown_files(head.rules, news, SHOWN_UNADDRESSED - len(rows))[0]:
            groups = [group for section in file.sections for group in section.groups]
            said = [file.why, *file.next]
            if not any(said) and groups:
                said = [groups[0].wrong, groups[0].todo]
            rows.append(UnaddressedShown(name, file.name, file.label, " ".join(filter(None, said))))
        if beside := changes(replace(news, files=news.released, findings=[])):
            rows.append(UnaddressedShown(name, "–", listed(beside, 4), ""))
    return rows, 0


def _come_again(told: Sequence[News]) -> list[str]:
    """Files in which somebody seems to be who was erased, with the lines: `suivi.csv, lignes 2 et 7`."""
    lines: dict[tuple[int, str], list[int]] = {}
    for finding in (finding for news in told for finding in news.findings if finding.rule == COMES_AGAIN and finding.is_new):
        lines.setdefault((finding.submission_id, finding.file_name), []).append(finding.line or 0)
    return [f"{isolated(one_line(name, 150))}, {lines_text(at, SHOWN_LINES)}" for (_, name), at in sorted(lines.items())]


def _lost(mail: Queued) -> str:
    code = f" ({mail.reply_code})" if mail.reply_code else ""
    return f"{isolated(one_line(mail.subject, 150))}{code}"
