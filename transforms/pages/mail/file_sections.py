"""Files as mails show them: verdict, what to do, each rule once with its lines; those without anything to say by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from expectations.contract import Check, Severity
from expectations.findings import Finding
from transforms.pages.mail.wording import inert, listed
from transforms.pages.receipt.page import Section, Told, sections, shown
from transforms.pages.templating import day
from warehouse.notifications.updates import FileNews, FindingNews, News

#: the most rules and names that are shown; the attached CSV has the rest
SHOWN_RULES, SHOWN_NAMES = 12, 8


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


def shown_files(rules: Mapping[str, Check], news: News, most: int) -> tuple[list[FileShown], int]:
    """The first files of which there is something to say, and how many are left out; those set aside are told apart."""
    of_file: dict[int, list[FindingNews]] = {}
    for finding in news.findings:
        of_file.setdefault(finding.submission_id, []).append(finding)
    telling = [file for file in news.files if not _is_calm(file, of_file) and file.decision != "held"]
    return [_file(rules, file, of_file.get(file.submission_id, [])) for file in telling[:most]], len(telling[most:])


def shown_calm(news: News, decision: str) -> str:
    """The names of the files of that decision of which there is nothing to say."""
    telling = {finding.submission_id: True for finding in news.findings}
    names = [inert(file.file_name, 60) for file in news.files if file.decision == decision and _is_calm(file, telling)]
    return listed(names, SHOWN_NAMES)


def _is_calm(file: FileNews, of_file: Mapping[int, object]) -> bool:
    return file.decision in ("accepted", "duplicate") and file.submission_id not in of_file


def _file(rules: Mapping[str, Check], file: FileNews, found: Sequence[FindingNews]) -> FileShown:
    told = Told(
        name=inert(file.file_name), sha256="", kind=file.kind, provider_siret=None, decision=file.decision,
        records=file.records, accepted=file.accepted, quarantined=file.quarantined, blank_lines=0,
        findings=_findings(found), received_at=file.received_at,
    )  # fmt: skip
    said = shown(told, rules)["verdict"]
    parts = sections(replace(told, findings=_findings([f for f in found if f.is_new])), rules)
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
