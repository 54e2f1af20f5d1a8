"""An original without the persons who were erased: every line keeps its number and its role, a record what became of it.

In the place of an erased record stands a *mark*: a record that says, sealed with the home's key, whether the record had been
accepted or was in error, and which scope it named. So the file is decided again as it was, for everybody else. So does one in
the place of a record that came after an erasure and resembles the person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from urllib.parse import quote, unquote

from expectations.contract import Column, Return
from transforms.parse.values import parse_cell
from transforms.read import Reading, Record, Unreadable, read_return
from transforms.read.decode import decode
from transforms.read.match_columns import MatchedHeader
from transforms.read.record_limits import is_oversized_line
from transforms.redaction.unwanted_columns import redacted, stand_in
from warehouse.erasure.erased_persons import ErasedPersons
from warehouse.erasure.spelling import SHORTEST_REFERENCE, folded

#: how every mark begins; found in a file's bytes, it tells that the file may have marks
MARK = "EFFACE"
_MARK = re.compile(rf"{MARK} (?P<said>(?P<outcome>[ARU])(?P<why>D|S[0-9]+)? (?P<scope>\S*)) (?P<seal>[0-9a-f]{{32}})")
#: what stands for the title of a column that names a person
TITLE = "effacé"
_LETTER, _DIGIT = re.compile(r"[^\W\d_]"), re.compile(r"\d")
_NOTICE = b"contenu efface : une personne a demande l'effacement de ses donnees\n"

#: what tells who somebody is
_IDENTITY = ("provider_siret", "session_id", "learner_ref", "national_ref", "born_on", "sex")
#: a national reference that stands beside so many different birth dates belongs to no one person
_SEVERAL = 3


class RecordOutcome(StrEnum):
    """What had become of an erased record: accepted, rejected, or rejected with a key that could not be read."""

    ACCEPTED = "A"
    REJECTED = "R"
    UNCLEAR = "U"


@dataclass(frozen=True)
class Mark:
    """A record of somebody erased: its line, what had become of it, and the values of its scope ('' where unreadable).

    `came_after_erasure` is True where it came after the erasure, so that its sender is told. `resembles` is for one that
    resembles somebody erased: the last file that had come by then; in later ones it is an error.
    """

    line: int
    outcome: RecordOutcome
    scope: tuple[str, ...]
    came_after_erasure: bool
    resembles: int | None = None


RecordOutcomeOf = Callable[[int], RecordOutcome]


class _Nowhere:
    """No place: no part of a learner's key is one."""

    def is_commune(self, code: str) -> bool:
        return False

    def is_postcode(self, code: str) -> bool:
        return False

    def is_postcode_of_larger(self, code: str) -> bool:
        return False


def marks_in(reading: Reading, erased: ErasedPersons) -> list[Mark]:
    """The marks of a file that we wrote. What somebody else wrote in their likeness is a record like any other."""
    found = []
    for record in reading.records:
        for cell in record.cells:
            said = _MARK.fullmatch(cell.strip()) if cell.startswith(MARK) else None
            if said and erased.seal(said["said"]) == said["seal"]:
                scope, why = tuple(map(unquote, said["scope"].split("/"))), said["why"] or ""
                after = int(why[1:]) if why.startswith("S") else None
                found.append(Mark(record.line, RecordOutcome(said["outcome"]), scope, why == "D", after))
                break
    return found


def lines_about_erased(reading: Reading, header: MatchedHeader, erased: ErasedPersons) -> set[int]:
    """The first lines of the records that are about somebody erased.

    A record that counts is, where its whole key is that of the person. One that cannot count, because part of its key is
    unreadable or the file lacks the columns to tell, is where the rest does not speak against it.
    """
    if not erased or "learner_ref" not in header.contract.key:
        return set()
    about = _mentions if header.missing or header.twice or header.is_rejected_lines else _has_key
    marked = {mark.line for mark in marks_in(reading, erased)}
    return {r.line for r in reading.records if r.line not in marked and about(header, r, erased)}


def lines_resembling_erased(rows: Iterable[tuple[int, Mapping[str, Any]]], erased: ErasedPersons) -> dict[int, int]:
    """Which records seem to be about somebody erased under another key, each with the last file of before the erasure.

    Args:
        rows: line and parsed values of the records that are not about an erased person by their key.
        erased: who they are; nobody is found where it is not watchful.
    """
    if not erased.watches_for_likeness:
        return {}
    rows = list(rows)
    shared = shared_references(values for _, values in rows)
    found = {line: after for line, values in rows if (after := erased.match_resembling(values, shared)) is not None}
    return found


def shared_references(rows: Iterable[Mapping[str, Any]]) -> set[str]:
    """The national references, folded, that stand for several people: they have three or more birth dates."""
    born: dict[str, set[Any]] = {}
    for values in rows:
        if national := values.get("national_ref"):
            born.setdefault(folded(national), set()).add(values.get("born_on"))
    return {national for national, dates in born.items() if len(dates - {None}) >= _SEVERAL}


def identities(
    reading: Reading, header: MatchedHeader, without_lines: Collection[int] = ()
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line and identity (what is known of who it is, parsed) of the records of a return about learners."""
    names = [name for name in _IDENTITY if any(column.name == name for column in header.contract.columns)]
    for record in reading.records:
        if record.line not in without_lines:
            yield record.line, {name: _value(header, record, name) for name in names}


def titles_without(header: MatchedHeader, erased: ErasedPersons | None) -> MatchedHeader:
    """The header without the names of erased persons in the titles that nobody asked for."""
    if not erased:
        return header
    titles = [
        TITLE if column is None and next(erased.places(title), None) else title
        for title, column in zip(header.titles, header.columns, strict=True)
    ]
    return replace(header, titles=tuple(titles))


def _mentions(header: MatchedHeader, record: Record, erased: ErasedPersons) -> bool:
    return any(map(erased.mentions, record.cells))


def _has_key(header: MatchedHeader, record: Record, erased: ErasedPersons) -> bool:
    siret, session = (_value(header, record, name) for name in ("provider_siret", "session_id"))
    reference = _value(header, record, "learner_ref")
    if reference is None:
        return erased.mentions(_cell(header, record, "learner_ref"))
    if siret is None or session is None:  # the cells may stand in the wrong columns
        return erased.is_reference(reference) or any(erased.mentions(cell, SHORTEST_REFERENCE) for cell in record.cells)
    return erased.is_person(siret, session, reference)


def _cell(header: MatchedHeader, record: Record, name: str) -> str:
    return next((record.cells[i] for i, c in enumerate(header.columns) if c is not None and c.name == name), "")


def _value(header: MatchedHeader, record: Record, name: str) -> Any:
    column: Column = header.contract.column(name)
    return parse_cell(column, _cell(header, record, name), _Nowhere(), ()).value


def parsed_key(contract: Return, cells: Sequence[str]) -> tuple[str | None, ...]:
    """The key that these texts are, read as the cells of a return; None for one that cannot be read."""
    return tuple(
        parse_cell(contract.column(name), cell, _Nowhere(), ()).value for name, cell in zip(contract.key, cells, strict=True)
    )


def without_erased(
    kept: bytes,
    erased: ErasedPersons,
    outcome_of: RecordOutcomeOf,
    *,
    came_after_erasure: bool,
    resembling: Mapping[int, int] | None = None,
) -> bytes:
    """What is kept of a file, without the persons who were erased; the very bytes where none of them is in it.

    Args:
        kept: what the archive holds, or would.
        erased: who they are.
        outcome_of: what became of the record on that line.
        came_after_erasure: whether the file has just come, so that its sender is to be told.
        resembling: the lines of the records that resemble somebody erased (lines_resembling_erased); looked for if None.

    Of a file that is no text nothing but a notice stays: nobody could look into it for a person. What comes out is read
    as what went in, line for line.
    """
    if not erased:
        return kept
    try:
        reading = read_return(kept)
    except Unreadable as refusal:
        return _without_header(kept, erased, refusal)
    except Exception:  # the file was refused for the very reason that it makes our reading crash
        return kept if is_withheld(kept) else _NOTICE
    header = reading.matched
    about = lines_about_erased(reading, header, erased)
    resembling = _lines_resembling(reading, header, about, erased) if resembling is None else resembling
    cells, clean = _cells_naming_erased(reading, header, about | resembling.keys(), erased), titles_without(header, erased)
    if cells or clean != header:
        kept = redacted(replace(reading, header=clean.titles, matched=clean), (), cells)
        reading = read_return(kept)
    lines = decode(kept).lines
    said = dict.fromkeys(about, "D" if came_after_erasure else "")
    said |= {line: f"S{after}" for line, after in resembling.items()}
    marked = _marked(reading, header, said, outcome_of, erased)
    changed = {**marked, **_wiped(reading, lines, erased)}
    if not changed:
        return kept
    for candidate in (changed, {**marked, **{number: _masked(lines[number - 1]) for number in changed.keys() - marked}}):
        copy = _patched(lines, candidate)
        if _is_read_alike(reading, copy, set(changed)):
            return copy
    # How damaged lines nearby are read may depend on the record that was taken out. In the plain copy, in which every cell is
    # quoted, hardly anything depends on its neighbours.
    return _patched(decode(redacted(reading, ())).lines, changed)


def marked_lines(kept: bytes, erased: ErasedPersons) -> list[tuple[int, int | None]]:
    """The lines on which a record was erased after it had been taken, or refused: and up to which file; None for all."""
    try:
        reading = read_return(kept)
    except Exception:  # nothing that cannot be read has marks
        return []
    return [(mark.line, mark.resembles) for mark in marks_in(reading, erased) if not mark.came_after_erasure]


def header_of(kept: bytes) -> MatchedHeader | None:
    """The header of a return, None where it is none or cannot be read."""
    try:
        return read_return(kept).matched
    except Exception:
        return None


def _lines_resembling(reading: Reading, header: MatchedHeader, about: set[int], erased: ErasedPersons) -> dict[int, int]:
    if not erased.watches_for_likeness or "learner_ref" not in header.contract.key:
        return {}
    if header.missing or header.twice or header.is_rejected_lines:
        return {}  # there a person is looked for as a word in any cell: see lines_about_erased
    known = about | {mark.line for mark in marks_in(reading, erased)}
    return lines_resembling_erased(identities(reading, header, known), erased)


def is_withheld(kept: bytes) -> bool:
    """Whether a notice stands for the original."""
    return _NOTICE in kept


def _cells_naming_erased(reading: Reading, header: MatchedHeader, about: set[int], erased: ErasedPersons) -> set[tuple[int, int]]:
    """Cells, in columns that nobody asked for, in which another's record names the person: line of the record, column."""
    return {
        (record.line, column)
        for record in reading.records
        if record.line not in about
        for column in header.unknown
        if erased.mentions(record.cells[column], SHORTEST_REFERENCE)
    }


def notice_instead_of(kept: bytes) -> bytes:
    """The notice that stands for an original that nobody can look into, refused for the same reason as the original."""
    try:
        read_return(kept)
    except Unreadable as refusal:
        return _notice(kept, refusal)
    except Exception:  # see without_erased()
        return _NOTICE
    return _NOTICE


def _marked(
    reading: Reading, header: MatchedHeader, why: Mapping[int, str], outcome_of: RecordOutcomeOf, erased: ErasedPersons
) -> dict[int, str]:
    changed: dict[int, str] = {}
    for record in reading.records:
        if record.line not in why:
            continue
        scope = "/".join(quote(_value(header, record, name) or "", safe="") for name in header.contract.scope)
        said = f"{outcome_of(record.line)}{why[record.line]} {scope}"
        # the line breaks of a cell stay in the cell of the mark
        breaks = "\n" * (record.last_line - record.line)
        text = f'"{MARK} {said} {erased.seal(said)}{breaks}"' + reading.delimiter * (len(reading.header) - 1)
        changed |= dict(enumerate(text.split("\n"), start=record.line))
    return changed


def _wiped(reading: Reading, lines: list[str], erased: ErasedPersons) -> dict[int, str]:
    """Damaged records and lines above the header that hold a reference: the same damage, or nothing said."""
    changed: dict[int, str] = {}
    for damaged in reading.damaged:
        numbers = range(damaged.line, damaged.last_line + 1)
        if damaged.rule == "LIG-07" or any(erased.mentions(lines[number - 1]) for number in numbers):
            changed |= stand_in(damaged, reading)
    for number, role in enumerate(reading.line_roles, start=1):
        if role == "preamble" and (is_oversized_line(lines[number - 1]) or erased.mentions(lines[number - 1])):
            changed[number] = f"sep={reading.delimiter}"
    return changed


def _masked(line: str) -> str:
    """A line that is damaged as it was, and looks like the records that it looked like, without a word or a figure."""
    return _LETTER.sub("x", _DIGIT.sub("9", line))


def _patched(lines: Iterable[str], changed: Mapping[int, str]) -> bytes:
    text = "\n".join(changed.get(number, line) for number, line in enumerate(lines, start=1))
    return text.encode("utf-8") + b"\n"


def _is_read_alike(before: Reading, copy: bytes, changed: set[int]) -> bool:
    try:
        after = read_return(copy)
    except Unreadable:
        return False
    return (
        after.line_roles == before.line_roles
        and after.header == before.header
        and _others(after.records, changed) == _others(before.records, changed)
        and [(d.line, d.last_line, d.rule) for d in after.damaged] == [(d.line, d.last_line, d.rule) for d in before.damaged]
    )


def _others(records: Iterable[Record], changed: set[int]) -> list[Record]:
    return [replace(record, cells=(), mis_decoded=False) if record.line in changed else record for record in records]


# ------------------------------------------------------------------------------------------------- files that are not read


def _without_header(kept: bytes, erased: ErasedPersons, refusal: Unreadable) -> bytes:
    if refusal.rule == "FIC-01":
        return kept
    if refusal.rule == "FIC-02":
        return kept if is_withheld(kept) else _notice(kept, refusal)
    lines = decode(kept).lines
    if not any(map(erased.mentions, lines)):
        return kept
    copy = _patched(lines, {number: "-" for number, line in enumerate(lines, start=1) if erased.mentions(line)})
    return copy if _refused(copy) == _said(refusal) else _notice(kept, refusal)


def _notice(kept: bytes, refusal: Unreadable) -> bytes:
    blank = b"\n" * refusal.blank_lines
    for start in (b"", *(kept[:length] for length in (2, 4, 6, 8, 16)), b"<html>", b"\x01" * 40):
        if _refused(start + _NOTICE + blank) == _said(refusal):
            return start + _NOTICE + blank
    return _NOTICE


def _refused(data: bytes) -> tuple[str, str, int] | None:
    try:
        read_return(data)
    except Unreadable as refusal:
        return _said(refusal)
    return None


def _said(refusal: Unreadable) -> tuple[str, str, int]:
    return refusal.rule, refusal.detail, refusal.blank_lines
