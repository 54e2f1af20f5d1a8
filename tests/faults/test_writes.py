"""A night whose n-th change to the disk fails, by Python's hand or DuckDB's, or at whose n-th change it is killed.

Changes are writes, syncs, new files, renames, removals and modes below the home, counted where the process calls the system.
`EVERY=1` tries each n; by default each 200th.
"""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.homes import FAULTY, Scene
from tests.faults.processes import Fault, How, Told, hits_by_nature, night_process
from tests.faults.recovery import AT_ONCE, RecordOutcome, outcomes, recovered
from tests.faults.states import is_old_or_new, warehouse_of

Tell = Callable[[str, Counter[str]], None]
EVERY = int(os.environ.get("EVERY", "200"))
NOT_HIT = "not hit"
_HOW = {
    How.FAILS_ONCE: "fails (EIO)",
    How.DISK_FULL: "and all that follow fail (ENOSPC)",
    How.KILLED: "is preceded by a kill",
    How.KILLED_HALFWAY: "is cut in the middle by a kill",
}

pytestmark = [pytest.mark.faults, pytest.mark.slow]


def outcome(told: Told) -> str:
    """How a night went, whose n-th change did not take place."""
    if told.was_killed:
        return f"killed {told.place}"
    if told.exit_code:
        return f"aborted {told.place}"  # DuckDB ends the process where it can no longer write to its log
    if not told.hits:
        return NOT_HIT
    return f"failed {told.place}" if told.error else "done all the same"


@pytest.mark.parametrize("how", _HOW)
@pytest.mark.parametrize("name", ["small", "first"])
def test_every_change_that_fails(name: str, how: How, request: pytest.FixtureRequest, tell: Tell) -> None:
    scene: Scene = request.getfixturevalue(name)

    def failing(number: int) -> RecordOutcome:
        with scene.home() as folder:
            before = warehouse_of(folder)
            told = night_process(folder, FAULTY, Fault(number, how))
            wrong = [] if is_old_or_new(folder, before, scene.after) else ["the warehouse is neither yesterday's nor today's"]
            return outcome(told), wrong + recovered(scene, folder)

    # The four ways start at different places, so that a coarse sweep looks at four times as many of them.
    numbers = range(1 + EVERY * (how - 1) // 4, scene.changes + 1, EVERY)
    hit = outcomes(numbers, failing)
    beyond = itertools.count(numbers[-1] + EVERY, EVERY)
    while NOT_HIT not in hit:  # nights are not all of the same number of changes
        hit += outcomes(itertools.islice(beyond, AT_ONCE), failing)
    del hit[NOT_HIT]
    tell(f"change n {_HOW[how]} in a {name} night of {scene.changes} changes, every {EVERY}", hit)


def test_the_changes_of_python_and_of_duckdb_are_hit(tmp_path: Path) -> None:
    """Else all of the above would prove nothing."""
    python, database = hits_by_nature(tmp_path)
    assert [hit.split()[0] for hit in python] == [
        "mkdir", "chmod", "open64", "fchmod", "write", "fsync", "rename", "fsync"
    ]  # fmt: skip
    assert {tuple(hit.split()) for hit in database} >= {
        ("pwrite", "b.duckdb"), ("fdatasync", "b.duckdb"), ("write", "b.duckdb.wal"), ("fdatasync", "b.duckdb.wal")
    }  # fmt: skip
