"""An original without the persons who were erased: every line keeps its number and its role, a record what became of it.

In the place of an erased record stands a *mark*: a record that says, sealed with the home's key, whether the record had been
accepted or was in error, and which scope it named. So the file is decided again as it was, for everybody else. So does one in
the place of a record that came after an erasure and resembles the person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from urllib.parse import quote, unquote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from expectations.contract import Column, Return
from transforms.parse.choose_columns import read_and_choose
from transforms.parse.columns import TypedRows, parse_columns
from transforms.parse.values import parse_cell
from transforms.read import Reading, Record, Records, Role, Unreadable
from transforms.read.decode import decode
from transforms.read.match_columns import MatchedHeader
from transforms.read.record_limits import is_oversized_line
from transforms.read.totals_and_guidance import MARK
from transforms.redaction.unread_originals import NOTICE, is_withheld, patched, without_header
from transforms.redaction.unwanted_columns import lines_of_role, redacted, stand_in
from warehouse.erasure.ask_once import rows_where, rows_without
from warehouse.erasure.erased_persons import KEY, ErasedPersons
from warehouse.erasure.spelling import SHORTEST_REFERENCE, all_folded

_MARK = re.compile(rf"{MARK} (?P<said>(?P<outcome>[ARU])(?P<why>D|S[0-9]+)? (?P<scope>\S*)) (?P<seal>[0-9a-f]{{32}})")
#: what stands for the title of a column that names a person
TITLE = "effacé"
_LETTER, _DIGIT = re.compile(r"[^\W\d_]"), re.compile(r"\d")

#: what tells who somebody is
_IDENTITY = (*KEY, "national_ref", "born_on", "sex")
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
    records = reading.records
    like_one = np.zeros(len(records), np.bool_)
    for column in records.cells:
        if pc.any(pc.starts_with(column.dictionary, MARK)).as_py():
            like_one |= rows_where(column, lambda text: text.startswith(MARK))
    found = []
    for record in records.take(like_one).rows():
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
    if header.missing or header.twice or header.is_rejected_lines:
        about = _where_mentioned(reading.records, erased)
    else:
        about = _where_key(reading, header, erased)
    return set(reading.records.lines[about].tolist()) - {mark.line for mark in marks_in(reading, erased)}


def rows_resembling_erased(rows: TypedRows, erased: ErasedPersons, erased_lines: Collection[int] = ()) -> dict[int, int]:
    """Which rows seem to be about somebody erased under another key: their places, each with the last file of before the erasure.

    Args:
        rows: those of one file.
        erased: who they are; nobody is found where it is not watchful.
        erased_lines: lines of the rows that are about an erased person by their key: they are left out.
    """
    if not erased.watches_for_likeness or "learner_ref" not in rows.columns:
        return {}
    may = erased.may_resemble(_columns(rows, _IDENTITY)) & ~np.isin(rows.lines, list(erased_lines))
    places = np.flatnonzero(may)
    if not len(places):
        return {}
    shared = shared_references(rows.take(~np.isin(rows.lines, list(erased_lines))))
    found = zip(places.tolist(), (erased.match_resembling(values, shared) for values in values_at(rows, places)), strict=True)
    return {place: after for place, after in found if after is not None}


def rows_under_returned_key(rows: TypedRows, erased: ErasedPersons) -> dict[int, int]:
    """Which rows have a key under which somebody erased seems to have come again: as rows_resembling_erased, by the key alone."""
    if "learner_ref" not in rows.columns:
        return {}
    places = np.flatnonzero(erased.may_have_returned(_columns(rows, KEY)))
    found = zip(places.tolist(), map(erased.match_returned_key, values_at(rows, places)), strict=True)
    return {place: after for place, after in found if after is not None}


def note_as_returned(rows: TypedRows, resembling: Mapping[int, int], erased: ErasedPersons) -> None:
    """Note the keys of the rows at these places as those under which an erased person seems to have come again."""
    places = np.array([*resembling], np.int64)
    for after, values in zip(resembling.values(), values_at(rows, places), strict=True):
        siret, session, reference = (values[name] for name in KEY)
        if siret and session and reference:
            erased.note_returned_key(siret, session, reference, after)


def shared_references(rows: TypedRows) -> set[str]:
    """The national references, folded, that stand for several people: they have three or more birth dates."""
    if "national_ref" not in rows.columns or "born_on" not in rows.columns:
        return set()
    nationals, dates = (rows.columns[name] for name in ("national_ref", "born_on"))
    born: dict[str, set[Any]] = {}
    pairs = np.unique(np.column_stack((nationals.codes, dates.codes)), axis=0)
    national, date = (cells.values.take(pa.array(at)) for cells, at in zip((nationals.cells, dates.cells), pairs.T, strict=True))
    for one, on in zip(all_folded(national).to_pylist(), date.to_pylist(), strict=True):
        if one is not None and on is not None:
            born.setdefault(one, set()).add(on)
    return {one for one, days in born.items() if len(days) >= _SEVERAL}


def identities(reading: Reading, header: MatchedHeader, without_lines: Collection[int] = ()) -> TypedRows:
    """The records of a return about learners, but those on some lines: what is known of who each is, parsed."""
    return _parsed(reading.records.take(~np.isin(reading.records.lines, list(without_lines))), header, _IDENTITY)


def values_at(rows: TypedRows, places: NDArray[np.int64]) -> list[dict[str, Any]]:
    """Who the few rows at these places are about: what is known of it, by field name."""
    few = rows.take(places)
    names = [name for name in _IDENTITY if name in few.columns]
    columns = [few.columns[name].values().to_pylist() for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def names_erased(kept: bytes, reading: Reading, erased: ErasedPersons) -> bool:
    """Whether anything of a file but the records about them names erased persons; `reading` is that of the bytes `kept`."""
    header = reading.matched
    if titles_without(header, erased) != header or _cells_naming_erased(reading, header, (), erased):
        return True
    return bool(reading.damaged or lines_of_role(reading, Role.PREAMBLE)) and bool(_wiped(reading, decode(kept).lines, erased))


def titles_without(header: MatchedHeader, erased: ErasedPersons | None) -> MatchedHeader:
    """The header without the names of erased persons in the titles that nobody asked for."""
    if not erased:
        return header
    titles = [
        TITLE if column is None and next(erased.places(title), None) else title
        for title, column in zip(header.titles, header.columns, strict=True)
    ]
    return replace(header, titles=tuple(titles))


def _where_mentioned(records: Records, erased: ErasedPersons, least: int = 1) -> NDArray[np.bool_]:
    """Which records have a cell that names somebody erased."""
    mentioned = np.zeros(len(records), np.bool_)
    for column in records.cells:
        mentioned |= rows_where(column, lambda text: erased.mentions(text, least))
    return mentioned


def _where_key(reading: Reading, header: MatchedHeader, erased: ErasedPersons) -> NDArray[np.bool_]:
    rows = _parsed(reading.records, header, KEY)
    keys = _columns(rows, KEY)
    no_siret, no_session, no_reference = (rows_without(keys[name]) for name in KEY)
    has_key = np.zeros(len(rows), np.bool_)
    whole = np.flatnonzero(erased.may_be_persons(keys) & ~(no_siret | no_session | no_reference))
    has_key[whole] = [erased.is_person(*(values[name] for name in KEY)) for values in values_at(rows, whole)]
    lost = np.flatnonzero(no_reference)
    at = next(i for i, column in enumerate(header.columns) if column is not None and column.name == "learner_ref")
    has_key[lost] = rows_where(reading.records.cells[at].take(pa.array(lost)), erased.mentions)
    unsure = np.flatnonzero((no_siret | no_session) & ~no_reference)  # the cells may stand in the wrong columns
    if len(unsure):
        is_reference = rows_where(keys["learner_ref"].take(pa.array(unsure)), erased.is_reference)
        has_key[unsure] = is_reference | _where_mentioned(reading.records.take(unsure), erased, SHORTEST_REFERENCE)
    return has_key


def _columns(rows: TypedRows, names: Iterable[str]) -> dict[str, pa.DictionaryArray]:
    columns = {name: rows.columns[name] for name in names if name in rows.columns}
    return {name: pa.DictionaryArray.from_arrays(column.codes, column.cells.values) for name, column in columns.items()}


def _parsed(records: Records, header: MatchedHeader, names: Collection[str]) -> TypedRows:
    """The columns of these names, as far as the return has them."""
    texts = {column.name: records.cells[i] for i, column in enumerate(header.columns) if column is not None}
    contract = replace(header.contract, columns=tuple(c for c in header.contract.columns if c.name in names))
    return parse_columns(contract, [(records.lines, texts)], _Nowhere(), ())


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
        resembling: the lines of the records that resemble somebody erased (rows_resembling_erased); looked for if None.

    Of a file that is no text nothing but a notice stays: nobody could look into it for a person. What comes out is read
    as what went in, line for line.
    """
    if not erased:
        return kept
    try:
        reading = read_and_choose(kept)
    except Unreadable as refusal:
        return without_header(kept, erased, refusal)
    except Exception:  # the file was refused for the very reason that it makes our reading crash
        return kept if is_withheld(kept) else NOTICE
    header = reading.matched
    about = lines_about_erased(reading, header, erased)
    resembling = _lines_resembling(reading, header, about, erased) if resembling is None else resembling
    cells, clean = _cells_naming_erased(reading, header, about | resembling.keys(), erased), titles_without(header, erased)
    if cells or clean != header:
        kept = redacted(replace(reading, header=clean.titles, matched=clean), (), cells)
        reading = read_and_choose(kept)
    lines = decode(kept).lines
    said = dict.fromkeys(about, "D" if came_after_erasure else "")
    said |= {line: f"S{after}" for line, after in resembling.items()}
    marked = _marked(reading, header, said, outcome_of, erased)
    changed = {**marked, **_wiped(reading, lines, erased)}
    if not changed:
        return kept
    for candidate in (changed, {**marked, **{number: _masked(lines[number - 1]) for number in changed.keys() - marked}}):
        copy = patched(lines, candidate)
        if _is_read_alike(reading, copy, set(changed)):
            return copy
    # How damaged lines nearby are read may depend on the record that was taken out. In the plain copy, in which every cell is
    # quoted, hardly anything depends on its neighbours.
    return patched(decode(redacted(reading, ())).lines, changed)


def marked_lines(kept: bytes, erased: ErasedPersons) -> list[tuple[int, int | None]]:
    """The lines on which a record was erased after it had been taken, or refused: and up to which file; None for all."""
    try:
        reading = read_and_choose(kept)
    except Exception:  # nothing that cannot be read has marks
        return []
    return [(mark.line, mark.resembles) for mark in marks_in(reading, erased) if not mark.came_after_erasure]


def header_of(kept: bytes) -> MatchedHeader | None:
    """The header of a return, None where it is none or cannot be read."""
    try:
        return read_and_choose(kept).matched
    except Exception:
        return None


def _lines_resembling(reading: Reading, header: MatchedHeader, about: set[int], erased: ErasedPersons) -> dict[int, int]:
    if not erased.watches_for_likeness or "learner_ref" not in header.contract.key:
        return {}
    if header.missing or header.twice or header.is_rejected_lines:
        return {}  # there a person is looked for as a word in any cell: see lines_about_erased
    rows = identities(reading, header, about | {mark.line for mark in marks_in(reading, erased)})
    return {int(rows.lines[place]): after for place, after in rows_resembling_erased(rows, erased).items()}


def _cells_naming_erased(
    reading: Reading, header: MatchedHeader, about: Iterable[int], erased: ErasedPersons
) -> set[tuple[int, int]]:
    """Cells, in columns that nobody asked for, in which another's record names the person: line of the record, column."""
    records = reading.records
    others = ~np.isin(records.lines, list(about))
    named = {at: rows_where(records.cells[at], lambda text: erased.mentions(text, SHORTEST_REFERENCE)) for at in header.unknown}
    return {(line, at) for at, is_named in named.items() for line in records.lines[is_named & others].tolist()}


def _marked(
    reading: Reading, header: MatchedHeader, why: Mapping[int, str], outcome_of: RecordOutcomeOf, erased: ErasedPersons
) -> dict[int, str]:
    changed: dict[int, str] = {}
    for record in reading.records.take(np.isin(reading.records.lines, list(why))).rows():
        scope = "/".join(quote(_value(header, record, name) or "", safe="") for name in header.contract.scope)
        said = f"{outcome_of(record.line)}{why[record.line]} {scope}"
        # the line breaks of a cell stay in the cell of the mark
        breaks = "\n" * (record.last_line - record.line)
        text = f'"{MARK} {said} {erased.seal(said)}{breaks}"' + reading.delimiter * (len(reading.header) - 1)
        changed |= dict(enumerate(text.split("\n"), start=record.line))
    return changed


def _wiped(reading: Reading, lines: Sequence[str], erased: ErasedPersons) -> dict[int, str]:
    """Damaged records and lines above the header that hold a reference: the same damage, or nothing said."""
    changed: dict[int, str] = {}
    for damaged in reading.damaged:
        numbers = range(damaged.line, damaged.last_line + 1)
        if damaged.rule == "LIG-07" or any(erased.mentions(lines[number - 1]) for number in numbers):
            changed |= stand_in(damaged, reading)
    for number in lines_of_role(reading, Role.PREAMBLE):
        if is_oversized_line(line := lines[number - 1]) or erased.mentions(line):
            changed[number] = f"sep={reading.delimiter}"
    return changed


def _masked(line: str) -> str:
    """A line that is damaged as it was, and looks like the records that it looked like, without a word or a figure."""
    return _LETTER.sub("x", _DIGIT.sub("9", line))


def _is_read_alike(before: Reading, copy: bytes, changed: set[int]) -> bool:
    try:
        after = read_and_choose(copy)
    except Unreadable:
        return False
    return (
        np.array_equal(after.line_roles, before.line_roles)
        and after.header == before.header
        and _are_alike(before.records, after.records, changed)
        and [(d.line, d.last_line, d.rule) for d in after.damaged] == [(d.line, d.last_line, d.rule) for d in before.damaged]
    )


def _are_alike(before: Records, after: Records, changed: set[int]) -> bool:
    if not np.array_equal(before.lines, after.lines) or not np.array_equal(before.last_lines, after.last_lines):
        return False
    kept = ~np.isin(before.lines, list(changed))
    pairs = zip(before.take(kept).cells, after.take(kept).cells, strict=True)
    return all(one.cast(pa.string()).equals(other.cast(pa.string())) for one, other in pairs)
