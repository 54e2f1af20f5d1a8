"""From the bytes of one file to typed rows with their problems, or a refusal; no rule is judged here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

from expectations.contract import Return
from transforms.parse.suggest import Suggestions
from transforms.parse.values import Places, parse_cell
from transforms.read import Damaged, Reading, Unreadable, read_return
from transforms.read.match_columns import Header, is_header, match
from transforms.redaction.erase_records import MARK, Mark, lines_about, lines_alike, marks_in, titles_without
from transforms.redaction.unwanted_columns import as_bytes, emptied, redacted_unreadable
from warehouse.erasure.erased_persons import Erased

_DAMAGED_TITLES = "Les accents des titres sont abîmés : enregistrez le fichier en « CSV UTF-8 »."


@dataclass(frozen=True)
class CellProblem:
    """A cell that could not be read as it stands: field name, kind of problem (V, I, L or A), what to add in French."""

    column: str
    problem: str
    suggestion: str | None


@dataclass(frozen=True)
class TypedRow:
    """A record after parsing: the file's line, the values by field name, and what was wrong with cells.

    `is_erased` where it is about somebody whose data were erased: it is judged, and nothing of it is kept. Nor is of one that
    `resembles` such a person: that is the last file that had come before the erasure.
    """

    line: int
    values: dict[str, Any]
    problems: tuple[CellProblem, ...]
    mis_decoded: bool
    is_erased: bool = False
    resembles: int | None = None


@dataclass(frozen=True)
class ParsedFile:
    """One file read. Where `refusal` names a FIC rule nothing of it is taken; `detail` completes its sentence.

    `archive_bytes` is what may be kept: the bytes received, less the values of columns that may name people. `marks` stand for
    records that were erased before, in a file read again from the archive.
    """

    archive_bytes: bytes
    contract: Return | None = None
    rows: tuple[TypedRow, ...] = ()
    damaged: tuple[Damaged, ...] = ()
    marks: tuple[Mark, ...] = ()
    blank_lines: int = 0
    refusal: str | None = None
    detail: str | None = None
    identifier_titles: tuple[str, ...] = ()
    unknown_titles: tuple[str, ...] = field(default=())

    @property
    def records(self) -> int:
        """How many records the file holds, damaged and erased ones included."""
        return len(self.rows) + len(self.damaged) + len(self.marks)

    @property
    def sirets(self) -> list[str]:
        """The valid SIRETs of the file, each once, in the order of the file."""
        at = {row.line: row.values.get("provider_siret") for row in self.rows}
        at |= {mark.line: mark.scope[0] for mark in self.marks}
        return list(dict.fromkeys(siret for _, siret in sorted(at.items()) if siret))


def take_in(data: bytes, places: Places, calls: Collection[str], erased: Erased | None = None) -> ParsedFile:
    """Read one file.

    Args:
        data: the bytes received.
        places: the communes that exist.
        calls: the calls for projects of the programme.
        erased: the persons whose data were erased, if any may be known.
    """
    try:
        reading = read_return(data, is_header)
    except Unreadable as refused:
        return ParsedFile(
            redacted_unreadable(data, refused.rule, refused.blank_lines),
            blank_lines=refused.blank_lines,
            refusal=refused.rule,
            detail=_sentence(refused.detail),
        )
    header = match(reading.header)
    if header is None:  # the reader found it with the same function
        raise AssertionError("a header that the reader recognised is recognised again")
    marks = marks_in(reading, erased) if erased is not None and MARK.encode() in data else []
    kept = data
    if header.dropped or (header.contract.refuses_identifiers and any(damaged.is_wide for damaged in reading.damaged)):
        # from here on, what is read again from the archive
        reading = emptied(reading, header.dropped)
        kept = as_bytes(reading)
    about = lines_about(reading, header, erased) if erased is not None else set()
    rows = _parse(reading, header, places, calls, {mark.line for mark in marks}, about)
    if erased and "learner_ref" in header.contract.key and not (header.missing or header.twice):
        alike = lines_alike(((row.line, row.values) for row in rows if not row.is_erased), erased)
        rows = tuple(replace(row, resembles=alike[row.line]) if row.line in alike else row for row in rows)
    return replace(
        outline(titles_without(header, erased)),
        archive_bytes=kept,
        rows=rows,
        damaged=tuple(reading.damaged),
        marks=tuple(marks),
        blank_lines=reading.blank_lines,
    )


def outline(header: Header) -> ParsedFile:
    """What a header alone says of its file: the return, whether it is refused, which columns are not wanted."""
    refusal, detail = _refusal(header)
    return ParsedFile(
        archive_bytes=b"",
        contract=header.contract,
        refusal=refusal,
        detail=detail,
        identifier_titles=tuple(header.titles[i].strip() for i in header.identifiers),
        unknown_titles=tuple(header.titles[i].strip() for i in header.unknown),
    )


def _sentence(detail: str) -> str:
    return f"{detail[:1].upper()}{detail[1:]}."


def _refusal(header: Header) -> tuple[str | None, str | None]:
    if header.is_rejected_lines:
        return "FIC-15", None
    if header.missing:
        names, nearest = [], header.nearest()
        for column in header.missing:
            near = nearest.get(column)
            names.append(f"« {column.header} »" + (f" (la plus proche est « {near} »)" if near else ""))
        damaged = f" {_DAMAGED_TITLES}" if header.mis_decoded else ""
        return "FIC-04", "Il manque " + ", ".join(names) + "." + damaged
    if header.twice:
        return "FIC-05", "En double : " + ", ".join(f"« {c.header} »" for c in header.twice) + "."
    return None, None


def _parse(
    reading: Reading, header: Header, places: Places, calls: Collection[str], marks: Collection[int], about: Collection[int]
) -> tuple[TypedRow, ...]:
    at = {column.name: i for i, column in enumerate(header.columns) if column is not None}
    wanted = [(column, at.get(column.name)) for column in header.contract.columns]
    suggestions = Suggestions()
    rows = []
    for record in reading.records:
        if record.line in marks:
            continue
        values: dict[str, Any] = {}
        problems = []
        for column, i in wanted:
            cell = parse_cell(column, record.cells[i] if i is not None else "", places, calls, suggestions)
            values[column.name] = cell.value
            if cell.problem and i is not None:
                problems.append(CellProblem(column.name, cell.problem, cell.suggestion))
        rows.append(TypedRow(record.line, values, tuple(problems), record.mis_decoded, record.line in about))
    return tuple(rows)
