"""`suivi nightly` and `suivi demo` as a person runs them: real processes, real Prefect, nothing left behind."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from expectations.catalogue import template
from expectations.contract.returns import RETURNS
from flows.lock import night_lock

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
TASKS = {"receive", "check", "load", "publish", "report"}


def suivi(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, as an unprepared machine would run it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "SUIVI_"))}
    return subprocess.run(  # noqa: PLW1510
        [sys.executable, "-m", "flows.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=280,
        env={**kept, "PYTHONPATH": str(ROOT), **environment},
    )


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


def test_a_night_from_the_command_line(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for kind in RETURNS:
        (inbox / f"{kind}.csv").write_bytes(template(kind, True))
    (inbox / "classeur.csv").write_bytes(b"PK\x03\x04 CANARI")
    (inbox / "lien.csv").symlink_to("/etc/hostname")

    # A server of someone else's is not asked, nor is a proxy.
    done = suivi(
        "nightly", "--home", str(tmp_path), "--format", "json",
        PREFECT_API_URL="http://127.0.0.1:9/api", HTTP_PROXY="http://127.0.0.1:9", http_proxy="http://127.0.0.1:9",
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert {file["decision"] for file in report["files"] if file["kind"]} == {"accepted"}
    assert [file["name"] for file in report["files"] if file["decision"] == "refused"] == ["classeur.csv"]
    assert {"receive", "check", "load", "compute", "publish"} <= set(report["seconds"])
    assert "Traceback" not in done.stderr
    assert "leaked" not in done.stderr
    assert "lien.csv: ni fichier ni dossier" in done.stderr
    assert os.listdir(inbox) == ["lien.csv"]
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as con:
        assert con.execute("SELECT count(*) FROM quality.files").fetchone() == (len(RETURNS) + 1,)

    assert task_runs(tmp_path) == [(name, "COMPLETED") for name in ("receive", "check", "load", "publish", "report")]
    assert processes_of(tmp_path) == []
    with sqlite3.connect(tmp_path / ".prefect" / "prefect.db") as con:
        logged = "\n".join(message for (message,) in con.execute("SELECT message FROM log"))
        flow_runs = con.execute("SELECT name, state_type FROM flow_run").fetchall()
    con.close()
    assert flow_runs == [(report["run_id"], "COMPLETED")]
    assert "classeur.csv: refused" in logged
    assert "CANARI" not in logged

    # `status` and `sql` work on what it left.
    status = suivi("status", "--home", str(tmp_path))
    assert status.returncode == 0
    assert f"night {report['run_id']}: done" in status.stdout
    assert "open findings:" in status.stdout


def test_a_night_that_fails_says_so_in_one_line_and_is_recorded(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "sessions.csv").write_bytes(template("sessions", True))
    # Yesterday's warehouse; its name is taken by a folder, so that today's cannot be put in place.
    (tmp_path / "warehouse.duckdb").mkdir()
    (tmp_path / "warehouse.duckdb" / "kept").write_text("")
    done = suivi("nightly", "--home", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("suivi: the night failed at step publish: ")
    assert dict(task_runs(tmp_path))["publish"] == "FAILED"
    assert processes_of(tmp_path) == []
    status = suivi("status", "--home", str(tmp_path))
    assert ": failed" in status.stdout


def test_two_nights_never_overlap(tmp_path: Path) -> None:
    with night_lock(tmp_path, "the-other"):
        began = time.monotonic()
        done = suivi("nightly", "--home", str(tmp_path))
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "another night is running" in done.stderr
    # It does not pay for Prefect first.
    assert not (tmp_path / ".prefect").exists()
    assert time.monotonic() - began < 60


def test_the_demo_can_be_run_twice_and_shows_what_matters(tmp_path: Path) -> None:
    home = tmp_path / "demo"
    for _ in range(2):
        done = suivi("demo", "--home", str(home))
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        assert "22 of 24: 91.7 %, between 74.2 and 97.7 %" in done.stdout
        assert "1 not met" in done.stdout
        assert str(home / "warehouse.duckdb") in done.stdout
        assert "1 duplicate" in done.stdout
    assert {state for _, state in task_runs(home)} == {"COMPLETED"}
    assert {name for name, _ in task_runs(home)} == TASKS
    assert len(task_runs(home)) == 4 * len(TASKS)
    assert processes_of(home) == []


def test_the_demo_never_empties_a_home_in_use(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "retour.csv").write_text("précieux")
    done = suivi("demo", "--home", str(tmp_path))
    assert done.returncode == 2
    assert "in use" in done.stderr
    assert (tmp_path / "inbox" / "retour.csv").read_text() == "précieux"
