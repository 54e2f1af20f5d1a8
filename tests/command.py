"""The command as a person runs it, in a process of its own."""

from __future__ import annotations

import os
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
    surroundings = {k: v for k, v in os.environ.items() if not k.startswith(("SUIVI_", "PREFECT_"))}
    surroundings |= {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "120"} | environ
    return subprocess.run(
        [sys.executable, "-c", _MAIN, *map(str, arguments)], cwd=cwd, env=surroundings, text=True, encoding="utf-8",
        capture_output=True, timeout=timeout, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
