"""What a build asks of whatever runs the SELECTs of its models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

#: schemas whose tables analysts see; the tables of other schemas are steps on the way, dropped before publication
PUBLISHED_SCHEMAS = ("sums", "indicators", "reference")


@dataclass(frozen=True)
class FilesGiven:
    """Tables that lie in Parquet files, and the SELECTs of what is made of them, in their order.

    `sources` says of each table in files from where DuckDB reads it, also where it has no row and so no file. `needs` are the
    other tables that the SELECTs read.
    """

    files: Mapping[str, Sequence[Path]]
    sources: Mapping[str, str]
    selects: Mapping[str, str]
    needs: Sequence[str]


class Engine(Protocol):
    """Runs SELECTs written as in transforms/models, in the order in which they need each other.

    Tables are named with their schema. Every table and view that is made is there, of the same types whatever the engine, in
    `warehouse` too, where it is commented, compared and published.

    Each raises what DuckDB raises, or EngineFailed, where a SELECT fails.
    """

    @property
    def warehouse(self) -> duckdb.DuckDBPyConnection:
        """The warehouse being built."""

    def give(self, tables: Sequence[str]) -> None:
        """Take note of tables that are in the warehouse, or in the databases attached to it, and that SELECTs will read."""

    def make_table(self, table: str, select: str, key: Sequence[str]) -> None:
        """Make a table of a SELECT; one that is published lies in the order of its key, whatever the threads do."""

    def make_view(self, table: str, select: str) -> None:
        """Make a view of a SELECT."""

    def take(self, table: str, rows: pa.Table) -> None:
        """Make a table of these rows."""


def is_published(table: str) -> bool:
    """Whether analysts see it."""
    return table.partition(".")[0] in PUBLISHED_SCHEMAS
