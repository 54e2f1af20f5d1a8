"""Who a person is, from all versions of its rows, and where else the same person seems to stand: archive and store are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from transforms.parse.choose_columns import read_and_choose
from transforms.read import Reading
from transforms.read.match_columns import MatchedHeader
from transforms.redaction.erase_records import (
    identities,
    lines_about_erased,
    marks_in,
    rows_resembling_erased,
    shared_references,
    values_at,
)
from transforms.redaction.quick_search import QuickSearch
from warehouse.erasure.erased_persons import KEY, ErasedPersons, key_hashes, national_hashes, tombstone_of
from warehouse.erasure.identifying_marks import known_hashes, shared_nationals
from warehouse.erasure.spelling import is_placeholder
from warehouse.erasure.tombstones import Person, Tombstone
from warehouse.intake.archive import Archive
from warehouse.store.pseudonyms import Pseudonyms
from warehouse.store.store import Store


@dataclass
class KnownPerson:
    """A person: its tombstone, as it is or will be, and its references and national references as they were written."""

    tombstone: Tombstone
    texts: set[str]


@dataclass
class LikelySamePerson:
    """Where else it seems to stand: under which keys, and in which sessions (SIRET/number; `?` where that cannot be read)."""

    persons: dict[Person, None] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)


def identify_person(home: Path, store: Store, keys: Pseudonyms, person: Person) -> KnownPerson:
    """The tombstone that a person will have, from every version of its rows: those in error too, which only the archive has."""
    with store.transaction("look who that is") as con:
        nationals, hashes = known_hashes(con, keys, person)
        shared_in_store = shared_nationals(con)
        after = store.last_number()
    texts = {person.learner_ref}
    wanted = ErasedPersons(keys, wanted=person)
    for reading, header in _returns(home, QuickSearch([person.learner_ref])):
        if "born_on" not in {column.name for column in header.contract.columns}:
            continue
        about = lines_about_erased(reading, header, wanted)
        if not about:
            continue
        shared = None
        rows = identities(reading, header)
        for values in values_at(rows, np.flatnonzero(np.isin(rows.lines, list(about)))):
            hashes |= set(key_hashes(keys, {**values, "session_id": None}))
            if (national := values.get("national_ref")) and not is_placeholder(national):
                if shared is None:
                    shared = shared_references(rows)
                of_it = set(national_hashes(keys, national))
                if not of_it & shared_in_store and not {keys.folded_hash("text", one) for one in shared} & of_it:
                    nationals |= of_it
                    texts.add(national)
    new = tombstone_of(keys, person, nationals=tuple(sorted(nationals)), identities=tuple(sorted(hashes)), after=after)
    return KnownPerson(new, texts)


def find_likely_same_person(home: Path, erased: ErasedPersons, texts: set[str] | None) -> LikelySamePerson:
    """Where else somebody erased seems to stand in what was kept.

    Args:
        home: the home folder.
        erased: who they are; those spared are not looked for.
        texts: their references, national ones too, as written; None where they are not known.
    """
    found = LikelySamePerson()
    watchful = erased.watching_for_likeness()
    for reading, header in _returns(home, QuickSearch(texts)):
        known = lines_about_erased(reading, header, erased) | {mark.line for mark in marks_in(reading, erased)}
        rows = identities(reading, header, known)
        for values in values_at(rows, np.array([*rows_resembling_erased(rows, watchful)], np.int64)):
            key = [values.get(name) for name in KEY]
            if None in key:
                found.unreadable.add("/".join(str(part or "?") for part in key[:2]))
            else:
                found.persons[Person(*map(str, key))] = None
    return found


def _returns(home: Path, look: QuickSearch) -> Iterator[tuple[Reading, MatchedHeader]]:
    """The originals of returns about learners that can be read cell by cell."""
    for archive in (Archive(home), Archive.of_held(home)):
        for sha256 in archive.hashes():
            data = archive.read(sha256)
            if not look.may_be_in_file(data):
                continue
            try:
                reading = read_and_choose(data)
            except Exception:  # refused for that very reason: nothing was taken of it
                continue
            header = reading.matched
            if "learner_ref" in header.contract.key and not (header.missing or header.twice):
                yield reading, header


