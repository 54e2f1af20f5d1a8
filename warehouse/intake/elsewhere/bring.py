"""Brings what is ready elsewhere into the home, and removes there what is stored here; a night may end at any point of it.

A file is given a name of ours first, where the server can do that, so that nobody replaces it while it is read. It is noted
before it is put into its place here, and its note goes once it is removed there. Of a file that is noted and does not lie here
any more the store is asked: stored, it is removed there; not stored, it is brought again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from warehouse.intake.elsewhere import names
from warehouse.intake.elsewhere.address import S3, Elsewhere
from warehouse.intake.elsewhere.remote import InboxUnreachable, Listing, Patience, RemoteFile, RemoteInbox, Removal
from warehouse.intake.elsewhere.spool import Brought, FirstSeen, Spool
from warehouse.intake.inbox import STILL_WRITTEN, UNFINISHED_NAME

#: entries of a listing, files of a night: more would make a night of hours, and no region has so many providers
MOST_ENTRIES, MOST_FILES = 50_000, 2_000
#: in bytes: what must stay free, beside as much as was brought, which the archive will hold once more
_RESERVE = 200_000_000
#: for all of it; in seconds, for removing what is stored, when all else is done
PATIENCE, _PATIENCE_OF_REMOVAL = Patience(), Patience(whole=600.0)

NO_ROOM = "pas assez de place sur le disque : le fichier reste où il est"
TOO_MANY = "trop de fichiers pour une nuit : il sera pris à la prochaine"

OpenInbox = Callable[[], AbstractContextManager[RemoteInbox]]
#: whether the store has taken the file that a note names
IsStored = Callable[[Brought], bool]


@dataclass
class Visit:
    """What came of looking into an inbox elsewhere. Names are paths there; reasons are in French.

    `brought` counts files, `size` their bytes. `broken_off` is why the visit ended before its end, None where it did not.
    `not_removed` were stored and may not be removed there.
    """

    deferred: list[tuple[str, str]] = field(default_factory=list)
    ignored: list[tuple[str, str]] = field(default_factory=list)
    not_removed: list[str] = field(default_factory=list)
    broken_off: InboxUnreachable | OSError | None = None
    brought: int = 0
    size: int = 0


def open_inbox(place: Elsewhere, patience: Patience = PATIENCE) -> AbstractContextManager[RemoteInbox]:
    """The inbox, open for the block. InboxUnreachable where it cannot be."""
    if place.address.scheme == S3:
        from warehouse.intake.elsewhere.s3 import S3Inbox

        return S3Inbox(place, patience)
    from warehouse.intake.elsewhere.sftp import SFTPInbox

    return SFTPInbox(place, patience)


def open_to_remove(place: Elsewhere) -> AbstractContextManager[RemoteInbox]:
    """As open_inbox, with less time."""
    return open_inbox(place, _PATIENCE_OF_REMOVAL)


def bring(
    opened: OpenInbox, spool: Spool, settle_seconds: float, longest_wait: float, now: datetime, is_stored: IsStored
) -> Visit:
    """Bring what is ready into the spool. Nothing that happens there, or on our disk, is raised: the visit says it.

    Args:
        opened: opens the inbox.
        spool: where files are brought to.
        settle_seconds: so far apart two listings must show a file in the same state, by our own clock: the one there is not
            asked.
        longest_wait: in seconds; where it is less than that, files that were never seen before are left to the next night.
        now: the night's moment.
        is_stored: whether the store has taken the file of a note.
    """
    visit = Visit()
    try:
        spool.prepare()
        with opened() as inbox:
            _remove_stored(inbox, spool, is_stored, visit)
            listing, settled = _listed_twice(inbox, spool, settle_seconds, longest_wait)
            visit.ignored += listing.ignored
            for file in _ready(listing, settled, {one.remote.path for one in spool.notes()}, visit):
                _bring_file(inbox, spool, file, now, visit)
            if not listing.is_whole:
                visit.deferred.append(("…", TOO_MANY))
    except (InboxUnreachable, OSError) as error:
        visit.broken_off = error
    visit.deferred.sort()
    return visit


def remove_stored(opened: OpenInbox, spool: Spool, is_stored: IsStored) -> Visit:
    """Remove there what the store has taken; what cannot be is tried again by the next visit. Raises nothing, like bring."""
    visit = Visit()
    try:
        if any(not spool.waits(one) for one in spool.notes()):
            with opened() as inbox:
                _remove_stored(inbox, spool, is_stored, visit)
    except (InboxUnreachable, OSError) as error:
        visit.broken_off = error
    return visit


def _remove_stored(inbox: RemoteInbox, spool: Spool, is_stored: IsStored, visit: Visit) -> None:
    for one in spool.notes():
        if spool.waits(one):
            continue
        if is_stored(one) and inbox.remove(one.remote) is Removal.REFUSED:
            visit.not_removed.append(names.original_path(one.remote.path))  # its note stays, so that it is not brought again
            continue
        spool.forget(one)


def _listed_twice(
    inbox: RemoteInbox, spool: Spool, settle_seconds: float, longest_wait: float
) -> tuple[Listing, set[str]]:
    """The last listing, and the paths of what has not changed since one of settle_seconds before, maybe of another night."""
    listing = inbox.listing(MOST_ENTRIES)
    seen = _seen_again(spool.seen(), listing, time.time())
    settled = _settled(seen, settle_seconds, time.time())
    if len(settled) < len(seen) and settle_seconds <= longest_wait:
        time.sleep(settle_seconds + 0.1)
        listing = inbox.listing(MOST_ENTRIES)
        seen = _seen_again(seen, listing, time.time())
        settled = _settled(seen, settle_seconds, time.time())
    spool.note_seen(seen)
    return listing, settled


def _seen_again(before: dict[str, FirstSeen], listing: Listing, at: float) -> dict[str, FirstSeen]:
    """Since when each file of a listing is in its state. A clock that was set back counts from then on."""
    return {
        file.path: earlier if (earlier := before.get(file.path)) and file.is_unchanged(earlier.file) and earlier.at <= at
        else FirstSeen(file, at)
        for file in listing.files
    }  # fmt: skip


def _settled(seen: dict[str, FirstSeen], settle_seconds: float, at: float) -> set[str]:
    return {path for path, first in seen.items() if at - first.at >= settle_seconds}


def _ready(listing: Listing, settled: set[str], waiting: set[str], visit: Visit) -> Iterator[RemoteFile]:
    """The files that may be taken now, in the order in which they count; the others are noted with the reason."""
    ready = []
    for file in listing.files:
        path = names.original_path(file.path)
        if file.path in waiting:
            continue
        if not names.is_usable(path):
            visit.ignored.append((path, names.UNUSABLE_NAME))
        elif names.is_unfinished(path):
            visit.deferred.append((path, UNFINISHED_NAME))
        elif file.path not in settled:
            visit.deferred.append((path, STILL_WRITTEN))
        else:
            ready.append(file)
    ready.sort(key=lambda file: (file.modified, names.original_path(file.path)))
    visit.deferred += [(names.original_path(file.path), TOO_MANY) for file in ready[MOST_FILES:]]
    yield from ready[:MOST_FILES]


def _bring_file(inbox: RemoteInbox, spool: Spool, file: RemoteFile, now: datetime, visit: Visit) -> None:
    path = names.original_path(file.path)
    if spool.free_bytes() - file.size < visit.size + file.size + _RESERVE:
        visit.deferred.append((path, NO_ROOM))
        return
    taken = _taken(inbox, file, path)
    if taken is None:
        return
    reason = STILL_WRITTEN
    # In the same state before and after it was read: else what was read is part of one content, or of two.
    if file.is_unchanged(inbox.state(taken)):
        with spool.copied(inbox.blocks(taken), file.size) as copy:
            if copy.size == file.size and file.is_unchanged(inbox.state(taken)):
                try:
                    spool.put(copy, taken, path, now)
                    visit.brought += 1
                    visit.size += copy.size
                    return
                except (FileExistsError, NotADirectoryError):
                    reason = names.NAME_OF_FOLDER
    visit.deferred.append((path, reason))
    if taken.path != file.path:
        inbox.give_back(taken, path)


def _taken(inbox: RemoteInbox, file: RemoteFile, path: str) -> RemoteFile | None:
    """The file under a name of ours, if it has none yet and can be given one; None where it is gone."""
    if path != file.path:
        return file  # by a night that was killed
    name = names.taken_name(path.rpartition("/")[2])
    return inbox.take(file, name) if name else file
