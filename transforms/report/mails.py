"""The mails to a provider: what a night has changed for it, and what is awaited of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from expectations.contract import Severity
from expectations.findings import Finding
from transforms.report.letters import Letterhead, addressee, findings_csv, letter, named
from transforms.report.mail_words import Awaited, awaited, changes, isolated, listed, one_line, tone
from transforms.report.pages import counted, day
from transforms.report.receipt import Section, Told, sections, shown, wrong
from warehouse.news import FileNews, FindingNews, News
from warehouse.outbox import Mail

#: the conversation about the Region's files, and about those whose sender is not known
REGION_THREAD = "region"
#: the most that a mail shows of each; the attached CSV has the rest
SHOWN_FILES, SHOWN_RULES, SHOWN_AWAITED, SHOWN_NAMES = 20, 12, 40, 8
_SHOWN_CHANGES = 3


@dataclass(frozen=True)
class FileShown:
    """A file as a mail tells of it. `rules_left_out` are those of its rules that are only in the attached CSV."""

    name: str
    label: str
    tone: str
    sentence: str
    why: str | None
    next: tuple[str, ...]
    sections: tuple[Section, ...]
    rules_left_out: int
    kind: str | None


def night_mail(head: Letterhead, news: News) -> Mail | None:
    """What a night has changed for a sender; None where there is nobody to tell.

    Args:
        head: who writes.
        news: of a sender for whom something has changed.
    """
    to = addressee(head, news.siret, news.name, news.address)
    if to is None:
        return None
    of_file: dict[int, list[FindingNews]] = {}
    for finding in news.findings:
        of_file.setdefault(finding.submission_id, []).append(finding)
    calm = [file for file in news.files if file.decision in ("accepted", "duplicate") and file.submission_id not in of_file]
    telling = [file for file in news.files if file not in calm]
    attached, left_out = findings_csv(f"suivi-{head.at:%Y-%m-%d}.csv", [news])
    name = one_line(news.name) if news.name else named(news.siret, None)
    what = changes(news)
    return letter(
        head, "night", news.siret or REGION_THREAD, to.to, f"{isolated(name)} : {', '.join(what[:_SHOWN_CHANGES])}",
        {
            "note": to.note,
            "name": name,
            "siret": news.siret,
            "summary": f"{listed(what, len(what))}.",
            "tone": tone(news),
            "files": [_file(head, file, of_file.get(file.submission_id, [])) for file in telling[:SHOWN_FILES]],
            "files_left_out": len(telling[SHOWN_FILES:]),
            "accepted": _names(calm, "accepted"),
            "duplicates": _names(calm, "duplicate"),
            "repeated": _repeated(head, news),
            **_awaited(news),
            "settled": [
                (wrong(head.rules[one.rule]), one.kind, counted(one.rows, "signalement", "signalements"))
                for one in news.settled
            ],
            "open_findings": news.open_findings,
            "kinds": sorted({file.kind for file in telling if file.kind}),
            "rows_left_out": left_out,
        },
        attached,
        asks_for_returns=bool(news.late),
        tells=(news.siret,),
    )  # fmt: skip


def reminder_mail(
    head: Letterhead, siret: str, contact: tuple[str, str] | None, late: Sequence[Awaited], soon: Sequence[Awaited], as_of: date
) -> Mail | None:
    """What is awaited of a provider; None where there is nobody to tell.

    Args:
        head: who writes.
        siret: the provider.
        contact: its name and address, if it has an action in force.
        late: the returns that are overdue, the longest first.
        soon: those that are due soon, the most urgent first.
        as_of: the day.
    """
    name, address = contact or (None, None)
    to = addressee(head, siret, name, address)
    if to is None:
        return None
    what = [counted(len(late), "retour en retard", "retours en retard")] if late else []
    if soon:
        what.append(f"{counted(len(soon), 'retour attendu', 'retours attendus')} d'ici au {day(max(one.due_on for one in soon))}")
    called = one_line(name) if name else named(siret, None)
    return letter(
        head, "reminder", siret, to.to, f"{isolated(called)} : {', '.join(what)}",
        {
            "note": to.note,
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


def _file(head: Letterhead, file: FileNews, found: Sequence[FindingNews]) -> FileShown:
    told = Told(
        name=one_line(file.file_name, 120), sha256="", kind=file.kind, provider_siret=None, decision=file.decision,
        records=file.records, accepted=file.accepted, quarantined=file.quarantined, blank_lines=0,
        findings=_findings(found), received_at=file.received_at,
    )  # fmt: skip
    said = shown(told, head.rules)["verdict"]
    parts = sections(replace(told, findings=_findings([f for f in found if f.is_new])), head.rules)
    label, tone_, sentence, why, steps = said.label, said.tone, said.sentence, said.why, said.next
    if not file.is_new:
        label, tone_, why, steps = "À vérifier", "wait", None, ()
        sentence = f"Reçu le {day(file.received_at)} et comparé depuis à vos autres retours : voici ce qui est apparu."
    elif file.decision in ("partial", "refused") and not any(f.severity == Severity.ERROR for f in found):
        label, tone_, why, steps = f"{said.label}, corrigé depuis", "good", None, ()
        sentence = f"{said.sentence} Un envoi plus récent l'a corrigé : rien à faire."
    kept, left = _cut(parts)
    return FileShown(told.name, label, tone_, sentence, why, steps, kept, left, file.kind)


def _findings(found: Sequence[FindingNews]) -> tuple[Finding, ...]:
    return tuple(Finding(f.line, f.column, f.rule, Severity(f.severity), f.message) for f in found)


def _cut(parts: Sequence[Section]) -> tuple[tuple[Section, ...], int]:
    """The sections with the first rules of each, and how many rules were left out."""
    kept = tuple(replace(part, groups=part.groups[:SHOWN_RULES]) for part in parts)
    return kept, sum(len(part.groups[SHOWN_RULES:]) for part in parts)


def _names(files: Sequence[FileNews], decision: str) -> str:
    return listed([isolated(one_line(file.file_name, 60)) for file in files if file.decision == decision], SHOWN_NAMES)


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
