"""A night that is killed, at any instant or between any two steps, and the next one come to what one undisturbed night does.

`KILLS=200` says how many random instants; their seeds are 1, 2, 3 and so on. Of every 40, one is of the command as people run it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from tests.command import run_suivi, start_suivi
from tests.faults.homes import FAULTY, Scene, copied
from tests.faults.processes import Fault, night_process
from tests.faults.recovery import RecordOutcome, outcomes, recovered
from tests.faults.states import faults_of, state_of

Tell = Callable[[str, Counter[str]], None]
KILLS = int(os.environ.get("KILLS", "10"))

pytestmark = [pytest.mark.faults, pytest.mark.slow]


def test_undisturbed_nights_are_the_same(demo: Scene) -> None:
    assert faults_of(demo.after.folder.with_name("undisturbed-too"), demo.after) == []


def test_killed_at_random_instants(demo: Scene, tell: Tell) -> None:
    def killed(seed: int) -> RecordOutcome:
        instant = Random(seed).uniform(0, demo.seconds)
        with demo.home() as folder:
            told = night_process(folder, FAULTY, timer=lambda: instant)
            return told.place if told.was_killed else "after the night", recovered(demo, folder)

    tell("kill -9 at random instants of a demo's night", outcomes(range(1, KILLS + 1), killed))


@pytest.mark.parametrize("name", ["small", "first"])
def test_killed_at_every_step_boundary(name: str, request: pytest.FixtureRequest, tell: Tell) -> None:
    scene: Scene = request.getfixturevalue(name)

    def killed(number: int) -> RecordOutcome:
        with scene.home() as folder:
            told = night_process(folder, FAULTY, Fault(number, at_boundary=True))
            assert told.was_killed, told
            return told.place, recovered(scene, folder)

    tell(f"kill -9 at step boundaries of a {name} night", outcomes(range(1, scene.boundaries + 1), killed))


def test_the_command_killed_at_random_instants(small: Scene, tmp_path: Path, tell: Tell) -> None:
    """With Prefect and its server, which is killed too, but for what it may have started itself: that is left running."""
    undisturbed = copied(small.before, tmp_path / "undisturbed")
    began = time.monotonic()
    _nightly(undisturbed)
    seconds, wanted, hit = time.monotonic() - began, state_of(undisturbed), Counter[str]()
    for seed in range(1, max(1, KILLS // 40) + 1):
        folder = copied(small.before, tmp_path / f"killed-{seed}")
        command = start_suivi("nightly", "--home", folder, cwd=tmp_path)
        try:
            with suppress(subprocess.TimeoutExpired):
                command.wait(Random(seed).uniform(0.3, 1) * seconds)
            command.kill()
            hit["killed" if command.wait() == -signal.SIGKILL else "after the night"] += 1
            _nightly(folder)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(command.pid, signal.SIGKILL)
        assert faults_of(folder, wanted) == [], seed
    tell("kill -9 of `suivi nightly`", hit)


def _nightly(folder: Path) -> None:
    done = run_suivi("nightly", "--home", folder, cwd=folder)
    assert done.returncode == 0, done.stderr
