"""Files as mails show them: verdict, what to do, each rule once with its lines; files of which nothing is to be said by name."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace

from expectations.contract import Check, Severity
from expectations.findings import Findings
from transforms.pages.mail.wording import first_names, safe_file_name
from transforms.pages.receipt.page import FileReceipt, Section, sections, verdict_of
from transforms.pages.templating import day
from warehouse.notifications.updates import FileUpdate, FindingUpdate, SenderUpdates

#: the most rules and names that are shown; the attached CSV has the rest
SHOWN_RULES, SHOWN_NAMES = 12, 8


@dataclass(frozen=True)
class FileSummary:
    """A file as a mail shows it. `rules_left_out` is how many of its rules are in the attached CSV only."""

    name: str
    label: str
    tone: str
    sentence: str
    why: str | None
    next: tuple[str, ...]
    sections: tuple[Section, ...]
    rules_left_out: int
    kind: str | None


def file_summaries(rules: Mapping[str, Check], updates: SenderUpdates, most: int) -> tuple[list[FileSummary], int]:
    """The first files of which there is something to say, at `most` so many, and how many are left out.

    Files that were set aside are not among them: mails speak of these in a part of their own.
    """
    found: dict[int, list[FindingUpdate]] = {}
    for finding in updates.findings:
        found.setdefault(finding.submission_id, []).append(finding)
    files = [file for file in updates.files if not _needs_no_remark(file, found) and file.decision != "held"]
    return [_summary(rules, file, found.get(file.submission_id, [])) for file in files[:most]], len(files[most:])


def names_without_remarks(updates: SenderUpdates, decision: str) -> str:
    """The names of the files of that decision of which there is nothing to say."""
    with_findings = {finding.submission_id for finding in updates.findings}
    files = [file for file in updates.files if file.decision == decision and _needs_no_remark(file, with_findings)]
    return first_names([safe_file_name(file.file_name, 60) for file in files], SHOWN_NAMES)


def _needs_no_remark(file: FileUpdate, with_findings: Container[int]) -> bool:
    return file.decision in ("accepted", "duplicate") and file.submission_id not in with_findings


def _summary(rules: Mapping[str, Check], file: FileUpdate, found: Sequence[FindingUpdate]) -> FileSummary:
    receipt = FileReceipt(
        name=safe_file_name(file.file_name), sha256="", kind=file.kind, provider_siret=None, decision=file.decision,
        records=file.records, accepted=file.accepted, quarantined=file.quarantined, blank_lines=0,
        findings=_findings(found), received_at=file.received_at, made_good=file.made_good,
    )  # fmt: skip
    verdict = verdict_of(receipt, rules)
    parts = sections(replace(receipt, findings=_findings([f for f in found if f.is_new])), rules, is_abridged=True)
    label, tone, sentence, why, steps = verdict.label, verdict.tone, verdict.sentence, verdict.why, verdict.next
    if not file.is_new:
        label, tone, why, steps = "À vérifier", "wait", None, ()
        sentence = f"Reçu le {day(file.received_at)} et comparé depuis à vos autres retours : voici ce qui est apparu."
    kept, left = _cut(parts)
    return FileSummary(receipt.name, label, tone, sentence, why, steps, kept, left, file.kind)


def _findings(found: Sequence[FindingUpdate]) -> Findings:
    lines: dict[tuple[str | None, str, str, str], list[int]] = {}
    for one in found:
        lines.setdefault((one.column, one.rule, one.severity, one.message), []).append(one.line or 0)
    said = [(column, rule, Severity(severity), message) for column, rule, severity, message in lines]
    return Findings.of_sayings(said, list(lines.values()))


def _cut(parts: Sequence[Section]) -> tuple[tuple[Section, ...], int]:
    """The sections with the first rules of each, and how many rules were left out."""
    kept = tuple(replace(part, groups=part.groups[:SHOWN_RULES]) for part in parts)
    return kept, sum(len(part.groups[SHOWN_RULES:]) for part in parts)
