"""Step 3, check: cells parsed once and strictly; Great Expectations runs every rule of the contract; then the verdicts."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from expectations.contract.returns import RETURNS
from expectations.programme import Programme
from expectations.verdict.checked_file import CheckedFile, ReadFile, RefusalLimits, RulesOfDay
from expectations.verdict.decide import FileVerdict, decide, refused
from flows.errors import described, safe_to_show
from flows.night import Night
from flows.pages.report_json import DECISIONS
from flows.steps.read import ReadFiles, crashed, read_files
from flows.steps.receive import Batch
from transforms.parse.rows import TypedRow, parse_rows
from transforms.parse.values import Places
from transforms.redaction.erase_records import lines_resembling_erased
from warehouse.erasure.erased_persons import ErasedPersons
from warehouse.intake.being_read import FilesBeingRead
from warehouse.intake.sent_before import SentBefore, sent_before
from warehouse.reference.places import load_places
from warehouse.store.submission import Arrival

log = logging.getLogger("suivi.night")

#: A file with an error on each of 50 000 lines is told in a line of the log too; the receipt has them all.
SHOWN_LINES = 20
NoteBeingChecked = Callable[[Sequence[str]], None]


class Verdicts:
    """What became of each arrival, in the same order. No dataclass: see Batch."""

    def __init__(self, files: Sequence[FileVerdict]) -> None:
        self.files = list(files)


def check(night: Night, batch: Batch, read: ReadFiles) -> Verdicts:
    """Parse every value, apply the rules of a file alone, decide. A file that crashes that is refused."""
    with night.step("check") as outcome:
        verdicts = iter(
            decide(
                check_files(read.files, load_places(), night.erased, night.being_read),
                known_sirets=night.store.known_sirets(),
                taken=night.store.kinds_of_taken_files(),
                erased=night.erased,
                senders=night.senders,
                sent_before=lambda sha256: _sent_before(night, sha256),
            )
        )
        files = [next(verdicts) if arrival.is_in_memory else too_large(arrival) for arrival in batch.arrivals]
        for file in files:
            log_file(file)
        counts = Counter(str(file.decision) for file in files)
        outcome.append(", ".join(f"{counts[name]} {name}" for name in DECISIONS if counts[name]) or "nothing new")
        if night.senders.holds_everything and counts["held"]:
            log.warning("senders = strict, and senders.toml lets nobody speak: every return is held (see `suivi held`)")
        return Verdicts(files)


def too_large(arrival: Arrival) -> FileVerdict:
    """What becomes of a file that is larger than max_file_mb: nothing of it was read."""
    return refused(FileVerdict(arrival.name, arrival.sha256, None, None, "refused"), "FIC-09")


def check_files(
    files: Sequence[ReadFile], places: Places, erased: ErasedPersons | None = None, being_read: FilesBeingRead | None = None
) -> list[CheckedFile]:
    """Parse the rows of each file and find which rules they break, as far as no other file matters.

    Args:
        files: as they were read; files of many nights may be checked together. The text of their records is given up.
        places: the communes that exist.
        erased: the persons whose data were erased.
        being_read: is told which files are checked at each moment. One that was in hand when a night died is checked after all
            others, alone.
    """
    if being_read is None:
        return _check_together(files, places, erased, lambda hashes: None)
    suspects = [n for n, file in enumerate(files) if not file.is_unread and being_read.nights_ended_by(file.arrival.sha256)]
    together = [n for n in range(len(files)) if n not in suspects]
    checked: dict[int, CheckedFile] = {}
    try:
        for batch in (together, *([number] for number in suspects)):
            checked |= zip(batch, _check_together([files[n] for n in batch], places, erased, being_read.begin), strict=True)
            for file in (files[number] for number in batch):
                if not file.is_unread:
                    being_read.clear(file.arrival.sha256)
    except Exception:  # no death: whatever broke is told, and the files are not at fault
        being_read.end()
        raise
    being_read.end()
    return [checked[number] for number in range(len(files))]


def log_file(file: FileVerdict) -> None:
    """One line for the file, one for each rule that it breaks, one if reading it crashed."""
    name = safe_to_show(file.name)
    log.info("%s: %s, %d of %d records accepted", name, file.decision, file.accepted, file.records)
    lines: dict[tuple[str, str], list[int | None]] = defaultdict(list)
    for finding in file.findings:
        lines[finding.rule, str(finding.severity)].append(finding.line)
    for (rule, severity), at in sorted(lines.items()):
        log.info("%s: %s %s%s", name, severity, rule, _where(at))
    if file.crash:
        log.error("%s: reading it crashed: %s", name, file.crash)


def judge_files(
    files: Sequence[tuple[str, bytes]],
    received_on: date,
    programme: Programme,
    places: Places,
    *,
    limits: RefusalLimits | None = None,
    known_sirets: Collection[str] | None = None,
    taken: Mapping[str, tuple[str | None, str | None]] | None = None,
    hashes: Sequence[str] | None = None,
    erased: ErasedPersons | None = None,
) -> list[FileVerdict]:
    """Read, check and decide about files without a home, as `suivi check` does, in the order in which they count.

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
        one verdict a file, in the same order. A file that makes anything crash is refused with FIC-12.
    """
    rules_of_day, now = RulesOfDay(received_on, programme, limits or RefusalLimits()), datetime.now(UTC)
    arrivals = [
        Arrival(name, Path(name), data, sha256 or hashlib.sha256(data).hexdigest(), now, size=len(data))
        for (name, data), sha256 in zip(files, hashes or [""] * len(files), strict=True)
    ]
    read = read_files([(arrival, rules_of_day, None) for arrival in arrivals], erased)
    return decide(check_files(read, places, erased), known_sirets=known_sirets, taken=taken, erased=erased)


def _sent_before(night: Night, sha256: str) -> SentBefore:
    with night.store.transaction("look up a file that came before") as con:
        return sent_before(con, sha256)


def _check_together(
    files: Sequence[ReadFile], places: Places, erased: ErasedPersons | None, note_being_checked: NoteBeingChecked
) -> list[CheckedFile]:
    parsed = []
    for file in files:
        note_being_checked([file.arrival.sha256])
        parsed.append(_parse(file, places, erased))
    return _with_broken_rules(parsed, note_being_checked)


def _parse(file: ReadFile, places: Places, erased: ErasedPersons | None) -> CheckedFile:
    content, rows = file.content, list[TypedRow]()
    if reading := content.reading:
        try:
            rows = _typed_rows(file, places, erased)
        except Exception as error:  # one hostile file must not stop the night
            content = crashed(file.arrival, error)
        else:
            # Text and typed rows of a large night, held together, would double its memory.
            reading.records.clear()
    return CheckedFile(file.arrival, file.rules_of_day, content, file.number, rows, crash=content.crash)


def _typed_rows(file: ReadFile, places: Places, erased: ErasedPersons | None) -> list[TypedRow]:
    content, header = file.content, file.content.header
    if content.reading is None or header is None:
        return []
    marked = {mark.line for mark in content.marks}
    rows = parse_rows(content.reading, places, file.rules_of_day.programme.calls(), marked, content.erased_lines)
    if not erased or "learner_ref" not in header.contract.key or header.missing or header.twice:
        return rows
    alike = lines_resembling_erased(((row.line, row.values) for row in rows if not row.is_erased), erased)
    return [replace(row, resembles=alike[row.line]) if row.line in alike else row for row in rows]


def _with_broken_rules(files: Sequence[CheckedFile], note_being_checked: NoteBeingChecked) -> list[CheckedFile]:
    """The files with the rules that their rows break, or with what crashed. One batch a kind; after a crash, one a file."""
    from expectations.suites.run import validate  # imports Great Expectations, which costs seconds

    checked = list(files)
    by_kind: dict[str, list[int]] = defaultdict(list)
    for number, file in enumerate(files):
        if file.contract and not file.content.refusal and file.rows:
            by_kind[file.contract.kind].append(number)
    for kind, numbers in by_kind.items():
        batches = [numbers]
        while batches:
            batch = batches.pop()
            note_being_checked([files[n].arrival.sha256 for n in batch])
            days_and_rules = [(files[n].rules_of_day.received_on, files[n].rules_of_day.programme) for n in batch]
            try:
                found = validate(RETURNS[kind], [files[n].rows for n in batch], days_and_rules)
            except Exception as error:
                if len(batch) == 1:
                    checked[batch[0]] = replace(files[batch[0]], crash=described(error))
                else:
                    batches.extend([n] for n in batch)
                continue
            broken: dict[int, dict[int, list[str]]] = {number: defaultdict(list) for number in batch}
            for breach in found:
                broken[batch[breach.file]][breach.row].append(breach.rule)
            for number in batch:
                checked[number] = replace(files[number], broken=broken[number])
    return checked


def _where(lines: list[int | None]) -> str:
    """` at lines 3, 5, 9 and 4 more`; nothing for the file as a whole."""
    numbers = sorted({line for line in lines if line is not None})
    if not numbers:
        return ""
    shown = ", ".join(map(str, numbers[:SHOWN_LINES]))
    more = f" and {len(numbers) - SHOWN_LINES} more" if len(numbers) > SHOWN_LINES else ""
    return f" at line{'s' if len(numbers) > 1 else ''} {shown}{more}"
