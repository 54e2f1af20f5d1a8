"""What `suivi compute` wrote, and whether two engines wrote the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from tests.command import run_suivi

#: when and by which run
_OF_THE_RUN = {"meta.release": {"run_id", "created_at"}}
_OTHER = "l.? IS DISTINCT FROM r.?"
#: by the type of a column
_DIFFERS = {"DOUBLE": "(l.? IS NULL) <> (r.? IS NULL) OR abs(l.? - r.?) > 1e-9"}


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
    with duckdb.connect() as con:
        columns, columns_right = (con.execute("DESCRIBE FROM read_parquet(?)", [str(path)]).fetchall() for path in (left, right))
        if columns != columns_right:
            return f"{set(columns) ^ set(columns_right)}"
        compared = {name: kind for name, kind, *_ in columns if name not in _OF_THE_RUN.get(table, ())}
        # row by row as they lie; what is missing on one side is NULL there
        differs = {name: f'count(*) FILTER (WHERE {_DIFFERS.get(kind, _OTHER).replace("?", _quoted(name))})' for name, kind in compared.items()}
        rows = f"(SELECT count(*) FROM '{left}') - (SELECT count(*) FROM '{right}')"
        query = f"SELECT {rows}, {', '.join(differs.values())} FROM '{left}' AS l POSITIONAL JOIN '{right}' AS r"
        more, *counts = con.execute(query).fetchall()[0]
    found = {name: count for name, count in zip(differs, counts, strict=True) if count}
    return f"{more} rows more" if more else f"rows that differ: {found}" if found else None


def _quoted(name: str) -> str:
    return f'"{name}"'
