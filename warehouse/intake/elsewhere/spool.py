"""`brought/`: the folder of a home that files from elsewhere are brought to, and notes by which the next night goes on."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

from warehouse.durable_files import private_files, sync_file, sync_folder, write_private
from warehouse.intake.elsewhere.address import brought_inbox
from warehouse.intake.elsewhere.names import free_path
from warehouse.intake.elsewhere.remote import RemoteFile


@dataclass(frozen=True)
class Brought:
    """A file that was brought: where it lies there, where here, which file it is here, and in the night of which moment.

    `inode`, `size` and `modified_ns` are the file's here: the store knows by them whether it has taken this very file.
    """

    remote: RemoteFile
    local: str
    sha256: str
    inode: int
    modified_ns: int
    since: datetime

    @property
    def size(self) -> int:
        """In bytes."""
        return self.remote.size


@dataclass(frozen=True)
class FirstSeen:
    """In which state a file there was when a listing first showed it so, and when that was, by our own clock."""

    file: RemoteFile
    at: float


class Spool:
    """The folder `brought/` of a home: `inbox/` is laid out like the inbox elsewhere, `notes/` holds a line on each file of it.

    A note is written before its file is put into its place, and goes when nothing more is to be done there. OSError where the
    disk does not take it.
    """

    def __init__(self, home: Path) -> None:
        self.inbox = brought_inbox(home)
        self.folder = self.inbox.parent
        self._notes = self.folder / "notes"
        self._unfinished = self.folder / "unfinished"
        self._seen = "seen.json"

    def prepare(self) -> None:
        """Make what is missing; remove what a night that was cut off has not brought to its end."""
        shutil.rmtree(self._unfinished, ignore_errors=True)
        for folder in (self.folder, self.inbox, self._notes, self._unfinished):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
        for half_a_note in self._notes.glob(".part-*"):
            half_a_note.unlink()

    # -------------------------------------------------------------------------------------------------------------- notes

    def notes(self) -> list[Brought]:
        """What was brought and is not done with yet. A note that cannot be read is none: its file is brought again."""
        found = []
        for path in sorted(self._notes.glob("*.json")):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                told = json.loads(path.read_bytes())
                told["remote"] = RemoteFile(**told["remote"])
                told["since"] = datetime.fromisoformat(told["since"])
                found.append(Brought(**told))
        return found

    def note(self, brought: Brought) -> None:
        """Write a note, in the place of an earlier one of the same file there."""
        told = {**asdict(brought), "since": brought.since.isoformat()}
        write_private(self._notes, _note_name(brought.remote.path), json.dumps(told).encode("ascii"))
        sync_folder(self._notes)

    def forget(self, brought: Brought) -> None:
        """Remove a note."""
        (self._notes / _note_name(brought.remote.path)).unlink(missing_ok=True)

    def path(self, brought: Brought) -> Path:
        """Where the file lies here until it is stored."""
        return self.inbox / PurePosixPath(brought.local)

    def waits(self, brought: Brought) -> bool:
        """Whether the file waits here to be stored; its note is brought up to date where the disk was changed under it."""
        try:
            status = self.path(brought).lstat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        if (status.st_ino, status.st_mtime_ns) != (brought.inode, brought.modified_ns):
            self.note(replace(brought, inode=status.st_ino, modified_ns=status.st_mtime_ns))
        return True

    # ------------------------------------------------------------------------------------------------------ what was seen

    def seen(self) -> dict[str, FirstSeen]:
        """What the last listing showed, by path."""
        try:
            told = json.loads((self.folder / self._seen).read_bytes())
            return {one["file"]["path"]: FirstSeen(RemoteFile(**one["file"]), float(one["at"])) for one in told}
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def note_seen(self, seen: Mapping[str, FirstSeen]) -> None:
        """Keep what a listing showed for the next night."""
        write_private(self.folder, self._seen, json.dumps([asdict(one) for one in seen.values()]).encode("ascii"))

    # -------------------------------------------------------------------------------------------------------------- files

    def free_bytes(self) -> int:
        """The room on the disk."""
        return shutil.disk_usage(self.folder).free

    @contextlib.contextmanager
    def copied(self, blocks: Iterable[bytes], most: int) -> Iterator[Copy]:
        """A copy of these bytes, at most one more than so many, which goes with the block unless it was put into its place."""
        path = self._unfinished / "copy"
        digest, size = hashlib.sha256(), 0
        try:
            with private_files(), path.open("wb") as file:
                for block in blocks:
                    file.write(block)
                    digest.update(block)
                    size += len(block)
                    if size > most:
                        break
            sync_file(path)
            yield Copy(path, size, digest.hexdigest())
        finally:
            path.unlink(missing_ok=True)

    def put(self, copy: Copy, remote: RemoteFile, path: str, since: datetime) -> Path:
        """Put a copy into its place under that path, with the time that the file has there, and note it.

        FileExistsError or NotADirectoryError where a file has the name of one of its folders.
        """
        os.utime(copy.path, (remote.modified, remote.modified))
        status = copy.path.stat()
        while True:
            target = free_path(self.inbox, path)
            for folder in reversed(target.relative_to(self.inbox).parents):
                (self.inbox / folder).mkdir(mode=0o700, exist_ok=True)
            local = target.relative_to(self.inbox).as_posix()
            self.note(Brought(remote, local, copy.sha256, status.st_ino, status.st_mtime_ns, since))
            if _moved(copy.path, target):
                sync_folder(target.parent)
                return target


@dataclass(frozen=True)
class Copy:
    """Bytes that were copied to the disk, and what they are."""

    path: Path
    size: int
    sha256: str


def _moved(path: Path, target: Path) -> bool:
    """Move a file to where there is none; whether there was none. The deposit page lays files here too, at any moment."""
    try:
        os.link(path, target, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK):
            raise
        os.replace(path, target)  # a file system without links
        return True
    path.unlink()
    return True


def _note_name(path: str) -> str:
    return f"{hashlib.sha256(path.encode('utf-8', 'surrogateescape')).hexdigest()}.json"
