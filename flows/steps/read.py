"""Step 2, read: bytes to records with exact line numbers; a damaged record is set aside, its neighbours are not touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from expectations.verdict.checked_file import UNREAD, ReadFile, RefusalLimits, RulesOfDay
from flows.errors import described
from flows.night import Night
from flows.steps.receive import Batch
from transforms.read.match_columns import Refusal
from transforms.redaction.read_and_redact import FileContent, read_and_redact
from transforms.redaction.unwanted_columns import WITHHELD, kept_unread, redacted_unreadable
from warehouse.erasure.erased_persons import ErasedPersons
from warehouse.intake.being_read import MOST_NIGHTS_ENDED, FilesBeingRead
from warehouse.store.submission import Arrival


class ReadAhead:
    """What other processes have read of the files of a batch that are in memory, by place among them. No dataclass: see Batch."""

    def __init__(self, contents: Mapping[int, FileContent]) -> None:
        self.contents = contents


class ReadFiles:
    """The files of a night as they were read. No dataclass: see Batch."""

    def __init__(self, files: Sequence[ReadFile]) -> None:
        self.files = files


def read(night: Night, batch: Batch, ahead: ReadAhead | None = None) -> ReadFiles:
    """Read each file that is not too large, unless it was read ahead."""
    with night.step("read") as outcome:
        limits = RefusalLimits(night.settings.refuse_above, night.settings.max_file_mb)
        rules_of_day = RulesOfDay(night.received_on, night.programme, limits)
        whole = [(arrival, rules_of_day, None) for arrival in batch.in_memory]
        files = read_files(whole, night.erased, night.being_read, ahead.contents if ahead else {})
        if ahead:
            ahead.contents = {}  # the check gives up the text as it goes
        outcome.append(f"{sum(len(file.content.reading.records) for file in files if file.content.reading)} records")
        return ReadFiles(files)


def read_files(
    files: Sequence[tuple[Arrival, RulesOfDay, int | None]],
    erased: ErasedPersons | None = None,
    being_read: FilesBeingRead | None = None,
    read_already: Mapping[int, FileContent] = MappingProxyType({}),
) -> list[ReadFile]:
    """Read each file, in the same order. One that makes the reading crash is refused, and stops none of the others.

    Args:
        files: as they came, by which rules they are judged, and their numbers in the ledger, None where they have just come.
        erased: the persons whose data were erased.
        being_read: notes which file is read at each moment. One during which a night ended is read after all others; one during
            which two did is not read at all, and kept only as far as a file that nobody reads may be.
        read_already: what other processes have read, by place in `files`; used where `being_read` is given.
    """
    if being_read is None:
        return [
            ReadFile(arrival, rules, read_one(arrival.data, rules.limits, erased, is_sheet=arrival.is_sheet), number)
            for arrival, rules, number in files
        ]
    read: dict[int, ReadFile] = {}
    for place in sorted(range(len(files)), key=lambda place: being_read.nights_ended_by(files[place][0].sha256) > 0):
        arrival, rules, number = files[place]
        if place in read_already:
            content = read_already[place]
        elif being_read.nights_ended_by(arrival.sha256) >= MOST_NIGHTS_ENDED:
            content = FileContent(kept_unread(arrival.data, is_anybody_erased=bool(erased)), refusal=Refusal(UNREAD))
        else:
            being_read.begin([arrival.sha256])
            content = read_one(arrival.data, rules.limits, erased, is_sheet=arrival.is_sheet)
        read[place] = ReadFile(arrival, rules, content, number)
    being_read.end()
    return [read[place] for place in range(len(files))]


def crashed(data: bytes, error: Exception, *, is_sheet: bool = False) -> FileContent:
    """What is left of a file that made its reading or parsing crash: it is refused, and kept as one that nobody can read.

    Nothing is kept of a sheet of a workbook: cells that nobody asked for may be among those that were not read.
    """
    kept = WITHHELD if is_sheet else redacted_unreadable(data)
    return FileContent(kept, refusal=Refusal("FIC-12"), crash=described(error))


def read_one(
    data: bytes, limits: RefusalLimits, erased: ErasedPersons | None, *, is_sheet: bool = False
) -> FileContent:
    """Read the bytes of one file. Nothing that may stand in them makes it fail.

    The text of a sheet may be larger than a file may be: it was the workbook that was measured, packed and unpacked.
    """
    if not is_sheet and len(data) > limits.max_file_mb * 1_000_000:
        return FileContent(b"", refusal=Refusal("FIC-09"))
    try:
        return read_and_redact(data, erased, is_sheet)
    except Exception as error:  # one hostile file must not stop the night
        return crashed(data, error, is_sheet=is_sheet)
