"""`archive/erased.jsonl`: the tombstones of erased persons and of purged sessions, keyed hashes all, only ever appended to."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from warehouse.durable_files import sync_folder
from warehouse.errors import TombstonesDamaged

_LISTS = ("nationals", "identities", "spared")


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

    All that is kept of the person are keyed hashes: `learner_key` is the pseudonym; `reference` the hash of the reference as it
    was written; `folded` of the reference in any spelling; `place` of the reference in any spelling with provider and session;
    `identities` of the reference with birth date and sex; `nationals` of the national references. Tombstones laid before version
    4 of the store have the first two alone.

    `after` is the number of the last file that had come by then. `spared` are the learner keys of others who resemble the person
    and are somebody else. `of` is the erasure that this one is a part of, '' for none.
    """

    id: str
    begun_at: datetime | None
    learner_key: str
    reference: str
    done_at: datetime | None = None
    folded: str = ""
    place: str = ""
    nationals: tuple[str, ...] = ()
    identities: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()
    after: int = 0
    of: str = ""


@dataclass(frozen=True)
class Tombstones:
    """All that the file says. `spared` and `resembling` were noted apart from an erasure.

    `unrecognised` are those that were laid with a key which is lost since: nobody is known again by their hashes.
    """

    tombstones: tuple[Tombstone, ...] = ()
    purged: frozenset[tuple[str, str]] = frozenset()
    spared: frozenset[str] = frozenset()
    resembling: Mapping[str, int] = field(default_factory=dict)
    unrecognised: tuple[Tombstone, ...] = ()


def tombstones_path(home: Path) -> Path:
    """Where the tombstones lie: among the originals, so that whoever saves or restores those has them too."""
    return home / "archive" / "erased.jsonl"


def lay_tombstone(home: Path, new: Tombstone, at: datetime) -> Tombstone:
    """Note that a person is being erased, before anything of it is removed: from now on nothing of it is taken again.

    Returns the tombstone. One that is there already is returned as it is, so that an erasure which was cut off goes on; but one
    from the time when other spellings were not looked for yet is laid anew. OSError where it cannot be written.
    """
    known = find_tombstone(home, new.learner_key)
    if known and (known.place or not new.place):
        return known
    new = replace(new, id=known.id if known else secrets.token_hex(8), begun_at=at)
    said = {name: getattr(new, name) for name in ("folded", "place", *_LISTS, "after", "of") if getattr(new, name)}
    _append(home, {"erased": new.id, "at": at.isoformat(), "learner": new.learner_key, "reference": new.reference, **said})
    return new


def find_tombstone(home: Path, learner_key: str) -> Tombstone | None:
    """The tombstone of a person, if there is one. TombstonesDamaged."""
    return next((known for known in read_tombstones(home) if known.learner_key == learner_key), None)


def read_tombstones(home: Path) -> list[Tombstone]:
    """All tombstones, in the order in which they were laid. TombstonesDamaged where a line cannot be read."""
    return list(read_all(home).tombstones)


def note_done(home: Path, tombstone: Tombstone, at: datetime) -> None:
    """Note that nothing of the person is left."""
    if tombstone.done_at is None:
        _append(home, {"done": tombstone.id, "at": at.isoformat()})


def note_spared(home: Path, learner_key: str, at: datetime) -> None:
    """Note that whoever comes under this key is somebody else than whom it resembles."""
    if learner_key not in read_all(home).spared:
        _append(home, {"spared": learner_key, "at": at.isoformat()})


def note_resembling(home: Path, learner_keys: Mapping[str, int], at: datetime) -> None:
    """Note under which keys an erased person seems to have come again, each with the last file of before the erasure."""
    for key, after in learner_keys.items():
        _append(home, {"resembling": key, "after": after, "at": at.isoformat()})


def note_purged(home: Path, sessions: Iterable[tuple[str, str]], at: datetime) -> None:
    """Note that the learners of these sessions (provider, session) are being purged."""
    for provider_siret, session_id in sorted(set(sessions) - read_all(home).purged):
        _append(home, {"purged": [provider_siret, session_id], "at": at.isoformat()})


def note_reopened(home: Path, provider_siret: str, session_id: str, at: datetime) -> bool:
    """Note that learners of a purged session are taken again; False where it was not purged."""
    if (provider_siret, session_id) not in read_all(home).purged:
        return False
    _append(home, {"reopened": [provider_siret, session_id], "at": at.isoformat()})
    return True


def note_new_key(home: Path, fingerprint: str, at: datetime) -> None:
    """Note that from now on hashes are made with another key, since the one of before is lost; once for each new key."""
    path = tombstones_path(home)
    if path.exists() and json.dumps(fingerprint).encode("ascii") not in path.read_bytes():
        _append(home, {"new_key": fingerprint, "at": at.isoformat()})


def read_all(home: Path) -> Tombstones:
    """All that the file says; nothing where there is none. TombstonesDamaged where a line cannot be read."""
    path = tombstones_path(home)
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return Tombstones()
    begun: dict[str, Tombstone] = {}
    purged: dict[tuple[str, str], None] = {}
    spared: set[str] = set()
    resembling: dict[str, int] = {}
    unrecognised: list[Tombstone] = []
    for number, line in enumerate(lines[:-1], start=1):  # what a kill has cut off has no line break
        try:
            content = json.loads(line)
            if "erased" in content:
                begun[content["erased"]] = _read(content)
            elif "done" in content:
                begun[content["done"]] = replace(begun[content["done"]], done_at=datetime.fromisoformat(content["at"]))
            elif "spared" in content:
                spared.add(content["spared"])
            elif "resembling" in content:
                resembling[content["resembling"]] = int(content["after"])
            elif "new_key" in content:
                unrecognised += begun.values()
                for of_lost_key in (begun, spared, resembling):
                    of_lost_key.clear()
            elif "reopened" in content:
                purged.pop(_session(content["reopened"]), None)
            else:
                purged[_session(content["purged"])] = None
        except (ValueError, KeyError, TypeError):
            raise TombstonesDamaged(
                f"{path}, line {number}, cannot be read: put the file back from your backup, else erased persons come back"
            ) from None
    return Tombstones(tuple(begun.values()), frozenset(purged), frozenset(spared), resembling, tuple(unrecognised))


def _read(content: Mapping[str, Any]) -> Tombstone:
    nationals, identities, spared = (tuple(content.get(name, ())) for name in _LISTS)
    return Tombstone(
        content["erased"], datetime.fromisoformat(content["at"]), content["learner"], content["reference"],
        folded=content.get("folded", ""), place=content.get("place", ""), nationals=nationals, identities=identities,
        spared=spared, after=int(content.get("after", 0)), of=content.get("of", ""),
    )  # fmt: skip


def _session(of: Any) -> tuple[str, str]:
    provider_siret, session_id = of
    return provider_siret, session_id


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
