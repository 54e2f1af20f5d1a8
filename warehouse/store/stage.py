"""From the files of a night to Arrow tables that the store takes in one go; pseudonyms are made here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from expectations.contract import Return
from expectations.contract.returns import RETURNS
from warehouse.paris_days import day_of
from warehouse.store.pseudonyms import Pseudonyms
from warehouse.store.submission import DecidedFile, Submission
from warehouse.table_declarations import TableColumn, store_table, stored_columns

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
        rows.append((
            number, run_id, file.name, file.kind, file.provider_siret, at, on, file.sha256, str(file.decision),
            file.records, file.accepted, file.quarantined, file.blank_lines, identity_text(s.identity), s.sender, s.released_from,
        ))  # fmt: skip
    columns = zip(*rows, strict=True)
    return pa.table({name: pa.array(values, t) for (name, t), values in zip(_SUBMISSION_TYPES.items(), columns, strict=True)})


def stage_rows(numbered: Sequence[Numbered], pseudonyms: Pseudonyms) -> dict[str, pa.Table]:
    """The accepted rows of a night by table of the store; only kinds that have some."""
    by_kind: dict[str, list[Numbered]] = defaultdict(list)
    for number, submission in numbered:
        if submission.file.rows:
            by_kind[submission.file.kind or ""].append((number, submission))
    return {store_table(RETURNS[kind]): _stage(RETURNS[kind], files, pseudonyms) for kind, files in by_kind.items()}


def _stage(contract: Return, files: Sequence[Numbered], pseudonyms: Pseudonyms) -> pa.Table:
    rows = [(number, row.line, row.values) for number, submission in files for row in submission.file.rows]
    made: dict[str, list[Any]] = {
        "submission_id": [number for number, _, _ in rows],
        "line": [line for _, line, _ in rows],
        "scope": _keys(rows, contract.scope),
        "row_key": _keys(rows, contract.key),
    }
    for column in contract.columns:
        made[column.name] = [values.get(column.name) for _, _, values in rows]
        if not column.optional and None in made[column.name]:
            raise ValueError(f"an accepted row has no {column.name}")
    if len(set(zip(made["submission_id"], made["row_key"], strict=True))) != len(rows):
        raise ValueError("a file has two accepted rows of one key")
    if "national_ref" in made:
        made["national_ref"] = [pseudonyms.national_hash(value) for value in made["national_ref"]]
    if "learner_ref" in made:
        learners = zip(made["provider_siret"], made["session_id"], made["learner_ref"], strict=True)
        made["learner_key"] = [pseudonyms.learner_key(*learner) for learner in learners]
    return _table(stored_columns(contract), made)


def _keys(rows: Iterable[tuple[int, int, Mapping[str, Any]]], names: Sequence[str]) -> list[str]:
    return [row_key(values[name] for name in names) for _, _, values in rows]


def _table(columns: Sequence[TableColumn], made: Mapping[str, list[Any]]) -> pa.Table:
    return pa.table({c.name: pa.array(made[c.name], _ARROW_TYPES[c.sql_type]) for c in columns})


def stage_quarantined(numbered: Sequence[Numbered]) -> pa.Table:
    """The rows in error of a night: submission_id, line, row_key."""
    rows = [(number, row.line, row.key) for number, submission in numbered for row in submission.file.quarantined_rows]
    return pa.table(
        {
            "submission_id": pa.array([number for number, _, _ in rows], pa.int64()),
            "line": pa.array([line for _, line, _ in rows], pa.int32()),
            "row_key": pa.array([None if key is None else row_key(key) for _, _, key in rows], pa.string()),
        }
    )


def stage_findings(numbered: Sequence[Numbered], first: int) -> pa.Table:
    """The findings of a night, numbered from `first` on, each with the key of its row where that is known."""
    rows: list[tuple[Any, ...]] = []
    for number, submission in numbered:
        keys = _keys_by_line(submission.file)
        for f in submission.file.findings:
            key = None if f.line is None else keys.get(f.line)
            rows.append((first + len(rows), number, f.line, f.column, f.rule, str(f.severity), f.message, key))
    names = ("finding_id", "submission_id", "line", "column_name", "rule", "severity", "message", "row_key")
    types = (pa.int64(), pa.int64(), pa.int32(), *[pa.string()] * 5)
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    return pa.table({name: pa.array(v, t) for name, v, t in zip(names, columns, types, strict=True)})


def _keys_by_line(file: DecidedFile) -> dict[int, str]:
    if file.kind is None:
        return {}
    key = RETURNS[file.kind].key
    keys = {row.line: row_key(row.values[name] for name in key) for row in file.rows}
    keys.update((row.line, row_key(row.key)) for row in file.quarantined_rows if row.key is not None)
    return keys
