"""`archive/ledger.jsonl`: what the archive alone would lack to make the store again: names, order, moments, nights."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from warehouse.durable_files import sync_folder, write_private
from warehouse.errors import LedgerDamaged
from warehouse.intake.archive import Archive
from warehouse.intake.ledger_events import (
    Event,
    FileTaken,
    HeldAnswered,
    NightBegan,
    NightEnded,
    NightExamined,
    ReasonHeld,
    Rewritten,
    SenderBound,
    as_line,
    content_of,
    read_event,
)
from warehouse.query_results import read_sql
from warehouse.store.store import Store
from warehouse.store.submission import NightRules

FORMAT = 1


@dataclass(frozen=True)
class Ledger:
    """What the file says: which key the pseudonyms are made with, and what happened, in order."""

    key_fingerprint: str
    events: tuple[Event, ...]

    @property
    def files(self) -> list[FileTaken]:
        """The files, each with the hash of what the archive holds of it now, in the order in which they count."""
        kept: dict[str, str | None] = {}
        for event in self.events:
            if isinstance(event, FileTaken | Rewritten):
                kept[event.sha256] = event.kept or kept.get(event.sha256)
        return [replace(e, kept=kept[e.sha256]) for e in self.events if isinstance(e, FileTaken)]


def ledger_path(home: Path) -> Path:
    """Where the ledger's copy lies: among the originals, so that whoever saves them saves it."""
    return home / "archive" / "ledger.jsonl"


def read_ledger(home: Path) -> Ledger:
    """What the ledger's copy says; a last line that a kill has cut off is left out.

    Raises LedgerDamaged where there is none or a line cannot be read.
    """
    path = ledger_path(home)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise LedgerDamaged(f"{path} is missing: the next night writes it again from the store") from None
    whole, _, _ = data.rpartition(b"\n")
    return _parse(path, whole.split(b"\n") if whole else [])


def update_ledger_copy(home: Path, store: Store) -> int:
    """Append to the ledger's copy what the store knows and it does not: nothing, or all, of it. Returns the lines added.

    A copy that is missing is written anew; one that is damaged is put aside first, as ledger.jsonl.damaged. Raises
    LedgerDamaged where it knows of files that the store does not have: then the store was put back from an old backup.
    OSError where it cannot be written.
    """
    path = ledger_path(home)
    with store.transaction("read the ledger") as con:
        in_store = events_of_store(con)
        fingerprint = _fingerprint(con)
    try:
        ledger = read_ledger(home)
    except LedgerDamaged:
        _put_aside(path)
        ledger = Ledger(fingerprint, ())
    else:
        _cut_torn_line(path)
    _compare(home, ledger, in_store)
    if ledger.key_fingerprint != fingerprint:
        raise LedgerDamaged(f"{path} belongs to a store with another key: put the one back that goes with this store")
    missing = list(events_missing_from(ledger, in_store))
    if path.exists() and not missing:
        return 0
    missing = [_with_kept(event, home) for event in missing]
    lines = [] if path.exists() else [as_line({"ledger": FORMAT, "key": fingerprint})]
    _append(path, [*lines, *(as_line(content_of(event)) for event in missing)])
    return len(missing)


def bind_ledger_copy(home: Path, ledger: Ledger, fingerprint: str) -> None:
    """Write the ledger's copy anew, bound to another key; what lay there stays beside. OSError where it cannot be written."""
    path = ledger_path(home)
    if path.exists():
        os.link(path, path.with_name(f"{path.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"))
    lines = [as_line({"ledger": FORMAT, "key": fingerprint}), *(as_line(content_of(event)) for event in ledger.events)]
    write_private(path.parent, path.name, "".join(lines).encode("ascii"))
    sync_folder(path.parent)


def note_rewritten(home: Path, sha256: str, content: bytes, reason: str) -> None:
    """Note what the archive will hold of a file, just before it does; without this it would pass for damaged.

    Nothing happens where there is no copy of the ledger: the next night writes it, from what the archive holds then.
    OSError where it cannot be written.
    """
    if ledger_path(home).exists():
        _cut_torn_line(ledger_path(home))
        event = Rewritten(sha256, hashlib.sha256(content).hexdigest(), reason)
        _append(ledger_path(home), [as_line(content_of(event))])


def events_of_store(con: duckdb.DuckDBPyConnection) -> list[Event]:
    """What the tables of a store, to which `con` is connected, say: the same events, `kept` not yet looked up."""
    nights = con.execute(read_sql("warehouse.intake", "nights_of_ledger")).fetchall()
    files: dict[str, list[Event]] = {}
    for row in con.execute(read_sql("warehouse.intake", "files_of_ledger")).fetchall():
        file = FileTaken(*row[:9])
        if row[9]:
            file = replace(file, held=ReasonHeld(*row[9:]))
        files.setdefault(file.run_id, []).append(file)
    events: list[Event] = []
    for run_id, started_at, as_of, finished_at, state, noted_at, *rules in nights:
        events.append(NightBegan(run_id, started_at, as_of, NightRules(*rules) if rules[0] is not None else None))
        events.extend(files.pop(run_id, ()))
        if noted_at is not None:
            events.append(NightExamined(run_id, noted_at))
        if finished_at is not None:
            events.append(NightEnded(run_id, finished_at, state))
    events += (event for run in files.values() for event in run)
    answers = con.execute("SELECT submission_id, answer, answered_at FROM held_answers ORDER BY rowid").fetchall()
    bound = con.execute("SELECT sender, provider_siret, bound_at FROM bound_senders ORDER BY rowid").fetchall()
    return [*events, *(HeldAnswered(*row) for row in answers), *(SenderBound(*row) for row in bound)]


def events_missing_from(ledger: Ledger, in_store: Iterable[Event]) -> Iterator[Event]:
    """Of what a store knows, what the ledger's copy does not."""
    noted = {_identity(event) for event in ledger.events}
    return (event for event in in_store if _identity(event) not in noted)


def completed_ledger(home: Path, con: duckdb.DuckDBPyConnection) -> Ledger:
    """What the ledger's copy would say once it has caught up with that store; nothing is written."""
    in_store = events_of_store(con)
    try:
        ledger = read_ledger(home)
    except LedgerDamaged:
        ledger = Ledger(_fingerprint(con), ())
    _compare(home, ledger, in_store)
    missing = (_with_kept(event, home) for event in events_missing_from(ledger, in_store))
    return Ledger(ledger.key_fingerprint, (*ledger.events, *missing))


def damaged_originals(home: Path, files: Sequence[FileTaken]) -> dict[str, str]:
    """The originals of these files that are not what the ledger says: `missing` or `altered`, by SHA-256."""
    damaged = {}
    for sha256, kept in {file.sha256: file.kept for file in files}.items():
        found = _hash_of_kept(home, sha256)
        if found is None or found != kept:
            damaged[sha256] = "missing" if found is None else "altered"
    return damaged


def unknown_originals(home: Path, files: Sequence[FileTaken]) -> list[str]:
    """The SHA-256 of files in the archive that the ledger does not know: of a night killed before its files counted."""
    hashes = {*Archive(home).hashes(), *Archive.of_held(home).hashes()}
    return sorted(hashes - {file.sha256 for file in files})


def keep_programme(home: Path, version: str, source: bytes) -> None:
    """Keep a programme file beside the originals, by its version: the first characters of its sha256."""
    path = programme_path(home, version)
    if path.exists() and path.read_bytes() == source:
        return
    path.parent.parent.mkdir(parents=True, exist_ok=True)
    path.parent.parent.chmod(0o700)
    write_private(path.parent, path.name, source)
    sync_folder(path.parent)


def programme_path(home: Path, version: str) -> Path:
    """Where the programme file of that version is kept."""
    return home / "archive" / "programmes" / f"{version}.toml"


def _compare(home: Path, ledger: Ledger, in_store: Sequence[Event]) -> None:
    """Raise LedgerDamaged where the copy knows of files that the store does not have, or has others in their place."""
    numbered = {event.number: event.sha256 for event in in_store if isinstance(event, FileTaken)}
    for event in ledger.events:
        if isinstance(event, FileTaken) and numbered.get(event.number) != event.sha256:
            raise LedgerDamaged(
                f"{home / 'store.duckdb'} is not the store that {ledger_path(home)} speaks of, from file {event.number} on"
                " (put back from an old backup?): run `suivi rebuild`"
            )


def _identity(event: Event) -> tuple[Any, ...]:
    if isinstance(event, FileTaken):
        return (FileTaken, event.number)
    if isinstance(event, Rewritten):
        return (Rewritten, event.sha256, event.kept)
    if isinstance(event, HeldAnswered | SenderBound):
        return (type(event), *vars(event).values())
    return (type(event), event.run_id)


def _with_kept(event: Event, home: Path) -> Event:
    return replace(event, kept=_hash_of_kept(home, event.sha256)) if isinstance(event, FileTaken) else event


def _hash_of_kept(home: Path, sha256: str) -> str | None:
    """The SHA-256 of what is kept of a file, None where nothing is; one that is held may lie apart from those that count."""
    for archive in (Archive(home), Archive.of_held(home)):
        with contextlib.suppress(OSError, ValueError):
            return _hash_of(archive.path(sha256))
    return None


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fingerprint(con: duckdb.DuckDBPyConnection) -> str:
    return str(con.execute("SELECT key_fingerprint FROM meta").fetchall()[0][0])


def _cut_torn_line(path: Path) -> None:
    """Take off what a kill has left of a last line; its event is appended again."""
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        os.truncate(path, whole)


def _put_aside(path: Path) -> None:
    """Make room for a new copy. One without a whole line says nothing: a kill cut it off when it was first written."""
    with contextlib.suppress(FileNotFoundError):
        if b"\n" in path.read_bytes():
            os.replace(path, path.with_name(path.name + ".damaged"))
        else:
            path.unlink()


def _append(path: Path, lines: Sequence[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    is_new = not path.exists()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "ab") as file:
        os.fchmod(descriptor, 0o600)
        file.write("".join(lines).encode("ascii"))
        file.flush()
        os.fsync(descriptor)
    if is_new:
        sync_folder(path.parent)


def _parse(path: Path, lines: Sequence[bytes]) -> Ledger:
    events: list[Event] = []
    try:
        header = json.loads(lines[0])
        if header["ledger"] != FORMAT:
            raise ValueError
        for line in lines[1:]:
            events.append(read_event(json.loads(line)))
    except (IndexError, KeyError, TypeError, ValueError):
        number = len(events) + 2 if events else 1
        raise LedgerDamaged(f"{path}, line {number}, cannot be read: put the file back from your backup") from None
    return Ledger(str(header["key"]), tuple(events))
