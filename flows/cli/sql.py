"""`suivi sql`: a read-only query on the warehouse, which can touch nothing else."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flows.cli.debugging import DebugCommand
from flows.cli.options import format_option, home_option
from flows.errors import WrongUse, safe_to_show
from flows.settings import Settings, load_settings
from transforms.pages.csv_out import csv_bytes
from transforms.pages.xlsx_out import DoesNotFit, workbook

if TYPE_CHECKING:
    import duckdb

#: so many rows are held at a time where a CSV is written
_ROWS_AT_A_TIME = 20_000


@click.command("sql", cls=DebugCommand)
@click.argument("query")
@home_option
@format_option("table", "csv", "csv-fr", "json", "parquet", "xlsx", default="table")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write there, not on the terminal.")
def command(query: str, home: str | None, output_format: str, output: Path | None) -> None:
    """Run a read-only query on the warehouse."""
    if output_format in ("parquet", "xlsx") and output is None and sys.stdout.isatty():
        raise WrongUse(f"{output_format} is not for a terminal: name a file with --output")
    settings = load_settings(home)
    with reading(settings) as connection:
        content = b"".join(answer(connection, query, output_format))
    if output is not None:
        try:
            output.write_bytes(content)
        except OSError as error:
            raise WrongUse(f"{output} cannot be written ({error.strerror}): choose another place") from None
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


@contextlib.contextmanager
def reading(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published warehouse; queries touch nothing else. Raises WrongUse with DuckDB's words, which are about the query."""
    import duckdb

    from warehouse.published.publish import open_read_only

    if not settings.warehouse.is_file():
        raise WrongUse(f"there is no warehouse at {settings.warehouse}: run `suivi nightly` first, or name its home with --home")
    try:
        with open_read_only(settings.home) as connection:
            yield connection
    except duckdb.IOException as error:
        raise WrongUse(f"the warehouse of {settings.home} cannot be opened ({_first_line(error)}): run `suivi nightly`") from None
    except duckdb.Error as error:
        raise WrongUse(f"the query cannot be run: {_first_line(error)}") from None


def answer(connection: duckdb.DuckDBPyConnection, query: str, output_format: str) -> Iterator[bytes]:
    """The result of `query` in that format, CSV in parts. duckdb.Error where it cannot be run, WrongUse if no sheet holds it."""
    if output_format == "parquet":
        yield _parquet(connection.sql(query))
        return
    result = connection.execute(query)
    names = _distinct([column[0] for column in result.description or ()])
    if output_format in ("json", "table"):
        yield (_json if output_format == "json" else _table)(names, result.fetchall())
        return
    parts = iter(partial(result.fetchmany, _ROWS_AT_A_TIME), [])
    if output_format == "xlsx":
        try:
            yield workbook(names, chain.from_iterable(parts))
        except DoesNotFit as error:
            raise WrongUse(f"{error}: ask for less, or take csv-fr or parquet") from None
        return
    written, delimiter = (_plain, ",") if output_format == "csv" else (_french, ";")
    yield csv_bytes([names], delimiter=delimiter, bom=output_format == "csv-fr")
    for rows in parts:
        yield csv_bytes(([written(value) for value in row] for row in rows), delimiter=delimiter, bom=False)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _distinct(names: Sequence[str]) -> list[str]:
    """`a, a` -> `a, a_2`: a JSON object would keep only the last of two columns of one name."""
    distinct: dict[str, None] = {}
    numbers = dict.fromkeys(names, 1)
    for name in names:
        candidate = name
        while candidate in distinct:
            numbers[name] += 1
            candidate = f"{name}_{numbers[name]}"
        distinct[candidate] = None
    return list(distinct)


def _parquet(result: Any) -> bytes:
    import pyarrow.parquet

    if result is None:
        raise WrongUse("the query has no result to write: make it a SELECT")
    table = result.to_arrow_table()
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table.rename_columns(_distinct(table.column_names)), buffer)
    return buffer.getvalue()


def _json(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    objects = [{name: _number_or_plain(value) for name, value in zip(names, row, strict=True)} for row in rows]
    return (json.dumps(objects, ensure_ascii=False, default=str, indent=None) + "\n").encode("utf-8", "replace")


def _table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD)
    for position, name in enumerate(names):
        numeric = any(isinstance(row[position], int | float | Decimal) for row in rows)
        table.add_column(Text(safe_to_show(name)), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        # Text, not str: a cell with [brackets] is not markup.
        table.add_row(*[Text("" if value is None else safe_to_show(str(_plain(value)))) for value in row])
    text = io.StringIO()
    console = Console(file=text, width=None if sys.stdout.isatty() else 10_000, force_terminal=False)
    if sys.stdout.isatty():
        console.width = Console().width
    console.print(table)
    lines = [line.rstrip() for line in text.getvalue().splitlines()]
    lines.append(f"{len(rows)} row{'' if len(rows) == 1 else 's'}")
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date) else value


@dataclass(frozen=True)
class _WithComma:
    """A number, not a text: one that begins with a minus would be taken for a formula."""

    value: Decimal | float

    def __str__(self) -> str:
        return f"{Decimal(str(self.value)):f}".replace(".", ",")  # no exponent, which a spreadsheet may take for a text


def _french(value: Any) -> Any:
    """A value as a French Excel reads it: 1,5, VRAI, 31/03/2026, 31/03/2026 04:00:00."""
    if isinstance(value, bool):
        return "VRAI" if value else "FAUX"
    if isinstance(value, Decimal | float):
        return _WithComma(value)
    if isinstance(value, datetime):
        return f"{value:%d/%m/%Y %H:%M:%S}"
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else value


def _number_or_plain(value: Any) -> Any:
    if isinstance(value, Decimal | float):
        # JSON has no NaN or infinity; Decimals of two places are exact as JSON numbers.
        number = float(value)
        return number if number - number == 0 else None
    if value is None or isinstance(value, bool | int):
        return value
    return _plain(value)
