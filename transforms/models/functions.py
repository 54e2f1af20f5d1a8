"""What the SQL of models is written with beyond DuckDB's own functions: our macros, and a function that DuckDB lacks."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    import duckdb

_BETA_QUANTILE = "beta_quantile"


def macros() -> str:
    """The statements that make the macros."""
    return (files("transforms.models") / "macros.sql").read_text(encoding="utf-8")


def make_functions(con: duckdb.DuckDBPyConnection) -> None:
    """Make the macros, and beta_quantile(p, a, b), below which a beta distribution of these parameters has the share p.

    Both are the connection's own: nothing of them is in its database.
    """
    known = con.execute("select function_name from duckdb_functions() where function_name = ?", [_BETA_QUANTILE]).fetchall()
    if not known:
        con.create_function(_BETA_QUANTILE, _beta_quantile, ["DOUBLE"] * 3, "DOUBLE", type="arrow")
    con.execute(macros())


def _beta_quantile(p: pa.ChunkedArray, a: pa.ChunkedArray, b: pa.ChunkedArray) -> pa.Array:
    from scipy.special import betaincinv  # takes its time, and most homes have no audit

    return pa.array(betaincinv(a.to_numpy(), b.to_numpy(), p.to_numpy()))
