"""A store, a warehouse or a snapshot that is damaged: it is noticed, never published, and made again."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from flows.recovery.rebuild import rebuild
from flows.settings import load_settings
from tests.faults.homes import FAULTY, NEXT, Scene, night
from tests.faults.processes import night_process
from tests.faults.states import is_old_or_new, state_of, warehouse_of
from warehouse.compare_databases import ACROSS_RUNS, RUN_MOMENTS, differences

pytestmark = [pytest.mark.faults, pytest.mark.slow]


def _cut(path: Path, share: float) -> None:
    os.truncate(path, int(path.stat().st_size * share))


def _turn(path: Path, at: int, size: int = 64) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        data = file.read(size)
        file.seek(at)
        file.write(bytes(byte ^ 0xFF for byte in data))


def _turn_everywhere(path: Path, seed: int) -> None:
    size = path.stat().st_size
    for at in Random(seed).sample(range(12_288, size - 64), 40):
        _turn(path, at)


DAMAGE: dict[str, Callable[[Path], None]] = {
    "empty": lambda path: _cut(path, 0),
    "half of it": lambda path: _cut(path, 0.5),
    "a little less": lambda path: os.truncate(path, path.stat().st_size - 300_000),
    "its header": lambda path: _turn(path, 20, 12_000),
    "here and there": lambda path: _turn_everywhere(path, 1),
    "text": lambda path: path.write_bytes(b"id;nom\n" * 10_000) and None,
}


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_store_is_noticed_and_mended(small: Scene, home: Path, how: str) -> None:
    before = warehouse_of(home)
    DAMAGE[how](home / "store.duckdb")
    told = night_process(home, FAULTY)
    assert told.error == "NightFailed" and "suivi rebuild" in told.message, told
    # It may be noticed as late as in the report: then the warehouse was made of what is whole, as DuckDB proves of each block.
    assert is_old_or_new(home, before, small.after)
    was_published = warehouse_of(home) != before
    rebuild(load_settings(home), now=FAULTY)
    night(home, NEXT)
    left_out = {
        **ACROSS_RUNS, **RUN_MOMENTS, "outbox": set(), "deliveries": set(), "notified": set(), "digest_figures": set(), "overdue_notices": set(),
        "signal_notices": set(), "signal_ends": set(),
    }  # fmt: skip
    for name in ("store.duckdb", "warehouse.duckdb"):
        assert differences(small.after.folder / name, home / name, left_out) == []
    # Nobody is told twice; of the digest the trend is lost, and what the damaged store had taken and not yet told.
    letters, wanted = (Counter(letter[:2] for letter in one.letters) for one in (state_of(home), small.after))
    assert letters == wanted or (was_published and letters < wanted)


@pytest.mark.parametrize("how", ["empty", "half of it", "here and there"])
def test_a_damaged_warehouse_is_replaced_by_a_whole_one(small: Scene, home: Path, how: str) -> None:
    for path in (home / "snapshots").iterdir():
        path.unlink()  # else its snapshot would be read in its place
    DAMAGE[how](home / "warehouse.duckdb")
    told = night_process(home, FAULTY)
    assert told.is_done, told
    assert state_of(home).warehouse == small.after.warehouse


def test_a_damaged_snapshot_is_not_believed(small: Scene, home: Path) -> None:
    (snapshot,) = (home / "snapshots").iterdir()
    (home / "warehouse.duckdb").unlink()
    snapshot.chmod(0o600)
    _turn_everywhere(snapshot, 3)
    told = night_process(home, FAULTY)
    assert told.is_done, told
    assert state_of(home).warehouse == small.after.warehouse
