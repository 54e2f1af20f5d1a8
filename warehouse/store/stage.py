"""From the files of a night to Arrow tables that the store takes in one go; pseudonyms are made here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from expectations.contract import Return
from expectations.contract.returns import RETURNS
from warehouse.paris_days import day_of
from warehouse.store.pseudonyms import Pseudonyms
from warehouse.store.submission import DecidedFile, FindingColumns, Submission, TypedColumns
from warehouse.table_declarations import stored_columns

# Joins the values of a key into one text. Identifiers hold no control character, so no two keys join alike.
KEY_SEPARATOR = "\x1f"

_ARROW_TYPES = {
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "VARCHAR": pa.string(),
    "DATE": pa.date32(),
    "BOOLEAN": pa.bool_(),
    "DECIMAL(14,2)": pa.decimal128(14, 2),
}

_TEXT, _NUMBER = pa.string(), pa.int64()
#: the columns of `submissions`, in their order
_SUBMISSION_TYPES = {
    "submission_id": _NUMBER, "run_id": _TEXT, "file_name": _TEXT, "kind": _TEXT, "provider_siret": _TEXT,
    "received_at": pa.timestamp("us", "UTC"), "received_on": pa.date32(), "sha256": _TEXT, "decision": _TEXT,
    "records": _NUMBER, "accepted": _NUMBER, "quarantined": _NUMBER, "blank_lines": _NUMBER, "identity": _TEXT,
    "sender": _TEXT, "released_from": _NUMBER,
}  # fmt: skip

Numbered = tuple[int, Submission]


def row_key(values: Iterable[Any]) -> str:
    """The values of a key or a scope as one text."""
    return KEY_SEPARATOR.join(map(str, values))


def identity_text(identity: Sequence[int]) -> str | None:
    """How the store writes down which file of the inbox it was."""
    return ":".join(map(str, identity)) or None


def stage_submissions(
    run_id: str, numbered: Sequence[Numbered], last_at: datetime | None, last_on: date | None
) -> pa.Table:
    """The lines of the ledger of a night. `last_at` and `last_on` are the moment and the day of the last line before, if any."""
    rows: list[tuple[Any, ...]] = []
    at, on = last_at, last_on
    for number, s in numbered:
        # The ledger's days never go back, even where the clock did: so a day's state is a prefix of the ledger.
        at = s.received_at if at is None else max(at, s.received_at)
        on = day_of(at) if on is None else max(on, day_of(at))
        file = s.file
        is_nameless = file.decision in ("accepted", "refused") and not (file.kind and RETURNS[file.kind].from_region)
        provider = file.provider_siret or (s.folder_provider if is_nameless else None)
        rows.append((
            number, run_id, file.name, file.kind, provider, at, on, file.sha256, str(file.decision),
            file.records, file.accepted, file.quarantined, file.blank_lines, identity_text(s.identity), s.sender, s.released_from,
        ))  # fmt: skip
    columns = zip(*rows, strict=True)
    return pa.table({name: pa.array(values, t) for (name, t), values in zip(_SUBMISSION_TYPES.items(), columns, strict=True)})


def rows_schema(contract: Return) -> pa.Schema:
    """What a store's table of a return takes."""
    return pa.schema([(column.name, _ARROW_TYPES[column.sql_type]) for column in stored_columns(contract)])


def stage_rows(contract: Return, number: int, rows: TypedColumns, pseudonyms: Pseudonyms) -> pa.Table:
    """The accepted rows of a file as the store's table takes them (rows_schema).

    Raises ValueError where a row lacks a value that it must have, or two have one key.
    """
    typed = rows.table()
    for column in stored_columns(contract):
        if column.required and column.name in typed.column_names and typed[column.name].null_count:
            raise ValueError(f"an accepted row has no {column.name}")
    keys = rows.keys(contract.key)
    if pc.count_distinct(keys).as_py() != len(rows):
        raise ValueError("a file has two accepted rows of one key")
    made = dict(zip(typed.column_names, typed.columns, strict=True))
    made |= {"submission_id": pa.repeat(number, len(rows)), "scope": rows.keys(contract.scope), "row_key": keys}
    if "national_ref" in made:
        made["national_ref"] = pseudonyms.national_hashes(made["national_ref"].combine_chunks())
    if "learner_ref" in made:
        made["learner_key"] = pseudonyms.learner_keys(rows.keys(("provider_siret", "session_id", "learner_ref")))
    schema = rows_schema(contract)
    return pa.table({name: made[name] for name in schema.names}).cast(schema)


def stage_quarantined(numbered: Sequence[Numbered]) -> pa.Table:
    """The rows in error of a night: submission_id, line, row_key."""
    return _of_files(
        ("submission_id", "line", "row_key"), (pa.int64(), pa.int32(), pa.string()),
        [(number, s.file.quarantined_rows["line"], s.file.quarantined_rows["row_key"]) for number, s in numbered
         if s.file.quarantined_rows],
    )  # fmt: skip


def stage_findings(numbered: Sequence[Numbered], first: int) -> pa.Table:
    """The findings of a night, numbered from `first` on, each with the key of its row where that is known."""
    names = ("submission_id", "line", "column_name", "rule", "severity", "message", "row_key")
    files = [(number, *_findings(s.file, s.file.findings)) for number, s in numbered if s.file.findings]
    found = _of_files(names, (pa.int64(), pa.int32(), *[pa.string()] * 5), files)
    return found.add_column(0, "finding_id", pa.array(np.arange(first, first + len(found))))


def _of_files(names: Sequence[str], types: Sequence[pa.DataType], files: Sequence[tuple[int, *tuple[Any, ...]]]) -> pa.Table:
    """One table of the columns of many files, whose number stands first."""
    schema = pa.schema(list(zip(names, types, strict=True)))
    tables = [
        pa.table([pa.repeat(number, len(columns[0])), *columns], names=list(names)).cast(schema) for number, *columns in files
    ]
    return pa.concat_tables([schema.empty_table(), *tables])


def _findings(file: DecidedFile, found: FindingColumns) -> list[pa.Array]:
    """Line, column, rule, severity, message and the row's key of each finding of a file."""
    lines, codes = pa.array(found.lines), pa.array(found.codes)
    said = [pa.array(texts, pa.string()).take(codes) for texts in zip(*found.said, strict=True)]
    return [pc.if_else(pc.equal(lines, 0), None, lines), *said, _keys_of_lines(file, found.lines)]


def _keys_of_lines(file: DecidedFile, lines: NDArray[np.int32]) -> pa.StringArray:
    """The key of the row on each of these lines; null where there is none, or it could not be read."""
    keys = pa.nulls(len(lines), pa.string())
    if file.rows is not None and file.kind is not None:
        at, is_there = _places(file.rows.lines, lines)
        keys = _filled(keys, is_there, file.rows.take(at).keys(RETURNS[file.kind].key))
    if file.quarantined_rows is not None:
        at, is_there = _places(file.quarantined_rows["line"].to_numpy(), lines)
        keys = _filled(keys, is_there, file.quarantined_rows["row_key"].take(pa.array(at)).combine_chunks())
    return keys


def _places(among: NDArray[np.int32], lines: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """At which places of `among` those of `lines` stand that do, and which these are."""
    order = np.argsort(among, kind="stable")
    found = np.searchsorted(among, lines, sorter=order)
    is_there = found < len(among)
    is_there[is_there] = among[order[found[is_there]]] == lines[is_there]
    return order[found[is_there]], is_there


def _filled(keys: pa.StringArray, mask: NDArray[np.bool_], values: pa.StringArray) -> pa.StringArray:
    return pc.replace_with_mask(keys, pa.array(mask), values) if len(values) else keys
