"""By which later files the errors of a file are settled, and how many of its lines in error came in good order in none."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

import duckdb

from expectations.contract.returns import RETURNS
from warehouse.query_results import read_sql
from warehouse.table_declarations import store_table

_IS_ANY_SETTLED = (
    "select 1 from findings semi join resolutions on resolutions.finding_id = findings.finding_id"
    " where findings.severity = 'error' and list_contains(?, findings.submission_id) limit 1"
)


@dataclass(frozen=True)
class LaterFile:
    """A file that settled errors of an earlier one; `accepted` is how many lines were taken of it."""

    file_name: str
    received_at: datetime
    accepted: int


@dataclass(frozen=True)
class MadeGood:
    """The later files, the first one first. `withdrawn` is how many lines in error came in none of them in good order."""

    later: tuple[LaterFile, ...]
    withdrawn: int


def made_good(con: duckdb.DuckDBPyConnection, numbers: Collection[int]) -> dict[int, MadeGood]:
    """What has settled errors of these files, by number; files that were neither refused nor taken in part are left out."""
    if not numbers:
        return {}
    if not con.execute(_IS_ANY_SETTLED, [list(numbers)]).fetchall():
        return {}  # most files: what follows looks at all rows
    query = read_sql("warehouse.notifications", "making_good", rows_by_key=rows_by_key())
    found: dict[int, MadeGood] = {}
    for number, name, at, accepted, withdrawn in con.execute(query, {"numbers": list(numbers)}).fetchall():
        before = found.setdefault(number, MadeGood((), withdrawn))
        found[number] = replace(before, later=(*before.later, LaterFile(name, at, accepted)))
    return found


def rows_by_key() -> str:
    """The query of all rows that were ever accepted: kind, row_key, submission_id."""
    return " union all ".join(
        f"select '{contract.kind}' as kind, row_key, submission_id from {store_table(contract)}" for contract in RETURNS.values()
    )
