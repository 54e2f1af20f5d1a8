"""One process, measured with all that it starts: wall time, processor time, memory."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
_EVERY_SECONDS = 0.1


@dataclass(frozen=True)
class Cost:
    """What a process and its children took: seconds of wall and of processor time, and bytes of memory at most, all at once."""

    wall: float
    cpu: float
    peak: int


class ProcessFailed(Exception):
    """A measured process ended with a code that is not expected; the text is the end of what it said."""


def measured(
    command: Sequence[str], folder: Path, environ: Mapping[str, str] | None = None, codes: Collection[int] = (0,)
) -> tuple[Cost, str]:
    """Run a command in a folder; gives its cost and what it printed.

    `environ` is added to ours, of which what would steer Prefect, suivi or Python is left out. Raises ProcessFailed.
    """
    ours = {key: value for key, value in os.environ.items() if not key.startswith(("PREFECT_", "SUIVI_", "PYTHON"))}
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=ours | {"DO_NOT_TRACK": "1"} | dict(environ or {}),
                                   stdout=said, stderr=complained)  # fmt: skip
        watch = _MemoryWatch(process.pid)
        watch.start()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        watch.has_ended.set()
        watch.join()
        said.seek(0)
        if process.returncode not in codes:
            complained.seek(0)
            output = (complained.read() + said.read()).decode(errors="replace")[-2000:]
            raise ProcessFailed(f"{' '.join(command[1:4])} ended with {process.returncode}:\n{output}")
        return Cost(wall, used.ru_utime + used.ru_stime, max(watch.peak, used.ru_maxrss * 1024)), said.read().decode()


class _MemoryWatch(threading.Thread):
    """Looks again and again at the resident memory of a process and all below it, together; pages that they share count twice."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.has_ended = threading.Event()
        self.peak = 0
        self._pid = pid

    def run(self) -> None:
        """Until `has_ended`."""
        while not self.has_ended.wait(_EVERY_SECONDS):
            self.peak = max(self.peak, _resident(self._pid))


def _resident(pid: int) -> int:
    bytes_used = 0
    with suppress(OSError, ValueError):  # it has ended meanwhile
        bytes_used = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            with suppress(OSError):
                bytes_used += sum(_resident(int(child)) for child in children.read_text().split())
    return bytes_used
