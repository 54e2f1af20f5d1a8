"""The database that a new home begins with is what Prefect's migrations make, and no other is taken for it."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from importlib import metadata
from pathlib import Path

import pytest

from flows.prefect_runtime.ready_database import WRITTEN_DOWN, described, make_ready

MIGRATE = """
import asyncio
from prefect.server.database import provide_database_interface
asyncio.run(provide_database_interface().create_db())
"""


def migrated(path: Path) -> Path:
    """A database that Prefect's own migrations have made, in a process of its own: its settings are read at import."""
    surroundings = {"PREFECT_API_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{path}"}
    subprocess.run([sys.executable, "-c", MIGRATE], check=True, env=os.environ | surroundings)
    return path


def comparable(path: Path) -> tuple[str, list[tuple[list[str], list[str]]]]:
    """The revision and the statements; Alembic writes indexes and a table's constraints in the order of a set, which is chance."""
    said = described(path)
    statements = []
    for statement in said["statements"]:
        lines = [line.rstrip(", ") for line in statement.splitlines()]
        constraints = [line for line in lines if line.startswith("\tCONSTRAINT")]
        statements.append(([line for line in lines if line not in constraints], sorted(constraints)))
    return said["revision"], sorted(statements)


def test_the_pinned_prefect_is_the_one_written_down() -> None:
    """After an upgrade of Prefect: python -m tests.unit.flows.prefect_runtime.test_ready_database"""
    assert json.loads(WRITTEN_DOWN.read_text(encoding="utf-8"))["prefect"] == metadata.version("prefect")


@pytest.mark.attack  # seconds for what changes with Prefect's version alone
def test_a_database_that_was_made_is_one_that_was_migrated(tmp_path: Path) -> None:
    assert make_ready(tmp_path / "made.db")
    assert comparable(tmp_path / "made.db") == comparable(migrated(tmp_path / "migrated.db"))


def test_a_database_is_made_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "prefect.db"
    assert make_ready(path)
    with closing(sqlite3.connect(path)) as con, con:
        con.execute("INSERT INTO flow (name) VALUES ('nightly')")
    assert make_ready(path)
    with closing(sqlite3.connect(path)) as con:
        assert con.execute("SELECT name FROM flow").fetchall() == [("nightly",)]
    assert [entry.name for entry in tmp_path.iterdir()] == ["prefect.db"]


def test_what_is_not_known_is_left_to_prefect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty, other, broken = tmp_path / "empty.db", tmp_path / "other.db", tmp_path / "broken.db"
    empty.touch()
    broken.write_bytes(b"no database" * 100)
    make_ready(other)
    with closing(sqlite3.connect(other)) as con, con:
        con.execute("UPDATE alembic_version SET version_num = 'of another version'")
    assert [make_ready(path) for path in (empty, other, broken)] == [False, False, False]
    monkeypatch.setattr(metadata, "version", lambda name: "3.0.0")
    assert not make_ready(tmp_path / "new.db")
    assert not (tmp_path / "new.db").exists()


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        said = json.dumps(described(migrated(Path(folder) / "prefect.db")), indent=1, ensure_ascii=False)
    WRITTEN_DOWN.write_text(f"{said}\n", encoding="utf-8")
