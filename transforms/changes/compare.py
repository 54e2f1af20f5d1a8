"""What changed in the indicators since an earlier release, value by value, and which files caused it: quality.changes."""

from __future__ import annotations

from functools import cache

import duckdb

from expectations.contract import Return
from expectations.contract.returns import RETURNS
from transforms.models.build import Model, models_in_order
from warehouse.published.published_tables import in_force_columns
from warehouse.query_results import read_sql
from warehouse.table_declarations import QUALITY_CHANGES, comment_statements, create_table

#: the database of the earlier release, as it is attached to the one being built; the SQL files name it too
BEFORE = "before"
_SQL_PACKAGE = "transforms.changes"
# A row counts only where its parents do, so a file of parents may change what is counted of their children.
_PARENTS = {"sessions": ("actions",), "learners": ("sessions", "actions"), "followups": ("learners", "sessions", "actions"),
            "expenses": ("actions",), "fundings": ("actions",)}  # fmt: skip
#: level and level_id of an indicator that has other columns for its unit, by its key
_UNITS = {
    ("provider_siret", "action_id"): ("'action'", "provider_siret || '/' || action_id"),
    ("provider_siret",): ("'provider'", "provider_siret"),
    ("call_id",): ("'call'", "call_id"),
}


def write_changes(con: duckdb.DuckDBPyConnection, since: int | None, *, rules_differ: bool = False) -> None:
    """Make quality.changes.

    Args:
        con: the warehouse being built, indicators included; attached to it are `history` (every version of every row) and, as
            `before`, the warehouse of the earlier release.
        since: the last file that the earlier release knew, 0 for none; None where there is no such release, and nothing is
            attached: then the table is empty.
        rules_differ: whether the earlier release was made with other rules of the programme.

    Raises duckdb.Error where the earlier release has other tables than the new one: see is_comparable.
    """
    con.execute(create_table(QUALITY_CHANGES))
    if since is not None:
        _find_moved_rows(con, since)
        _find_sessions_before(con)
        con.execute(read_sql(_SQL_PACKAGE, "units_moved"))
        for indicator in _indicators():
            _compare(con, indicator, rules_differ)
    con.execute(";\n".join(comment_statements(QUALITY_CHANGES)))


def is_comparable(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether what is attached as `before` has the indicators that would be built now, column by column."""
    columns = dict(con.execute(read_sql(_SQL_PACKAGE, "columns_before")).fetchall())
    return all(columns.get(model.table) == [name for name, _ in model.columns] for model in _indicators())


def _indicators() -> list[Model]:
    """Those with a row a unit: a view has none of its own, audiences are too many to be told, audits are no returns."""
    return [
        model
        for model in models_in_order()
        if model.table.partition(".")[0] == "indicators" and not model.is_view and not {"audience", "audit"} & {*model.key}
    ]


def _find_moved_rows(con: duckdb.DuckDBPyConnection, since: int) -> None:
    """Make work.moved_rows: the rows of every return that came into force since, or went out of it."""
    con.execute(read_sql(_SQL_PACKAGE, "create_moved_rows"))
    for contract in RETURNS.values():
        con.execute(_moved_rows(contract), {"since": since})


def _moved_rows(contract: Return) -> str:
    names = [column.name for column in in_force_columns(contract) if column.name not in ("submission_id", "line")]

    def of_row(alias: str, name: str) -> str:
        return f"{alias}.{name}" if name in names else "cast(null as varchar)"

    return read_sql(
        _SQL_PACKAGE,
        "moved_rows",
        table=contract.table,
        is_the_same=" and ".join(f"c.{name} is not distinct from w.{name}" for name in names),
        session_that_went=of_row("w", "session_id"),
        session_that_came=of_row("c", "session_id"),
        action_that_went=of_row("w", "action_id"),
        action_that_came=of_row("c", "action_id"),
    )


def _find_sessions_before(con: duckdb.DuckDBPyConnection) -> None:
    """Make work.session_units_before: the units of sessions by today's definitions, on the sessions that counted then."""
    models = {model.table: model for model in models_in_order()}
    for table, source, source_then in (
        ("work.session_sites", "clean.sessions", f"{BEFORE}.clean.sessions"),
        ("work.session_units", "work.session_sites", "work.session_sites_before"),
    ):
        con.execute(f"CREATE OR REPLACE TABLE {table}_before AS {models[table].sql.replace(source, source_then)}")


def _compare(con: duckdb.DuckDBPyConnection, indicator: Model, rules_differ: bool) -> None:
    """Note in quality.changes what differs in one indicator."""
    names = [name for name, _ in indicator.columns]
    values = [name for name in names if name not in indicator.key]
    if "level" in names:
        level, level_id = "level", "level_id"
    elif indicator.key in _UNITS:
        level, level_id = _UNITS[indicator.key]
    else:  # about the programme as a whole: one row, whose key is one of its values
        level, level_id, values = "'programme'", "''", names
    cohort, horizon = (name if name in names else "cast(null as varchar)" for name in ("cohort", "horizon"))
    query = read_sql(
        _SQL_PACKAGE,
        "compare_indicator",
        indicator=indicator.table,
        indicator_name=indicator.table.partition(".")[2],
        unit=f"{level} as unit_level, {level_id} as unit_id, {cohort} as unit_cohort, {horizon} as unit_horizon",
        pairs=", ".join(_pair(place, name) for place, name in enumerate(values)),
    )
    con.execute(query, {"tables": sorted(_tables_read(indicator.table)), "rules_differ": rules_differ})


def _pair(place: int, name: str) -> str:
    """A column's value then and now, as a struct; `place` keeps the order of the columns."""
    before, after = f"cast(g.{name} as varchar)", f"cast(n.{name} as varchar)"
    return f"{{'place': {place}, 'column_name': '{name}', 'before': {before}, 'after': {after}}}"


@cache
def _tables_read(table: str) -> frozenset[str]:
    """The tables of `clean`, without the schema, that a model reads in the end, and their parents."""
    models = {model.table: model for model in models_in_order()}
    found: set[str] = set()
    todo = [table]
    while todo:
        for source in models[todo.pop()].sources:
            schema, _, name = source.partition(".")
            if schema == "clean":
                found |= {name, *_PARENTS.get(name, ())}
            elif source in models:
                todo.append(source)
    return frozenset(found)
