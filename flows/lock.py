"""One night at a time: our own lock on the home, which the kernel lets go when its holder dies, however it dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from flows.errors import AnotherNight, WrongUse
from warehouse.durable_files import make_home

#: Homes locked by this process. The command takes the lock before it pays for Prefect, and the flow, which a
#: deployment may start without the command, takes it again: a second flock() of ours would wait for ourselves.
_held: set[Path] = set()


@contextlib.contextmanager
def night_lock(home: Path, run_id: str) -> Iterator[None]:
    """Hold the home's lock for the block. Raises AnotherNight (exit 3) where another process holds it.

    Prefect's concurrency limit does not replace this lock: a dead run keeps its slot there.
    """
    key = home.resolve()
    if key in _held:
        yield
        return
    path = home / ".lock"
    try:
        make_home(home)
        # Opened without O_TRUNC: whoever holds the lock has its name in the file.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise WrongUse(f"{path} cannot be opened ({error.strerror}): give this user the right to write there") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 200, 0).decode("utf-8", "replace").strip() or "an unknown process"
            raise AnotherNight(f"another night is running in {home} ({holder}): wait until it ends") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()}, night {run_id}\n".encode(), 0)
        _held.add(key)
        try:
            yield
        finally:
            _held.discard(key)
            os.ftruncate(descriptor, 0)
    finally:
        # Closing lets go. The file stays: removing it would let a third process lock a name that nobody else sees.
        os.close(descriptor)


def holder(home: Path) -> str | None:
    """Who holds the lock, in words, or None: for `suivi status`."""
    try:
        descriptor = os.open(home / ".lock", os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None
    except BlockingIOError:
        return os.pread(descriptor, 200, 0).decode("utf-8", "replace").strip()
    finally:
        os.close(descriptor)
