"""By which later files the errors of a file are settled, and how many of its lines in error none of them brought in good order."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

import duckdb

from expectations.contract.returns import RETURNS
from warehouse.query_results import read_sql
from warehouse.table_declarations import store_table


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
    """What has settled errors of these files, by number; files without a settled error, and those that were not judged, are left out."""
    if not numbers:
        return {}
    taken = " union all ".join(
        f"select k.submission_id, k.row_key from keys_in_error as k join {store_table(contract)} as r"
        f" on k.kind = '{contract.kind}' and r.row_key = k.row_key and r.submission_id > k.submission_id"
        for contract in RETURNS.values()
    )
    query = read_sql("warehouse.notifications", "making_good", keys_taken_later=taken)
    found: dict[int, MadeGood] = {}
    for number, name, at, accepted, withdrawn in con.execute(query, {"numbers": list(numbers)}).fetchall():
        before = found.setdefault(number, MadeGood((), withdrawn))
        found[number] = replace(before, later=(*before.later, LaterFile(name, at, accepted)))
    return found
