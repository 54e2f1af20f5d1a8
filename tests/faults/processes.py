"""Nights in processes of their own, forked from one that has imported everything: they can be killed, and cost what a night costs."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import multiprocessing
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

_SOURCE = Path(__file__).with_name("shim.c")
_LOADED = "LD_PRELOAD"
_ONE_AT_A_TIME = threading.Lock()
#: seconds after which a night hangs
LONGEST_NIGHT = 240


class How(IntEnum):
    """What becomes of the n-th change to the home: as in shim.c."""

    COUNTED = 0
    FAILS_ONCE = 1  # EIO, and all is well again
    DISK_FULL = 2  # ENOSPC from then on
    KILLED = 3  # before it
    KILLED_HALFWAY = 4  # with half of what was to be written


@dataclass(frozen=True)
class Fault:
    """What happens to a night: at its n-th change to the home, or at its n-th step boundary."""

    at: int
    how: How = How.COUNTED
    at_boundary: bool = False


@dataclass
class Told:
    """What a night's process said: the steps that began (`load`) and ended (`load.`), and how it ended, unless it was killed."""

    steps: list[str] = field(default_factory=list)
    error: str | None = None
    message: str = ""
    changes: int = 0
    hits: int = 0
    first_hit: str = ""
    seconds: float = 0.0
    exit_code: int | None = None

    @property
    def was_killed(self) -> bool:
        return self.exit_code == -signal.SIGKILL

    @property
    def is_done(self) -> bool:
        return self.exit_code == 0 and self.error is None

    @property
    def place(self) -> str:
        """Where it was when it ended: in a step, or after one."""
        last = self.steps[-1] if self.steps else "start"
        return f"after {last[:-1]}" if last.endswith(".") else f"in {last}"


class _Steps:
    """Tells the parent of each step, and kills this very process at the boundary that it is told."""

    def __init__(self, parent: Connection, kill_at: int | None) -> None:
        self.parent = parent
        self.kill_at = kill_at
        self.count = 0

    def began(self, step: str) -> None:
        self._reached(step)

    def ended(self, step: str, outcome: str, seconds: float) -> None:
        self._reached(f"{step}.")

    def failed(self, step: str) -> None:
        pass

    def note(self, text: str) -> None:
        pass

    def _reached(self, place: str) -> None:
        self.parent.send(place)
        self.count += 1
        if self.count == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


def night_process(
    folder: Path,
    now: datetime,
    fault: Fault | None = None,
    timer: Callable[[], float | None] = lambda: None,
    *,
    obeys_modes: bool = False,
) -> Told:
    """Run a night of that home in a process of its own, and what it told.

    Args:
        folder: the home.
        now: the night's moment.
        fault: what shall happen to it.
        timer: gives the seconds after its start at which it is killed from outside; None for never.
        obeys_modes: without root's right to pass over the modes of files.
    """
    receiver, sender = context().Pipe(duplex=False)
    process = context().Process(target=_run_night, args=(sender, folder, now, fault, obeys_modes))
    process.start()
    sender.close()
    told = Told()
    try:
        _listen(receiver, told)  # it stands and is about to begin
        began = time.monotonic()
        process.join(LONGEST_NIGHT if (seconds := timer()) is None else seconds)
        if process.is_alive():
            process.kill()
            process.join()
            assert seconds is not None, f"a night hangs {told.place}"
        told.seconds = time.monotonic() - began
        while _listen(receiver, told):
            pass
        told.exit_code = process.exitcode
    finally:
        receiver.close()
        process.close()
    return told


def in_process(target: Callable[..., Any], *arguments: Any) -> multiprocessing.process.BaseProcess:
    """Start another function of this folder's modules in a process like those of the nights."""
    process = context().Process(target=target, args=arguments)
    process.start()
    return process


def hits_by_nature(folder: Path) -> tuple[list[str], list[str]]:
    """Which changes can be made to fail below a folder: those of a few lines of Python, and those of a small database."""
    receiver, sender = context().Pipe(duplex=False)
    in_process(_hit_one_by_one, sender, folder)
    sender.close()
    python, database = receiver.recv(), receiver.recv()
    receiver.close()
    return python, database


def _hit_one_by_one(parent: Connection, folder: Path) -> None:
    import duckdb

    from warehouse.durable_files import sync_folder, write_private

    def by_python() -> None:
        write_private(folder / "private", "a", b"content")
        sync_folder(folder)

    def by_duckdb() -> None:
        for left in folder.glob("b.duckdb*"):
            left.unlink()
        with duckdb.connect(str(folder / "b.duckdb")) as con:
            con.execute("CREATE TABLE t AS SELECT range AS n FROM range(10)")
            con.execute("CHECKPOINT")

    shim = loaded_shim()
    for change in (by_python, by_duckdb):
        found = []
        for number in itertools.count(1):
            shim.faults_arm(os.fsencode(folder), number, How.FAILS_ONCE)
            with contextlib.suppress(Exception):
                change()
            hits, hit = shim.faults_hits(), shim.faults_first_hit().decode()
            shim.faults_disarm()
            if not hits:
                break
            found.append(hit)
        parent.send(found)


def _listen(receiver: Connection, told: Told) -> bool:
    try:
        said = receiver.recv()
    except EOFError:
        return False
    if isinstance(said, str):
        told.steps.append(said)
    elif said is not None:
        told.error, told.message, told.changes, told.hits, told.first_hit = said
    return True


def _run_night(parent: Connection, folder: Path, now: datetime, fault: Fault | None, obeys_modes: bool) -> None:
    from flows.night import Night
    from flows.progress import progress_shown_to
    from flows.settings import load_settings
    from tests.golden.nights import all_steps
    from warehouse.store import pseudonyms

    quiet()
    # A new home's key is made as ever, but of the same bytes: else no two first nights could be compared.
    pseudonyms.secrets = SimpleNamespace(token_bytes=lambda size: bytes(range(size)))
    shim = loaded_shim()
    if obeys_modes:
        _obey_modes()
    parent.send(None)
    error, message = None, ""
    shim.faults_arm(os.fsencode(folder), fault.at if fault else 0, fault.how if fault and not fault.at_boundary else How.COUNTED)
    try:
        with (
            progress_shown_to(_Steps(parent, fault.at if fault and fault.at_boundary else None)),
            Night(load_settings(folder), now=now) as night,
        ):
            all_steps(night)
    except Exception as caught:
        error, message = type(caught).__name__, str(caught)
    seen, hits, first = shim.faults_seen(), shim.faults_hits(), shim.faults_first_hit().decode()
    shim.faults_disarm()
    parent.send((error, message, seen, hits, first))


def _obey_modes() -> None:
    """Give up CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH and CAP_FOWNER: what a folder's mode forbids is then forbidden."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this thread
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted and inheritable, twice 32 bits
    assert libc.capget(header, sets) == 0, os.strerror(ctypes.get_errno())
    for place in range(3):
        sets[place] &= ~(1 << 1 | 1 << 2 | 1 << 3)
    assert libc.capset(header, sets) == 0, os.strerror(ctypes.get_errno())


def quiet() -> None:
    """What a failing night logs, and what DuckDB says before it aborts, is not what these tests are about."""
    null = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(null, stream)


# ------------------------------------------------------------------------------------------------ the process they are forked from


def context() -> multiprocessing.context.ForkServerContext:
    """Where nights are forked from; it has no thread and no connection, so forking it is safe, and stands behind the shim."""
    with _ONE_AT_A_TIME:  # nights are begun by several threads
        return _context()


@cache
def _context() -> multiprocessing.context.ForkServerContext:
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(["tests.faults.warm", __name__])
    before = os.environ.get(_LOADED)
    os.environ[_LOADED] = str(shim_library())
    try:
        from multiprocessing.forkserver import ensure_running

        ensure_running()
    finally:
        del os.environ[_LOADED]
        if before is not None:
            os.environ[_LOADED] = before
    return found


@cache
def shim_library() -> Path:
    """shim.c, compiled. AssertionError without a C compiler: a proof that was not made must not pass for one."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    assert compiler, "the tests of faults need a C compiler; on Debian: apt-get install gcc libc6-dev"
    library = Path(tempfile.mkdtemp(prefix="suivi-shim-")) / "shim.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, _SOURCE, "-ldl"], check=True, timeout=60)
    return library


def loaded_shim() -> ctypes.CDLL:
    shim = ctypes.CDLL(None)
    shim.faults_arm.argtypes = [ctypes.c_char_p, ctypes.c_long, ctypes.c_int]
    shim.faults_seen.restype = shim.faults_hits.restype = ctypes.c_long
    shim.faults_first_hit.restype = ctypes.c_char_p
    return shim
