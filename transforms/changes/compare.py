"""What changed in the indicators since an earlier release, value by value, and which files caused it: quality.changes."""

from __future__ import annotations

from functools import cache

import duckdb

from expectations.contract import Return
from expectations.contract.returns import RETURNS
from transforms.models.build import PUBLISHED_SCHEMAS, Model, models_in_order
from warehouse.contract_tables import QUALITY_CHANGES, comment_statements, create_table
from warehouse.published.published_tables import in_force_columns

#: the database of the earlier release, as it is attached to the one being built
BEFORE = "before"
# A row counts only where its parents do, so a file of parents may change what is counted of their children.
_PARENTS = {"sessions": ("actions",), "learners": ("sessions", "actions"), "followups": ("learners", "sessions", "actions"),
            "expenses": ("actions",), "fundings": ("actions",)}  # fmt: skip
#: level and level_id of an indicator that has other columns for its unit, by its key
_UNITS = {
    ("provider_siret", "action_id"): ("'action'", "provider_siret || '/' || action_id"),
    ("provider_siret",): ("'provider'", "provider_siret"),
    ("call_id",): ("'call'", "call_id"),
}

# Rows that came into force since, or went out of it, in whichever file that was; rows that were sent again as they were are
# neither. `since` is the last file of the earlier release.
_MOVED = """
    INSERT INTO work.moved
    WITH
    gone AS (SELECT * FROM history.main.{table} WHERE submission_id <= $since AND closed_by > $since),
    come AS (SELECT * FROM history.main.{table} WHERE submission_id > $since AND closed_by IS NULL)
    SELECT '{table}', g.closed_by, g.provider_siret, {session_of_gone}, {action_of_gone}
    FROM gone AS g ANTI JOIN come AS c ON c.row_key = g.row_key AND {same}
    UNION
    SELECT '{table}', c.submission_id, c.provider_siret, {session_of_come}, {action_of_come}
    FROM come AS c ANTI JOIN gone AS g ON c.row_key = g.row_key AND {same}
"""
# Where sessions counted then, and where they do now: one that has moved to another place matters in both.
_PLACES = """
    CREATE OR REPLACE TEMP TABLE places AS
    SELECT provider_siret, session_id, level, level_id FROM work.session_units
    UNION
    SELECT provider_siret, session_id, level, level_id FROM work.session_units_before
"""
_SESSION_ACTIONS = """
    CREATE OR REPLACE TEMP TABLE session_actions AS
    SELECT provider_siret, session_id, action_id FROM clean.sessions
    UNION
    SELECT provider_siret, session_id, action_id FROM before.clean.sessions
"""
_ACTION_UNITS = """
    CREATE OR REPLACE TEMP TABLE action_units AS
    WITH every_action AS (
        SELECT provider_siret, action_id, call_id FROM clean.actions
        UNION
        SELECT provider_siret, action_id, call_id FROM before.clean.actions
    )
    SELECT
        a.provider_siret, a.action_id,
        unnest(['programme', 'provider', 'action', 'call']) AS level,
        unnest(['', a.provider_siret, a.provider_siret || '/' || a.action_id, a.call_id]) AS level_id
    FROM every_action AS a
"""
_TOUCHED = """
    CREATE OR REPLACE TABLE work.touched AS
    WITH
    of_sessions AS (
        SELECT m.table_name, m.cause, m.provider_siret, m.session_id
        FROM work.moved AS m WHERE m.session_id IS NOT NULL
        UNION
        SELECT m.table_name, m.cause, m.provider_siret, s.session_id
        FROM work.moved AS m
        JOIN session_actions AS s ON s.provider_siret = m.provider_siret AND s.action_id = m.action_id
        WHERE m.table_name = 'actions'
    ),
    of_actions AS (
        SELECT m.table_name, m.cause, m.provider_siret, m.action_id
        FROM work.moved AS m WHERE m.action_id IS NOT NULL
        UNION
        SELECT m.table_name, m.cause, m.provider_siret, s.action_id
        FROM work.moved AS m
        JOIN session_actions AS s ON s.provider_siret = m.provider_siret AND s.session_id = m.session_id
    )
    SELECT o.table_name, o.cause, p.level, p.level_id
    FROM of_sessions AS o
    JOIN places AS p ON p.provider_siret = o.provider_siret AND p.session_id = o.session_id
    UNION
    SELECT o.table_name, o.cause, u.level, u.level_id
    FROM of_actions AS o
    JOIN action_units AS u ON u.provider_siret = o.provider_siret AND u.action_id = o.action_id
"""
_COMPARE = """
    INSERT INTO quality.changes
    WITH
    now_other AS (SELECT * FROM {indicator} EXCEPT SELECT * FROM before.{indicator}),
    then_other AS (SELECT * FROM before.{indicator} EXCEPT SELECT * FROM {indicator}),
    now_keyed AS (SELECT {unit}, * FROM now_other),
    then_keyed AS (SELECT {unit}, * FROM then_other),
    paired AS (
        SELECT
            coalesce(a.unit_level, b.unit_level) AS level, coalesce(a.unit_id, b.unit_id) AS level_id,
            coalesce(a.unit_cohort, b.unit_cohort) AS cohort, coalesce(a.unit_horizon, b.unit_horizon) AS horizon,
            a.unit_level IS NULL OR b.unit_level IS NULL AS is_new_or_gone,
            unnest([{pairs}]) AS pair
        FROM now_keyed AS a
        FULL JOIN then_keyed AS b
            ON a.unit_level = b.unit_level AND a.unit_id = b.unit_id
            AND a.unit_cohort IS NOT DISTINCT FROM b.unit_cohort AND a.unit_horizon IS NOT DISTINCT FROM b.unit_horizon
    ),
    causes AS (
        SELECT level, level_id, list_sort(list(DISTINCT cause)) AS submissions
        FROM work.touched WHERE list_contains($tables, table_name) GROUP BY level, level_id
    )
    SELECT
        '{name}', p.level, p.level_id, p.cohort, p.horizon, p.pair.column_name, p.pair.before, p.pair.after,
        TRY_CAST(p.pair.after AS DOUBLE) - TRY_CAST(p.pair.before AS DOUBLE),
        CASE
            WHEN c.submissions IS NULL AND $rules_differ THEN 'programme'
            WHEN c.submissions IS NULL THEN 'date'
            WHEN $rules_differ THEN 'returns, programme'
            ELSE 'returns'
        END,
        coalesce(c.submissions, CAST([] AS BIGINT[]))
    FROM paired AS p
    LEFT JOIN causes AS c ON c.level = p.level AND c.level_id = p.level_id
    WHERE p.pair.before IS DISTINCT FROM p.pair.after
        AND NOT (p.is_new_or_gone AND coalesce(p.pair.after, p.pair.before) = 'false')
        AND NOT (p.is_new_or_gone AND coalesce(TRY_CAST(coalesce(p.pair.after, p.pair.before) AS DOUBLE), 1) = 0)
    ORDER BY p.level, p.level_id, p.cohort, p.horizon, p.pair.place
"""


def write_changes(con: duckdb.DuckDBPyConnection, since: int | None, *, rules_differ: bool = False) -> None:
    """Make quality.changes.

    Args:
        con: the warehouse being built, indicators included, with the schema `history` (every version of every row) and, as
            `before`, the warehouse of the earlier release.
        since: the last file that the earlier release knew, 0 for none; None where there is no such release, and nothing is
            attached: then the table is empty.
        rules_differ: whether the earlier release was made with another programme file.

    Raises duckdb.Error where the earlier release has other tables than the new one: see is_comparable.
    """
    con.execute(create_table(QUALITY_CHANGES))
    if since is not None:
        _find_causes(con, since)
        for model in _indicators():
            _compare(con, model, rules_differ)
    con.execute(";\n".join(comment_statements(QUALITY_CHANGES)))


def is_comparable(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether what is attached as `before` has the indicators that would be built now, column by column."""
    found = con.execute(
        "SELECT schema_name || '.' || table_name, list(column_name ORDER BY column_index) FROM duckdb_columns()"
        " WHERE database_name = ? GROUP BY ALL",
        [BEFORE],
    ).fetchall()
    columns = dict(found)
    return all(columns.get(model.table) == [name for name, _ in model.columns] for model in _indicators())


def _indicators() -> list[Model]:
    return [model for model in models_in_order() if model.table.partition(".")[0] in PUBLISHED_SCHEMAS]


def _find_causes(con: duckdb.DuckDBPyConnection, since: int) -> None:
    """Make work.touched: which file since then moved rows of which table that count in which unit."""
    con.execute(
        "CREATE OR REPLACE TABLE work.moved"
        " (table_name VARCHAR, cause BIGINT, provider_siret VARCHAR, session_id VARCHAR, action_id VARCHAR)"
    )
    for contract in RETURNS.values():
        con.execute(_moved(contract), {"since": since})
    models = {model.table: model for model in models_in_order()}
    for table, source in (("session_sites", "clean.sessions"), ("session_units", "work.session_sites")):
        # the same definitions, on what counted then
        earlier = f"{BEFORE}.clean.sessions" if source == "clean.sessions" else f"{source}_before"
        sql = models[f"work.{table}"].sql.replace(source, earlier)
        con.execute(f"CREATE OR REPLACE TABLE work.{table}_before AS {sql}")
    for statement in (_PLACES, _SESSION_ACTIONS, _ACTION_UNITS, _TOUCHED):
        con.execute(statement)


def _moved(contract: Return) -> str:
    names = [column.name for column in in_force_columns(contract) if column.name not in ("submission_id", "line")]
    parts = {"table": contract.table, "same": " AND ".join(f"c.{name} IS NOT DISTINCT FROM g.{name}" for name in names)}
    for row, alias in (("gone", "g"), ("come", "c")):
        for unit in ("session", "action"):
            has_it = f"{unit}_id" in names
            parts[f"{unit}_of_{row}"] = f"{alias}.{unit}_id" if has_it else "CAST(NULL AS VARCHAR)"
    return _MOVED.format(**parts)


def _compare(con: duckdb.DuckDBPyConnection, model: Model, rules_differ: bool) -> None:
    names = [name for name, _ in model.columns]
    values = [name for name in names if name not in model.key]
    if "level" in names:
        level, level_id = "level", "level_id"
    elif model.key in _UNITS:
        level, level_id = _UNITS[model.key]
    else:  # about the programme as a whole: one row, whose key is one of its values
        level, level_id, values = "'programme'", "''", names
    unit = ", ".join([
        f"{level} AS unit_level", f"{level_id} AS unit_id",
        f"{'cohort' if 'cohort' in names else 'CAST(NULL AS VARCHAR)'} AS unit_cohort",
        f"{'horizon' if 'horizon' in names else 'CAST(NULL AS VARCHAR)'} AS unit_horizon",
    ])  # fmt: skip
    pairs = ", ".join(
        f"{{'place': {place}, 'column_name': '{name}', 'before': CAST(b.{name} AS VARCHAR), 'after': CAST(a.{name} AS VARCHAR)}}"
        for place, name in enumerate(values)
    )
    query = _COMPARE.format(indicator=model.table, name=model.table.partition(".")[2], unit=unit, pairs=pairs)
    con.execute(query, {"tables": sorted(_read_by(model.table)), "rules_differ": rules_differ})


@cache
def _read_by(table: str) -> frozenset[str]:
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
