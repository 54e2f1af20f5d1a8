"""`suivi serve` for real: its server, its schedules, runs that overlap, are killed, and recover. `make test-schedules`."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.catalogue import template
from flows.lock import night_lock
from flows.recorded_nights import last_scheduled_night, recorded_nights
from tests.command import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.schedules]

MAIN = "import sys; from flows.cli import main; sys.exit(main())"
MARK = """
import sys
from datetime import timedelta
from flows.prefect_runtime.deployments import mark_dead_runs
from flows.settings import load_settings
print(mark_dead_runs(load_settings(sys.argv[1]), fresh=timedelta(0)))
"""
#: how long the machine may take for any one thing; everything is waited for, nothing is slept through
LONGEST = 150.0


class Service:
    """`suivi serve` on a home, and its Prefect asked as any client would."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def start(self) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "SUIVI_"))}
        self.log = (self.home.parent / "serve.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-c", MAIN, "serve", "--home", str(self.home), "--port", str(self.port)],
            env={**kept, "PYTHONPATH": str(ROOT)}, stdout=self.log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        self.wait(lambda: self.known("nightly"), "the deployments")

    def stop(self) -> int:
        """SIGTERM, as systemd does; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(LONGEST)
        self.log.close()
        return code

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        login = (self.home / ".prefect" / "serve" / "login").read_text().strip()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/{path}",
            data=json.dumps(body).encode() if body is not None else None,
            headers={
                "Content-Type": "application/json", "Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"
            },
        )  # fmt: skip
        deadline = time.monotonic() + LONGEST
        while True:
            try:
                with self.opener.open(request, timeout=30) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                # SQLite is busy; Prefect's own clients try again too.
                if error.code != 503 or time.monotonic() > deadline:
                    raise
            time.sleep(0.2)

    def known(self, name: str) -> dict[str, Any] | None:
        """The deployment, or None."""
        try:
            found: dict[str, Any] = self.ask(f"deployments/name/{name}/{name}")
        except OSError:
            return None
        return found

    def new(self, name: str, in_hours: int = 0) -> str:
        """Schedule a run; its id."""
        deployment = self.known(name)
        assert deployment
        at = (datetime.now(UTC) + timedelta(hours=in_hours)).isoformat()
        state = {"type": "SCHEDULED", "state_details": {"scheduled_time": at}}
        run: str = self.ask(f"deployments/{deployment['id']}/create_flow_run", {"state": state})["id"]
        return run

    def run(self, code: str) -> subprocess.CompletedProcess[str]:
        """Run Python with this service as Prefect's server; the home is its argument."""
        login = (self.home / ".prefect" / "serve" / "login").read_text().strip()
        return subprocess.run(
            [sys.executable, "-c", code, str(self.home)], capture_output=True, text=True, check=True, timeout=LONGEST,
            env={
                **os.environ, "PYTHONPATH": str(ROOT), "PREFECT_API_URL": f"http://127.0.0.1:{self.port}/api",
                "PREFECT_API_AUTH_STRING": login,
            },
        )  # fmt: skip

    def becomes(self, run: str, names: Collection[str]) -> dict[str, Any]:
        """The run, once it is in one of these states."""
        found = self.wait(
            lambda: (state := self.ask(f"flow_runs/{run}"))["state"]["name"] in names and state, f"run {run} to be {names}"
        )
        assert isinstance(found, dict)
        return found

    def wait(self, asked: Any, what: str) -> Any:
        deadline = time.monotonic() + LONGEST
        while time.monotonic() < deadline:
            if found := asked():
                return found
            assert self.process.poll() is None, "suivi serve has ended"
            time.sleep(0.2)
        raise AssertionError(f"waited in vain for {what}")

    def runs(self) -> list[int]:
        """The processes of flow runs of this service."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                words, parent = (entry / "cmdline").read_bytes(), (entry / "stat").read_text().rpartition(")")[2].split()[1]
            except (OSError, IndexError):
                continue
            if b"prefect" in words and b"engine" in words and int(parent) == self.process.pid:
                found.append(int(entry.name))
        return found


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    home = tmp_path / "home"
    (home / "inbox").mkdir(parents=True)
    (home / "inbox" / "sessions.csv").write_bytes(template("sessions", True))
    (home / "inbox" / "classeur.csv").write_bytes(b"PK\x03\x04 CANARI")
    running = Service(home)
    running.start()
    yield running
    if running.process.poll() is None:
        running.process.kill()
        running.process.wait()


def test_a_service_schedules_runs_queues_and_recovers(service: Service) -> None:
    # The scheduler schedules: it once failed at each try, and nothing but its log said so.
    def scheduled() -> list[datetime]:
        found = service.ask("flow_runs/filter", {"flows": {"name": {"any_": ["nightly"]}}})
        return sorted(datetime.fromisoformat(run["expected_start_time"]) for run in found if run["auto_scheduled"])

    ahead = service.wait(scheduled, "the scheduler")
    due = last_scheduled_night(ahead[0])
    assert ahead[0] == due, "the next night is at four in Paris"
    assert timedelta(0) < ahead[0] - datetime.now(UTC) <= timedelta(hours=25)  # once a year it is that long

    # Held by a person's command: the run waits for its turn. Another run of the night waits with Prefect.
    with night_lock(service.home, "by-hand"):
        first = service.new("nightly")
        service.becomes(first, {"Running"})
        second = service.new("nightly")
        service.becomes(second, {"AwaitingConcurrencySlot"})
    service.becomes(first, {"Completed"})
    # One night serves for both.
    service.becomes(second, {"NotNeeded"})
    nights = recorded_nights(service.home / "store.duckdb")
    assert nights
    assert [night.state for night in nights] == ["done"]

    # A run that is killed is marked at once, and the next one is held.
    with night_lock(service.home, "by-hand"):
        killed = service.new("nightly")
        service.becomes(killed, {"Running"})
        (process,) = service.runs()
        os.kill(process, signal.SIGKILL)
        service.becomes(killed, {"Crashed"})
        cut = service.new("nightly")
        service.becomes(cut, {"Running"})
        # SIGTERM ends the run under way and the service, and leaves the schedules as they are.
        assert service.stop() == 0

    # Three nights are missed: one is held at the start, by itself.
    with duckdb.connect(str(service.home / "store.duckdb")) as con:
        past = ", ".join(f"{name} = {name} - INTERVAL 3 DAY" for name in ("started_at", "finished_at"))
        con.execute(f"UPDATE nights SET {past}, as_of = as_of - 3")
    service.start()
    assert service.ask(f"flow_runs/{cut}")["state"]["name"] == "Cancelled"
    deployment = service.known("nightly")
    assert deployment
    assert not deployment["paused"]
    assert all(schedule["active"] for schedule in deployment["schedules"])
    mine = {first, second, killed, cut}

    def caught_up() -> list[dict[str, Any]]:
        found = service.ask("flow_runs/filter", {"flows": {"name": {"any_": ["nightly"]}}})
        return [run for run in found if not run["auto_scheduled"] and run["id"] not in mine]

    (run,) = service.wait(caught_up, "a night to be caught up")
    assert datetime.fromisoformat(run["expected_start_time"]) == last_scheduled_night(datetime.now(UTC))
    service.becomes(run["id"], {"Completed"})
    check = service.becomes(service.new("morning-check"), {"Completed"})
    assert check["parameters"] == {"home": str(service.home)}

    # What was killed before its first heartbeat is silent for good: the morning check clears it away.
    lost = service.new("nightly", in_hours=24)
    service.ask(f"flow_runs/{lost}/set_state", {"state": {"type": "RUNNING"}, "force": True})
    assert service.run(MARK).stdout == "1\n"
    service.becomes(lost, {"Crashed"})
    assert service.stop() == 0

    kept = b"".join(path.read_bytes() for path in (service.home / ".prefect").rglob("*") if path.is_file())
    assert b"classeur.csv" in kept
    assert b"CANARI" not in kept + Path(service.log.name).read_bytes()
