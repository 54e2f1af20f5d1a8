"""The history of what was found across returns: since when each finding stands, and when it went."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pyarrow as pa

from expectations.contract.returns import RETURNS
from warehouse.contract_tables import store_table

# A finding is the same one night after night while its row (file and line), rule and column are. A row that was sent again
# is another line of another file: there the finding is a new one, but what it says has been so since the first.
_SEEN = """
    CREATE OR REPLACE TEMP TABLE seen AS
    SELECT DISTINCT ON (f.submission_id, f.line, f.column_name, f.rule) f.*, k.row_key
    FROM found AS f
    LEFT JOIN ({keys}) AS k ON k.kind = f.kind AND k.submission_id = f.submission_id AND k.line = f.line
    ORDER BY f.submission_id, f.line, f.column_name, f.rule, f.message
"""
_KEYS = """
    SELECT '{kind}' AS kind, r.submission_id, r.line, r.row_key
    FROM {table} AS r
    SEMI JOIN (SELECT submission_id, line FROM found WHERE kind = '{kind}') AS w
        ON w.submission_id = r.submission_id AND w.line = r.line
"""
_STANDING = """
    CREATE OR REPLACE TEMP TABLE standing AS
    SELECT c.* FROM cross_findings AS c ANTI JOIN cross_resolutions AS r ON r.finding_id = c.finding_id
"""
_SAME = """
    a.submission_id = b.submission_id AND a.line IS NOT DISTINCT FROM b.line
    AND a.column_name IS NOT DISTINCT FROM b.column_name AND a.rule = b.rule
"""
_OPEN = f"""
    INSERT INTO cross_findings
    SELECT
        $first + row_number() OVER (ORDER BY a.submission_id, a.line, a.rule, a.column_name) - 1,
        a.submission_id, a.line, a.kind, a.provider_siret, a.column_name, a.rule, a.severity, a.message, a.row_key,
        coalesce(s.first_seen, $at), $at
    FROM seen AS a
    LEFT JOIN (
        SELECT kind, row_key, rule, column_name, min(first_seen) AS first_seen
        FROM standing WHERE row_key IS NOT NULL GROUP BY kind, row_key, rule, column_name
    ) AS s
        ON s.kind = a.kind AND s.row_key = a.row_key AND s.rule = a.rule
        AND s.column_name IS NOT DISTINCT FROM a.column_name
    WHERE NOT EXISTS (SELECT 1 FROM standing AS b WHERE {_SAME})
"""
_CLOSE = f"""
    INSERT INTO cross_resolutions
    SELECT a.finding_id, $at FROM standing AS a WHERE NOT EXISTS (SELECT 1 FROM seen AS b WHERE {_SAME})
"""


def note_standing(con: duckdb.DuckDBPyConnection, at: datetime, rows: pa.Table, first: int) -> None:
    """Bring the history up to what a night found.

    Args:
        con: the store, in a transaction.
        at: the night's moment.
        rows: all that the night found, with the columns of work.cross_findings.
        first: the number of the first new finding.
    """
    con.register("found", rows)
    try:
        keys = " UNION ALL ".join(_KEYS.format(kind=c.kind, table=store_table(c)) for c in RETURNS.values())
        con.execute(_SEEN.format(keys=keys))
        con.execute(_STANDING)
        con.execute(_OPEN, {"first": first, "at": at})
        con.execute(_CLOSE, {"at": at})
    finally:
        con.unregister("found")


def note_examined(con: duckdb.DuckDBPyConnection, run_id: str, at: datetime) -> None:
    """Note that a night has looked across returns, at that moment; the first time that it did counts."""
    con.execute(
        "INSERT INTO examinations SELECT $run, $at WHERE NOT EXISTS (SELECT 1 FROM examinations AS e WHERE e.run_id = $run)",
        {"run": run_id, "at": at},
    )
