"""Step 3, check: cells parsed once and strictly; Great Expectations runs every rule of the contract; then the verdicts."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from expectations.contract import GrantCaps, Return
from expectations.contract.returns import RETURNS
from expectations.programme import Programme
from expectations.suites.breaches import Breaches, Validate
from expectations.verdict.checked_file import CheckedFile, ReadFile, RefusalLimits, RulesOfDay
from expectations.verdict.decide import FileVerdict, decide, refused
from flows.errors import described, safe_to_show
from flows.night import Night
from flows.pages.report_json import DECISIONS
from flows.settings import PANDAS, Settings, engine_of
from flows.steps.read import ReadFiles, crashed, read_files
from flows.steps.receive import Batch, sheets_of
from transforms.parse.columns import TypedRows, parse_columns, text_columns
from transforms.parse.values import Places
from transforms.redaction.erase_records import rows_resembling_erased
from transforms.redaction.unwanted_columns import mis_decoded_unknown
from warehouse.erasure.erased_persons import ErasedPersons
from warehouse.errors import EngineFailed
from warehouse.intake.being_read import FilesBeingRead
from warehouse.intake.sent_before import SentBefore, sent_before
from warehouse.reference.places import load_places
from warehouse.store.submission import Arrival

log = logging.getLogger("suivi.night")

#: A file with an error on each of 50 000 lines is told in a line of the log too; the receipt has them all.
SHOWN_LINES = 20
#: More rows than these are not checked together: it would spare no time, and take half as much memory again as the rows do.
MOST_ROWS_TOGETHER = 1_000_000
NoteBeingChecked = Callable[[Sequence[str]], None]


class Verdicts:
    """What became of each arrival, in the same order. No dataclass: see Batch."""

    def __init__(self, files: Sequence[FileVerdict]) -> None:
        self.files = list(files)


def check(night: Night, batch: Batch, read: ReadFiles) -> Verdicts:
    """Parse every value, apply the rules of a file alone, decide. A file that crashes that is refused."""
    with night.step("check") as outcome, _asked_of(night.settings) as validate:
        verdicts = iter(
            decide(
                check_files(read.files, load_places(), night.erased, night.being_read, validate),
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
        read.files = ()
        night.give_back_memory(sum(file.records for file in files))
        counts = Counter(str(file.decision) for file in files)
        outcome.append(", ".join(f"{counts[name]} {name}" for name in DECISIONS if counts[name]) or "nothing new")
        if night.senders.holds_everything and counts["held"]:
            log.warning("senders = strict, and senders.toml lets nobody speak: every return is held (see `suivi held`)")
        return Verdicts(files)


@contextlib.contextmanager
def _asked_of(settings: Settings) -> Iterator[Validate | None]:
    """What finds the rules that rows break; None for this process, where a session of Spark is not wanted or cannot be had."""
    if settings.check_engine == PANDAS:
        yield None
        return
    from expectations.suites.spark import ValidateOnSpark

    with contextlib.ExitStack() as held:
        validate = None
        try:
            validate = ValidateOnSpark(held.enter_context(engine_of(settings).spark_session()), settings.home)
        except EngineFailed as error:
            log.warning("not checked on Spark, but in this process: %s", error)
        yield validate


def too_large(arrival: Arrival) -> FileVerdict:
    """What becomes of a file that is larger than max_file_mb: nothing of it was read."""
    return refused(FileVerdict(arrival.name, arrival.sha256, None, None, "refused"), "FIC-09")


def check_files(
    files: Sequence[ReadFile],
    places: Places,
    erased: ErasedPersons | None = None,
    being_read: FilesBeingRead | None = None,
    validate: Validate | None = None,
) -> list[CheckedFile]:
    """Parse the rows of each file and find which rules they break, as far as no other file matters.

    Args:
        files: as they were read; files of many nights may be checked together. The text of their records is given up.
        places: the communes that exist.
        erased: the persons whose data were erased.
        being_read: is told which files are checked at each moment. One that was in hand when a night died is checked after all
            others, alone.
        validate: finds what rows break; expectations.suites.run.validate if None.
    """
    validate = validate or _validate_here
    if being_read is None:
        return _check_together(files, places, erased, lambda hashes: None, validate)
    suspects = [n for n, file in enumerate(files) if not file.is_unread and being_read.nights_ended_by(file.arrival.sha256)]
    together = [n for n in range(len(files)) if n not in suspects]
    checked: dict[int, CheckedFile] = {}
    try:
        for batch in (together, *([number] for number in suspects)):
            found = _check_together([files[n] for n in batch], places, erased, being_read.begin, validate)
            checked |= zip(batch, found, strict=True)
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
    found = file.findings
    said: dict[tuple[str, str], list[int]] = defaultdict(list)
    for code, (_, rule, how_grave, _) in enumerate(found.said):
        said[rule, str(how_grave)].append(code)
    for (rule, severity), codes in sorted(said.items()):
        if np.isin(codes, found.codes).any():
            log.info("%s: %s %s%s", name, severity, rule, _where(found.lines[np.isin(found.codes, codes)]))
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
        files: name and bytes of each file. Workbooks count as their sheets that are returns, each judged by itself.
        received_on: the day they were received (Europe/Paris).
        programme: the programme's rules.
        places: the communes that exist.
        limits: when a file is refused as a whole.
        known_sirets: the SIRETs that the programme knows before these files, or None to leave that unexamined.
        taken: kind and SIRET of the files already taken, by SHA-256 of the bytes received.
        hashes: the SHA-256 of the bytes received, where `files` holds what was kept of them, which is no workbook; of `files`
            itself if None.
        erased: the persons who were erased: their records count as what they are, and nothing of them is kept.

    Returns:
        one verdict a file or sheet, in the same order. A file that makes anything crash is refused with FIC-12.
    """
    rules_of_day, now = RulesOfDay(received_on, programme, limits or RefusalLimits()), datetime.now(UTC)
    largest = rules_of_day.limits.max_file_mb * 1_000_000
    arrivals = [
        Arrival(name, Path(name), data, sha256 or hashlib.sha256(data).hexdigest(), now, size=len(data))
        for (name, data), sha256 in zip(files, hashes or [""] * len(files), strict=True)
    ]
    if hashes is None:
        arrivals = [one for file in arrivals for one in ([file] if file.size > largest else sheets_of(file))]
    read = read_files([(arrival, rules_of_day, None) for arrival in arrivals], erased)
    return decide(check_files(read, places, erased), known_sirets=known_sirets, taken=taken, erased=erased)


def _sent_before(night: Night, sha256: str) -> SentBefore:
    with night.store.transaction("look up a file that came before") as con:
        return sent_before(con, sha256)


def _check_together(
    files: Sequence[ReadFile],
    places: Places,
    erased: ErasedPersons | None,
    note_being_checked: NoteBeingChecked,
    validate: Validate,
) -> list[CheckedFile]:
    """Check files of any return. Those of one, under the same calls for projects, are stacked; after a crash each is alone."""
    checked = [CheckedFile(one.arrival, one.rules_of_day, one.content, one.number, crash=one.content.crash) for one in files]
    for (kind, calls), batches in _stacks(files).items():
        while batches:
            batch = batches.pop()
            note_being_checked([files[number].arrival.sha256 for number in batch])
            alone = [checked[number] for number in batch]
            try:
                typed, rows = _with_typed_rows(RETURNS[kind], alone, places, calls, erased)
            except Exception as error:  # one hostile file must not stop the night
                if len(batch) > 1:
                    batches += [[number] for number in batch]
                else:
                    arrival = alone[0].arrival
                    content = crashed(arrival.data, error, is_sheet=arrival.is_sheet)
                    checked[batch[0]] = replace(alone[0], content=content, crash=content.crash)
                continue
            for number, file in zip(batch, _judged(RETURNS[kind], typed, rows, note_being_checked, validate), strict=True):
                checked[number] = file
            if len(rows) > MOST_ROWS_TOGETHER * 3 // 4:
                gc.collect()  # what Great Expectations was asked of lies in circles: as much memory again as the rows
    return checked


def _stacks(files: Sequence[ReadFile]) -> dict[tuple[str, frozenset[str]], list[list[int]]]:
    """The places of files to be checked together, by return and calls for projects: MOST_ROWS_TOGETHER at most, or one file."""
    stacks: dict[tuple[str, frozenset[str]], list[list[int]]] = defaultdict(lambda: [[]])
    heights: Counter[tuple[str, frozenset[str]]] = Counter()
    for number, one in enumerate(files):
        if one.content.reading and one.contract:
            alike = (one.contract.kind, frozenset(one.rules_of_day.programme.calls()))
            rows = len(one.content.reading.records)
            if heights[alike] and heights[alike] + rows > MOST_ROWS_TOGETHER:
                stacks[alike].append([])
                heights[alike] = 0
            stacks[alike][-1].append(number)
            heights[alike] += rows
    return stacks


def _judged(
    contract: Return, files: Sequence[CheckedFile], stack: TypedRows, note_being_checked: NoteBeingChecked, validate: Validate
) -> list[CheckedFile]:
    """The files with the rules that their rows break, or with what crashed; after a crash each is judged alone."""
    try:
        return _with_breaches(contract, files, stack, validate)
    except Exception as error:
        if len(files) == 1:
            return [replace(files[0], crash=described(error))]
    judged = list[CheckedFile]()
    for file in files:
        note_being_checked([file.arrival.sha256])
        judged += _judged(contract, [file], file.rows, note_being_checked, validate)
    return judged


def _with_typed_rows(
    contract: Return, files: Sequence[CheckedFile], places: Places, calls: Collection[str], erased: ErasedPersons | None
) -> tuple[list[CheckedFile], TypedRows]:
    """The files with their rows, and the rows of all of them, stacked in their order."""
    readings = [file.content.reading for file in files if file.content.reading]
    without_marks = [
        ~np.isin(reading.records.lines, [mark.line for mark in file.content.marks])
        for file, reading in zip(files, readings, strict=True)
    ]
    texts = [text_columns(reading, rows) for reading, rows in zip(readings, without_marks, strict=True)]
    elsewhere = [
        reading.records.lines[mis_decoded_unknown(reading) & rows] for reading, rows in zip(readings, without_marks, strict=True)
    ]
    stack = parse_columns(contract, texts, places, calls)
    typed, start = [], 0
    for file, (lines, _), damaged_elsewhere in zip(files, texts, elsewhere, strict=True):
        rows = stack.take(slice(start, start + len(lines)))
        resembling = rows_resembling_erased(rows, erased, file.content.erased_lines) if erased and _is_whole(file) else {}
        typed.append(replace(file, rows=rows, resembling=resembling, mis_decoded_elsewhere=damaged_elsewhere))
        start += len(lines)
    for reading in readings:  # text and typed rows of a large night, held together, would double its memory
        reading.give_up_records()
    return typed, stack


def _is_whole(file: CheckedFile) -> bool:
    header = file.content.header
    return header is not None and not (header.missing or header.twice)


def _with_breaches(
    contract: Return, files: Sequence[CheckedFile], stack: TypedRows, validate: Validate
) -> list[CheckedFile]:
    """The files with the rules that their rows break; nobody asks what rows of a refused file do."""
    judged = [number for number, file in enumerate(files) if len(file.rows) and not file.content.refusal]
    if not judged:
        return list(files)
    lengths = np.array([len(file.rows) for file in files])
    file_of_row = np.repeat(np.arange(len(files), dtype=np.int32), lengths)
    if len(judged) < len(files):
        is_judged = np.isin(file_of_row, judged)
        stack, file_of_row = stack.take(is_judged), file_of_row[is_judged]
    days_and_rules = [(file.rules_of_day.received_on, file.rules_of_day.programme) for file in files]
    breaches = validate(contract, stack, file_of_row, days_and_rules)
    checked, start = list(files), 0
    for number in judged:
        stop = start + int(lengths[number])
        checked[number] = replace(files[number], breaches=breaches.between(start, stop))
        start = stop
    return checked


def _validate_here(
    contract: Return, rows: TypedRows, files: NDArray[np.int32], days_and_rules: Sequence[tuple[date, GrantCaps]]
) -> Breaches:
    from expectations.suites.run import validate  # imports Great Expectations, which costs seconds

    return validate(contract, rows, files, days_and_rules)


def _where(lines: NDArray[np.int32]) -> str:
    """` at lines 3, 5, 9 and 4 more`; nothing for the file as a whole."""
    numbers = np.unique(lines[lines != 0])
    if not len(numbers):
        return ""
    shown = ", ".join(map(str, numbers[:SHOWN_LINES]))
    more = f" and {len(numbers) - SHOWN_LINES} more" if len(numbers) > SHOWN_LINES else ""
    return f" at line{'s' if len(numbers) > 1 else ''} {shown}{more}"
