"""Decides about files: what is accepted, what is quarantined, what is refused, and says why."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from expectations.contract import Return, Severity
from expectations.findings import Finding
from expectations.messages import all_rules, sentence
from expectations.programme import Programme
from expectations.verdict.erased_again import note_who_came_again
from expectations.verdict.file_alone import Examined, Incoming, Limits, Read, examine_alone
from expectations.verdict.holding import why_held
from expectations.verdict.rows import RowVerdicts
from expectations.verdict.sent_again import SentAgain
from transforms.parse.rows import ParsedFile, outline
from transforms.parse.values import Places
from transforms.read.match_columns import Header, shown_title
from transforms.redaction.erase_records import Outcome, without
from warehouse.erasure.erased_persons import Erased
from warehouse.erasure.record_outcomes import MOST_FINDINGS_OF_REFUSED
from warehouse.intake.ledger_events import HeldAs
from warehouse.intake.senders import Senders
from warehouse.intake.sent_before import SentBefore
from warehouse.store.submission import AcceptedRow, QuarantinedRow

_SHOWN_TITLES = 5


@dataclass(frozen=True)
class Judged:
    """What became of one file. records = accepted + quarantined always holds.

    `rows` are what the store takes (identical rows once); `reasons` are the sentences of the file as a whole. Of records about
    persons who were erased there is neither row nor key: `scopes` are those that such records, accepted, name all the same.
    `alike` are the lines of records that resemble such a person, each with the last file of before the erasure.
    """

    name: str
    sha256: str
    kind: str | None
    provider_siret: str | None
    decision: str
    records: int = 0
    accepted: int = 0
    quarantined: int = 0
    blank_lines: int = 0
    findings: tuple[Finding, ...] = ()
    rows: tuple[AcceptedRow, ...] = ()
    quarantined_rows: tuple[QuarantinedRow, ...] = ()
    scopes: tuple[tuple[Any, ...], ...] = ()
    outcomes: Mapping[int, Outcome] = field(default_factory=dict, repr=False)
    alike: Mapping[int, int] | None = field(default=None, repr=False)
    archive_bytes: bytes = field(default=b"", repr=False)
    reasons: tuple[str, ...] = ()
    crash: str | None = None


def judge(
    files: Sequence[tuple[str, bytes]],
    received_on: date,
    programme: Programme,
    places: Places,
    *,
    limits: Limits | None = None,
    known_sirets: Collection[str] | None = None,
    taken: Mapping[str, tuple[str | None, str | None]] | None = None,
    hashes: Sequence[str] | None = None,
    erased: Erased | None = None,
) -> list[Judged]:
    """Judge the files of a night, in the order in which they count.

    Args:
        files: name and bytes of each file.
        received_on: the day they were received (Europe/Paris).
        programme: the programme's rules.
        places: the communes that exist.
        limits: when a file is refused as a whole.
        known_sirets: the SIRETs that the programme knows before these files, or None to leave that unexamined.
        taken: kind and SIRET of the files already taken, by SHA-256 of the bytes received.
        hashes: the SHA-256 of the bytes received, where `files` holds what was kept of them; of `files` itself if None.
        erased: the persons who were erased: their records count as what they are, and nothing of them is kept.

    Returns:
        one Judged a file, in the same order. A file that makes anything crash is refused with FIC-12.
    """
    hashes = hashes or [hashlib.sha256(data).hexdigest() for _, data in files]
    incoming = [
        Incoming(name, data, sha256, received_on, programme, limits or Limits())
        for (name, data), sha256 in zip(files, hashes, strict=True)
    ]
    return decide(examine_alone(incoming, places, erased), known_sirets=known_sirets, taken=taken, erased=erased)


def decide(
    files: Sequence[Examined],
    *,
    known_sirets: Collection[str] | None = None,
    taken: Mapping[str, tuple[str | None, str | None]] | None = None,
    erased: Erased | None = None,
    senders: Senders | None = None,
    sent_before: Callable[[str], SentBefore] | None = None,
) -> list[Judged]:
    """Decide about the files of one night, once examined. For the other arguments and the result see judge.

    Args:
        senders: who may speak for whom; None where that is not asked. It learns from what is taken.
        sent_before: what is known of bytes that were taken before; None where whatever comes again is a duplicate.
    """
    again = SentAgain(taken or {}, sent_before)
    note_who_came_again(files, again, senders, erased)
    judged = []
    for one in files:
        outcome = _cleaned(_held(one, again, senders) or _again(one, again) or _decide(one, erased), erased)
        if outcome.decision in ("accepted", "partial"):
            again.note(outcome, one.file.received_on)
            if senders and outcome.accepted and not one.file.is_released:
                senders.learn(one.file.sender, outcome.kind or "", outcome.provider_siret)
        judged.append(outcome)
    return judged if known_sirets is None else _with_strangers(files, judged, set(known_sirets))


def held(name: str, sha256: str, why: HeldAs) -> Judged:
    """A file that is kept aside as a whole: nothing of it counts."""
    finding = Finding(None, None, why.rule, all_rules()[why.rule].severity, why.message)
    return Judged(name, sha256, why.kind, why.provider_siret, "held", findings=(finding,), reasons=(why.message,))


def _held(one: Examined, again: SentAgain, senders: Senders | None) -> Judged | None:
    why = why_held(one, again, senders)
    if why is None:
        return None
    return replace(held(one.read.name, one.read.sha256, why), archive_bytes=one.read.parsed.archive_bytes)


def _again(one: Examined, again: SentAgain) -> Judged | None:
    """The file as a duplicate, where something of these very bytes counts already."""
    if one.file.is_released or one.read.sha256 not in again:
        return None
    return _duplicate(one.read, *again.what(one.read.sha256))


def sentences_of(header: Header) -> dict[str, str]:
    """The sentences that quote titles of this header, by rule, as a night says them of the file."""
    parsed = outline(header)
    said = _about_file(parsed)
    if parsed.refusal:
        said.append(_about(parsed.refusal, parsed.detail))
    return {finding.rule: finding.message for finding in said if "«" in finding.message}


def refused(file: Judged, rule: str, detail: str | None = None) -> Judged:
    """The file with nothing taken of it, for that rule of the file as a whole; `detail` completes its sentence.

    Nothing is said of erased persons then: sent again, the same bytes are judged again, and what was kept of them has changed.
    """
    finding = _about(rule, detail)
    said = [other for other in file.findings if other.rule != "LIG-06"]
    return replace(
        file, decision="refused", accepted=0, quarantined=file.records, rows=(), quarantined_rows=(), scopes=(),
        findings=(finding, *said), reasons=(finding.message, *file.reasons),
    )  # fmt: skip


def _cleaned(file: Judged, erased: Erased | None) -> Judged:
    """The file with nothing of erased persons in what is kept of it."""
    if not erased:
        return file
    outcomes = file.outcomes
    # a held file has no outcomes yet: those that it will have, if it is let in, are rather good
    unknown = Outcome.ACCEPTED if file.decision == "held" else Outcome.REJECTED
    kept = without(
        file.archive_bytes, erased, lambda line: outcomes.get(line, unknown), at_door=file.decision != "refused",
        alike=file.alike,
    )  # fmt: skip
    return replace(file, archive_bytes=kept)


def _with_strangers(files: Sequence[Examined], judged: Sequence[Judged], known: set[str]) -> list[Judged]:
    """The files, with a warning on each that names nobody whom the programme knows, this night's actions included.

    What actions that are held say is not known.
    """
    parsed = [one.read.parsed for one in files]
    for file, content in zip(judged, parsed, strict=True):
        if file.kind == "actions" and file.decision != "held" and not content.refusal:
            known |= set(content.sirets)
    return [
        _warned(file, "FIC-07") if _is_stranger(file, content, known) else file
        for file, content in zip(judged, parsed, strict=True)
    ]


def _is_stranger(file: Judged, parsed: ParsedFile, known: Collection[str]) -> bool:
    is_taken_in = file.decision not in ("held", "duplicate") and parsed.contract and not parsed.refusal and not file.crash
    if not is_taken_in or len(parsed.sirets) != 1 or parsed.contract is None or parsed.contract.from_region:
        return False
    return parsed.sirets[0] not in known


def _warned(file: Judged, rule: str) -> Judged:
    """The file with one more warning on it as a whole, among the others in the order of their rules; a refusal stays first."""
    about_file = [finding for finding in file.findings if finding.line is None]
    first = about_file[:1] if file.decision == "refused" else []
    others = sorted([*about_file[len(first) :], _about(rule, None)], key=lambda finding: finding.rule)
    of_lines = [finding for finding in file.findings if finding.line is not None]
    said = [*first, *others]
    return replace(file, findings=(*said, *of_lines), reasons=tuple(finding.message for finding in said))


def _duplicate(file: Read, kind: str | None, siret: str | None) -> Judged:
    finding = Finding(None, None, "FIC-13", Severity.INFO, sentence("FIC-13"))
    return Judged(
        file.name, file.sha256, kind, siret, "duplicate",
        findings=(finding,), archive_bytes=file.parsed.archive_bytes, reasons=(finding.message,),
    )  # fmt: skip


def _decide(one: Examined, erased: Erased | None) -> Judged:
    file, broken = one.read, one.broken
    parsed, contract = file.parsed, file.parsed.contract
    if isinstance(broken, str):
        return _refuse(file, "FIC-12", None, crash=broken)
    if parsed.refusal or contract is None:
        return _refuse(file, parsed.refusal or "FIC-03", parsed.detail, crash=file.crash)
    if not contract.from_region and len(parsed.sirets) > 1:
        return _refuse(file, "FIC-06", None)
    return _decide_rows(file, contract, RowVerdicts(contract, file, broken, erased, one.file.limits), one.file.limits)


def _decide_rows(file: Read, contract: Return, verdicts: RowVerdicts, limits: Limits) -> Judged:
    parsed = file.parsed
    about_file = _about_file(parsed)
    siret = None if contract.from_region else next(iter(parsed.sirets), None)
    judged = Judged(
        name=file.name,
        sha256=file.sha256,
        kind=contract.kind,
        provider_siret=siret,
        decision="partial" if verdicts.in_error else "accepted",
        records=parsed.records,
        accepted=verdicts.accepted,
        quarantined=verdicts.in_error,
        blank_lines=parsed.blank_lines,
        findings=(*about_file, *verdicts.findings),
        rows=tuple(verdicts.rows),
        quarantined_rows=tuple(verdicts.quarantined),
        scopes=tuple(dict.fromkeys(verdicts.scopes)),
        outcomes=verdicts.outcomes,
        alike=verdicts.alike,
        archive_bytes=parsed.archive_bytes,
        reasons=tuple(finding.message for finding in about_file),
    )
    if judged.records != judged.accepted + judged.quarantined:
        raise AssertionError("records = accepted + quarantined")
    if parsed.records and judged.quarantined > limits.refuse_above * parsed.records:
        return _refused_for_its_rows(judged)
    return judged


def _refused_for_its_rows(judged: Judged) -> Judged:
    said = f"c'est le cas de {judged.quarantined} sur {judged.records}"
    kept = judged.findings[:MOST_FINDINGS_OF_REFUSED]
    if len(kept) == MOST_FINDINGS_OF_REFUSED:
        said += f" ; seules les {MOST_FINDINGS_OF_REFUSED} premières remarques sont détaillées"
    return refused(replace(judged, findings=kept), "FIC-08", f"({said})")


def _about_file(parsed: ParsedFile) -> list[Finding]:
    """The warnings and remarks on the file as a whole, but for FIC-07."""
    said: list[tuple[str, str | None]] = []
    if parsed.unknown_titles and not (parsed.contract and parsed.contract.refuses_identifiers):
        said.append(("FIC-11", _titles("Ignorées", parsed.unknown_titles)))
    if not parsed.records:
        said.append(("FIC-14", None))
    return sorted(
        [*_dropped(parsed), *(_about(rule, detail) for rule, detail in said)], key=lambda finding: finding.rule
    )


def _dropped(parsed: ParsedFile) -> list[Finding]:
    """What was dropped: columns of identifiers, and those that may be; whoever is refused must know it too."""
    found = [_about("FIC-10", _titles("Écartées", parsed.identifier_titles))] if parsed.identifier_titles else []
    is_about_people = parsed.contract is not None and parsed.contract.refuses_identifiers
    if parsed.unknown_titles and is_about_people and parsed.refusal != "FIC-15":  # our own list has two columns of its own
        found.append(_about("FIC-20", _titles("Écartées", parsed.unknown_titles)))
    return found


def _about(rule: str, detail: str | None) -> Finding:
    check = all_rules()[rule]
    return Finding(None, check.column, rule, check.severity, sentence(rule, detail))


def _titles(word: str, titles: Sequence[str]) -> str:
    shown = ", ".join(f"« {shown_title(title)} »" for title in titles[:_SHOWN_TITLES])
    more = len(titles) - _SHOWN_TITLES
    return f"{word} : {shown}" + (f" et {more} autres." if more > 0 else ".")


def _refuse(file: Read, rule: str, detail: str | None, *, crash: str | None = None) -> Judged:
    parsed = file.parsed
    findings = (_about(rule, detail), *_dropped(parsed))
    siret = parsed.sirets[0] if parsed.sirets and parsed.contract and not parsed.contract.from_region else None
    return Judged(
        file.name, file.sha256, parsed.contract.kind if parsed.contract else None, siret, "refused",
        records=parsed.records, quarantined=parsed.records, blank_lines=parsed.blank_lines, findings=findings,
        archive_bytes=parsed.archive_bytes, reasons=tuple(finding.message for finding in findings), crash=crash,
    )  # fmt: skip
