"""`suivi compute` on Spark as a process that is looked at, and broken, while it runs."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path
from types import TracebackType

from tests.command import command_line, surroundings
from tests.spark.clusters import wait_until
from warehouse.published.unfinished_file import steps_folder


class Computing:
    """The command, begun, with its tables to go to `out`; ended with all that it started at the end of the block."""

    def __init__(self, home: Path, out: Path, master: str) -> None:
        self._steps = steps_folder(out / ".warehouse.duckdb")
        self._said = out.with_name("said.txt")
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(
                command_line("compute", "--home", home, "--out", out, "--engine", "spark", "--spark-master", master),
                cwd=out.parent, env=surroundings(), stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            )  # fmt: skip

    def __enter__(self) -> Computing:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        servers = self.servers()
        self.process.kill()
        self.process.wait()
        for server in servers:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server, signal.SIGKILL)

    def wait_for_tables(self, count: int) -> None:
        """Until so many tables were written by the cluster."""
        wait_until(lambda: len({path.parent for path in self._steps.glob("*/*.parquet")}) >= count, self.process)

    def ends_within(self, seconds: float) -> int:
        """How it ended."""
        return self.process.wait(seconds)

    @property
    def said(self) -> str:
        """What it wrote to people."""
        return self._said.read_text(encoding="utf-8")

    def servers(self) -> list[int]:
        """The servers of Spark that it started and that run, each the leader of a process group."""
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _is_server(entry, self.process.pid)]


def is_running(process: int) -> bool:
    """Whether it has not ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def _is_server(entry: Path, parent: int) -> bool:
    try:
        stat = (entry / "stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
        return int(stat[1]) == parent and b"SparkConnectServer" in (entry / "cmdline").read_bytes()
    except OSError:
        return False
