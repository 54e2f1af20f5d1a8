"""The SELECTs of the models run in the warehouse being built, by DuckDB."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from transforms.engines.engine import is_published
from transforms.engines.macros import make_macros

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


class DuckDBEngine:
    """See Engine."""

    def __init__(self, warehouse: duckdb.DuckDBPyConnection) -> None:
        self.warehouse = warehouse
        make_macros(warehouse)

    def give(self, tables: Sequence[str]) -> None:
        """Nothing: they are there."""

    def make_table(self, table: str, select: str, key: Sequence[str]) -> None:
        """See Engine.make_table."""
        order = f" ORDER BY {', '.join(key)}" if is_published(table) else ""
        self.warehouse.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM (\n{select}\n){order}")

    def make_view(self, table: str, select: str) -> None:
        """See Engine.make_view."""
        self.warehouse.execute(f"CREATE OR REPLACE VIEW {table} AS\n{select}")

    def take(self, table: str, rows: pa.Table) -> None:
        """See Engine.take."""
        self.warehouse.register("rows_taken", rows)
        self.warehouse.execute(f"CREATE OR REPLACE TABLE {table} AS FROM rows_taken")
        self.warehouse.unregister("rows_taken")
