"""Prefect as a part of one command: its own home under ours, no settings from elsewhere, no telemetry.

Prefect reads its settings once, when it is first imported: `prepare` must run before that import.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

#: Task runs reach the database through a queue that is lost at exit; small batches written each second keep up.
_RECORDER = "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER"


def prepare(home: Path, *, debug: bool = False) -> Path:
    """Set the environment for a private Prefect under `home`; returns its folder.

    PREFECT_* of the surroundings are put aside on purpose: a night run as one command touches no server of someone
    else's. A deployment (`suivi serve`) does not come through here. Raises RuntimeError if Prefect is imported already.
    """
    if "prefect" in sys.modules:
        raise RuntimeError("prefect was imported before its settings were made")
    folder = (home / ".prefect").absolute()
    # Prefect only warns when it cannot make its home, then fails much later without saying why.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in [name for name in os.environ if name.startswith("PREFECT_")]:
        del os.environ[name]
    os.environ.update(
        {
            "PREFECT_HOME": str(folder),
            "PREFECT_PROFILES_PATH": str(folder / "profiles.toml"),
            "PREFECT_API_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{folder / 'prefect.db'}",
            # Ours is told by its address; a flow that lost it must fail, not start another.
            "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "DO_NOT_TRACK": "1",
            f"{_RECORDER}_BATCH_SIZE": "100",
            f"{_RECORDER}_READ_BATCH_SIZE": "100",
            f"{_RECORDER}_FLUSH_INTERVAL": "1",
            # Block types and the collections they come from are of no use to a night.
            "PREFECT_API_BLOCKS_REGISTER_ON_START": "false",
            "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
            # The database keeps the whole log. The terminal has our own progress: Prefect would add tracebacks to it.
            "PREFECT_LOGGING_LEVEL": "INFO",
            "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "INFO" if debug else "CRITICAL",
            "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
            "PREFECT_LOGGING_COLORS": "false",
            # The night logs through the standard library; this is what carries its lines into the run's log.
            "PREFECT_LOGGING_EXTRA_LOGGERS": "suivi",
        }
    )
    loopback = "127.0.0.1,localhost"
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = f"{os.environ[name]},{loopback}" if os.environ.get(name) else loopback
    return folder
