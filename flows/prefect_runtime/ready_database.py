"""A database for Prefect's server as its migrations leave it, without running them: they take seconds in every new home.

`ready_database.json` holds the statements that make what the migrations of one version of Prefect make of an empty file.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from importlib import metadata
from pathlib import Path
from typing import Any

WRITTEN_DOWN = Path(__file__).with_name("ready_database.json")
_REVISION = "SELECT version_num FROM alembic_version"


def make_ready(path: Path) -> bool:
    """Whether the database at `path` needs no migration; where there is none, it is made.

    False where Prefect itself must look: it is another version than the one written down, or the file is of another, or
    is no database.
    """
    known = json.loads(WRITTEN_DOWN.read_text(encoding="utf-8"))
    if known["prefect"] != metadata.version("prefect"):
        return False
    if not path.exists():
        _make(path, known["statements"])
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as con:
            return con.execute(_REVISION).fetchall() == [(known["revision"],)]
    except sqlite3.Error:
        return False


def described(path: Path) -> dict[str, Any]:
    """What `ready_database.json` says when the database at `path` has just been made by Prefect's own migrations."""
    with closing(sqlite3.connect(path)) as con:
        (revision,) = con.execute(_REVISION).fetchone()
        return {"prefect": metadata.version("prefect"), "revision": revision, "statements": list(con.iterdump())}


def _make(path: Path, statements: Sequence[str]) -> None:
    # Beside, then moved: a command that is killed meanwhile leaves no half of a database.
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    with closing(sqlite3.connect(beside)) as con:
        con.executescript("\n".join(statements))
    os.replace(beside, path)
