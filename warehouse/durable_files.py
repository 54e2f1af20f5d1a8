"""Who may read what: files for their owner's eyes alone, files for its group's too; and names that survive a power cut.

Modes are set, not trusted to the umask. To whom the group belongs is the operator's to say (docs/operations.md).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

#: of what analysts and managers open: its owner writes, its group reads
SHARED_FILE, SHARED_FOLDER = 0o640, 0o750
_PRIVATE_FILE, _PRIVATE_FOLDER = 0o600, 0o700
#: how the name of a folder begins that is gone when its work is done
_PASSING = ".passing-"
#: what nobody but the owner may do with a home: its group writes to it, others do anything
_TOO_WIDE = 0o027
#: so many files wait for the disk side by side: it writes what waits in one go
_FILES_AT_ONCE = 16


@contextlib.contextmanager
def private_files() -> Iterator[None]:
    """Whatever is created in the block is the owner's alone: DuckDB's log and spill files hold what its database holds."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextlib.contextmanager
def passing_folder(home: Path, name: str) -> Iterator[Path]:
    """An empty folder of a home for its owner's eyes alone, which is gone with all that is in it when the block ends.

    One that a process which was killed has left lying is emptied first. OSError if it cannot be made.
    """
    folder = home / f"{_PASSING}{name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=_PRIVATE_FOLDER)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_passing_folders(home: Path) -> None:
    """Remove the passing folders that processes which were killed have left in a home."""
    for folder in home.glob(f"{_PASSING}*"):
        shutil.rmtree(folder, ignore_errors=True)


def write_private(folder: Path, name: str, content: bytes) -> Path:
    """Write a file whole or not at all, in the place of any of that name, for its owner's eyes alone, as is the folder.

    Its content survives a power cut; its name does after `sync_folder`. OSError if it cannot be written.
    """
    unfinished = write_unfinished(folder, name, content)
    finish_files([unfinished])
    return unfinished.path


@dataclass(frozen=True)
class UnfinishedFile:
    """A file that is written, not yet proof against a power cut, and not yet in its place at `path`."""

    written: Path
    path: Path


def write_unfinished(folder: Path, name: str, content: bytes) -> UnfinishedFile:
    """As write_private, but for its last step: see finish_files."""
    private_folder(folder)
    return _write(folder, name, content, _PRIVATE_FILE)


def finish_files(files: Sequence[UnfinishedFile]) -> None:
    """Put files in their places, their content made to survive a power cut before; the disk is waited for once for many.

    OSError if that cannot be done.
    """
    with ThreadPoolExecutor(min(len(files), _FILES_AT_ONCE) or 1) as pool:
        list(pool.map(sync_file, [file.written for file in files]))
    for file in files:
        os.replace(file.written, file.path)


def write_shared(folder: Path, name: str, content: bytes) -> Path:
    """As write_private, for the eyes of the folder's group too."""
    shared_folder(folder)
    unfinished = _write(folder, name, content, SHARED_FILE)
    finish_files([unfinished])
    return unfinished.path


def _write(folder: Path, name: str, content: bytes, mode: int) -> UnfinishedFile:
    path, unfinished = folder / name, folder / f".part-{name}"  # the same after a kill, so that nothing is left lying
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)
        file.write(content)
    return UnfinishedFile(unfinished, path)


def shared_folder(folder: Path) -> None:
    """Make a folder that its group may read, if it is not there. OSError if it cannot be."""
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        before = os.umask(0)  # made with its mode, not given it: the units of deploy/ let nobody set a mode with a setgid bit
        try:
            folder.mkdir(mode=SHARED_FOLDER, exist_ok=True)
        finally:
            os.umask(before)
    _set_mode(folder, SHARED_FOLDER)


def private_folder(folder: Path) -> None:
    """Make a folder that is its owner's alone, if it is not there. OSError if it cannot be."""
    folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
    folder.chmod(_PRIVATE_FOLDER)


def make_home(home: Path) -> None:
    """Make the home if it is not there; one that is there is closed to whom it must not be open, and never opened wider.

    OSError if it cannot be made.
    """
    if not home.exists():
        shared_folder(home)
    else:
        _set_mode(home, stat.S_IMODE(home.stat().st_mode) & 0o777 & ~_TOO_WIDE)


def bring_to_modes(home: Path) -> None:
    """Give what earlier versions have left in a home the modes that it would be made with now."""
    for folder in (home / "snapshots", home / "reports"):
        if folder.is_dir():
            _set_mode(folder, SHARED_FOLDER)
    for path in (home / "warehouse.duckdb", *home.glob("snapshots/*.duckdb"), *home.glob("reports/*.html")):
        if path.is_file() and not path.is_symlink():
            _set_mode(path, SHARED_FILE)
    for path in home.glob("archive/programmes/*.toml"):
        _set_mode(path, _PRIVATE_FILE)


def _set_mode(path: Path, mode: int) -> None:
    """Set what owner, group and others may, unless it is so already.

    A folder's setgid bit, by which what is made in it gets its group, is lost where a user who is not of that group sets a mode.
    """
    is_now = stat.S_IMODE(path.stat().st_mode)
    if is_now & 0o777 != mode:
        with contextlib.suppress(PermissionError):  # of another owner, or see shared_folder: `suivi doctor` tells
            path.chmod(is_now & ~0o777 | mode)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Make the content of a file survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
