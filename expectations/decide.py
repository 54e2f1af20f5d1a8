"""Decides about files: what is accepted, what is quarantined, what is refused, and says why."""

from __future__ import annotations

import hashlib
import traceback
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from expectations.contract import Return, Severity
from expectations.contract.returns import RETURNS
from expectations.contract.returns.duplicates import DIFFERING, IDENTICAL
from expectations.findings import Finding
from expectations.messages import all_rules, column_rule, sentence
from expectations.programme import Programme
from transforms.headers import shown_title
from transforms.intake import ParsedFile, TypedRow, take_in
from transforms.parse import Places
from transforms.redact import redacted_unreadable
from warehouse.submission import AcceptedRow, QuarantinedRow

_SHOWN_TITLES = 5


@dataclass(frozen=True)
class Limits:
    """When a file as a whole is refused: the share of rows in error above which, and its size in megabytes."""

    refuse_above: float = 0.5
    max_file_mb: float = 50.0


@dataclass(frozen=True)
class Judged:
    """What became of one file. records = accepted + quarantined always holds.

    `rows` are what the store takes (identical rows once); `reasons` are the sentences of the file as a whole.
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

    Returns:
        one Judged a file, in the same order. A file that makes anything crash is refused with FIC-12.
    """
    limits = limits or Limits()
    read = [_read(name, data, programme, places, limits) for name, data in files]
    breaches = _breaches([r.parsed for r in read], received_on, programme)
    known = None if known_sirets is None else {*known_sirets, *_sirets_of_actions(read)}
    taken_now = dict(taken or {})
    judged = []
    for number, file in enumerate(read):
        if file.sha256 in taken_now:
            kind, siret = taken_now[file.sha256]
            judged.append(_duplicate(file, kind, siret))
            continue
        outcome = _decide(file, breaches[number], known, limits)
        if outcome.decision in ("accepted", "partial"):
            taken_now[file.sha256] = (outcome.kind, outcome.provider_siret)
        judged.append(outcome)
    return judged


def refused(file: Judged, rule: str, detail: str | None = None) -> Judged:
    """The file with nothing taken of it, for that rule of the file as a whole; `detail` completes its sentence."""
    finding = _about(rule, detail)
    return replace(
        file, decision="refused", accepted=0, quarantined=file.records, rows=(), quarantined_rows=(),
        findings=(finding, *file.findings), reasons=(finding.message, *file.reasons),
    )  # fmt: skip


@dataclass(frozen=True)
class _Read:
    name: str
    sha256: str
    parsed: ParsedFile
    crash: str | None = None


def _where(error: BaseException) -> str:
    """Type and place of an exception, without its text: that may hold a value of the file."""
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    return type(error).__name__ + (f" at {Path(last.filename).name}:{last.lineno}" if last else "")


def _read(name: str, data: bytes, programme: Programme, places: Places, limits: Limits) -> _Read:
    sha256 = hashlib.sha256(data).hexdigest()
    if len(data) > limits.max_file_mb * 1_000_000:
        return _Read(name, sha256, ParsedFile(b"", refusal="FIC-09"))
    try:
        return _Read(name, sha256, take_in(data, places, programme.calls()))
    except Exception as error:  # one hostile file must not stop the night
        return _Read(name, sha256, ParsedFile(redacted_unreadable(data), refusal="FIC-12"), _where(error))


def _sirets_of_actions(read: Iterable[_Read]) -> set[str]:
    return {
        siret
        for file in read
        if file.parsed.contract and file.parsed.contract.kind == "actions" and not file.parsed.refusal
        for siret in file.parsed.sirets
    }


Broken = dict[int, list[str]]  # row number -> ids of the rules that Great Expectations found broken


def _breaches(files: Sequence[ParsedFile], received_on: date, programme: Programme) -> list[Broken | str]:
    """For each file the rules broken by row, or what crashed. One batch a kind; after a crash, one a file."""
    from expectations.validate import validate  # imports Great Expectations, which costs seconds

    answers: list[Broken | str] = [{} for _ in files]
    by_kind: dict[str, list[int]] = defaultdict(list)
    for number, file in enumerate(files):
        if file.contract and not file.refusal and file.rows:
            by_kind[file.contract.kind].append(number)
    for kind, numbers in by_kind.items():
        batches = [numbers]
        while batches:
            batch = batches.pop()
            try:
                found = validate(RETURNS[kind], [files[n].rows for n in batch], received_on, programme)
            except Exception as error:
                if len(batch) == 1:
                    answers[batch[0]] = _where(error)
                else:
                    batches.extend([n] for n in batch)
                continue
            for number in batch:
                answers[number] = defaultdict(list)
            for breach in found:
                broken = answers[batch[breach.file]]
                if isinstance(broken, dict):
                    broken[breach.row].append(breach.rule)
    return answers


def _duplicate(file: _Read, kind: str | None, siret: str | None) -> Judged:
    finding = Finding(None, None, "FIC-13", Severity.INFO, sentence("FIC-13"))
    return Judged(
        file.name, file.sha256, kind, siret, "duplicate",
        findings=(finding,), archive_bytes=file.parsed.archive_bytes, reasons=(finding.message,),
    )  # fmt: skip


def _decide(file: _Read, broken: Broken | str, known: Collection[str] | None, limits: Limits) -> Judged:
    parsed, contract = file.parsed, file.parsed.contract
    if isinstance(broken, str):
        return _refuse(file, "FIC-12", None, crash=broken)
    if parsed.refusal or contract is None:
        return _refuse(file, parsed.refusal or "FIC-03", parsed.detail, crash=file.crash)
    if not contract.from_region and len(parsed.sirets) > 1:
        return _refuse(file, "FIC-06", None)
    return _decide_rows(file, contract, _RowVerdicts(contract, parsed, broken), known, limits)


class _RowVerdicts:
    """Row by row: what was found, whether it is in error, and which identical rows count once."""

    def __init__(self, contract: Return, parsed: ParsedFile, broken: Broken) -> None:
        self.findings: list[Finding] = []
        self.rows: list[AcceptedRow] = []
        self.quarantined: list[QuarantinedRow] = [QuarantinedRow(d.line, None) for d in parsed.damaged]
        self.accepted = 0
        repeated = f"{contract.prefix}-{DIFFERING}"
        same_key: dict[tuple[Any, ...], list[TypedRow]] = defaultdict(list)
        for number, row in enumerate(parsed.rows):
            if repeated in broken.get(number, ()):
                same_key[_key(contract, row)].append(row)
        identical = {key for key, rows in same_key.items() if all(_same(rows[0], other) for other in rows)}
        seen: set[tuple[Any, ...]] = set()
        for damaged in parsed.damaged:
            self._find(damaged.line, damaged.rule)
        for number, row in enumerate(parsed.rows):
            rules = list(broken.get(number, ()))
            key = _key(contract, row)
            if repeated in rules and key in identical:
                rules[rules.index(repeated)] = f"{contract.prefix}-{IDENTICAL}"
            hints = {column_rule(contract, contract.column(p.column), p.problem): p.suggestion for p in row.problems}
            for rule in rules:
                self._find(row.line, rule, hints.get(rule))
            if row.mis_decoded:
                self._find(row.line, "LIG-05")
            if any(all_rules()[rule].severity is Severity.ERROR for rule in rules):
                unread = {p.column for p in row.problems if p.problem != "A"}
                readable = None not in key and unread.isdisjoint(contract.key)
                self.quarantined.append(QuarantinedRow(row.line, key if readable else None))
                continue
            self.accepted += 1
            if key not in seen:
                self.rows.append(AcceptedRow(row.line, row.values))
                seen.add(key)
        self.findings.sort(key=lambda finding: finding.line or 0)

    def _find(self, line: int, rule: str, hint: str | None = None) -> None:
        check = all_rules()[rule]
        detail = f"({hint})" if hint else None
        self.findings.append(Finding(line, check.column, rule, check.severity, sentence(rule, detail)))


def _key(contract: Return, row: TypedRow) -> tuple[Any, ...]:
    return tuple(row.values[name] for name in contract.key)


def _same(one: TypedRow, other: TypedRow) -> bool:
    return one.values == other.values and one.problems == other.problems


def _decide_rows(
    file: _Read, contract: Return, verdicts: _RowVerdicts, known: Collection[str] | None, limits: Limits
) -> Judged:
    parsed = file.parsed
    about_file = _about_file(parsed, contract, known)
    siret = None if contract.from_region else next(iter(parsed.sirets), None)
    judged = Judged(
        name=file.name,
        sha256=file.sha256,
        kind=contract.kind,
        provider_siret=siret,
        decision="partial" if verdicts.quarantined else "accepted",
        records=parsed.records,
        accepted=verdicts.accepted,
        quarantined=len(verdicts.quarantined),
        blank_lines=parsed.blank_lines,
        findings=(*about_file, *verdicts.findings),
        rows=tuple(verdicts.rows),
        quarantined_rows=tuple(verdicts.quarantined),
        archive_bytes=parsed.archive_bytes,
        reasons=tuple(finding.message for finding in about_file),
    )
    if judged.records != judged.accepted + judged.quarantined:
        raise AssertionError("records = accepted + quarantined")
    if parsed.records and judged.quarantined > limits.refuse_above * parsed.records:
        return refused(judged, "FIC-08", f"(c'est le cas de {judged.quarantined} sur {parsed.records})")
    return judged


def _about_file(parsed: ParsedFile, contract: Return, known: Collection[str] | None) -> list[Finding]:
    """The warnings and remarks on the file as a whole."""
    said: list[tuple[str, str | None]] = []
    if known is not None and not contract.from_region and parsed.sirets and not set(parsed.sirets) & set(known):
        said.append(("FIC-07", None))
    if parsed.unknown_titles:
        said.append(("FIC-11", _titles("Ignorées", parsed.unknown_titles)))
    if not parsed.records:
        said.append(("FIC-14", None))
    return sorted(
        [*_dropped(parsed), *(_about(rule, detail) for rule, detail in said)], key=lambda finding: finding.rule
    )


def _dropped(parsed: ParsedFile) -> list[Finding]:
    """The warning that columns of identifiers were dropped; whoever is refused must know it too."""
    return [_about("FIC-10", _titles("Écartées", parsed.identifier_titles))] if parsed.identifier_titles else []


def _about(rule: str, detail: str | None) -> Finding:
    check = all_rules()[rule]
    return Finding(None, check.column, rule, check.severity, sentence(rule, detail))


def _titles(word: str, titles: Sequence[str]) -> str:
    shown = ", ".join(f"« {shown_title(title)} »" for title in titles[:_SHOWN_TITLES])
    more = len(titles) - _SHOWN_TITLES
    return f"{word} : {shown}" + (f" et {more} autres." if more > 0 else ".")


def _refuse(file: _Read, rule: str, detail: str | None, *, crash: str | None = None) -> Judged:
    parsed = file.parsed
    findings = (_about(rule, detail), *_dropped(parsed))
    siret = parsed.sirets[0] if parsed.sirets and parsed.contract and not parsed.contract.from_region else None
    return Judged(
        file.name, file.sha256, parsed.contract.kind if parsed.contract else None, siret, "refused",
        records=parsed.records, quarantined=parsed.records, blank_lines=parsed.blank_lines, findings=findings,
        archive_bytes=parsed.archive_bytes, reasons=tuple(finding.message for finding in findings), crash=crash,
    )  # fmt: skip
