"""The inbox: what lies in it, what is ready to be taken, and its removal once the store has it."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from warehouse.printable import printable
from warehouse.senders import sender_of
from warehouse.submission import Arrival

#: Endings under which browsers, office suites and transfer programs write a file until it is whole.
UNFINISHED_ENDINGS = (".part", ".tmp", ".filepart", ".crdownload")
#: `~$` is the lock of an open office document; programs like rsync write under a name with a dot before it.
UNFINISHED_STARTS = ("~$", ".")

_BLOCK = 1 << 20

#: The reason given where waiting a moment is enough.
STILL_WRITTEN = "fichier encore en cours d'écriture : il sera pris à la prochaine nuit"
_UNFINISHED_NAME = "nom de fichier provisoire : renommez-le quand il est complet"
_UNREADABLE = "fichier illisible ({}) : vérifiez ses droits d'accès"
_NOT_REGULAR = "ni fichier ni dossier (lien ou fichier spécial) : déposez le fichier lui-même"


@dataclass(frozen=True)
class Collected:
    """What the inbox holds. Names are relative to it, with '/'; reasons are in French.

    `arrivals` are in the order in which they count: time of modification, then name. `deferred` files stay where they
    are. `too_large` ones, in the same order, were hashed but not kept in memory: their `data` is empty. `ignored`
    entries are no files (links, pipes, unreadable or hidden folders) and are never opened.
    """

    arrivals: list[Arrival] = field(default_factory=list)
    deferred: list[tuple[str, str]] = field(default_factory=list)
    too_large: list[Arrival] = field(default_factory=list)
    ignored: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class _Entry:
    name: str
    sender: str
    path: Path
    status: os.stat_result


def collect(inbox: Path, settle_seconds: float, max_file_mb: float, now: datetime) -> Collected:
    """Read what is ready in the inbox and any folder below it.

    Args:
        inbox: the folder; a missing one is reported in `ignored`.
        settle_seconds: a file changed since fewer seconds is deferred.
        max_file_mb: larger files (millions of bytes) are not kept in memory.
        now: the moment of reception, aware.

    Nothing that lies there makes it fail: each entry that cannot be read is reported and left.
    """
    found = Collected()
    ready: list[_Entry] = []
    names: set[str] = set()
    for path, status, reason in _walk(inbox):
        name = _distinct_name(path, inbox, names)
        if status is None:
            found.ignored.append((name, reason))
        elif path.name.startswith(UNFINISHED_STARTS) or path.name.lower().endswith(UNFINISHED_ENDINGS):
            found.deferred.append((name, _UNFINISHED_NAME))
        elif _unsettled(status, settle_seconds, now):
            found.deferred.append((name, STILL_WRITTEN))
        else:
            ready.append(_Entry(name, _sender(path, inbox), path, status))
    for entry in sorted(ready, key=lambda e: (e.status.st_mtime_ns, e.name)):
        _read(entry, max_file_mb, now, found)
    found.deferred.sort()
    found.ignored.sort()
    return found


def remove(arrival: Arrival) -> bool:
    """Take a file out of the inbox, if it is still the one that was read; whether it is gone."""
    try:
        status = os.lstat(arrival.path)
        if _state(status) != arrival.identity[:-1]:
            return False
        os.unlink(arrival.path)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _walk(inbox: Path) -> Iterator[tuple[Path, os.stat_result | None, str]]:
    """Regular files with their status, and with None and a reason what is not one."""
    folders = [inbox]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: os.fsencode(entry.name))
        except OSError as error:
            yield folder, None, _UNREADABLE.format(_reason(error))
            continue
        for entry in entries:
            path = Path(entry.path)
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError as error:
                if error.errno != errno.ENOENT:  # gone meanwhile is no news
                    yield path, None, _UNREADABLE.format(_reason(error))
                continue
            if stat.S_ISDIR(status.st_mode):
                if entry.name.startswith("."):
                    yield path, None, "dossier caché : il n'est pas lu"
                else:
                    folders.append(path)
            elif stat.S_ISREG(status.st_mode):
                yield path, status, ""
            else:
                yield path, None, _NOT_REGULAR


def _unsettled(status: os.stat_result, settle_seconds: float, now: datetime) -> bool:
    age = now.timestamp() - status.st_mtime
    # A time well in the future comes from another clock: waiting for it could take for ever.
    return -settle_seconds <= age < settle_seconds


def _read(entry: _Entry, max_file_mb: float, now: datetime, found: Collected) -> None:
    try:
        # O_NONBLOCK: had a pipe taken the file's place, opening it would wait for ever.
        descriptor = os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno != errno.ENOENT:
            found.deferred.append((entry.name, _UNREADABLE.format(_reason(error))))
        return
    try:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode) or _state(before) != _state(entry.status):
            found.deferred.append((entry.name, STILL_WRITTEN))
            return
        too_large = before.st_size > max_file_mb * 1_000_000
        digest, data = hashlib.sha256(), bytearray()
        while block := os.read(descriptor, _BLOCK):
            digest.update(block)
            if not too_large:
                data += block
        if _state(os.fstat(descriptor)) != _state(before):
            found.deferred.append((entry.name, STILL_WRITTEN))
            return
    except OSError as error:
        found.deferred.append((entry.name, _UNREADABLE.format(_reason(error))))
        return
    finally:
        os.close(descriptor)
    arrival = Arrival(
        entry.name, entry.path, bytes(data), digest.hexdigest(), now, identity=_identity(before), size=before.st_size,
        sender=entry.sender,
    )  # fmt: skip
    (found.too_large if too_large else found.arrivals).append(arrival)


def _identity(status: os.stat_result) -> tuple[int, ...]:
    """Which file this is, and since when: another one that comes in its place has another, even with the same times."""
    return (*_state(status), status.st_ctime_ns)


def _state(status: os.stat_result) -> tuple[int, ...]:
    """Which file this is, in which state: changes whenever it is written or replaced."""
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _distinct_name(path: Path, inbox: Path, names: set[str]) -> str:
    """The printable relative name. Two names that differ only in what cannot be shown are told apart by a number."""
    shown = printable_name(str(path.relative_to(inbox)) if path != inbox else ".")
    name, number = shown, 1
    while name in names:
        number += 1
        name = f"{shown} ({number})"
    names.add(name)
    return name


def _sender(path: Path, inbox: Path) -> str:
    """The first folder, exactly: two folders that look alike where they are shown are still two senders."""
    name = os.fsencode(str(path.relative_to(inbox))).decode("utf-8", "backslashreplace")
    return sender_of(name)


def printable_name(name: str) -> str:
    """The name with whatever a terminal would obey, or could not show, replaced; '/' between folders."""
    return printable(os.fsencode(name).decode("utf-8", "replace"))


def _reason(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else type(error).__name__
