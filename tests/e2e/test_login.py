"""Prefect beside a night answers whoever runs the night, and nobody else of the machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import ROOT, task_runs

pytestmark = pytest.mark.attack

# A night whose server is asked as another user of the machine would ask it: with its address, and without the login.
NIGHT = """
import json, os, sys, urllib.error, urllib.request
from pathlib import Path
from flows.prefect_runtime.run_once import nights_of
from flows.settings import load_settings
from flows.progress import current

class Stranger:
    def __init__(self):
        self.answers = {}
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    def ask(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(os.environ["PREFECT_API_URL"] + path, data=data, headers={"Content-Type": "application/json"})
        try:
            with self.opener.open(request, timeout=20) as answer:
                return answer.status
        except urllib.error.HTTPError as refusal:
            return refusal.code
    def began(self, step):
        if step == "check":  # the night is under way
            from prefect.context import get_run_context
            run = str(get_run_context().task_run.flow_run_id)
            cancel = {"state": {"type": "CANCELLED"}, "force": True}
            self.answers = {
                "health": self.ask("/health"), "runs": self.ask("/flow_runs/filter", {}), "logs": self.ask("/logs/filter", {}),
                "cancel": self.ask(f"/flow_runs/{run}/set_state", cancel),
            }
    def ended(self, step, outcome, seconds): pass
    def failed(self, step): pass
    def note(self, text): pass

from flows.progress import progress_shown_to
stranger = Stranger()
with progress_shown_to(stranger), nights_of(load_settings(sys.argv[1])) as run_night:
    report = run_night(None)
logins = {os.environ.get("PREFECT_SERVER_API_AUTH_STRING", ""), os.environ.get("PREFECT_API_AUTH_STRING", "")}
print(json.dumps({**stranger.answers, "files": report["totals"]["files"], "logins": len(logins), "login": logins.pop()}))
"""


def test_a_night_s_server_tells_a_stranger_nothing_and_cannot_be_stopped_by_one(home: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "SUIVI_"))}
    done = subprocess.run(
        [sys.executable, "-c", NIGHT, str(home)], env={**kept, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert (said["runs"], said["logs"], said["cancel"]) == (401, 401, 401)
    assert said["health"] == 200, "the night itself asks for it before it has any client"
    assert said["logins"] == 1
    assert {state for _, state in task_runs(home)} == {"COMPLETED"}
    login = said["login"].partition(":")[2].encode()
    assert len(login) > 20
    assert [path for path in home.rglob("*") if path.is_file() and login in path.read_bytes()] == []
