"""Which snapshots the rule keeps, as tables of days; what is asked for by hand or released is never removed."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.published.snapshots import (
    days_released_openly,
    days_to_keep,
    remove_old_snapshots,
    snapshot_days,
    snapshot_path,
)

TODAY = date(2026, 6, 30)  # a Tuesday


@pytest.mark.parametrize(
    ("present", "stay"),
    [
        ("2026-06-30 2026-06-29 2026-06-17", "2026-06-30 2026-06-29 2026-06-17"),  # 13 days ago
        ("2026-06-15 2026-06-16 2026-06-17", "2026-06-17"),  # 14 days ago, and a later one in that week
        ("2026-06-08 2026-06-14 2026-06-15", "2026-06-14 2026-06-15"),  # Sunday ends a week
        ("2026-06-08 2026-06-10", "2026-06-10"),  # the last there is
        ("2026-03-31 2026-04-01 2026-04-05 2026-04-12", "2026-03-31 2026-04-05 2026-04-12"),
        ("2026-03-29 2026-03-30", "2026-03-30"),  # 93 and 92 days ago: the month's last alone
        ("2026-01-25 2026-01-31 2026-02-01 2026-02-27", "2026-01-31 2026-02-27"),
        ("2019-12-30 2019-12-31 2020-01-01", "2019-12-31 2020-01-01"),  # one week, two months
        ("2026-07-01", "2026-07-01"),  # a clock that went back
        ("", ""),
    ],
)
def test_the_rule(present: str, stay: str) -> None:
    assert days_to_keep([date.fromisoformat(day) for day in present.split()], TODAY) == {date.fromisoformat(day) for day in stay.split()}


@given(st.sets(st.integers(0, 800), max_size=60))
def test_thinning_night_by_night_keeps_what_thinning_at_once_keeps(numbers: set[int]) -> None:
    first = date(2024, 1, 1)
    every_day = {first + timedelta(days=number) for number in numbers}
    present: set[date] = set()
    for number in range(801):
        day = first + timedelta(days=number)
        present = days_to_keep(present | ({day} & every_day), day)
    assert present == days_to_keep(every_day, first + timedelta(days=800))
    months = {max(day for day in every_day if (day.year, day.month) == month) for month in {(d.year, d.month) for d in every_day}}
    assert months <= present


def snapshot(home: Path, day: str, run_id: str) -> None:
    path = snapshot_path(home, date.fromisoformat(day))
    path.parent.mkdir(exist_ok=True)
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE SCHEMA meta")
        con.execute("CREATE TABLE meta.release AS SELECT ? AS run_id", [run_id])
    path.chmod(0o444)


def test_what_is_asked_for_released_or_unreadable_stays(tmp_path: Path) -> None:
    for day, run_id in (
        ("2026-01-05", "20260105T030000Z-aaaaaa"), ("2026-01-06", "backfill-20260630T030000Z"), ("2026-01-07", "20260107T030000Z-bbbbbb"),
        ("2026-01-30", "20260130T030000Z-cccccc"),
    ):  # fmt: skip
        snapshot(tmp_path, day, run_id)
    (tmp_path / "snapshots" / "2026-01-08.duckdb").write_bytes(b"damaged")
    (tmp_path / "snapshots" / "notes.duckdb").write_bytes(b"not ours")
    (tmp_path / "open" / "2026-01-07-ern").mkdir(parents=True)
    assert days_released_openly(tmp_path) == {date(2026, 1, 7)}
    for name, package in (("2025-Q4", '{"referenceDate": "2026-01-09"}'), ("2025-Q3", "[]"), ("2025-Q2", "{")):
        (tmp_path / "open" / name).mkdir()
        (tmp_path / "open" / name / "datapackage.json").write_text(package)
    assert days_released_openly(tmp_path) == {date(2026, 1, 7), date(2026, 1, 9)}
    assert remove_old_snapshots(tmp_path, TODAY) == [date(2026, 1, 5)]
    assert [day.day for day in snapshot_days(tmp_path)] == [6, 7, 8, 30]
    assert (tmp_path / "snapshots" / "notes.duckdb").exists()
