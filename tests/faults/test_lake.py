"""A lake whose update is cut off, or cannot write, names files that are whole; the next update ends in the right state."""

from __future__ import annotations

import itertools
import os
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.lake_updates import update_process
from tests.faults.processes import How
from tests.unit.warehouse.lake.test_update import files, learners, take, updated
from warehouse.lake.manifest import MANIFEST, read_manifest
from warehouse.store.store import Store

#: an update changes the disk some forty times, a night some thousands
EVERY = min(int(os.environ.get("EVERY", "9")), 9)

pytestmark = [pytest.mark.faults, pytest.mark.slow]


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose store has gone on since its lake was brought up to date: new rows, and somebody is gone."""
    home = tmp_path_factory.mktemp("before")
    with Store.open(home) as store:
        take(store, 0, "actions", [{}])
        take(store, 1, "apprenants", learners("a", "b", "c"))
        updated(store)
        take(store, 2, "apprenants", learners("b", "d"))
        take(store, 3, "suivi", learners("b", "d"))
        with store.transaction("forget") as con:
            con.execute("DELETE FROM rows_learners WHERE learner_ref = 'a'")
            con.execute("DELETE FROM closings WHERE line = 2")
    return home


@pytest.mark.parametrize("how", [How.FAILS_ONCE, How.DISK_FULL, How.KILLED, How.KILLED_HALFWAY])
def test_every_change_that_fails(before: Path, tmp_path: Path, how: How, tell: Callable[[str, Counter[str]], None]) -> None:
    said = Counter[str]()
    for number in itertools.count(1 + EVERY * (how - 1) // 4, EVERY):
        home = tmp_path / str(number)
        shutil.copytree(before, home)
        told = update_process(home, number, how)
        if not told.was_killed and not told.hits:
            break
        manifest = read_manifest(home / "lake")
        assert all(file.is_intact(home / "lake") for partition in manifest.partitions.values() for file in partition.files)
        if told.error:
            assert told.error == "LakeUnusable", told.message
        with Store.open(home) as store:
            updated(store)
            assert files(store).keys() == {f.path for p in read_manifest(home / "lake").partitions.values() for f in p.files}
            assert {path.name for path in (home / "lake").rglob("*") if path.is_file() and path.suffix != ".parquet"} == {MANIFEST}
        said["killed" if told.was_killed else "failed" if told.error else "done all the same"] += 1
        shutil.rmtree(home)
    tell(f"change n of an update of a lake, {how.name}, every {EVERY}", said)
    assert said
