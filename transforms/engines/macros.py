"""The formulas that more than one model uses: transforms/models/macros.sql."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def macros() -> str:
    """The statements that make the macros."""
    return (files("transforms.models") / "macros.sql").read_text(encoding="utf-8")


def make_macros(con: duckdb.DuckDBPyConnection) -> None:
    """Make the macros. They are the connection's own: nothing of them is in its database."""
    con.execute(macros())
