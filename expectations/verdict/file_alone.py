"""Examines files as far as no other file matters: reads them, and finds which rules each row breaks, in one batch a kind."""

from __future__ import annotations

import traceback
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from expectations.contract.returns import RETURNS
from expectations.programme import Programme
from transforms.parse.rows import ParsedFile, take_in
from transforms.parse.values import Places
from transforms.redaction.unwanted_columns import kept_unread, redacted_unreadable
from warehouse.erasure.erased_persons import Erased
from warehouse.intake.being_read import MOST_DEATHS, InHand

#: the rule of a file that is not read, because it was in hand when nights died
UNREAD = "FIC-16"


@dataclass(frozen=True)
class Limits:
    """When a file as a whole is refused: the share of rows in error above which, and its size in megabytes."""

    refuse_above: float = 0.5
    max_file_mb: float = 50.0


@dataclass(frozen=True)
class Incoming:
    """A file to be judged: its bytes, the SHA-256 of those received, the day, by which rules, and who sent it.

    `is_released` where it was held and the steward has accepted it: neither its sender nor its having come before counts then.
    `number` is the ledger's, None for one that has just come.
    """

    name: str
    data: bytes = field(repr=False)
    sha256: str
    received_on: date
    programme: Programme
    limits: Limits
    sender: str = ""
    is_released: bool = False
    number: int | None = None


@dataclass(frozen=True)
class Read:
    """A file as it was read; `crash` says where its reading failed."""

    name: str
    sha256: str
    parsed: ParsedFile
    crash: str | None = None
    number: int | None = None


Broken = dict[int, list[str]]  # row number -> ids of the rules that Great Expectations found broken


@dataclass(frozen=True)
class Examined:
    """A file of which everything is known that hangs on no other one."""

    file: Incoming = field(repr=False)
    read: Read = field(repr=False)
    broken: Broken | str = field(repr=False)


def examine_alone(
    files: Sequence[Incoming], places: Places, erased: Erased | None = None, in_hand: InHand | None = None
) -> list[Examined]:
    """Read each file and examine its rows, as far as no other file matters: files of many nights may be examined together.

    `in_hand` is told of what is looked at. A file that was in hand when a night died is examined after all others, alone; one
    that was when two did, not at all: what is kept of it is what may be of a file that nobody reads.
    """
    if in_hand is None:
        return _examine(files, places, erased, lambda hashes: None)
    examined: dict[int, Examined] = {}
    suspects: list[int] = []
    try:
        together: list[int] = []
        for number, file in enumerate(files):
            deaths = in_hand.deaths(file.sha256)
            if deaths >= MOST_DEATHS:
                unread = ParsedFile(kept_unread(file.data, is_anybody_erased=bool(erased)), refusal=UNREAD)
                examined[number] = Examined(file, Read(file.name, file.sha256, unread), {})
            else:
                (suspects if deaths else together).append(number)
        for batch in (together, *([number] for number in suspects)):
            found = _examine([files[number] for number in batch], places, erased, in_hand.take)
            examined |= zip(batch, found, strict=True)
            for number in batch:
                in_hand.survived(files[number].sha256)
    except Exception:  # no death: whatever broke is told, and the files are not at fault
        in_hand.put_down()
        raise
    in_hand.put_down()
    return [examined[number] for number in range(len(files))]


def _examine(
    files: Sequence[Incoming], places: Places, erased: Erased | None, take: Callable[[Sequence[str]], None]
) -> list[Examined]:
    read = []
    for file in files:
        take([file.sha256])
        read.append(_read(file, places, erased))
    breaches = _breaches(read, [(file.received_on, file.programme) for file in files], take)
    return [Examined(file, *both) for file, both in zip(files, zip(read, breaches, strict=True), strict=True)]


def _where(error: BaseException) -> str:
    """Type and place of an exception, without its text: that may hold a value of the file."""
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    return type(error).__name__ + (f" at {Path(last.filename).name}:{last.lineno}" if last else "")


def _read(file: Incoming, places: Places, erased: Erased | None) -> Read:
    if len(file.data) > file.limits.max_file_mb * 1_000_000:
        return Read(file.name, file.sha256, ParsedFile(b"", refusal="FIC-09"))
    try:
        parsed = take_in(file.data, places, file.programme.calls(), erased)
        return Read(file.name, file.sha256, parsed, number=file.number)
    except Exception as error:  # one hostile file must not stop the night
        refusal = ParsedFile(redacted_unreadable(file.data), refusal="FIC-12")
        return Read(file.name, file.sha256, refusal, _where(error))


def _breaches(
    read: Sequence[Read], standards: Sequence[tuple[date, Programme]], take: Callable[[Sequence[str]], None]
) -> list[Broken | str]:
    """For each file the rules broken by row, or what crashed. One batch a kind; after a crash, one a file."""
    from expectations.suites.run import validate  # imports Great Expectations, which costs seconds

    files = [one.parsed for one in read]
    answers: list[Broken | str] = [{} for _ in files]
    by_kind: dict[str, list[int]] = defaultdict(list)
    for number, file in enumerate(files):
        if file.contract and not file.refusal and file.rows:
            by_kind[file.contract.kind].append(number)
    for kind, numbers in by_kind.items():
        batches = [numbers]
        while batches:
            batch = batches.pop()
            take([read[n].sha256 for n in batch])
            try:
                found = validate(RETURNS[kind], [files[n].rows for n in batch], [standards[n] for n in batch])
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
