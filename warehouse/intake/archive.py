"""The originals: every file received, kept once by the hash of its bytes, read-only."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from warehouse.durable_files import sync_file, sync_folder

_SHA256 = re.compile(r"[0-9a-f]{64}")
_UNFINISHED = ".part-"


class Archive:
    """The folder `archive/` of a home; `ab/<sha256>` holds the file whose bytes as received have that hash.

    The content may be less than was received: columns of direct identifiers are dropped before it comes here.
    """

    def __init__(self, home: Path, name: str = "archive") -> None:
        self.folder = home / name

    @classmethod
    def of_held(cls, home: Path) -> Archive:
        """The folder `held/`, in the same form: files that wait for the steward's word, and those that got a no."""
        return cls(home, "held")

    def path(self, sha256: str) -> Path:
        """Where the file of that hash lies or would lie. ValueError if it is no SHA-256 in hexadecimal digits."""
        if not _SHA256.fullmatch(sha256):
            raise ValueError("not a SHA-256")
        return self.folder / sha256[:2] / sha256

    def has(self, sha256: str) -> bool:
        """Whether a file of that hash is kept."""
        return self.path(sha256).is_file()

    def read(self, sha256: str) -> bytes:
        """What was kept of the file. OSError if there is none."""
        return self.path(sha256).read_bytes()

    def put(self, sha256: str, content: bytes) -> Path:
        """Keep a file; nothing happens if it is kept already. It is there whole or not at all. OSError if it cannot be.

        What was kept of a file refused once gives way to what is kept when the same bytes are judged again.
        """
        path = self.path(sha256)
        if path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content:
            return path
        return self._write(path, lambda file: file.write(content))

    def spool(self, size: int) -> Spooled:
        """What keeps a file of so many bytes as they are read, until it is known whether it is to be kept. OSError.

        Nothing is kept of one so large that half of the room on the disk would not hold it.
        """
        self._prepare(self.folder)
        has_room = size < shutil.disk_usage(self.folder).free / 2
        return Spooled(self.folder, may_keep=has_room)

    def put_spooled(self, sha256: str, spooled: Path) -> Path:
        """Keep a file that was spooled; it is moved. OSError if it cannot be."""
        path = self.path(sha256)
        if not spooled.exists() and path.is_file():  # done before a failure, after which all is done again
            return path
        self._prepare(path.parent)
        os.chmod(spooled, 0o400)
        sync_file(spooled)
        os.replace(spooled, path)
        sync_folder(path.parent)
        return path

    def _write(self, path: Path, write: Callable[[BinaryIO], object]) -> Path:
        self._prepare(path.parent)
        descriptor, unfinished = tempfile.mkstemp(prefix=_UNFINISHED, dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                write(file)
                file.flush()
                os.fchmod(file.fileno(), 0o400)
                os.fsync(file.fileno())
            os.replace(unfinished, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(unfinished)
            raise
        sync_folder(path.parent)
        return path

    def hashes(self) -> list[str]:
        """The hashes of the files kept, sorted."""
        if not self.folder.is_dir():
            return []
        return sorted(p.name for p in self.folder.glob("??/*") if _SHA256.fullmatch(p.name))

    def remove_unfinished(self) -> None:
        """Remove what an interrupted night left half-written."""
        for places in (f"??/{_UNFINISHED}*", f"{_UNFINISHED}*"):
            for left in self.folder.glob(places):
                left.unlink(missing_ok=True)

    def _prepare(self, folder: Path) -> None:
        # Set, not trusted to the umask: the originals hold personal values.
        for place in (self.folder, folder):
            place.mkdir(parents=True, exist_ok=True)
            place.chmod(0o700)


class Spooled:
    """A private file in a folder, filled block by block; it never fails, and says in the end whether it holds everything."""

    def __init__(self, folder: Path, *, may_keep: bool) -> None:
        self._file: BinaryIO | None = None
        if may_keep:
            descriptor, name = tempfile.mkstemp(prefix=_UNFINISHED, dir=folder)
            self._file, self._path = os.fdopen(descriptor, "wb"), Path(name)

    def write(self, data: bytes) -> None:
        """Keep these bytes; where the disk does not, nothing is kept."""
        if self._file is not None:
            try:
                self._file.write(data)
            except OSError:
                self.close(keep=False)

    def close(self, *, keep: bool) -> Path | None:
        """Where the bytes lie; None where they are not all kept, or not to be."""
        file, self._file = self._file, None
        if file is None:
            return None
        try:
            file.close()
        except OSError:
            keep = False
        if keep:
            return self._path
        self._path.unlink(missing_ok=True)
        return None
