"""Prefect's surroundings: a server of our own unless one is named, a login that others cannot read, no telemetry."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

from tests.command import ROOT

ASK = """
import json, os, sys, tempfile
from pathlib import Path
from flows.prefect_runtime.home import prepare_to_serve
folder = prepare_to_serve(Path(sys.argv[1]))
print(json.dumps({"folder": str(folder), **{k: v for k, v in os.environ.items() if k.startswith("PREFECT_")}, "tmp": tempfile.gettempdir()}))
"""


def prepared(home: Path, **surroundings: str) -> dict[str, str]:
    """The environment that `suivi serve` makes, in a process of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(home)], env={**kept, "PYTHONPATH": str(ROOT), **surroundings}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_a_server_of_our_own_asks_for_a_login_that_stays(tmp_path: Path) -> None:
    first = prepared(tmp_path, PREFECT_PROFILE="someone-elses")
    login = tmp_path / ".prefect" / "serve" / "login"
    assert stat.S_IMODE(login.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (login.parent, login.parent.parent)} == {0o700}
    assert first["PREFECT_SERVER_API_AUTH_STRING"] == first["PREFECT_API_AUTH_STRING"] == login.read_text().strip()
    assert len(login.read_text()) > 30
    assert "PREFECT_PROFILE" not in first
    assert first["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert first["PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED"] == "events,flow_runs"
    assert prepared(tmp_path) == first


def test_a_server_that_is_named_is_used_as_it_is(tmp_path: Path) -> None:
    found = prepared(tmp_path, PREFECT_API_URL="http://127.0.0.1:9/api", PREFECT_API_AUTH_STRING="a:b")
    assert found["folder"] == "None"
    assert found["PREFECT_API_URL"] == "http://127.0.0.1:9/api"
    assert found["PREFECT_API_AUTH_STRING"] == "a:b"
    assert found["PREFECT_SERVER_ALLOW_EPHEMERAL_MODE"] == found["PREFECT_RESULTS_PERSIST_BY_DEFAULT"] == "false"
    assert [path.name for path in (tmp_path / ".prefect").iterdir()] == ["tmp"]


def test_nothing_of_a_service_lies_outside_of_its_home(tmp_path: Path) -> None:
    served = tmp_path / ".prefect" / "serve"
    found = prepared(tmp_path)
    assert Path(found["tmp"]) == served / "tmp"
    assert Path(found["PREFECT_SERVER_UI_STATIC_DIRECTORY"]) == served / "pages"
    assert Path(prepared(tmp_path, PREFECT_API_URL="http://127.0.0.1:9/api")["tmp"]) == tmp_path / ".prefect" / "tmp"
