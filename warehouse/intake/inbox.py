"""The inbox: what lies in it, what is ready to be taken, and its removal once the store has it."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from warehouse.intake.senders import sender_of
from warehouse.store.submission import Arrival

#: Endings under which browsers, office suites and transfer programs write a file until it is whole.
UNFINISHED_ENDINGS = (".part", ".tmp", ".filepart", ".crdownload")
#: `~$` is the lock of an open office document; programs like rsync write under a name with a dot before it.
UNFINISHED_STARTS = ("~$", ".")

_BLOCK = 1 << 20
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC

#: The reason given where waiting a moment is enough.
STILL_WRITTEN = "fichier encore en cours d'écriture : il sera pris à la prochaine nuit"
UNFINISHED_NAME = "nom de fichier provisoire : renommez-le quand il est complet"
UNREADABLE = "fichier illisible ({}) : vérifiez ses droits d'accès"
HIDDEN_FOLDER = "dossier caché : il n'est pas lu"
NOT_REGULAR = "ni fichier ni dossier (lien ou fichier spécial) : déposez le fichier lui-même"


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


class Spool(Protocol):
    """Keeps bytes as they are read, for a file too large to be held in memory (warehouse.intake.archive.Spooled fulfils it)."""

    def write(self, data: bytes) -> None:
        """Keep these bytes. Does not fail: what cannot be kept is not."""

    def close(self, *, keep: bool) -> Path | None:
        """Where the bytes lie; None where they are not all kept, or not to be."""


@dataclass(frozen=True)
class _Entry:
    name: str
    sender: str
    path: Path
    status: os.stat_result


def collect(
    inbox: Path, settle_seconds: float, max_file_mb: float, now: datetime, spool: Callable[[int], Spool] | None = None
) -> Collected:
    """Read what is ready in the inbox and any folder below it; below it no link is followed, whenever it was put there.

    Args:
        inbox: the folder; a missing one is reported in `ignored`.
        settle_seconds: a file changed since fewer seconds is deferred.
        max_file_mb: larger files (millions of bytes) are not kept in memory.
        now: the moment of reception, aware.
        spool: keeps a larger file of so many bytes while it is hashed; None to keep none.

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
            found.deferred.append((name, UNFINISHED_NAME))
        elif _unsettled(status, settle_seconds, now):
            found.deferred.append((name, STILL_WRITTEN))
        else:
            ready.append(_Entry(name, _sender(path, inbox), path, status))
    for entry in sorted(ready, key=lambda e: (e.status.st_mtime_ns, e.name)):
        _read(entry, inbox, max_file_mb, now, spool, found)
    found.deferred.sort()
    found.ignored.sort()
    return found


def remove(arrival: Arrival) -> bool:
    """Take a file out of the inbox, if it is still the one that was read; whether it is gone."""
    try:
        with _folder_of(arrival.path, arrival.inbox) as folder:
            status = os.stat(arrival.path.name, dir_fd=folder, follow_symlinks=False)
            if _state(status) != arrival.identity[:-1]:
                return False
            os.unlink(arrival.path.name, dir_fd=folder)
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
            with _opened(folder, inbox) as descriptor:
                entries = _listed(descriptor)
        except OSError as error:
            yield folder, None, UNREADABLE.format(_reason(error))
            continue
        for name, status in entries:
            path = folder / name
            if isinstance(status, OSError):
                if status.errno != errno.ENOENT:  # gone meanwhile is no news
                    yield path, None, UNREADABLE.format(_reason(status))
            elif stat.S_ISDIR(status.st_mode):
                if name.startswith("."):
                    yield path, None, HIDDEN_FOLDER
                else:
                    folders.append(path)
            elif stat.S_ISREG(status.st_mode):
                yield path, status, ""
            else:
                yield path, None, NOT_REGULAR


def _listed(folder: int) -> list[tuple[str, os.stat_result | OSError]]:
    """The names in an open folder, sorted, each with its status or why there is none."""
    found: list[tuple[str, os.stat_result | OSError]] = []
    with os.scandir(folder) as listing:
        for entry in listing:
            try:
                found.append((entry.name, entry.stat(follow_symlinks=False)))
            except OSError as error:
                found.append((entry.name, error))
    return sorted(found, key=lambda one: os.fsencode(one[0]))


@contextlib.contextmanager
def _opened(folder: Path, inbox: Path) -> Iterator[int]:
    """A descriptor of the inbox, which may be a link, or of a folder below it, on the way to which none is. OSError."""
    descriptor = os.open(inbox, _FOLDER)
    try:
        for name in folder.relative_to(inbox).parts:
            below = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)


def _folder_of(path: Path, inbox: Path | None) -> contextlib.AbstractContextManager[int]:
    return _opened(path.parent, inbox or path.parent)


def _unsettled(status: os.stat_result, settle_seconds: float, now: datetime) -> bool:
    age = now.timestamp() - status.st_mtime
    # A time well in the future comes from another clock: waiting for it could take for ever.
    return -settle_seconds <= age < settle_seconds


def _read(
    entry: _Entry, inbox: Path, max_file_mb: float, now: datetime, spool: Callable[[int], Spool] | None, found: Collected
) -> None:
    """Read a file through one descriptor: what was looked at, hashed and kept is one and the same, whatever its name is now."""
    try:
        with _folder_of(entry.path, inbox) as folder:
            # O_NONBLOCK: had a pipe taken the file's place, opening it would wait for ever.
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            descriptor = os.open(entry.path.name, flags, dir_fd=folder)
    except OSError as error:
        if error.errno != errno.ENOENT:
            found.deferred.append((entry.name, UNREADABLE.format(_reason(error))))
        return
    spooled: Spool | None = None
    is_in_memory = False
    try:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode) or _state(before) != _state(entry.status):
            found.deferred.append((entry.name, STILL_WRITTEN))
            return
        too_large = before.st_size > max_file_mb * 1_000_000
        spooled = spool(before.st_size) if too_large and spool else None
        digest, data = hashlib.sha256(), bytearray()
        left = before.st_size
        while left >= 0 and (block := os.read(descriptor, _BLOCK)):  # no longer than it said: it may grow for ever
            left -= len(block)
            digest.update(block)
            if spooled:
                spooled.write(block)
            elif not too_large:
                data += block
        if left or _state(os.fstat(descriptor)) != _state(before):
            found.deferred.append((entry.name, STILL_WRITTEN))
            return
        is_in_memory = True
    except OSError as error:
        found.deferred.append((entry.name, UNREADABLE.format(_reason(error))))
        return
    finally:
        os.close(descriptor)
        kept = spooled.close(keep=is_in_memory) if spooled else None
    arrival = Arrival(
        entry.name, entry.path, bytes(data), digest.hexdigest(), now, identity=_identity(before), size=before.st_size,
        sender=entry.sender, inbox=inbox, spooled=kept,
    )  # fmt: skip
    (found.too_large if too_large else found.arrivals).append(arrival)


def _identity(status: os.stat_result) -> tuple[int, ...]:
    """Which file this is, and since when: another one that comes in its place has another, even with the same times."""
    return (*_state(status), status.st_ctime_ns)


def _state(status: os.stat_result) -> tuple[int, ...]:
    """Which file this is, in which state: changes whenever it is written or replaced."""
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _distinct_name(path: Path, inbox: Path, names: set[str]) -> str:
    """The relative name as it is, but for what is no UTF-8; two names that differ only in that are told apart by a number."""
    exact = os.fsencode(path.relative_to(inbox) if path != inbox else ".").decode("utf-8", "replace")
    name, number = exact, 1
    while name in names:
        number += 1
        name = f"{exact} ({number})"
    names.add(name)
    return name


def _sender(path: Path, inbox: Path) -> str:
    """The first folder, exactly: two folders that look alike where they are shown are still two senders."""
    name = os.fsencode(str(path.relative_to(inbox))).decode("utf-8", "backslashreplace")
    return sender_of(name)


def _reason(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else type(error).__name__
