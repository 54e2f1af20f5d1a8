"""The mails to the data steward: the digest of a night that changed something, and that a night failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from expectations.contract import Severity
from transforms.report.eml import sane
from transforms.report.letters import Letterhead, findings_csv, named, to_steward
from transforms.report.mail_words import changes, isolated, listed, one_line
from transforms.report.pages import counted, day, number
from transforms.report.receipt import SHOWN_LINES, wrong
from transforms.report.receipt_words import lines_text
from warehouse.news import News, RuleFigures
from warehouse.outbox import Mail, Queued, Untold

#: the most that a digest shows of each; the attached CSV has the findings of all
SHOWN_RULES, SHOWN_SENDERS, SHOWN_LOST = 80, 60, 20
#: the rule of records that resemble somebody erased
COMES_AGAIN = "LIG-08"
_SEVERITIES = {Severity.ERROR: "erreur", Severity.WARNING: "alerte", Severity.INFO: "information"}
_DECISIONS = (
    ("accepted", "accepté", "acceptés"), ("partial", "accepté en partie", "acceptés en partie"),
    ("refused", "refusé", "refusés"), ("duplicate", "déjà reçu", "déjà reçus"),
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
class SenderShown:
    """A sender who is told something tonight; `how` says that it is not told itself."""

    name: str
    what: str
    how: str | None


def digest_mail(head: Letterhead, untold: Untold, as_of: date, crashed: Sequence[str] = ()) -> Mail | None:
    """What a night has changed for all; None where no steward is set.

    Args:
        head: who writes.
        untold: all that there is to tell.
        as_of: the night's reference date.
        crashed: the mails that could not be made, as the log names them.
    """
    told = [news for news in untold.news if news.is_worth_a_mail]
    files = [file for news in untold.news for file in news.files if file.is_new]
    attached, left_out = findings_csv(f"suivi-{head.at:%Y-%m-%d}-tous.csv", told)
    rules = _rules(head, untold.figures, untold.last_figures)
    totals = _totals(head, untold.figures)
    late = Counter({named(news.siret, news.name): len(news.late) for news in untold.news if news.late})
    return to_steward(
        head, "digest", f"Résumé du {day(head.at)} : {totals}",
        {
            "as_of": as_of,
            "totals": totals,
            "tone": "bad" if any(news.refused for news in told) else "wait" if untold.figures else "good",
            "files": _decided(Counter(file.decision for file in files)),
            "rules": rules[:SHOWN_RULES],
            "rules_left_out": len(rules[SHOWN_RULES:]),
            "has_trend": untold.last_figures is not None,
            "senders": [_sender(news) for news in told[:SHOWN_SENDERS]],
            "senders_left_out": len(told[SHOWN_SENDERS:]),
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
        given_up=tuple(mail.message_id for mail in untold.given_up),
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
    last = nights[-1]
    what = f"{number(len(nights))} nuits n'ont pas abouti" if len(nights) > 1 else f"La nuit du {day(last[1])} a échoué"
    if in_a_row > 1:
        what += f" ({in_a_row} de suite)"
    return to_steward(
        head, "failure", f"Suivi : {what[0].lower()}{what[1:]}",
        {
            "what": f"{what}.",
            "nights": [(name, at, "interrompue avant sa fin" if state == "running" else "échouée") for name, at, state in nights],
            "reason": reason,
        },
        nights=tuple(run_id for run_id, _, _ in nights),
    )  # fmt: skip


def _totals(head: Letterhead, figures: Sequence[RuleFigures]) -> str:
    """`38 lignes en erreur, 5 à vérifier, 12 retours en retard`."""
    lines: Counter[str] = Counter()
    for one in figures:
        of = "late" if one.rule.startswith("RET-") else str(head.rules[one.rule].severity)
        lines[of] += one.lines
    said = (
        (lines["error"], "erreur", "erreurs"), (lines["warning"], "alerte", "alertes"),
        (lines["late"], "retour en retard", "retours en retard"),
    )  # fmt: skip
    return ", ".join(counted(count, one, many) for count, one, many in said if count) or "plus rien d'ouvert"


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


def _sender(news: News) -> SenderShown:
    how = None if news.siret is None or sane(news.address) else "à vous, faute d'adresse"
    return SenderShown(named(news.siret, news.name), listed(changes(news), 4), how)


def _come_again(told: Sequence[News]) -> list[str]:
    """Files in which somebody seems to be who was erased, with the lines: `suivi.csv, lignes 2 et 7`."""
    lines: dict[tuple[int, str], list[int]] = {}
    for finding in (finding for news in told for finding in news.findings if finding.rule == COMES_AGAIN and finding.is_new):
        lines.setdefault((finding.submission_id, finding.file_name), []).append(finding.line or 0)
    return [f"{isolated(one_line(name, 150))}, {lines_text(at, SHOWN_LINES)}" for (_, name), at in sorted(lines.items())]


def _lost(mail: Queued) -> str:
    code = f" ({mail.reply_code})" if mail.reply_code else ""
    return f"{isolated(one_line(mail.subject, 150))}{code}"
