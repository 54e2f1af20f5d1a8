"""A filled table as files: CSV for programs (RFC 4180), CSV for a French spreadsheet, Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

from transforms.pages.csv_out import BOM
from transforms.publication.table import Field, FilledTable, Secret
from transforms.publication.written_cells import for_french_spreadsheets, for_programs

DATA, FRENCH, PARQUET = "data", "csv-fr", "parquet"


def csv_file(filled: FilledTable) -> bytes:
    """UTF-8 without BOM, comma, CRLF, decimal point, a header."""
    return _csv(filled, ",", for_programs)


def french_csv_file(filled: FilledTable) -> bytes:
    """UTF-8 with BOM, semicolon, CRLF, decimal comma, the same header: what opens right in a French Excel."""
    return BOM + _csv(filled, ";", for_french_spreadsheets)


def parquet_file(filled: FilledTable) -> bytes:
    """Typed columns; null is no value, or a value that is hidden. What a column is stands in its metadata, in French."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = list(zip(*filled.rows, strict=True)) if filled.rows else [()] * len(filled.table.fields)
    schema = pa.schema([_arrow_field(pa, column) for column in filled.table.fields])
    arrays = [
        pa.array([_plain(value, column) for value in values], type=column_type)
        for values, column, column_type in zip(columns, filled.table.fields, schema.types, strict=True)
    ]
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), buffer)
    return buffer.getvalue()


def _csv(filled: FilledTable, delimiter: str, written: Callable[[Any], str]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(filled.table.names)
    words = {place: _words(column) for place, column in enumerate(filled.table.fields) if column.type == "boolean"}
    for row in filled.rows:
        writer.writerow([
            words[place][value] if place in words and value in words[place] else written(value) for place, value in enumerate(row)
        ])  # fmt: skip
    return text.getvalue().encode("utf-8", "replace")


def _words(column: Field) -> dict[bool, str]:
    """What true and false are called where the column has words of its own."""
    return {True: column.more["trueValues"][0], False: column.more["falseValues"][0]} if "trueValues" in column.more else {}


def _arrow_field(pa: Any, column: Field) -> Any:
    types = {"integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_(), "date": pa.date32(), "string": pa.string()}
    return pa.field(column.name, types[column.type], metadata={"title": column.title, "description": column.description})


def _plain(value: Any, column: Field) -> Any:
    if value is None or isinstance(value, Secret):
        return None
    if column.type == "number":
        return round(float(value), 6)
    return bool(value) if column.type == "boolean" else value
