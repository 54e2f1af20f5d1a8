"""A night over SFTP that is killed at any change or request, and the next one: nothing is lost there or here, nothing comes twice.

`KILL_EVERY=3` tries each third of them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.faults.processes import How
from tests.golden.history import BASE
from tests.remote.kills import Kill, night_until_stored
from tests.remote.servers import SFTPServer
from tests.workbooks import typed, with_xlsxwriter

pytestmark = [pytest.mark.remote, pytest.mark.slow]

NOW = datetime(2026, 3, 12, 3, 0, tzinfo=UTC)
EVERY = int(os.environ.get("KILL_EVERY", "1"))
#: two providers, the second of whom sends what has come before; one file is a workbook of two returns
CAME = {
    "opale/a.csv": BASE["a.csv"], "opale/b.csv": BASE["b.csv"],
    "opale/c.xlsx": with_xlsxwriter({"Apprenants": typed("apprenants"), "Suivi": typed("suivi")}), "rubis/b.csv": BASE["b.csv"],
}  # fmt: skip
WANTED = [
    ("opale/a.csv", "opale", "accepted"), ("opale/b.csv", "opale", "accepted"), ("opale/c.xlsx#Apprenants", "opale", "accepted"),
    ("opale/c.xlsx#Suivi", "opale", "accepted"), ("rubis/b.csv", "rubis", "duplicate"),
]  # fmt: skip
Files = list[tuple[str, str, str]]


class Place:
    """A home, and an inbox of its own on the server."""

    def __init__(self, server: SFTPServer, folder: Path, name: str) -> None:
        self.inbox = server.folder / name
        for number, (path, data) in enumerate(CAME.items()):
            target = self.inbox / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            os.utime(target, (1_772_000_000 + number, 1_772_000_000 + number))
        self.home = folder / name
        self.home.mkdir()
        (self.home / "suivi.toml").write_text(server.settings().replace("/inbox\"", f'/{name}"'))

    def files(self) -> Files:
        """What the ledger says of each file, in its order."""
        with duckdb.connect(str(self.home / "store.duckdb"), read_only=True) as con:
            return con.execute("SELECT file_name, sender, decision FROM submissions ORDER BY submission_id").fetchall()

    def left(self) -> list[str]:
        """Files there, and files and notes here, that are not done with."""
        brought = self.home / "brought"
        return [
            str(path) for folder in (self.inbox, brought / "inbox", brought / "notes", brought / "unfinished")
            for path in folder.rglob("*") if path.is_file()
        ]  # fmt: skip


def test_killed_at_every_change_and_request(
    sftp: SFTPServer, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    undisturbed = Place(sftp, tmp_path, "undisturbed")
    made = night_until_stored(undisturbed.home, NOW)
    wanted = undisturbed.files()
    assert made is not None and undisturbed.left() == []
    assert wanted == WANTED
    changes, requests = made
    kills = [
        *(Kill(change=at, how=how) for at in range(1, changes + 1) for how in (How.KILLED, How.KILLED_HALFWAY)),
        *(Kill(request=at, is_after=is_after) for at in range(1, requests + 1) for is_after in (False, True)),
    ][::EVERY]  # fmt: skip
    assert len(kills) > 100 / EVERY

    def outcome(number: int) -> tuple[str, str]:
        place = Place(sftp, tmp_path, f"killed-{number}")
        killed = night_until_stored(place.home, NOW, kills[number]) is None
        assert night_until_stored(place.home, NOW + timedelta(days=1)) is not None
        told, left = place.files(), place.left()
        wrong = f"{kills[number]}: {told}, left {left}" if Counter(told) != Counter(wanted) or left else ""
        return "killed" if killed else "not reached", wrong

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(outcome, range(len(kills))))
    assert [wrong for _, wrong in outcomes if wrong] == []
    hit = Counter(what for what, _ in outcomes)
    assert hit["killed"] > 0.9 * len(kills), hit
    record_property("proven", f"kill -9 of nights over SFTP: {dict(hit)}, of {changes} changes and {requests} requests")
