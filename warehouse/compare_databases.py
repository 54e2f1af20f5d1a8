"""The canonical form of a database of ours: every table, column and row in an order that does not hang on chance.

Two databases are logically the same where their canonical forms are. Nothing is left out but what is documented: see
RUN_MOMENTS, and ACROSS_RUNS for databases made by different runs.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.query_results import quoted, read_sql, single_row

_SQL_PACKAGE = "warehouse"
#: columns by table: see RUN_MOMENTS, ACROSS_RUNS and dump
LeftOut = Mapping[str, Collection[str]]
#: When the file itself was made, and by what; and since when nights have seen a signal, which the store alone knows. All that
#: `rebuild --verify` leaves out.
RUN_MOMENTS: LeftOut = {
    "meta": {"created_at"},
    "meta.release": {"created_at", "duckdb_version"},
    "quality.signals": {"since"},
}
#: What differs, besides, where the same files are kept under another key.
ACROSS_KEYS: LeftOut = {
    **RUN_MOMENTS, "*": {"learner_key", "national_ref"}, "meta": {*RUN_MOMENTS["meta"], "key_fingerprint"},
}  # fmt: skip
#: What differs where the same files were taken by other runs at other moments of the same day, as after a kill. `*` stands for
#: every table; a table without columns is left out whole.
ACROSS_RUNS: LeftOut = {
    "*": {
        "run_id", "received_at", "identity", "first_seen", "opened_at", "noted_at", "ended_at", "resolved_at", "notified_at",
        "created_at", "attempted_at", "next_attempt_at", "message_id", "duckdb_version", "waiting_since", "last_return_at",
    },
    "nights": set(), "night_rules": set(), "examinations": set(), "deliveries": {"attempt", "reply"},
    "outbox": {"content"},
}  # fmt: skip
#: Columns that say which row is meant without saying anything of a person; an example of a difference shows these alone.
_SHOWN = (
    "submission_id", "line", "finding_id", "notice_id", "kind", "rule", "column_name", "what", "number", "run_id", "indicator",
    "signal", "level", "level_id", "cohort", "horizon", "provider_siret", "action_id", "session_id", "call_id", "table_name",
)  # fmt: skip
_EXAMPLES = 5


@dataclass(frozen=True)
class Digest:
    """How many rows a table has, and a number that is the same for the same rows in any order."""

    rows: int
    digest: str


@dataclass(frozen=True)
class Difference:
    """A table that is not the same in two databases: rows that only one has, and which some of them are.

    `only_left` and `only_right` count rows, repeated ones each time; None where the table itself is missing there, or has
    other columns.
    """

    table: str
    only_left: int | None
    only_right: int | None
    examples: tuple[str, ...] = ()


def dump(path: Path, leave_out: LeftOut = RUN_MOMENTS) -> Iterator[str]:
    """The canonical form as lines of text: each table with its columns, then its rows, sorted.

    Args:
        path: a closed database.
        leave_out: columns by table, those of every table under `*`; a table with none is left out whole.

    It holds what the database holds: keep it as private. duckdb.Error where the database cannot be read.
    """
    with _opened(left=path) as con:
        for table, columns in _tables(con, "left", leave_out).items():
            yield f"{table} {json.dumps(columns)}"
            result = con.execute(f"SELECT line_of_row FROM ({_lines('left', table, columns)}) ORDER BY line_of_row")
            while rows := result.fetchmany(10_000):
                yield from (line for (line,) in rows)


def digests(path: Path, leave_out: LeftOut = RUN_MOMENTS) -> dict[str, Digest]:
    """The canonical form of each table as one number; reads each table once, whatever its size. For arguments see dump."""
    with _opened(left=path) as con:
        return {name: _digest(con, "left", name, columns) for name, columns in _tables(con, "left", leave_out).items()}


def differences(
    left: Path, right: Path, leave_out: LeftOut = RUN_MOMENTS, tables: Collection[str] | None = None
) -> list[Difference]:
    """The tables that are not the same in two closed databases; none where they are logically the same.

    Args:
        left: a database.
        right: another one.
        leave_out: see dump.
        tables: look at these only; at all of both if None.
    """
    with _opened(left=left, right=right) as con:
        of_left, of_right = _tables(con, "left", leave_out), _tables(con, "right", leave_out)
        found = []
        for name in sorted(of_left.keys() | of_right.keys() if tables is None else tables):
            if name not in of_left or name not in of_right or of_left[name] != of_right[name]:
                if name in of_left or name in of_right:
                    found.append(Difference(name, None, None, ("one of them has other columns, or no such table",)))
            elif _digest(con, "left", name, of_left[name]) != _digest(con, "right", name, of_right[name]):
                found.append(_difference(con, name, of_left[name]))
        return found


@contextlib.contextmanager
def _opened(**paths: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with contextlib.closing(duckdb.connect()) as con:
        con.execute("SET TimeZone = 'UTC'")  # moments are written out
        for alias, path in paths.items():
            con.execute(f'ATTACH {quoted(str(path))} AS "{alias}" (READ_ONLY)')
        yield con


def _tables(con: duckdb.DuckDBPyConnection, alias: str, leave_out: LeftOut) -> dict[str, dict[str, str]]:
    """Each table of a database, sorted, and of each the columns with their types, sorted."""
    rows = con.execute(read_sql(_SQL_PACKAGE, "columns_to_compare"), {"database": alias}).fetchall()
    everywhere = set(leave_out.get("*", ()))
    tables: dict[str, dict[str, str]] = {}
    for schema, table, column, data_type in rows:
        name = table if schema == "main" else f"{schema}.{table}"
        if name in leave_out and not leave_out[name]:
            continue
        columns = tables.setdefault(name, {})
        if column not in everywhere and column not in leave_out.get(name, ()):
            columns[column] = data_type
    return tables


def _lines(alias: str, table: str, columns: Collection[str]) -> str:
    """The query that writes each row of a table as a line: a JSON list of texts and nulls."""
    cells = ", ".join(f'CAST("{column}" AS VARCHAR)' for column in columns)
    return f"SELECT CAST(to_json([{cells or 'NULL'}]) AS VARCHAR) AS line_of_row, * FROM {_place(alias, table)}"


def _place(alias: str, table: str) -> str:
    schema, _, name = table.rpartition(".")
    return f'"{alias}"."{schema or "main"}"."{name}"'


def _digest(con: duckdb.DuckDBPyConnection, alias: str, table: str, columns: Collection[str]) -> Digest:
    rows, lower, upper = single_row(con, read_sql(_SQL_PACKAGE, "digest_of_lines", lines=_lines(alias, table, columns)))
    return Digest(rows, f"{upper:x}-{lower:x}")


def _difference(con: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str]) -> Difference:
    counts: list[int] = []
    examples: list[str] = []
    for side, other in (("left", "right"), ("right", "left")):
        lines = _lines(side, table, columns)
        only_here = read_sql(_SQL_PACKAGE, "lines_of_one_side", lines=lines, other_lines=_lines(other, table, columns))
        counts.append(single_row(con, f"SELECT count(*) FROM ({only_here})")[0])
        shown = [name for name in _SHOWN if name in columns]
        if shown:
            which_row = " || ' ' || ".join(f"'{name}=' || coalesce(CAST(\"{name}\" AS VARCHAR), '-')" for name in shown)
            query = read_sql(_SQL_PACKAGE, "examples_of_lines", which_row=which_row, lines=lines, only_here=only_here)
            examples += [row for (row,) in con.execute(query, {"most": _EXAMPLES}).fetchall()]
    return Difference(table, counts[0], counts[1], tuple(dict.fromkeys(examples)))
