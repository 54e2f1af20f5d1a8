"""Puts the files of a night into the tables of the store, in one transaction, and lets them correct earlier ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import duckdb
import pyarrow as pa

from expectations.contract import Return
from expectations.contract.returns import RETURNS
from warehouse.errors import UnstorableFile
from warehouse.query_results import single_row
from warehouse.store.corrections import (
    correct_rows,
    give_files_to_their_folders_provider,
    inherit_first_seen,
    settle_files,
)
from warehouse.store.pseudonyms import Pseudonyms
from warehouse.store.stage import Numbered, row_key, stage_findings, stage_quarantined, stage_rows, stage_submissions
from warehouse.table_declarations import store_table

#: So many rows are laid out for the store at once, while those before are stored: few enough for both to be busy all the time.
_ROWS_AT_ONCE = 100_000


def load_batch(
    con: duckdb.DuckDBPyConnection, run_id: str, numbered: Sequence[Numbered], first_finding: int, pseudonyms: Pseudonyms
) -> None:
    """Store files with their numbers, and findings numbered from `first_finding` on.

    Raises UnstorableFile, which names the culprits by their place, where a file holds what no table can.
    """
    first = numbered[0][0]
    at, on = single_row(con, "SELECT max(received_at), max(received_on) FROM submissions")
    _insert(con, "submissions", "SELECT * FROM staged", stage_submissions(run_id, numbered, at, on))
    _insert(con, "quarantined_rows", "SELECT * FROM staged", stage_quarantined(numbered))
    _insert(
        con, "findings",
        "SELECT f.*, s.received_at FROM staged AS f JOIN submissions AS s ON s.submission_id = f.submission_id",
        stage_findings(numbered, first_finding),
    )  # fmt: skip
    con.execute("SET threads = 1")  # more would each fill blocks of their own, which are compressed a second time at the end
    try:
        _while_the_next_is_made(_statements(con, numbered, pseudonyms))
    except (ValueError, TypeError, pa.ArrowException) as error:
        guilty = tuple(place for place, one in enumerate(numbered) if _is_unstorable(one, pseudonyms))
        raise UnstorableFile(f"files hold what no table can ({type(error).__name__})", guilty) from None
    finally:
        con.execute("RESET threads")
    give_files_to_their_folders_provider(con)
    settle_files(con, first)
    inherit_first_seen(con, first_finding)


def _statements(
    con: duckdb.DuckDBPyConnection, numbered: Sequence[Numbered], pseudonyms: Pseudonyms
) -> Iterator[Callable[[], object]]:
    """What is to be done for the rows of each return, in order; it is laid out as it is asked for."""
    for contract in RETURNS.values():
        of_kind = [(number, one) for number, one in numbered if one.file.kind == contract.kind]
        with_rows = [one for one in of_kind if one[1].file.rows]
        for rows in _staged(contract, with_rows, pseudonyms):
            yield partial(_insert, con, store_table(contract), "SELECT * FROM staged", rows)
        scopes = [(number, row_key(scope)) for number, one in of_kind for scope in one.file.scopes]
        if scopes:
            yield partial(con.executemany, f"INSERT INTO erased_scopes VALUES (?, '{contract.kind}', ?)", scopes)
        if with_rows or scopes:
            yield partial(correct_rows, con, contract, numbered[0][0], scopes)


def _while_the_next_is_made(statements: Iterator[Callable[[], object]]) -> None:
    """Run each in another thread, while this one makes the next: DuckDB stores rows while Python makes pseudonyms."""
    under_way: Future[object] | None = None
    with ThreadPoolExecutor(1) as other_thread:
        for statement in statements:
            if under_way:
                under_way.result()
            under_way = other_thread.submit(statement)
        if under_way:
            under_way.result()


def _staged(contract: Return, files: Sequence[Numbered], pseudonyms: Pseudonyms) -> Iterator[pa.Table]:
    """The accepted rows of files of one return, as the store's table takes them, some files at a time."""
    waiting, rows = list[pa.Table](), 0
    for number, one in files:
        if one.file.rows:
            waiting.append(stage_rows(contract, number, one.file.rows, pseudonyms))
            rows += len(waiting[-1])
        if rows >= _ROWS_AT_ONCE:
            yield pa.concat_tables(waiting)
            waiting, rows = [], 0
    if waiting:
        yield pa.concat_tables(waiting)


def _is_unstorable(numbered: Numbered, pseudonyms: Pseudonyms) -> bool:
    try:
        list(_staged(RETURNS[numbered[1].file.kind or ""], [numbered], pseudonyms))
    except Exception:  # which one it is, is all that may be said
        return bool(numbered[1].file.rows)
    return False


def _insert(con: duckdb.DuckDBPyConnection, table: str, query: str, staged: pa.Table) -> None:
    con.register("staged", staged)
    try:
        con.execute(f"INSERT INTO {table} {query}")
    finally:
        con.unregister("staged")
