"""The lock: one process at a time, again within a process, let go however its holder ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flows.errors import AnotherNight, WrongUse
from flows.lock import holder, night_lock

HOLD = """
import sys, time
from pathlib import Path
from flows.lock import night_lock
with night_lock(Path(sys.argv[1]), "the-other-night"):
    print("held", flush=True)
    time.sleep(60)
"""


def _hold(home: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(home)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_another_process_is_refused_and_told_who(tmp_path: Path) -> None:
    process = _hold(tmp_path)
    try:
        with pytest.raises(AnotherNight, match=f"process {process.pid}, night the-other-night"), night_lock(tmp_path, "x"):
            pass
        assert "the-other-night" in (holder(tmp_path) or "")
    finally:
        _end(process)


def test_a_killed_holder_leaves_no_lock(tmp_path: Path) -> None:
    _end(_hold(tmp_path))
    with night_lock(tmp_path, "x"):
        pass
    assert holder(tmp_path) is None


def test_the_same_process_may_take_it_again(tmp_path: Path) -> None:
    with night_lock(tmp_path, "x"), night_lock(tmp_path, "y"):
        pass
    with night_lock(tmp_path, "z"):
        pass


def test_the_home_is_made(tmp_path: Path) -> None:
    with night_lock(tmp_path / "new" / "home", "x"):
        assert (tmp_path / "new" / "home" / ".lock").exists()


def test_a_symbolic_link_in_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("kept")
    (tmp_path / ".lock").symlink_to(tmp_path / "victim")
    with pytest.raises(WrongUse), night_lock(tmp_path, "x"):
        pass
    assert (tmp_path / "victim").read_text() == "kept"
