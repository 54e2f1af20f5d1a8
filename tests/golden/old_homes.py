"""Homes as earlier versions left them, kept as text."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

_KEPT = Path(__file__).with_name("home_of_version_4")


def home_of_version_4(folder: Path) -> Path:
    """A home whose store is of version 4: two nights, then an erasure. Its warehouse, receipts and snapshots are left out."""
    shutil.copytree(_KEPT, folder, ignore=shutil.ignore_patterns("store.sql"))
    with duckdb.connect(str(folder / "store.duckdb")) as con:
        con.execute((_KEPT / "store.sql").read_text(encoding="utf-8"))
    return folder
