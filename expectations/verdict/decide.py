"""Decides about files: what is accepted, what is quarantined, what is refused, and says why."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from expectations.contract import Severity
from expectations.contract.french import counted
from expectations.findings import Finding, Findings
from expectations.rule_registry import all_rules, sentence
from expectations.verdict.checked_file import CheckedFile
from expectations.verdict.erased_again import note_returned_keys
from expectations.verdict.holding import reason_held
from expectations.verdict.rows import RowVerdicts
from expectations.verdict.sent_again import SentAgain
from transforms.parse.cells_in_error import CellsInError
from transforms.read.match_columns import MatchedHeader, Refusal, shown_title
from transforms.redaction.erase_records import RecordOutcome, without_erased
from warehouse.erasure.erased_persons import ErasedPersons
from warehouse.erasure.record_outcomes import MOST_FINDINGS_OF_REFUSED
from warehouse.intake.ledger_events import ReasonHeld
from warehouse.intake.senders import Senders
from warehouse.intake.sent_before import SentBefore
from warehouse.store.submission import DecidedFile

_SHOWN_TITLES = 5


@dataclass(frozen=True)
class FileVerdict(DecidedFile):
    """What became of one file: what the store takes of it, and what else is said and kept.

    `reasons` are the sentences of the file as a whole. `outcomes` are those of records about persons who were erased, by line;
    `resembling` are the lines of records that resemble such a person, each with the last file of before the erasure. `in_error`
    are the cells of its rows in error: None where it is refused, where somebody erased may be among them, and where rows do not
    have them all. `crash` is type and place of an exception, where one kept the file from being judged.
    """

    findings: Findings = field(default_factory=lambda: Findings.of(()))
    outcomes: Mapping[int, RecordOutcome] = field(default_factory=dict, repr=False)
    resembling: Mapping[int, int] | None = field(default=None, repr=False)
    archive_bytes: bytes = field(default=b"", repr=False)
    in_error: CellsInError | None = field(default=None, repr=False, compare=False)
    reasons: tuple[str, ...] = ()
    crash: str | None = None


def decide(
    files: Sequence[CheckedFile],
    *,
    known_sirets: Collection[str] | None = None,
    taken: Mapping[str, tuple[str | None, str | None]] | None = None,
    erased: ErasedPersons | None = None,
    senders: Senders | None = None,
    sent_before: Callable[[str], SentBefore] | None = None,
) -> list[FileVerdict]:
    """Decide about the files of one night, once checked, in the order in which they count.

    Args:
        files: as checked.
        known_sirets: the SIRETs that the programme knows before these files, or None to leave that unexamined.
        taken: kind and SIRET of the files already taken, by SHA-256 of the bytes received.
        erased: the persons who were erased: their records count as what they are, and nothing of them is kept.
        senders: who may speak for whom; None where that is not asked. It learns from what is taken.
        sent_before: what is known of bytes that were taken before; None where whatever comes again is a duplicate.

    Returns:
        one verdict a file, in the same order.
    """
    again = SentAgain(taken or {}, sent_before)
    note_returned_keys(files, again, senders, erased)
    judged = []
    for one in files:
        outcome = _held(one, again, senders) or _again(one, again) or _decide(one, erased)
        if erased and (one.content.may_name_erased or one.resembling or outcome.resembling):
            outcome = _cleaned(outcome, erased)
        if outcome.decision in ("accepted", "partial"):
            again.note(outcome, one.rules_of_day.received_on)
            if senders and outcome.accepted and not one.arrival.is_released:
                senders.note_spoken(one.arrival.sender, outcome.kind or "", outcome.provider_siret)
        judged.append(outcome)
    return judged if known_sirets is None else _with_unknown_provider_warnings(files, judged, set(known_sirets))


def held(name: str, sha256: str, why: ReasonHeld) -> FileVerdict:
    """A file that is kept aside as a whole: nothing of it counts."""
    finding = Finding(None, None, why.rule, all_rules()[why.rule].severity, why.message)
    findings = Findings.of([finding])
    return FileVerdict(name, sha256, why.kind, why.provider_siret, "held", findings=findings, reasons=(why.message,))


def _held(one: CheckedFile, again: SentAgain, senders: Senders | None) -> FileVerdict | None:
    why = reason_held(one, again, senders)
    if why is None:
        return None
    return replace(held(one.arrival.name, one.arrival.sha256, why), archive_bytes=one.content.archive_bytes)


def _again(one: CheckedFile, again: SentAgain) -> FileVerdict | None:
    """The file as a duplicate, where something of these very bytes counts already."""
    if one.arrival.is_released or one.arrival.sha256 not in again:
        return None
    return _duplicate(one, *again.what(one.arrival.sha256))


def sentences_of(header: MatchedHeader) -> dict[str, str]:
    """The sentences that quote titles of this header, by rule, as a night says them of the file."""
    refusal = header.refusal()
    said = [*_dropped(header, refusal), *_ignored(header)]
    if refusal:
        said.append(_about(refusal.rule, refusal.detail))
    return {finding.rule: finding.message for finding in said if "«" in finding.message}


def refused(file: FileVerdict, rule: str, detail: str | None = None) -> FileVerdict:
    """The file with nothing taken of it, for that rule of the file as a whole; `detail` completes its sentence.

    Nothing is said of erased persons then: sent again, the same bytes are judged again, and what was kept of them has changed.
    """
    finding = _about(rule, detail)
    findings = Findings.joined([Findings.of([finding]), file.findings.without("LIG-06")])
    return replace(
        file, decision="refused", accepted=0, quarantined=file.records, rows=None, quarantined_rows=None, scopes=(),
        findings=findings, reasons=(finding.message, *file.reasons), in_error=None,
    )  # fmt: skip


def _cleaned(file: FileVerdict, erased: ErasedPersons) -> FileVerdict:
    """The file with nothing of erased persons in what is kept of it."""
    outcomes = file.outcomes
    # Of a held file nothing was decided yet. If the steward lets it in, most of its records will be accepted.
    unknown = RecordOutcome.ACCEPTED if file.decision == "held" else RecordOutcome.REJECTED
    kept = without_erased(
        file.archive_bytes, erased, lambda line: outcomes.get(line, unknown), came_after_erasure=file.decision != "refused",
        resembling=file.resembling,
    )  # fmt: skip
    return replace(file, archive_bytes=kept, in_error=None)


def _with_unknown_provider_warnings(
    files: Sequence[CheckedFile], judged: Sequence[FileVerdict], known: set[str]
) -> list[FileVerdict]:
    """The files, with a warning on each that names nobody whom the programme knows, this night's actions included.

    What actions that are held say is not known.
    """
    for file, one in zip(judged, files, strict=True):
        if file.kind == "actions" and file.decision != "held" and not one.content.refusal:
            known |= set(one.sirets)
    return [
        _warned(file, "FIC-07") if _is_of_unknown_provider(file, one, known) else file
        for file, one in zip(judged, files, strict=True)
    ]


def _is_of_unknown_provider(file: FileVerdict, one: CheckedFile, known: Collection[str]) -> bool:
    is_taken_in = file.decision not in ("held", "duplicate") and not one.content.refusal and not file.crash
    if not is_taken_in or len(one.sirets) != 1 or one.contract is None or one.contract.from_region:
        return False
    return one.sirets[0] not in known


def _warned(file: FileVerdict, rule: str) -> FileVerdict:
    """The file with one more warning on it as a whole, among the others in the order of their rules; a refusal stays first."""
    about_file = list(file.findings.about_file)
    first = about_file[:1] if file.decision == "refused" else []
    others = sorted([*about_file[len(first) :], _about(rule, None)], key=lambda finding: finding.rule)
    said = [*first, *others]
    findings = Findings.joined([Findings.of(said), file.findings.about_lines])
    return replace(file, findings=findings, reasons=tuple(finding.message for finding in said))


def _duplicate(one: CheckedFile, kind: str | None, siret: str | None) -> FileVerdict:
    finding = Finding(None, None, "FIC-13", Severity.INFO, sentence("FIC-13"))
    return FileVerdict(
        one.arrival.name, one.arrival.sha256, kind, siret, "duplicate",
        findings=Findings.of([finding]), archive_bytes=one.content.archive_bytes, reasons=(finding.message,),
    )  # fmt: skip


def _decide(one: CheckedFile, erased: ErasedPersons | None) -> FileVerdict:
    refusal, header, contract = one.content.refusal, one.content.header, one.contract
    if one.crash:
        return _refuse(one, "FIC-12", None)
    if refusal or header is None or contract is None:
        return _refuse(one, refusal.rule if refusal else "FIC-03", refusal.detail if refusal else None)
    if not contract.from_region and len(one.sirets) > 1:
        return _refuse(one, "FIC-06", None)
    return _decide_rows(one, header, RowVerdicts(contract, one, erased))


def _decide_rows(one: CheckedFile, header: MatchedHeader, verdicts: RowVerdicts) -> FileVerdict:
    contract = header.contract
    about_file = _about_file(one)
    judged = FileVerdict(
        name=one.arrival.name,
        sha256=one.arrival.sha256,
        kind=contract.kind,
        provider_siret=None if contract.from_region else next(iter(one.sirets), None),
        decision="partial" if verdicts.in_error else "accepted",
        records=one.records,
        accepted=verdicts.accepted,
        quarantined=verdicts.in_error,
        blank_lines=one.content.blank_lines,
        findings=Findings.joined([Findings.of(about_file), verdicts.findings]),
        rows=verdicts.rows,
        quarantined_rows=verdicts.quarantined,
        scopes=tuple(dict.fromkeys(verdicts.scopes)),
        outcomes=verdicts.outcomes,
        resembling=verdicts.resembling,
        archive_bytes=one.content.archive_bytes,
        in_error=None if one.content.marks else CellsInError.of_rows(header, verdicts.rejected, one.content.damaged),
        reasons=tuple(finding.message for finding in about_file),
    )
    if judged.records != judged.accepted + judged.quarantined:
        raise AssertionError("records = accepted + quarantined")
    if judged.records and judged.quarantined > one.rules_of_day.limits.refuse_above * judged.records:
        return _refused_for_its_rows(judged)
    return judged


def _refused_for_its_rows(judged: FileVerdict) -> FileVerdict:
    said = f"c'est le cas de {judged.quarantined} sur {judged.records}"
    kept = judged.findings[:MOST_FINDINGS_OF_REFUSED]
    if len(kept) == MOST_FINDINGS_OF_REFUSED:
        said += f" ; seules les {MOST_FINDINGS_OF_REFUSED} premières remarques sont détaillées"
    return refused(replace(judged, findings=kept), "FIC-08", f"({said})")


def _about_file(one: CheckedFile) -> list[Finding]:
    """The warnings and remarks on the file as a whole, but for FIC-07."""
    header = one.content.header
    said = [*_dropped(header, one.content.refusal), *_ignored(header)]
    if header is not None and header.ignored_titles:
        said.append(_about("FIC-21", header.ignored_titles))
    if not one.records:
        said.append(_about("FIC-14", None))
    return sorted(said, key=lambda finding: finding.rule)


def _ignored(header: MatchedHeader | None) -> list[Finding]:
    """The columns that the return does not have, where their values are kept in the archive all the same."""
    if header is None or not header.unknown_titles or header.contract.refuses_identifiers:
        return []
    return [_about("FIC-11", _titles("Ignorée", header.unknown_titles))]


def _dropped(header: MatchedHeader | None, refusal: Refusal | None) -> list[Finding]:
    """What was dropped: columns of identifiers, and those that may be; whoever is refused must know it too."""
    if header is None:
        return []
    found = [_about("FIC-10", _titles("Écartée", header.identifier_titles))] if header.identifier_titles else []
    is_our_own_list = refusal is not None and refusal.rule == "FIC-15"  # it has two columns of its own
    if header.unknown_titles and header.contract.refuses_identifiers and not is_our_own_list:
        found.append(_about("FIC-20", _titles("Écartée", header.unknown_titles)))
    return found


def _about(rule: str, detail: str | None) -> Finding:
    check = all_rules()[rule]
    return Finding(None, check.column, rule, check.severity, sentence(rule, detail))


def _titles(word: str, titles: Sequence[str]) -> str:
    shown = ", ".join(f"« {shown_title(title)} »" for title in titles[:_SHOWN_TITLES])
    more = len(titles) - _SHOWN_TITLES
    return f"{word}{'s' if len(titles) > 1 else ''} : {shown}" + (f" et {counted(more, 'autre', 'autres')}." if more > 0 else ".")


def _refuse(one: CheckedFile, rule: str, detail: str | None) -> FileVerdict:
    findings = (_about(rule, detail), *_dropped(one.content.header, one.content.refusal))
    siret = one.sirets[0] if one.sirets and one.contract and not one.contract.from_region else None
    return FileVerdict(
        one.arrival.name, one.arrival.sha256, one.contract.kind if one.contract else None, siret, "refused",
        records=one.records, quarantined=one.records, blank_lines=one.content.blank_lines, findings=Findings.of(findings),
        archive_bytes=one.content.archive_bytes, reasons=tuple(finding.message for finding in findings), crash=one.crash,
    )  # fmt: skip
