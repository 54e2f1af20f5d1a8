"""Rows looked at by columns are found to be about the same people as rows looked at one by one."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.spec.paper import SIRET, VALID
from transforms.read import read_return
from transforms.redaction.erase_records import (
    identities,
    lines_about_erased,
    note_as_returned,
    rows_resembling_erased,
    rows_under_returned_key,
    values_at,
)
from warehouse.erasure.erased_persons import ErasedPersons, EveryPerson, key_hashes, national_hashes, tombstone_of
from warehouse.erasure.spelling import folded
from warehouse.erasure.tombstones import Person, Tombstone, Tombstones
from warehouse.store.pseudonyms import Pseudonyms

KEYS = Pseudonyms(b"\x05" * 32)
REFERENCES = ("CANARI-7731", "canari 07731", "A7", "a-07", "L1", "OLD9", "", "CANARI\u00a07731", "x" * 70)
NATIONALS = ("", "1357924680K", "1357924680 k", "inconnu", "DOSSIER 12")
BORN = ("17/03/1991", "01/01/1990", "02/02/1992", "31/02/1990")
CHANGES = st.fixed_dictionaries({
    "siret": st.sampled_from([SIRET, SIRET, "12"]), "numero_session": st.sampled_from(["S1", "S2", "S3", ""]),
    "id_apprenant": st.sampled_from(REFERENCES), "identifiant_national": st.sampled_from(NATIONALS),
    "naissance": st.sampled_from(BORN), "sexe": st.sampled_from(["F", "M", "?"]),
})  # fmt: skip


def tombstone(reference: str, national: str) -> Tombstone:
    known = {"learner_ref": reference, "born_on": date(1991, 3, 17), "sex": "F"}
    prints = {"nationals": tuple(national_hashes(KEYS, national)), "identities": tuple(key_hashes(KEYS, known))}
    return tombstone_of(KEYS, Person(SIRET, "S1", reference), **prints, after=3)


OLD = Tombstone("x", None, KEYS.learner_key(SIRET, "S1", "OLD9"), KEYS.reference_hash("OLD9"), after=2)
TOMBSTONES = (tombstone("CANARI-7731", "1357924680K"), tombstone("A7", "DOSSIER 12"), OLD)
NOTED = Tombstones(resembling={KEYS.learner_key(SIRET, "S2", "L1"): 5}, spared=frozenset({KEYS.learner_key(SIRET, "S2", "A7")}))


def shared(rows: list[dict[str, Any]]) -> set[str]:
    born = defaultdict(set)
    for row in rows:
        born[folded(row["national_ref"] or "")].add(row["born_on"])
    return {national for national, days in born.items() if national and len(days - {None}) > 2}


@given(
    changes=st.lists(CHANGES, max_size=6), tombstones=st.sets(st.sampled_from(TOMBSTONES)), are_noted=st.booleans(),
    purged=st.sampled_from([[], [(SIRET, "S3")]]),
)  # fmt: skip
def test_by_columns_as_one_by_one(
    changes: list[dict[str, str]], tombstones: set[Tombstone], are_noted: bool, purged: list[tuple[str, str]]
) -> None:
    valid = VALID["apprenants"] | {"identifiant_national": ""}
    lines = [valid, *((valid | change).values() for change in changes)]
    reading = read_return("\n".join(map(";".join, lines)).encode())
    erased = ErasedPersons(KEYS, sorted(tombstones, key=str), purged, noted=NOTED if are_noted else None).watching_for_likeness()
    rows = identities(reading, reading.matched)
    one_by_one = values_at(rows, rows.lines - 2)
    whole = {
        line: key for line, values in enumerate(one_by_one, start=2)
        if all(key := [values[name] for name in ("provider_siret", "session_id", "learner_ref")])
    }  # fmt: skip
    about = lines_about_erased(reading, reading.matched, erased)
    assert about & whole.keys() == {line for line, key in whole.items() if erased and erased.is_person(*key)}
    assert lines_about_erased(reading, reading.matched, erased.as_kind(EveryPerson)) == set(rows.lines.tolist())
    others = [values for line, values in enumerate(one_by_one, start=2) if line not in about]
    alike = {
        place: after for place, values in enumerate(one_by_one)
        if place + 2 not in about and (after := erased.match_resembling(values, shared(others))) is not None
    }  # fmt: skip
    assert rows_resembling_erased(rows, erased, about) == alike
    note_as_returned(rows, alike, erased)
    returned = {place: after for place, values in enumerate(one_by_one) if (after := erased.match_returned_key(values)) is not None}
    assert rows_under_returned_key(rows, erased) == returned
    assert {place for place in alike if place + 2 in whole} - returned.keys() == set(), "what resembles is known again by its key"
