"""What may befall a home between nights and during them: each scene, then one more night, and all is as it should be."""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from flows.lock import night_lock
from flows.night import Night
from flows.settings import load_settings
from flows.steps.check import check
from flows.steps.compute import compute
from flows.steps.load import load
from flows.steps.publish import publish
from flows.steps.read import read
from flows.steps.receive import receive
from flows.steps.report import report
from tests.faults.homes import FAULTY, NEXT, Scene, copied, night
from tests.faults.processes import night_process
from tests.faults.readers import Reader
from tests.faults.recovery import recovered
from tests.faults.states import faults_of, is_old_or_new, warehouse_of
from tests.golden.history import BASE
from tests.golden.nights import Home
from warehouse.compare_databases import ACROSS_RUNS, differences
from warehouse.intake import inbox as inbox_module
from warehouse.paris_days import PARIS
from warehouse.published import snapshots

pytestmark = [pytest.mark.faults, pytest.mark.slow]

NOBODY = 65534
MILLION = 1_000_000


def store_rows(folder: Path, query: str) -> list[tuple]:
    with duckdb.connect(str(folder / "store.duckdb"), read_only=True) as con:
        return con.execute(query).fetchall()


# ------------------------------------------------------------------------------------------------------------- the disk


@pytest.mark.parametrize("room", [0, 6, 12, 22])
def test_a_full_disk(small: Scene, tmp_path: Path, room: int) -> None:
    """`room` is what the disk has left, in millions of bytes: for nothing, half a warehouse, one, one and its snapshot."""
    with _disk(tmp_path, 96) as disk:
        folder = copied(small.before, disk / "home")
        before = warehouse_of(folder)
        ballast = disk / "ballast"
        _fill_up(ballast, room * MILLION)
        told = night_process(folder, FAULTY)
        assert told.error or told.exit_code or room >= 12, told  # the last one lacks room for its snapshot alone
        assert is_old_or_new(folder, before, small.after)
        ballast.unlink()
        assert recovered(small, folder) == []


@contextlib.contextmanager
def _disk(folder: Path, millions: int) -> Iterator[Path]:
    """A disk of that size, in memory; for root alone."""
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={millions * MILLION}", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"a disk that can be filled must be mounted, as root: {done.stderr}"
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _fill_up(ballast: Path, room: int) -> None:
    free = os.statvfs(ballast.parent)
    with ballast.open("wb") as file, contextlib.suppress(OSError):
        file.truncate(max(0, free.f_bavail * free.f_frsize - room))
        os.posix_fallocate(file.fileno(), 0, max(1, free.f_bavail * free.f_frsize - room))


@pytest.mark.parametrize(
    ("name", "fails"),
    [
        ("inbox", ""),
        (".", "open"),
        ("archive", "load"),
        ("snapshots", ""),
        ("receipts", "report"),
        ("reports", "report"),
        ("outbox", ""),
    ],
)
def test_a_folder_that_cannot_be_written(small: Scene, home: Path, name: str, fails: str) -> None:
    """They belong to somebody else, and the night runs as a user who is bound by modes. `fails`: at which step, if at all."""
    before = warehouse_of(home)
    folders = [path for path in (home.glob(name) if "*" in name else [home / name]) if path.is_dir()]
    modes = {folder: folder.stat() for folder in folders}
    for folder in folders:
        os.chown(folder, NOBODY, NOBODY)
        folder.chmod(0o555)
    told = night_process(home, FAULTY, obeys_modes=True)
    for folder, status in modes.items():
        os.chown(folder, status.st_uid, status.st_gid)
        folder.chmod(status.st_mode & 0o7777)
    if fails:
        assert told.error == "NightFailed" and f"at step {fails}: " in told.message, told
    else:
        assert told.is_done, told
    assert is_old_or_new(home, before, small.after)
    assert recovered(small, home) == []


# ------------------------------------------------------------------------------------------------------------- readers


def test_a_killed_reader_leaves_nothing_in_the_way(small: Scene, home: Path) -> None:
    with Reader(home) as reader:
        assert reader.seen_by_held()
        reader.kill()
    night(home, FAULTY)
    assert recovered(small, home) == []


@pytest.mark.parametrize("name", ["warehouse.duckdb", "store.duckdb"])
def test_somebody_who_wrote_was_killed_and_left_a_log(small: Scene, home: Path, name: str) -> None:
    path = home / name
    kept = path.read_bytes()
    with duckdb.connect(str(path)) as con:
        con.execute("SET checkpoint_threshold = '1 TB'")
        con.execute("CREATE TABLE whatever AS SELECT range AS n FROM range(1000)")
        log = path.with_name(f"{name}.wal").read_bytes()
    path.write_bytes(kept)
    path.with_name(f"{name}.wal").write_bytes(log)
    if name == "store.duckdb":
        # A whole log belongs to its store, as after a kill: what it says counts. It said nothing that a night minds.
        night(home, FAULTY)
        with duckdb.connect(str(path)) as con:
            con.execute("DROP TABLE whatever")
    else:
        night(home, FAULTY)
    assert recovered(small, home) == []


def test_a_log_of_another_store_does_no_harm(small: Scene, home: Path) -> None:
    """As where a store was put back from a backup, and the log of the one that it replaced still lies there."""
    path = home / "store.duckdb"
    other = copied(home, home.parent / "other")
    night(other, FAULTY)
    with duckdb.connect(str(other / path.name)) as con:
        con.execute("SET checkpoint_threshold = '1 TB'")
        con.execute("UPDATE submissions SET decision = 'refused'")
        path.with_name("store.duckdb.wal").write_bytes((other / "store.duckdb.wal").read_bytes())
    before, kept = warehouse_of(home), path.read_bytes()
    told = night_process(home, FAULTY)
    if told.error:
        assert warehouse_of(home) == before and path.read_bytes() == kept
        path.with_name("store.duckdb.wal").unlink()
    assert recovered(small, home) == []


def test_an_analyst_all_night(small: Scene, home: Path) -> None:
    """One keeps a connection open, and one connects for every question, while a night runs in a third process."""
    with Reader(home) as reader:
        (old,) = set(reader.seen_by_held())
        told = night_process(home, FAULTY)
        assert told.is_done, told
        held, seen, torn = reader.end()
    assert set(held) == {old} and len(held) > 2
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        ((new,),) = con.execute("SELECT run_id FROM meta.release").fetchall()
    assert set(seen) == {old, new} and seen == sorted(seen, key=[old, new].index), "back to the old one after the new one"
    assert torn == []
    assert faults_of(home, small.after) == []
    assert len(seen) > 10


# ------------------------------------------------------------------------------------------------------- two at once


def test_two_nights_at_once(small: Scene, home: Path) -> None:
    with night_lock(home, "the first"):
        second = night_process(home, FAULTY)
    assert (second.error, second.steps) == ("AnotherNight", [])
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda now: night_process(home, now), [FAULTY, NEXT]))
    assert sorted(told.error or "" for told in both) in (["", "AnotherNight"], ["", ""]), both
    assert recovered(small, home) == []


# ------------------------------------------------------------------------------------------------- files in the inbox


def _while_reading(monkeypatch: pytest.MonkeyPatch, path: Path, happens: Callable[[], None]) -> None:
    """Let that happen after the first bytes of this file were read."""
    real, done = os.read, []

    def read(descriptor: int, size: int) -> bytes:
        data = real(descriptor, size)
        if not done and os.readlink(f"/proc/self/fd/{descriptor}") == str(path):
            done.append(True)
            happens()
        return data

    monkeypatch.setattr(inbox_module.os, "read", read)


def test_a_file_that_grows_while_it_is_read(small: Scene, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = home / "inbox" / "c2.csv"
    whole, status = path.read_bytes(), path.stat()
    path.write_bytes(whole[:40])

    def grow() -> None:
        path.write_bytes(whole)

    with monkeypatch.context() as patch:
        _while_reading(patch, path, grow)
        night(home, FAULTY)
    assert path.read_bytes() == whole
    assert store_rows(home, "SELECT count(*) FROM submissions WHERE file_name = 'c2.csv'") == [(0,)]
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    night(home, NEXT)
    assert store_rows(home, "SELECT count(*) FROM submissions WHERE file_name = 'c2.csv' AND accepted > 0") == [(1,)]
    assert differences(small.after.folder / "warehouse.duckdb", home / "warehouse.duckdb", ACROSS_RUNS, ["clean.learners"]) == []


def _learners(folder: Path) -> list[tuple]:
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as con:
        return con.execute("SELECT * FROM clean.learners ORDER BY ALL").fetchall()


@pytest.mark.parametrize("when", ["read", "judged"])
def test_a_file_that_vanishes(home: Path, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    path = home / "inbox" / "refused.csv"
    if when == "read":
        _while_reading(monkeypatch, home / "inbox" / "c2.csv", path.unlink)
        night(home, FAULTY)
    else:
        with Night(load_settings(home), now=FAULTY) as one:
            batch = receive(one)
            path.unlink()
            verdicts = check(one, batch, read(one, batch))
            load(one, batch, verdicts)
            report(one, batch, verdicts, publish(one, compute(one)))
    taken = [(1,)] if when == "judged" else [(0,)]
    assert store_rows(home, "SELECT count(*) FROM submissions WHERE file_name = 'refused.csv'") == taken
    assert not any(path.is_file() for path in (home / "inbox").rglob("*"))


# ----------------------------------------------------------------------------------------------------------- the clock


def test_the_clock_goes_back_between_nights(small: Scene, home: Path) -> None:
    """By three days, for one night. Its files count from the day of those before, and nothing is lost or shown too early."""
    told = night_process(home, FAULTY - timedelta(days=3))
    assert told.is_done, told
    days = store_rows(home, "SELECT received_on FROM submissions ORDER BY submission_id")
    assert days == sorted(days) and days[-1] == (date(2026, 3, 10),)
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        assert con.execute("SELECT as_of FROM meta.release").fetchall() == [(date(2026, 3, 9),)]
    night(home, NEXT)
    assert _learners(home) == _learners(small.after.folder)
    assert [path for path in (home / "inbox").rglob("*") if path.is_file()] == []


def test_what_stayed_in_the_inbox_is_known_again_whatever_the_clock_says(
    small: Scene, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A night stores its files and cannot remove them; the next ones believe that they came before it, and at the same moment."""
    with monkeypatch.context() as patch:
        patch.setattr(inbox_module, "remove", lambda arrival: False)
        night(home, FAULTY)
        night(home, FAULTY - timedelta(hours=1))
        night(home, FAULTY)
    assert recovered(small, home) == []


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-03-28T22:59:59", "2026-03-28"),
        ("2026-03-28T23:00:00", "2026-03-29"),
        ("2026-03-29T00:59:59", "2026-03-29"),  # 01:59:59, then it is 03:00
        ("2026-03-29T01:00:00", "2026-03-29"),
        ("2026-03-29T02:00:00", "2026-03-29"),  # 04:00, once
        ("2026-03-29T21:59:59", "2026-03-29"),
        ("2026-03-29T22:00:00", "2026-03-30"),
        ("2026-10-24T21:59:59", "2026-10-24"),
        ("2026-10-24T22:00:00", "2026-10-25"),
        ("2026-10-25T00:30:00", "2026-10-25"),  # 02:30
        ("2026-10-25T01:30:00", "2026-10-25"),  # 02:30 again
        ("2026-10-25T03:00:00", "2026-10-25"),  # 04:00, once
        ("2026-10-25T22:59:59", "2026-10-25"),
        ("2026-10-25T23:00:00", "2026-10-26"),
    ],
)
def test_the_day_of_a_moment_around_the_changes_of_the_clock(tmp_path: Path, moment: str, day: str) -> None:
    one = Night(load_settings(tmp_path), now=datetime.fromisoformat(moment).replace(tzinfo=UTC))
    assert (one.received_on, one.as_of) == (date.fromisoformat(day), date.fromisoformat(day))


def test_nights_around_the_changes_of_the_clock(tmp_path: Path) -> None:
    """04:00 comes once on each day, and each night compares itself with the one of the day before."""
    home = Home(tmp_path)
    days = [date(2026, 3, 28), date(2026, 3, 29), date(2026, 3, 30), date(2026, 10, 24), date(2026, 10, 25), date(2026, 10, 26)]
    home.drop(BASE)
    for before, day in itertools.pairwise([None, *days]):
        at = [datetime(day.year, day.month, day.day, 4, tzinfo=PARIS, fold=fold).timestamp() for fold in (0, 1)]
        assert at[0] == at[1]
        night(tmp_path, datetime.fromtimestamp(at[0], UTC))
        assert home.row("SELECT as_of, changes_since FROM meta.release") == (day, before)
    assert snapshots.snapshot_days(tmp_path) == sorted(snapshots.days_to_keep(days, days[-1]))
