"""What `suivi compute` wrote, and whether two engines wrote the same."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import Any

import duckdb

from tests.command import run_suivi

#: when and by which run
_OF_THE_RUN = {"meta.release": {"run_id", "created_at"}}


def computed(home: Path, folder: Path, *options: object) -> Path:
    """The folder of the tables that `suivi compute` gives; it must succeed."""
    done = run_suivi("compute", "--home", home, "--out", folder, *options, cwd=folder.parent, timeout=600)
    assert done.returncode == 0, done.stderr
    return folder


def differing(left: Path, right: Path) -> list[str]:
    """The tables that are not the same: columns, types, rows in their order, exactly, but for doubles to 1e-9; and where."""
    names = sorted({path.name for folder in (left, right) for path in folder.glob("*.parquet")})
    assert names, "nothing was computed"
    return [f"{name}: {why}" for name in names if (why := _difference(name.removesuffix(".parquet"), left / name, right / name))]


def copied(home: Path, place: Path) -> Path:
    """A copy of a home, for a test that changes it."""
    return shutil.copytree(home, place / "home")


def _difference(table: str, left: Path, right: Path) -> str | None:
    if not left.exists() or not right.exists():
        return "only one has it"
    (columns, rows), (columns_right, rows_right) = _read(left), _read(right)
    if columns != columns_right:
        return f"{set(columns) ^ set(columns_right)}"
    if len(rows) != len(rows_right):
        return f"{len(rows)} and {len(rows_right)} rows"
    compared = [place for place, (name, _) in enumerate(columns) if name not in _OF_THE_RUN.get(table, ())]
    for number, (row, other) in enumerate(zip(rows, rows_right, strict=True)):
        for place in compared:
            if not _is_same(row[place], other[place]):
                return f"row {number}, {columns[place]}: {row[place]!r} and {other[place]!r}"
    return None


def _read(path: Path) -> tuple[list[tuple[str, str]], list[tuple[Any, ...]]]:
    with duckdb.connect() as con:
        columns = [(name, kind) for name, kind, *_ in con.execute("DESCRIBE FROM read_parquet(?)", [str(path)]).fetchall()]
        return columns, con.execute("FROM read_parquet(?)", [str(path)]).fetchall()


def _is_same(left: Any, right: Any) -> bool:
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=0, abs_tol=1e-9)
    return bool(left == right)
