"""Reads one file, and takes out of it what may not be kept: the text of a return as everything after it sees it."""

from __future__ import annotations

from dataclasses import dataclass, field

from transforms.parse.choose_columns import read_and_choose
from transforms.read import Damaged, Reading, Unreadable
from transforms.read.match_columns import MatchedHeader, Refusal
from transforms.read.totals_and_guidance import MARK
from transforms.redaction.erase_records import Mark, lines_about_erased, marks_in, names_erased, titles_without
from transforms.redaction.unwanted_columns import as_bytes, emptied, redacted_unreadable
from warehouse.erasure.erased_persons import ErasedPersons


@dataclass(frozen=True)
class FileContent:
    """A file as it was read, or why nothing of it can be.

    `archive_bytes` is what may be kept: the bytes received, less the values of columns that may name people. `header` says which
    return it is and has no erased person's name in its titles; None where the file has none. `marks` stand for records that were
    erased before, in a file read again from the archive; `erased_lines` are those of records about somebody erased.
    `may_name_erased` is False where nothing in `archive_bytes` names anybody erased. `crash` is type and place of an exception
    that ended the reading.
    """

    archive_bytes: bytes = field(repr=False)
    reading: Reading | None = field(default=None, repr=False)
    header: MatchedHeader | None = None
    refusal: Refusal | None = None
    marks: tuple[Mark, ...] = ()
    erased_lines: frozenset[int] = frozenset()
    may_name_erased: bool = True
    crash: str | None = None

    @property
    def blank_lines(self) -> int:
        """How many lines of the file are blank, as far as it was read."""
        if self.reading is None:
            return self.refusal.blank_lines if self.refusal else 0
        return self.reading.blank_lines

    @property
    def damaged(self) -> list[Damaged]:
        """The records that cannot be read."""
        return self.reading.damaged if self.reading else []


def read_and_redact(data: bytes, erased: ErasedPersons | None = None, is_sheet: bool = False) -> FileContent:
    """Read one file.

    Args:
        data: the bytes received.
        erased: the persons whose data were erased, if any may be known.
        is_sheet: whether it is the text of a sheet of a workbook: then no cell is kept that nobody asked for, in any return.
    """
    try:
        reading = read_and_choose(data)
    except Unreadable as unreadable:
        refusal = Refusal(unreadable.rule, _sentence(unreadable.detail) if unreadable.detail else None, unreadable.blank_lines)
        return FileContent(redacted_unreadable(data, unreadable.rule, unreadable.blank_lines), refusal=refusal)
    header, kept = reading.matched, data
    marks = marks_in(reading, erased) if erased is not None and MARK.encode() in data else []
    if is_sheet:
        reading = emptied(reading, header.unwanted)
        kept = as_bytes(reading)
    elif header.dropped or (header.contract.refuses_identifiers and any(damaged.is_wide for damaged in reading.damaged)):
        # From here on the file is what will be read again from the archive.
        reading = emptied(reading, header.dropped)
        kept = as_bytes(reading)
    shown = titles_without(header, erased)
    if not erased:
        return FileContent(kept, reading, shown, shown.refusal(), tuple(marks))
    about = lines_about_erased(reading, header, erased)
    may_name = bool(about) or names_erased(kept, reading, erased)
    return FileContent(kept, reading, shown, shown.refusal(), tuple(marks), frozenset(about), may_name)


def _sentence(detail: str) -> str:
    return f"{detail[:1].upper()}{detail[1:]}."
