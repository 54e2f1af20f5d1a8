"""Files that nobody else may read, and names that survive a power cut."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def private_files() -> Iterator[None]:
    """Whatever is created in the block is the owner's alone: DuckDB's log and spill files hold what its database holds."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def write_private(folder: Path, name: str, content: bytes) -> Path:
    """Write a file whole or not at all, in the place of any of that name, for its owner's eyes alone, as is the folder.

    Its content survives a power cut; its name does after `sync_folder`. OSError if it cannot be written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    path, unfinished = folder / name, folder / f".part-{name}"  # the same after a kill, so that nothing is left lying
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, 0o600)
        file.write(content)
    sync_file(unfinished)
    os.replace(unfinished, path)
    return path


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
