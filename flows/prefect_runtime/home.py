"""Prefect as a part of our commands: its own home under ours, no settings from elsewhere, no telemetry.

Prefect reads its settings once, when it is first imported: `prepare` or `prepare_to_serve` must run before that import.
"""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
from pathlib import Path

from flows.prefect_runtime.ready_database import make_ready
from warehouse.durable_files import make_home

#: Task runs reach the database through a queue that is lost at exit; small batches keep up.
_RECORDER = "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER"
_SERVICES = "PREFECT_SERVER_SERVICES"

#: wherever our flows run
_OF_RUNS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    # A flow that lost its server must fail, not start another.
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_LOGGING_COLORS": "false",
    # The night logs through the standard library; this is what carries its lines into the run's log.
    "PREFECT_LOGGING_EXTRA_LOGGERS": "suivi",
}
#: a server of our own
_OF_SERVERS = {
    f"{_RECORDER}_READ_BATCH_SIZE": "100",
    f"{_RECORDER}_FLUSH_INTERVAL": "1",
    # Block types and the collections they come from are of no use to a night.
    "PREFECT_API_BLOCKS_REGISTER_ON_START": "false",
}
#: a server of our own for one command: each of a night's few task runs is written at once, so that its end waits for no flush
_OF_PASSING_SERVERS = {f"{_RECORDER}_BATCH_SIZE": "1"}
#: a server of our own that stays
_OF_LASTING_SERVERS = {
    f"{_RECORDER}_BATCH_SIZE": "100",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    # By default only events are ever deleted, and the database grows for years.
    f"{_SERVICES}_DB_VACUUM_ENABLED": "events,flow_runs",
    # In memory, the leases of a server that is restarted are gone, and their slots taken for good.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
}


def prepare(home: Path, *, debug: bool = False) -> Path:
    """Set the environment for a private Prefect under `home`, for one command; returns its folder.

    PREFECT_* of the surroundings are put aside on purpose: a night run as one command touches no server of someone
    else's. Raises RuntimeError if Prefect is imported already.
    """
    folder = _own_prefect(home)
    os.environ.update(
        _OF_RUNS
        | _OF_SERVERS
        | _OF_PASSING_SERVERS
        | _asking_for(_new_login())  # of this one run: it ends with the process, and lies in no file
        | {
            # The database keeps the whole log. The terminal has our own progress: Prefect would add tracebacks to it.
            "PREFECT_LOGGING_LEVEL": "INFO",
            "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "INFO" if debug else "CRITICAL",
            "PREFECT_API_DATABASE_MIGRATE_ON_START": "false" if make_ready(folder / "prefect.db") else "true",
        }
    )
    return folder


def prepare_to_serve(home: Path) -> Path | None:
    """Set the environment for `suivi serve`: for a lasting server of our own, whose folder is returned.

    None where PREFECT_API_URL names a server: the surroundings then stay as they are, but for what keeps values of files
    and telemetry out. Raises RuntimeError if Prefect is imported already.
    """
    if os.environ.get("PREFECT_API_URL"):
        _keep_passing_files_in(_own_folder(home))
        for name, value in _OF_RUNS.items():
            os.environ.setdefault(name, value)
        return None
    folder = _own_prefect(home, "serve")
    _keep_passing_files_in(folder)
    # Prefect writes its pages, made for the address that they are served under, beside its code, which is not ours to write to.
    pages = {"PREFECT_SERVER_UI_STATIC_DIRECTORY": str(folder / "pages")}
    os.environ.update(_OF_RUNS | _OF_SERVERS | _OF_LASTING_SERVERS | pages | _asking_for(_lasting_login(folder / "login")))
    return folder


def _keep_passing_files_in(folder: Path) -> None:
    """Files that pass go below our own folder: Prefect's runner makes /tmp/runner_storage, where another user's stops it."""
    passing = folder / "tmp"
    passing.mkdir(mode=0o700, exist_ok=True)
    os.environ["TMPDIR"] = str(passing)
    tempfile.tempdir = None  # asked for before us, it would be remembered


def _asking_for(login: str) -> dict[str, str]:
    """A server that answers nobody without this login, and clients that have it.

    Loopback is every user's of the machine: one could read the nights' logs and cancel them, and have the runner of a server
    that stays run any code.
    """
    return {"PREFECT_SERVER_API_AUTH_STRING": login, "PREFECT_API_AUTH_STRING": login}


def _own_prefect(home: Path, *within: str) -> Path:
    if "prefect" in sys.modules:
        raise RuntimeError("prefect was imported before its settings were made")
    make_home(home)
    folder = _own_folder(home, *within)
    for name in [name for name in os.environ if name.startswith("PREFECT_")]:
        del os.environ[name]
    os.environ.update(
        {
            "PREFECT_HOME": str(folder),
            "PREFECT_PROFILES_PATH": str(folder / "profiles.toml"),
            "PREFECT_API_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{folder / 'prefect.db'}",
        }
    )
    loopback = "127.0.0.1,localhost"
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = f"{os.environ[name]},{loopback}" if os.environ.get(name) else loopback
    return folder


def _own_folder(home: Path, *within: str) -> Path:
    """The folder of Prefect's files in this home, made if need be, for this user alone."""
    # Prefect makes files of its own, and so does its server: whatever is made from here on is ours alone, unless we publish it.
    os.umask(0o077)
    folder = home.absolute()
    for name in (".prefect", *within):
        folder /= name
        # Prefect only warns when it cannot make its home, then fails much later without saying why.
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
    return folder


def _lasting_login(path: Path) -> str:
    """User and password of the server that stays; made on first use, for this user alone."""
    if not path.exists():
        path.write_text(f"{_new_login()}\n")  # under the umask that _own_prefect has set
    return path.read_text().strip()


def _new_login() -> str:
    """A login that nobody can guess, as `user:password`."""
    return f"suivi:{secrets.token_urlsafe(24)}"
