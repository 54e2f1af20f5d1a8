"""Clusters of this machine alone, for as long as a test wants them: a master with workers, a server of Spark Connect, and Sail."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tests.command import ROOT

#: seconds within which whatever is waited for has come, on a machine that is busy
_LONGEST = 120.0
#: Sail serves no session where it finds a PySpark of another version beside it: it has an environment of its own.
_SAIL = ROOT / ".venv-sail" / "bin" / "sail"
_DEPLOY = "org.apache.spark.deploy"


@dataclass
class Cluster:
    """A standalone master, `spark://127.0.0.1:…`, and its workers; each worker is a process group with what runs on it."""

    master: str
    folder: Path
    workers: list[subprocess.Popen[bytes]]

    def add_worker(self) -> None:
        """One more, with one core and a gigabyte; it is registered once this returns."""
        number, registered = len(self.workers), self._registered()
        options = ("--host", "127.0.0.1", "--webui-port", "0", "--cores", "1", "--memory", "1g", "--work-dir", str(self.folder / "work"))
        self.workers.append(_started(self.folder / f"worker-{number}.log", f"{_DEPLOY}.worker.Worker", *options, self.master))
        wait_until(lambda: self._registered() > registered, self.workers[-1])

    def kill_worker(self, number: int) -> None:
        """As if its machine lost its current: the worker and what runs on it end at once."""
        _end(self.workers[number])

    def _registered(self) -> int:
        return (self.folder / "master.log").read_text(encoding="utf-8", errors="replace").count("Registering worker")


@contextlib.contextmanager
def standalone(folder: Path, workers: int = 2) -> Iterator[Cluster]:
    """A master with workers, for the block; their files lie in `folder`."""
    port = free_port()
    address = ("--host", "127.0.0.1", "--port", str(port), "--webui-port", "0")
    master = _started(folder / "master.log", f"{_DEPLOY}.master.Master", *address)
    cluster = Cluster(f"spark://127.0.0.1:{port}", folder, [])
    try:
        wait_until(lambda: answers(port), master)
        for _ in range(workers):
            cluster.add_worker()
        yield cluster
    finally:
        for process in (*cluster.workers, master):
            _end(process)


@contextlib.contextmanager
def sail(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Sail, which speaks Spark Connect, for the block: its address, and its process."""
    port = free_port()
    with (folder / "sail.log").open("ab") as log:
        server = subprocess.Popen(
            [_SAIL, "spark", "server", "--ip", "127.0.0.1", "--port", str(port)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        wait_until(lambda: answers(port), server)
        yield f"sc://127.0.0.1:{port}", server
    finally:
        _end(server)


def wait_until(has_come: Callable[[], bool], process: subprocess.Popen[bytes] | None = None) -> None:
    """Wait for what must come; a process that must live for it to come may be named."""
    deadline = time.monotonic() + _LONGEST
    while not has_come():
        assert process is None or process.poll() is None, "it ended"
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def _started(log: Path, kind: str, *arguments: str) -> subprocess.Popen[bytes]:
    spec = find_spec("pyspark")
    assert spec and spec.origin, "the tests of clusters need PySpark: make test-spark"
    run = Path(spec.origin).with_name("bin") / "spark-class"
    local = {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_DIRS": str(log.parent / "local"), "SPARK_DAEMON_MEMORY": "256m"}
    with log.open("ab") as written:
        return subprocess.Popen(
            [run, kind, *arguments], env=os.environ | local, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=written, stderr=written,
        )  # fmt: skip


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
