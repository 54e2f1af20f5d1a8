"""Prefect as a part of one command: its own home under ours, no server before or after, no telemetry.

Prefect reads its settings once, when it is first imported: `prepare` must run before that import.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

#: Task runs reach the database through a queue that is lost at exit; small batches written each second keep up.
_RECORDER = "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER"


def prepare(home: Path, *, log_level: str = "INFO") -> Path:
    """Set the environment for a private, ephemeral Prefect under `home`; returns the database's path.

    A PREFECT_API_URL of the surroundings is put aside on purpose: a night run as one command touches no server of
    someone else's. A deployment (`suivi serve`) does not come through here. Raises RuntimeError if Prefect is in already.
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
            "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",
            # A cold home runs all migrations first: 15 s here, more on a slow disk.
            "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "DO_NOT_TRACK": "1",
            f"{_RECORDER}_BATCH_SIZE": "100",
            f"{_RECORDER}_READ_BATCH_SIZE": "100",
            f"{_RECORDER}_FLUSH_INTERVAL": "1",
            "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
            "PREFECT_LOGGING_LEVEL": log_level,
            "PREFECT_LOGGING_COLORS": "false",
        }
    )
    # The server is on loopback: a proxy of the surroundings must not be asked for it.
    loopback = "127.0.0.1,localhost"
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = f"{os.environ[name]},{loopback}" if os.environ.get(name) else loopback
    return folder / "prefect.db"
