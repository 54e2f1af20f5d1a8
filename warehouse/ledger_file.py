"""`archive/ledger.jsonl`: what the archive alone would lack to make the store again: names, order, moments, nights."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from warehouse.archive import Archive
from warehouse.private import sync_file, sync_folder
from warehouse.problem import LedgerDamaged
from warehouse.store import Store
from warehouse.submission import NightRules

FORMAT = 1
_RULES = ("suivi_version", "programme_version", "refuse_above", "max_file_mb")


@dataclass(frozen=True)
class NightBegan:
    """A night began; its rules are None where nobody wrote them down (before version 3 of the store)."""

    run_id: str
    started_at: datetime
    as_of: date
    rules: NightRules | None


@dataclass(frozen=True)
class FileTaken:
    """A file got its number in the ledger. `kept` is the SHA-256 of what the archive holds of it, None for nothing."""

    number: int
    run_id: str
    name: str
    sha256: str
    received_at: datetime
    identity: str | None
    kept: str | None

    @property
    def size(self) -> int | None:
        """The bytes received, where the identity says it."""
        parts = (self.identity or "").split(":")
        return int(parts[2]) if len(parts) > 3 and parts[2].isdecimal() else None


@dataclass(frozen=True)
class NightExamined:
    """A night noted what it found across returns."""

    run_id: str
    noted_at: datetime


@dataclass(frozen=True)
class NightEnded:
    """A night ended."""

    run_id: str
    finished_at: datetime
    state: str


@dataclass(frozen=True)
class Rewritten:
    """What the archive holds of a file was replaced on purpose."""

    sha256: str
    kept: str
    reason: str


Event = NightBegan | FileTaken | NightExamined | NightEnded | Rewritten


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


def catch_up(home: Path, store: Store) -> int:
    """Append to the ledger's copy what the store knows and it does not: nothing, or all, of it. Returns the lines added.

    A copy that is missing is written anew; one that is damaged is put aside first, as ledger.jsonl.damaged. Raises
    LedgerDamaged where it knows of files that the store does not have: then the store was put back from an old backup.
    OSError where it cannot be written.
    """
    path, archive = ledger_path(home), Archive(home)
    with store.transaction("read the ledger") as con:
        in_store = known_to(con)
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
    missing = list(missing_from(ledger, in_store))
    if path.exists() and not missing:
        return 0
    missing = [_with_kept(event, archive) for event in missing]
    lines = [] if path.exists() else [_line({"ledger": FORMAT, "key": fingerprint})]
    _append(path, [*lines, *(_line(_written(event)) for event in missing)])
    return len(missing)


def note_rewritten(home: Path, sha256: str, content: bytes, reason: str) -> None:
    """Note what the archive will hold of a file, just before it does; without this it would pass for damaged.

    Nothing happens where there is no copy of the ledger: the next night writes it, from what the archive holds then.
    OSError where it cannot be written.
    """
    if ledger_path(home).exists():
        _cut_torn_line(ledger_path(home))
        event = Rewritten(sha256, hashlib.sha256(content).hexdigest(), reason)
        _append(ledger_path(home), [_line(_written(event))])


def known_to(con: duckdb.DuckDBPyConnection) -> list[Event]:
    """What the tables of a store, to which `con` is connected, say: the same events, `kept` not yet looked up."""
    nights = con.execute(
        "SELECT n.run_id, n.started_at, n.as_of, n.finished_at, n.state, e.noted_at,"
        f" {', '.join(f'r.{name}' for name in _RULES)}"
        " FROM nights AS n LEFT JOIN examinations AS e ON e.run_id = n.run_id"
        " LEFT JOIN night_rules AS r ON r.run_id = n.run_id ORDER BY n.rowid"
    ).fetchall()
    files: dict[str, list[Event]] = {}
    for row in con.execute(
        "SELECT submission_id, run_id, file_name, sha256, received_at, identity, NULL FROM submissions ORDER BY submission_id"
    ).fetchall():
        file = FileTaken(*row)
        files.setdefault(file.run_id, []).append(file)
    events: list[Event] = []
    for run_id, started_at, as_of, finished_at, state, noted_at, *rules in nights:
        events.append(NightBegan(run_id, started_at, as_of, NightRules(*rules) if rules[0] is not None else None))
        events.extend(files.pop(run_id, ()))
        if noted_at is not None:
            events.append(NightExamined(run_id, noted_at))
        if finished_at is not None:
            events.append(NightEnded(run_id, finished_at, state))
    return [*events, *(event for run in files.values() for event in run)]


def missing_from(ledger: Ledger, in_store: Iterable[Event]) -> Iterator[Event]:
    """Of what a store knows, what the ledger's copy does not."""
    noted = {_identity(event) for event in ledger.events}
    return (event for event in in_store if _identity(event) not in noted)


def completed(home: Path, con: duckdb.DuckDBPyConnection) -> Ledger:
    """What the ledger's copy would say once it has caught up with that store; nothing is written."""
    archive = Archive(home)
    in_store = known_to(con)
    try:
        ledger = read_ledger(home)
    except LedgerDamaged:
        ledger = Ledger(_fingerprint(con), ())
    _compare(home, ledger, in_store)
    missing = (_with_kept(event, archive) for event in missing_from(ledger, in_store))
    return Ledger(ledger.key_fingerprint, (*ledger.events, *missing))


def damaged_originals(home: Path, files: Sequence[FileTaken]) -> dict[str, str]:
    """The originals of these files that are not what the ledger says: `missing` or `altered`, by SHA-256."""
    archive, damaged = Archive(home), {}
    for sha256, kept in {file.sha256: file.kept for file in files}.items():
        try:
            if _hash_of(archive.path(sha256)) != kept:
                damaged[sha256] = "altered"
        except (OSError, ValueError):
            damaged[sha256] = "missing"
    return damaged


def unknown_originals(home: Path, files: Sequence[FileTaken]) -> list[str]:
    """The SHA-256 of files in the archive that the ledger does not know: of a night killed before its files counted."""
    return sorted(set(Archive(home).hashes()) - {file.sha256 for file in files})


def keep_programme(home: Path, version: str, source: bytes) -> None:
    """Keep a programme file beside the originals, by its version: the first characters of its sha256."""
    path = programme_path(home, version)
    if path.exists() and path.read_bytes() == source:
        return
    for folder in (path.parent.parent, path.parent):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    unfinished = path.with_name(f".part-{path.name}")
    unfinished.write_bytes(source)
    sync_file(unfinished)
    os.replace(unfinished, path)
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
    return (type(event), event.run_id)


def _with_kept(event: Event, archive: Archive) -> Event:
    if not isinstance(event, FileTaken):
        return event
    with contextlib.suppress(OSError, ValueError):
        return replace(event, kept=_hash_of(archive.path(event.sha256)))
    return event


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


# ------------------------------------------------------------------------------------------------------ events as lines


def _line(content: Mapping[str, Any]) -> str:
    # ASCII: names of files may hold what no encoding can
    return json.dumps(content, ensure_ascii=True, separators=(",", ":")) + "\n"


def _written(event: Event) -> dict[str, Any]:
    if isinstance(event, NightBegan):
        rules = vars(event.rules) if event.rules else {}
        return {"night": event.run_id, "at": _moment(event.started_at), "as_of": event.as_of.isoformat(), **rules}
    if isinstance(event, FileTaken):
        return {
            "file": event.number, "run": event.run_id, "name": event.name, "sha256": event.sha256,
            "at": _moment(event.received_at), "identity": event.identity, "kept": event.kept,
        }  # fmt: skip
    if isinstance(event, NightExamined):
        return {"examined": event.run_id, "at": _moment(event.noted_at)}
    if isinstance(event, NightEnded):
        return {"ended": event.run_id, "at": _moment(event.finished_at), "state": event.state}
    return {"rewritten": event.sha256, "kept": event.kept, "reason": event.reason}


def _read(content: Mapping[str, Any]) -> Event:
    """The event of a line. KeyError, TypeError or ValueError where it is none."""
    if "night" in content:
        rules = NightRules(*(content[name] for name in _RULES)) if _RULES[0] in content else None
        as_of = date.fromisoformat(content["as_of"])
        return NightBegan(content["night"], datetime.fromisoformat(content["at"]), as_of, rules)
    if "file" in content:
        return FileTaken(
            int(content["file"]), content["run"], content["name"], content["sha256"],
            datetime.fromisoformat(content["at"]), content["identity"], content["kept"],
        )  # fmt: skip
    if "examined" in content:
        return NightExamined(content["examined"], datetime.fromisoformat(content["at"]))
    if "ended" in content:
        return NightEnded(content["ended"], datetime.fromisoformat(content["at"]), content["state"])
    return Rewritten(content["rewritten"], content["kept"], content["reason"])


def _parse(path: Path, lines: Sequence[bytes]) -> Ledger:
    events: list[Event] = []
    try:
        header = json.loads(lines[0])
        if header["ledger"] != FORMAT:
            raise ValueError
        for line in lines[1:]:
            events.append(_read(json.loads(line)))
    except (IndexError, KeyError, TypeError, ValueError):
        number = len(events) + 2 if events else 1
        raise LedgerDamaged(f"{path}, line {number}, cannot be read: put the file back from your backup") from None
    return Ledger(str(header["key"]), tuple(events))


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
