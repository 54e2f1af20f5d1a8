"""Where the SELECT of each table lies: `transforms/models/<schema>/<table>.sql`, below a header that says what the table is."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files


@cache
def select_of(table: str) -> str:
    """The file of a table, named with its schema: header comments and one SELECT. FileNotFoundError where it has none."""
    schema, _, name = table.partition(".")
    return (files("transforms.models") / schema / f"{name}.sql").read_text(encoding="utf-8")


def tables_with_a_file(*schemas: str) -> Iterator[str]:
    """The tables of these schemas that have a file, by their names with the schema."""
    for schema in schemas:
        for entry in (files("transforms.models") / schema).iterdir():
            if entry.name.endswith(".sql"):
                yield f"{schema}.{entry.name.removesuffix('.sql')}"
