"""The tombstones once the key of their hashes is lost."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from warehouse.erasure.erased_persons import ErasedPersons, tombstone_of
from warehouse.erasure.tombstones import (
    Person,
    lay_tombstone,
    note_done,
    note_new_key,
    note_purged,
    note_resembling,
    note_spared,
    read_all,
)
from warehouse.store.pseudonyms import Pseudonyms

AT = datetime(2026, 11, 28, tzinfo=UTC)
OLD, NEW = Pseudonyms(b"o" * 32), Pseudonyms(b"n" * 32)
PERSON, OTHER = (Person("90012000700019", "S1", reference) for reference in ("L-1234", "L-5678"))


def test_with_another_key_hashes_are_of_no_use_and_names_of_sessions_are(tmp_path: Path) -> None:
    note_new_key(tmp_path, NEW.fingerprint, AT)
    assert not list(tmp_path.iterdir())  # nobody was erased
    done = lay_tombstone(tmp_path, tombstone_of(OLD, PERSON), AT)
    note_done(tmp_path, done, AT)
    lay_tombstone(tmp_path, tombstone_of(OLD, OTHER), AT)
    note_purged(tmp_path, [("90012000700019", "S9")], AT)
    note_spared(tmp_path, "s", AT)
    note_resembling(tmp_path, {"r": 3}, AT)
    for _ in range(2):  # as after a kill
        note_new_key(tmp_path, NEW.fingerprint, AT)
        again = lay_tombstone(tmp_path, tombstone_of(NEW, PERSON), AT)
    noted = read_all(tmp_path)
    assert noted.tombstones == (again,) and again.id != done.id
    assert [(one.id == done.id, one.done_at) for one in noted.unrecognised] == [(True, AT), (False, None)]
    assert (noted.purged, noted.spared, noted.resembling) == ({("90012000700019", "S9")}, frozenset(), {})
    # what nobody can look into is still not kept
    gone = ErasedPersons(NEW, noted=read_all(tmp_path))
    assert gone and not gone.is_person(*vars(PERSON).values())
