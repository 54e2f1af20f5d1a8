"""Another key for a home whose key is lost: what was made with the old one is bound to the new one, or given up and counted."""

from __future__ import annotations

import hashlib
import logging
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from flows.errors import WrongUse
from transforms.redaction.new_seals import with_new_seals
from warehouse.durable_files import private_files
from warehouse.erasure.tombstones import note_new_key, read_all
from warehouse.errors import KeyLost, LedgerDamaged, StoreOfAnotherVersion, StoreUnusable
from warehouse.intake.archive import Archive
from warehouse.intake.ledger_file import Ledger, bind_ledger_copy, completed_ledger, note_rewritten, read_ledger
from warehouse.query_results import single_row
from warehouse.store.pseudonyms import (
    Pseudonyms,
    key_path,
    load_key,
    next_key,
    note_next_key,
    put_next_key_in_place,
)
from warehouse.store.store import Store

log = logging.getLogger("suivi.night")


@dataclass(frozen=True)
class LostWithKey:
    """What went with the key: so many erased persons are not known again, and so many of these erasures had been cut off."""

    erased_persons: int
    cut_off: int


class NewKey:
    """The key that takes the place of a lost one, and what has to be bound to it.

    Nothing of the home is changed before `take`. That may be cut off at any moment: made again, it goes on from there, with the
    same key.

    Args:
        home: its folder.
        scratch: an empty folder, in which the old store is read: a copy that passes for one of the new key.

    Raises WrongUse where the key is not lost; KeyUnusable, LedgerDamaged, TombstonesDamaged where what they name cannot be read.
    """

    def __init__(self, home: Path, scratch: Path) -> None:
        self._home = home
        try:
            key, self._is_in_place, self._is_noted = load_key(home, may_create=False), True, True
        except KeyLost:
            (key, self._is_noted), self._is_in_place = next_key(home), False
        self._key, self._keys = key, Pseudonyms(key)
        copy, key_of_store = self._copy_of_store(scratch)
        #: where the old store can be read; None where there is none, or it is damaged
        self.old_store = copy
        #: the history, as far as the archive and the old store know it
        self.ledger = self._ledger()
        #: whether an earlier run has begun to take this key
        self.has_begun = self._is_noted and self._is_ledger_bound()
        if self._is_in_place and not (self.has_begun and key_of_store not in (None, self._keys.fingerprint)):
            raise WrongUse(
                f"{key_path(home)} is whole, so that nothing need be lost: leave out --new-key; if it is not the key of this"
                " home, put the right one back, and only if you have none move this one away and run the same again"
            )
        read_all(home)  # raises before anything is changed

    def take(self) -> LostWithKey:
        """Bind ledger, originals and tombstones to the key, then put it in place. OSError where that cannot be written."""
        if not self._is_noted:
            note_next_key(self._home, self._key)
        if not self.has_begun:
            bind_ledger_copy(self._home, self.ledger, self._keys.fingerprint)
        self._seal()
        note_new_key(self._home, self._keys.fingerprint, datetime.now(UTC))
        if not self._is_in_place:
            put_next_key_in_place(self._home)
        persons = read_all(self._home).unrecognised
        return LostWithKey(len(persons), sum(one.done_at is None for one in persons))

    def _copy_of_store(self, scratch: Path) -> tuple[Path | None, str | None]:
        path, copy = self._home / "store.duckdb", scratch / "store-before.duckdb"
        if not path.exists():
            return None, None
        try:
            with private_files():
                for ending in ("", ".wal"):
                    if (of_store := path.with_name(path.name + ending)).exists():
                        shutil.copyfile(of_store, copy.with_name(copy.name + ending))
                with duckdb.connect(str(copy)) as con:
                    (before,) = single_row(con, "SELECT key_fingerprint FROM meta")
                    con.execute("UPDATE meta SET key_fingerprint = ?", [self._keys.fingerprint])
            Store.open_copy(copy, self._key).close()
        except StoreOfAnotherVersion:
            raise
        except (duckdb.Error, AssertionError, StoreUnusable):
            log.warning("%s cannot be read", path)
            return None, None
        return copy, str(before)

    def _ledger(self) -> Ledger:
        if self.old_store is not None:
            try:
                with Store.open_copy(self.old_store, self._key) as store, store.transaction("read the ledger") as con:
                    return completed_ledger(self._home, con)
            except LedgerDamaged as error:  # the store is behind the archive: that is what the rebuild mends
                log.warning("%s", error)
        return read_ledger(self._home)

    def _is_ledger_bound(self) -> bool:
        try:
            return read_ledger(self._home).key_fingerprint == self._keys.fingerprint
        except LedgerDamaged:  # it is made again from the old store
            return False

    def _seal(self) -> None:
        """Seal the marks of erased persons anew, in originals that are as the ledger says, or would be so after it."""
        kept = {file.sha256: file.kept for file in self.ledger.files}
        for archive in (Archive.of_held(self._home), Archive(self._home)):  # see PersonRemoval.archive
            for sha256 in archive.hashes():
                before = archive.read(sha256)
                after = with_new_seals(before, self._keys.seal)
                hashes = [hashlib.sha256(content).hexdigest() for content in (before, after)]
                if after != before and sha256 not in hashes and kept.get(sha256) in hashes:
                    note_rewritten(self._home, sha256, after, "new key")
                    archive.put(sha256, after)
