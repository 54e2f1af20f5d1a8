"""`snapshots/`: the warehouse as it was at past days, one DuckDB file a day, thinned by a stated rule.

Kept are: every day of the last 14; of each week the last, for 92 days; of each month the last, for ever. Never removed is
what was asked for by hand (`suivi backfill`), and what is released in open/.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from warehouse.durable_files import SHARED_FILE, shared_folder, sync_file, sync_folder
from warehouse.published.publish import warehouse_path
from warehouse.published.published_tables import DETAIL, clean_tables
from warehouse.published.unfinished_file import unfinished_path
from warehouse.query_results import read_sql, rows_as_dicts

EVERY_DAY_FOR = timedelta(days=14)
EVERY_WEEK_FOR = timedelta(days=92)
#: how the run_id begins of a snapshot that was asked for
BACKFILL_RUN_ID_PREFIX = "backfill-"
_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})\.duckdb")
_RELEASED = re.compile(r"\d{4}-\d{2}-\d{2}")


def snapshot_path(home: Path, day: date) -> Path:
    """Where the snapshot of that reference date lies."""
    return home / "snapshots" / f"{day.isoformat()}.duckdb"


def snapshot_days(home: Path) -> list[date]:
    """The reference dates of which there is a snapshot, the earliest first."""
    names = [entry.name for entry in (home / "snapshots").glob("*.duckdb")]
    return sorted(day for name in names if (match := _NAME.fullmatch(name)) and (day := _day(match[1])))


def keep_snapshot(home: Path, day: date) -> Path:
    """Keep a copy of the published warehouse as the snapshot of its day, in the place of any. OSError if it cannot be."""
    path = snapshot_path(home, day)
    shared_folder(path.parent)
    unfinished = unfinished_path(path)  # so that what a killed night leaves of it is found
    unfinished.unlink(missing_ok=True)
    shutil.copyfile(warehouse_path(home), unfinished)
    unfinished.chmod(SHARED_FILE)
    sync_file(unfinished)
    os.replace(unfinished, path)
    sync_folder(path.parent)
    return path


def release_of(path: Path) -> Mapping[str, Any] | None:
    """What meta.release of a snapshot says; None where it cannot be read."""
    try:
        with contextlib.closing(duckdb.connect(str(path), read_only=True)) as con:
            (row,) = rows_as_dicts(con.execute("SELECT * FROM meta.release"))
            return row
    except (duckdb.Error, ValueError):
        return None


def shows_more_than_now(path: Path, *, detail: bool) -> bool:
    """Whether it shows columns of the rows that count which one made now would not; see has_columns_of."""
    return not _columns_shown(path) <= _columns_now(detail=detail)


def has_columns_of(path: Path, *, detail: bool) -> bool:
    """Whether a warehouse or snapshot shows of the rows that count just the columns that one made now would.

    Args:
        path: the warehouse or snapshot.
        detail: whether schema `detail` is wanted.

    duckdb.Error where it cannot be read.
    """
    return _columns_shown(path) == _columns_now(detail=detail)


def _columns_now(*, detail: bool) -> set[tuple[str, str]]:
    tables = (*clean_tables(), *([DETAIL] if detail else []))
    return {(table.name, column.name) for table in tables for column in table.columns}


def _columns_shown(path: Path) -> set[tuple[str, str]]:
    with contextlib.closing(duckdb.connect(str(path), read_only=True)) as con:
        return set(con.execute(read_sql("warehouse.published", "columns_of_rows")).fetchall())


def days_to_keep(present: Collection[date], today: date) -> set[date]:
    """The days, of those present, whose snapshots the rule keeps."""
    last_of_week = {day.isocalendar()[:2]: day for day in sorted(present)}
    last_of_month = {(day.year, day.month): day for day in sorted(present)}
    return {
        day
        for day in present
        if today - day < EVERY_DAY_FOR
        or (today - day < EVERY_WEEK_FOR and last_of_week[day.isocalendar()[:2]] == day)
        or last_of_month[day.year, day.month] == day
    }


def remove_old_snapshots(home: Path, today: date) -> list[date]:
    """Remove the snapshots that the rule does not keep, and returns their days. OSError if one cannot be removed."""
    present = snapshot_days(home)
    removed = []
    for day in sorted(set(present) - days_to_keep(present, today) - days_released_openly(home)):
        path = snapshot_path(home, day)
        release = release_of(path)  # opened only now: there is a candidate or two a night
        if release is not None and not str(release.get("run_id")).startswith(BACKFILL_RUN_ID_PREFIX):
            path.unlink()
            removed.append(day)
    return removed


def days_released_openly(home: Path) -> set[date]:
    """The reference dates of what is released in open/: each date (2026-03-31) in a name there, that of each data package."""
    entries = list((home / "open").glob("*"))
    named = [text for entry in entries for text in _RELEASED.findall(entry.name)]
    return {day for text in (*named, *map(_reference_date, entries)) if (day := _day(text)) is not None}


def _reference_date(release: Path) -> str:
    """What the data package of a release says that it is of; nothing where there is none."""
    try:
        return str(json.loads((release / "datapackage.json").read_bytes())["referenceDate"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
