"""A file that kills whoever reads it: two nights die, the third sets it aside and does the rest; the steward may have it read again."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from flows.held_answers import accept
from flows.recovery.rebuild import rebuild
from flows.settings import load_settings
from tests.golden.nights import Home
from tests.spec.paper import csv_of

pytestmark = [pytest.mark.faults, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
POISON = csv_of("apprenants", "id_apprenant=POISON")
FILES = {"actions.csv": csv_of("actions"), "poison.csv": POISON, "sessions.csv": csv_of("sessions")}
#: a night that the kernel kills when it reads the poison, as it does with what takes all of the memory
_NIGHT = """
import os, signal, sys
from pathlib import Path
from flows.steps import read
from tests.golden.nights import Home

real = read.read_and_redact

def read_and_redact(data, *rest):
    if b"POISON" in data:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(data, *rest)

read.read_and_redact = read_and_redact
Home(Path(sys.argv[1])).night()
"""


def killed_night(home: Home) -> None:
    night = subprocess.run([sys.executable, "-W", "ignore", "-c", _NIGHT, str(home.folder)], cwd=ROOT, check=False)
    assert night.returncode == -signal.SIGKILL
    assert sorted(os.listdir(home.folder / "inbox")) == sorted(FILES)


def test_a_file_that_kills_two_nights_is_set_aside_by_the_third(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.drop(FILES)
    killed_night(home)
    killed_night(home)
    report = home.night()
    assert {file["name"]: file["decision"] for file in report["files"]} == {
        "actions.csv": "accepted", "poison.csv": "held", "sessions.csv": "accepted",
    }  # fmt: skip
    assert os.listdir(home.folder / "inbox") == []
    kept = home.folder / "held" / sha256(POISON).hexdigest()[:2] / sha256(POISON).hexdigest()
    assert kept.read_bytes() == POISON
    assert [stat.S_IMODE(path.stat().st_mode) for path in (home.folder / "held", kept.parent, kept)] == [0o700, 0o700, 0o400]
    assert home.rows("SELECT rule FROM quality.findings WHERE rule = 'FIC-16'") == [("FIC-16",)]
    assert home.rows("SELECT count(*) FROM clean.learners") == [(0,)]
    settings = load_settings(home.folder)
    assert rebuild(settings, verify=True).is_proven

    number = next(number for number, name in home.rows("SELECT submission_id, file_name FROM quality.files") if name == "poison.csv")
    accept(settings, number)
    assert [file["decision"] for file in home.night()["files"]] == ["accepted"]
    assert home.rows("SELECT count(*) FROM clean.learners") == [(1,)]
    assert rebuild(settings, verify=True).is_proven
    assert not (home.folder / ".in-hand").exists()
