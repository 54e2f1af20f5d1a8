"""What was in force on a day, and every version that had come by then, without anything personal."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from expectations.contract import Return
from expectations.contract.returns import RETURNS
from warehouse.contract_tables import LEARNER_KEY, TableColumn, store_table, table_column
from warehouse.query_results import quoted, single_row
from warehouse.store.submission import Release

#: age at entry, in completed years: the oldest of each band; who is older than all is in the last one
AGE_BANDS = {17: "under 18", 25: "18-25", 30: "26-30", 45: "31-45", 55: "46-55", None: "over 55"}
# Not date_sub: born on 29 February, one is a year older on 1 March.
_AGE = (
    "year(entered_on) - year(born_on)"
    " - CAST(month(entered_on) * 100 + day(entered_on) < month(born_on) * 100 + day(born_on) AS INTEGER)"
)
_BAND = "CASE {} ELSE {} END".format(
    " ".join(f"WHEN {_AGE} <= {oldest} THEN {quoted(band)}" for oldest, band in AGE_BANDS.items() if oldest is not None),
    quoted(AGE_BANDS[None]),
)
_OF_BIRTH = (
    (TableColumn("birth_year", "INTEGER", True, "année de naissance"), "CAST(year(born_on) AS INTEGER)"),
    (
        TableColumn(
            "age_at_entry_band", "VARCHAR", True,
            f"âge à l'entrée, en années révolues : {', '.join(AGE_BANDS.values())} (la naissance n'est pas publiée)",
        ),
        _BAND,
    ),
)  # fmt: skip


def in_force_columns(contract: Return) -> list[TableColumn]:
    """What is known of a row in force; nothing personal."""
    return [column for column, _ in _made(contract)]


def key_in_force(contract: Return) -> list[str]:
    """The columns that identify a row of a return, in force and published."""
    return ["learner_key" if name == "learner_ref" else name for name in contract.key]


def _made(contract: Return) -> list[tuple[TableColumn, str]]:
    """What is known of a row in force, each with the SQL expression that makes it of the store's row."""
    columns = [
        (TableColumn("submission_id", "BIGINT", True, "The file: quality.files.submission_id"), "submission_id"),
        (TableColumn("line", "INTEGER", True, "Physical line of the file, the first one is 1"), "line"),
    ]
    for column in contract.columns:
        if column.name == "learner_ref":
            columns.append((TableColumn("learner_key", "VARCHAR", True, LEARNER_KEY), "learner_key"))
        elif column.name == "born_on":
            columns += _OF_BIRTH
        elif not column.personal:
            columns.append((table_column(column, column.description), column.name))
    return columns


def last_submission(con: duckdb.DuckDBPyConnection, store_alias: str, as_of: date) -> int:
    """The last file received by the end of that day, 0 for none. The ledger's days never go back: all before it are too."""
    query = f"SELECT coalesce(max(submission_id), 0) FROM {store_alias}.submissions WHERE received_on <= ?"
    return int(single_row(con, query, [as_of])[0])


def release_before(con: duckdb.DuckDBPyConnection, as_of: date) -> Release | None:
    """What was published last of an earlier reference date than that, from the store's connection; None if nothing was.

    Two nights of one day have the same one before them, so a night repeated after a kill has that of the first.
    """
    rows = con.execute(
        "SELECT n.run_id, n.as_of, r.programme_version FROM nights AS n LEFT JOIN night_rules AS r ON r.run_id = n.run_id"
        " WHERE n.state = 'done' AND n.as_of < ? ORDER BY n.as_of DESC, n.rowid DESC LIMIT 1",
        [as_of],
    ).fetchall()
    if not rows:
        return None
    run_id, released_as_of, programme_version = rows[0]
    return Release(run_id, released_as_of, programme_version, last_submission(con, "main", released_as_of))


def materialise_in_force(
    con: duckdb.DuckDBPyConnection, store_alias: str, as_of: date, scratch: Path | None = None
) -> None:
    """Attach two databases to `con`: `history` holds every version of every row received by that day, `in_force` shows
    those in force on it. Both have the columns that `clean` is made of; history also `scope` and `row_key`, in which a
    learner is its pseudonym, and `closed_by`, the file that replaced or retired the row, NULL while it is in force.
    `in_force.erased_sessions` are those of which learners had come and are not kept.

    They are apart from the database being built, so that they leave no holes in its file.

    Args:
        con: the database being built.
        store_alias: the name under which the store is attached to it.
        as_of: the day.
        scratch: the file to hold them; in memory if None.
    """
    last = last_submission(con, store_alias, as_of)
    con.execute(f"ATTACH {quoted(str(scratch) if scratch else ':memory:')} AS history")
    con.execute("ATTACH ':memory:' AS in_force")
    con.execute(
        "CREATE TABLE in_force.main.erased_sessions AS SELECT DISTINCT"
        " split_part(scope, chr(31), 1) AS provider_siret, split_part(scope, chr(31), 2) AS session_id"
        f" FROM {store_alias}.erased_scopes WHERE kind = 'apprenants' AND submission_id <= {last}"
    )
    for contract in RETURNS.values():
        con.execute(_history(contract, store_alias, last))
        names = ", ".join(column.name for column in in_force_columns(contract))
        con.execute(
            f"CREATE VIEW in_force.main.{contract.table} AS"
            f" SELECT {names} FROM history.main.{contract.table} WHERE closed_by IS NULL"
        )


def _history(contract: Return, store_alias: str, last: int) -> str:
    shown = ", ".join(f"{expression} AS {column.name}" for column, expression in _made(contract))
    return (
        f"CREATE TABLE history.main.{contract.table} AS"
        f" SELECT {shown}, scope, concat_ws(chr(31), {', '.join(key_in_force(contract))}) AS row_key, closed_by"
        f" FROM {store_alias}.{store_table(contract)}"
        f" LEFT JOIN (SELECT submission_id, line, closed_by FROM {store_alias}.closings"
        f" WHERE kind = '{contract.kind}' AND closed_by <= {last}) USING (submission_id, line)"
        f" WHERE submission_id <= {last} ORDER BY submission_id, line"
    )
