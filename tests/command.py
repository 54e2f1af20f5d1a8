"""The command as a person runs it, in a process of its own."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_MAIN = "import sys; from flows.cli import main; sys.exit(main())"


def run_suivi(
    *arguments: object, cwd: Path, timeout: float = 240, **environ: str
) -> subprocess.CompletedProcess[str]:
    """`run_suivi("nightly", "--home", home, cwd=folder)`: the finished process with its text.

    It does not judge the exit code; warnings of the process are no errors.
    """
    return subprocess.run(
        command_line(*arguments), cwd=cwd, env=surroundings() | environ, text=True, encoding="utf-8",
        capture_output=True, timeout=timeout, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip


def start_suivi(*arguments: object, cwd: Path) -> subprocess.Popen[bytes]:
    """The command, begun, with a process group of its own, so that whatever it starts can be ended with it."""
    return subprocess.Popen(
        command_line(*arguments), cwd=cwd, env=surroundings(), start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def command_line(*arguments: object) -> list[str]:
    """What is run for `suivi` with these arguments."""
    return [sys.executable, "-c", _MAIN, *map(str, arguments)]


def surroundings() -> dict[str, str]:
    """The environment of a command: ours, without settings of suivi and Prefect."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SUIVI_", "PREFECT_"))}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "120"}


def task_runs(home: Path) -> list[tuple[str, str]]:
    """Name and state of every task run in the Prefect home."""
    with sqlite3.connect(home / ".prefect" / "prefect.db") as con:
        runs = con.execute("SELECT name, state_type FROM task_run ORDER BY start_time").fetchall()
    con.close()
    return [(name.rsplit("-", 1)[0], state) for name, state in runs]


def processes_of(home: Path) -> list[str]:
    """Processes that still have to do with this home."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                environment = (entry / "environ").read_bytes()
            except OSError:
                continue
            if os.fsencode(home) in environment:
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
    return found
