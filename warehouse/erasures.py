"""Who must not come back: the tombstones of erased persons, and of sessions whose time of keeping is over."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from warehouse.private import sync_folder
from warehouse.problem import TombstonesDamaged
from warehouse.pseudonym import Pseudonyms, load_key

_CELL_BORDERS = re.compile('[;,\t|"]')
_WORD = re.compile("[^\\s;,\t|\"']+")


@dataclass(frozen=True)
class Person:
    """A learner of a session by its provider's reference: what a request for erasure names."""

    provider_siret: str
    session_id: str
    learner_ref: str

    def __repr__(self) -> str:
        return "Person(…)"  # never in a log or a traceback


@dataclass(frozen=True)
class Tombstone:
    """One erasure. `done_at` is None until everything is gone.

    What is known of the person are two keyed hashes: `learner_key`, its pseudonym, and that of its reference alone.
    """

    id: str
    begun_at: datetime
    learner_key: str
    reference: str
    done_at: datetime | None = None


def tombstones_path(home: Path) -> Path:
    """Where the tombstones lie: among the originals, so that whoever saves or restores those has them too."""
    return home / "archive" / "erased.jsonl"


class Erased:
    """Knows an erased person when its rows come again.

    Args:
        pseudonyms: of the home's key.
        tombstones: the erasures, begun ones too.
        purged: provider and session of the sessions that were purged.
        wanted: one more person, whose tombstone may still be missing; it is also found in the midst of damaged text.
    """

    def __init__(
        self, pseudonyms: Pseudonyms, tombstones: Iterable[Tombstone] = (), purged: Iterable[tuple[str, str]] = (),
        wanted: Person | None = None,
    ) -> None:  # fmt: skip
        self.tombstones = tuple(tombstones)
        self.purged = frozenset(purged)
        self._pseudonyms = pseudonyms
        learner_keys = {tombstone.learner_key for tombstone in self.tombstones}
        self._references = {tombstone.reference for tombstone in self.tombstones}
        if wanted:
            learner_keys.add(_learner_key(pseudonyms, wanted))
            self._references.add(pseudonyms.reference_hash(wanted.learner_ref))
        self.learner_keys = frozenset(learner_keys)
        self._wanted = re.compile(rf"(?<!\w){re.escape(wanted.learner_ref)}(?!\w)") if wanted else None

    @classmethod
    def of(cls, home: Path, wanted: Person | None = None) -> Erased:
        """Those of a home. KeyUnusable without its key, TombstonesDamaged where a line cannot be read."""
        tombstones, purged = _read(tombstones_path(home))
        return cls(Pseudonyms(load_key(home, may_create=False)), tombstones, purged, wanted)

    def __bool__(self) -> bool:
        return bool(self.learner_keys or self.purged)

    def widened(self, kind: type[Erased]) -> Erased:
        """The same, of a kind that knows more."""
        return kind(self._pseudonyms, self.tombstones, self.purged)

    def is_person(self, provider_siret: str, session_id: str, learner_ref: str) -> bool:
        """Whether these are the key of somebody erased."""
        if (provider_siret, session_id) in self.purged:
            return True
        keys = self.learner_keys
        return bool(keys) and self._pseudonyms.learner_key(provider_siret, session_id, learner_ref) in keys

    def is_reference(self, text: str) -> bool:
        """Whether this is the reference of somebody erased, in whatever session."""
        return bool(text) and bool(self._references) and self._pseudonyms.reference_hash(text) in self._references

    def mentions(self, text: str, least: int = 1) -> bool:
        """Whether a text that cannot be read as cells holds the reference of somebody erased, of so many characters at least."""
        if not self._references:
            return False
        if self._wanted and any(len(found) >= least for found in self._wanted.findall(text)):
            return True
        pieces = {piece.strip() for piece in _CELL_BORDERS.split(text)} | set(_WORD.findall(text))
        return any(self.is_reference(piece) for piece in pieces if len(piece) >= least)

    def seal(self, text: str) -> str:
        """See Pseudonyms.seal."""
        return self._pseudonyms.seal(text)


class Unattributable(Erased):
    """Whoever was erased, and besides, in a file that was kept long enough, whoever is in lines that cannot be attributed."""

    def __bool__(self) -> bool:
        return True

    def is_reference(self, text: str) -> bool:
        """Yes: that record has no readable key."""
        return True

    def mentions(self, text: str, least: int = 1) -> bool:
        """Yes: that text cannot be read as cells."""
        return True


class Everyone(Unattributable):
    """All persons of a file of which nothing was taken and which was kept long enough."""

    def is_person(self, provider_siret: str, session_id: str, learner_ref: str) -> bool:
        """Yes."""
        return True


def bury(home: Path, person: Person, at: datetime) -> Tombstone:
    """Note that a person is being erased, before anything is: from now on nothing of it is taken again.

    The tombstone that is there already is given back, so that an erasure which was cut off goes on. KeyUnusable, OSError.
    """
    if known := find_tombstone(home, person):
        return known
    pseudonyms = Pseudonyms(load_key(home, may_create=False))
    key, reference = _learner_key(pseudonyms, person), pseudonyms.reference_hash(person.learner_ref)
    new = Tombstone(secrets.token_hex(8), at, key, reference)
    _append(home, {"erased": new.id, "at": at.isoformat(), "learner": new.learner_key, "reference": new.reference})
    return new


def find_tombstone(home: Path, person: Person) -> Tombstone | None:
    """The tombstone of a person, if there is one. KeyUnusable, TombstonesDamaged."""
    key = _learner_key(Pseudonyms(load_key(home, may_create=False)), person)
    return next((known for known in read_tombstones(home) if known.learner_key == key), None)


def read_tombstones(home: Path) -> list[Tombstone]:
    """All tombstones, in the order in which they were laid. TombstonesDamaged where a line cannot be read."""
    return _read(tombstones_path(home))[0]


def _learner_key(pseudonyms: Pseudonyms, person: Person) -> str:
    return pseudonyms.learner_key(person.provider_siret, person.session_id, person.learner_ref)


def note_done(home: Path, tombstone: Tombstone, at: datetime) -> None:
    """Note that nothing of the person is left."""
    if tombstone.done_at is None:
        _append(home, {"done": tombstone.id, "at": at.isoformat()})


def note_purged(home: Path, sessions: Iterable[tuple[str, str]], at: datetime) -> None:
    """Note that the learners of these sessions (provider, session) are being purged."""
    known = _read(tombstones_path(home))[1]
    for provider_siret, session_id in sorted(set(sessions) - known):
        _append(home, {"purged": [provider_siret, session_id], "at": at.isoformat()})


def _read(path: Path) -> tuple[list[Tombstone], set[tuple[str, str]]]:
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return [], set()
    begun: dict[str, Mapping[str, Any]] = {}
    done: dict[str, str] = {}
    purged: set[tuple[str, str]] = set()
    for number, line in enumerate(lines[:-1], start=1):  # what a kill has cut off has no line break
        try:
            content = json.loads(line)
            if "erased" in content:
                begun[content["erased"]] = content
            elif "done" in content:
                done[content["done"]] = content["at"]
            else:
                provider_siret, session_id = content["purged"]
                purged.add((provider_siret, session_id))
        except (ValueError, KeyError, TypeError):
            raise TombstonesDamaged(
                f"{path}, line {number}, cannot be read: put the file back from your backup, else erased persons come back"
            ) from None
    tombstones = [
        Tombstone(
            one["erased"], datetime.fromisoformat(one["at"]), one["learner"], one["reference"],
            datetime.fromisoformat(done[one["erased"]]) if one["erased"] in done else None,
        )
        for one in begun.values()
    ]  # fmt: skip
    return tombstones, purged


def _append(home: Path, content: Mapping[str, Any]) -> None:
    path = tombstones_path(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        os.fchmod(descriptor, 0o600)
        data = file.read()
        file.truncate(data.rfind(b"\n") + 1)  # what a kill has cut off
        file.write(json.dumps(content, separators=(",", ":")).encode("ascii") + b"\n")
        os.fsync(descriptor)
    sync_folder(path.parent)
