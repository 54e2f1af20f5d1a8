"""Nights whose files are read by other processes: the same comes of them, whatever the files do to their readers."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest

from flows.erasure.erase import erase
from flows.settings import load_settings
from tests.command import ROOT, processes_of, surroundings
from tests.golden.nights import Home
from tests.oracle.damaged_files import damaged_file
from tests.readers.hostile import KILLS, KILLS_OTHERS, LOOKS, RAISES, SECRET
from tests.spec.paper import SIRET, csv_of
from warehouse.compare_databases import ACROSS_RUNS, differences
from warehouse.erasure.tombstones import Person

pytestmark = pytest.mark.readers
ERASED = "ZZERASED"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home in which somebody was erased, with a few dozen files in the inbox, right and damaged; some name that person."""
    home = Home(tmp_path / "home", tells=False)
    (home.folder / "suivi.toml").write_text("settle_seconds = 0\nreaders = 2\n")
    learners = csv_of("apprenants", f"id_apprenant={ERASED}", "id_apprenant=L2")
    home.night({"actions.csv": csv_of("actions"), "sessions.csv": csv_of("sessions"), "learners.csv": learners})
    erase(load_settings(home.folder), Person(SIRET, "S1", ERASED))
    files = {f"{number:02d}.csv": damaged_file(Random(number)) for number in range(40)}
    files |= {"again.csv": learners, "same.csv": learners, "titled.csv": f"Stagiaires ({ERASED})\n".encode() + learners + b"x"}
    files |= {"raises.csv": csv_of("suivi") + RAISES, "empty.csv": b"", "none.csv": b"rien"}
    home.drop(files)
    return home.folder


def night(home: Path, readers: int, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.readers.night", str(home), str(readers)]
    preloaded = {"DASK_DISTRIBUTED__WORKER__PRELOAD": "tests.readers.hostile"}
    done = subprocess.run(
        command, cwd=ROOT, env=surroundings() | preloaded | environ, text=True, capture_output=True, check=False, timeout=300
    )
    assert SECRET not in done.stdout + done.stderr
    assert done.returncode or processes_of(home) == []
    return done


def judged(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def log(home: Path) -> str:
    return (home / "suivi.log").read_text()


def assert_same(home: Path, other: Path) -> None:
    for name in ("store.duckdb", "warehouse.duckdb"):
        assert differences(home / name, other / name, ACROSS_RUNS) == []


def test_what_comes_of_files_is_the_same_and_no_port_answers_a_stranger(home: Path, tmp_path: Path) -> None:
    Home(home).drop({"looks.csv": csv_of("depenses") + LOOKS})
    other = shutil.copytree(home, tmp_path / "other")
    looked_at = tmp_path / "ports"
    assert judged(night(home, 2, LOOKED_AT=str(looked_at))) == judged(night(other, 1))
    assert_same(home, other)
    assert "read ahead: 47 of 47 files, by 2 processes" in log(home)
    assert "read ahead" not in log(other)
    assert not list(home.glob(".passing-*"))
    for path in (home / ".prefect").rglob("*"):
        assert path.is_dir() or SECRET.encode() not in path.read_bytes()
    ports = [line.split(" ", 1)[1] for line in looked_at.read_text().splitlines()]
    # Scheduler and workers ask for a certificate; Dask's servers of pages have none to show.
    assert set(ports) == {"127.0.0.1 closed closed", "127.0.0.1 404 closed"}


def test_what_a_killed_process_has_not_read_is_read_by_the_night(home: Path, tmp_path: Path) -> None:
    Home(home).drop({"kills.csv": csv_of("depenses") + KILLS_OTHERS})
    other = shutil.copytree(home, tmp_path / "other")
    assert judged(night(home, 2)) == judged(night(other, 1))
    assert_same(home, other)
    assert "ended before it was done (killed" in log(home)
    assert not (home / ".in-hand").exists()


def test_a_file_that_kills_whoever_reads_it_is_held_after_two_nights(home: Path) -> None:
    Home(home).drop({"kills.csv": csv_of("depenses") + KILLS})
    assert [night(home, 2).returncode for _ in range(2)] == [-signal.SIGKILL] * 2
    files = {file["name"]: file["decision"] for file in judged(night(home, 2))}
    assert (files["kills.csv"], len(files)) == ("held", 47)
    assert "FIC-16" in log(home)
    assert "read ahead: 46 of 47 files" in log(home)
