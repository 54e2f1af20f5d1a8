"""What each session adds to the indicators, from an earlier warehouse: a night sums up again only the sessions that have moved.

A session has moved where its rows in `clean` are others than they were, or where a day has passed on which somebody of it
entered, left or became mature. That is found by comparing the rows themselves: whatever was done to the store in between (an
erasure, a rebuild, another key) needs no word about it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

import duckdb

from transforms.models.build import SUMS, Model, sums_alone
from warehouse.published.published_tables import clean_tables
from warehouse.query_results import read_sql, single_row
from warehouse.table_declarations import Table

_SQL_PACKAGE = "transforms.models"
#: the tables of `clean` with rows of sessions; of the first two there are many, and those that have moved stand in their place
_MANY_ROWS = ("learners", "followups")
_TABLES = (*_MANY_ROWS, "sessions")
#: what those of the sessions that have moved are called, by the schema of all
_MOVED = {"clean": "rows_of_{}_moved", "history": "versions_of_{}_moved"}


@dataclass(frozen=True)
class EarlierSums:
    """The sums of a warehouse, attached as `alias` to the one being built; `as_of` is its reference date."""

    alias: str
    as_of: date

    def find_sessions_moved(self, con: duckdb.DuckDBPyConnection) -> None:
        """Make work.sessions_moved (provider_siret, session_id), and the learners and follow-ups of these.

        Args:
            con: the warehouse being built, with `clean`, `reference` and work.reference_date.
        """
        columns = {table.name.partition(".")[2]: _what_counts(table) for table in clean_tables()}
        names = {name: columns[name] for name in _TABLES}
        con.execute(read_sql(_SQL_PACKAGE, "sessions_moved", earlier=self.alias, **names), {"as_of_before": self.as_of})
        for name in _MANY_ROWS:
            for schema, view in _MOVED.items():
                con.execute(read_sql(_SQL_PACKAGE, "rows_moved", schema=schema, table=name, view=view.format(name)))

    def completed(self, model: Model) -> str:
        """The SELECT of a model; one of `sums` adds the earlier sums of the others to those of the sessions that have moved."""
        is_sum = model.table.startswith(f"{SUMS}.")
        if not is_sum and model.table not in sums_alone():
            return model.sql
        sql = model.sql
        for schema, view in _MOVED.items():
            for name in _MANY_ROWS:
                sql = re.sub(rf"\b{schema}\.{name}\b", f"work.{view.format(name)}", sql)
        if not is_sum:
            return sql
        columns = ", ".join(f"e.{name}" for name, _ in model.columns)
        return read_sql(_SQL_PACKAGE, "with_earlier_sums", moved=sql, columns=columns, table=f"{self.alias}.{model.table}")


def _what_counts(table: Table) -> str:
    """Its columns, but not in which file a row came: one that is sent again as it was has not moved."""
    return ", ".join(column.name for column in table.columns if column.name not in ("submission_id", "line"))


def earlier_sums(
    con: duckdb.DuckDBPyConnection, alias: str, as_of: date, made_by: tuple[str, str, str]
) -> EarlierSums | None:
    """The sums of the warehouse that is attached as `alias`, or None where they are of no use.

    Args:
        con: the warehouse being built.
        alias: see above.
        as_of: the reference date; sums of a later day are of no use.
        made_by: versions of code, programme file and models; sums of other ones are of no use.
    """
    try:
        found = con.execute(read_sql(_SQL_PACKAGE, "made_by", earlier=alias)).fetchall()
    except duckdb.Error:
        return None  # of a version without sums
    if len(found) != 1 or found[0][1:] != made_by or found[0][0] > as_of:
        return None
    # of an earlier day than the last night's, or of a night that failed after publishing: what changed would be dated otherwise
    if found[0][0] not in (as_of, single_row(con, read_sql(_SQL_PACKAGE, "last_night"), {"as_of": as_of})[0]):
        return None
    return EarlierSums(alias, found[0][0])
