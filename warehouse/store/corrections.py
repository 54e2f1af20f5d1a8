"""What a new file does to earlier ones (docs/spec/returns.md, "Corrections"): which rows it closes, which findings it settles.

Everything is said of a row and a later file alone, never of a third: so the files of a night are handled at once, each row
closed by the first later file that replaces or retires it, and the result is the same as taking them one by one.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from expectations.contract import Return
from warehouse.contract_tables import store_table

# A file touches a row that is in a scope it names. It replaces it where it has the key; it retires it where the key is
# neither accepted nor among its rows in error, unless one of those could not even be read that far: then the missing
# row may be that one. `new_rows` is what this night accepted of the kind, `new_quarantined` its rows in error.
_CLOSE = """
    WITH
    named AS (SELECT DISTINCT submission_id, scope FROM new_rows),
    unsure AS (SELECT DISTINCT submission_id FROM new_quarantined WHERE row_key IS NULL),
    touched AS (
        SELECT r.submission_id, r.line, r.row_key, n.submission_id AS later
        FROM {table} AS r
        JOIN named AS n ON n.scope = r.scope AND n.submission_id > r.submission_id
        ANTI JOIN (SELECT submission_id, line FROM closings WHERE kind = $kind) AS c
            ON c.submission_id = r.submission_id AND c.line = r.line
    ),
    judged AS (
        SELECT
            t.submission_id, t.line, t.later,
            k.row_key IS NOT NULL AS is_replaced,
            q.row_key IS NULL AND u.submission_id IS NULL AS is_retired
        FROM touched AS t
        LEFT JOIN new_rows AS k ON k.submission_id = t.later AND k.row_key = t.row_key
        LEFT JOIN (SELECT DISTINCT submission_id, row_key FROM new_quarantined WHERE row_key IS NOT NULL) AS q
            ON q.submission_id = t.later AND q.row_key = t.row_key
        LEFT JOIN unsure AS u ON u.submission_id = t.later
    )
    INSERT INTO closings
    SELECT $kind, submission_id, line, min(later)
    FROM judged
    WHERE is_replaced OR is_retired
    GROUP BY submission_id, line
"""

# The findings on a row that are settled: a later file of the kind accepts the row, or retires it. A quarantined row is in
# no table of rows, so its scope is read off its key: a scope's values are in the key, at places known from the contract.
_SETTLE_ROWS = """
    WITH
    named AS (SELECT DISTINCT submission_id, scope FROM new_rows),
    unsure AS (SELECT DISTINCT submission_id FROM new_quarantined WHERE row_key IS NULL),
    standing AS (
        SELECT f.finding_id, f.submission_id, f.row_key, {scope_of_key} AS scope
        FROM findings AS f
        SEMI JOIN (SELECT submission_id FROM submissions WHERE kind = $kind) AS s ON s.submission_id = f.submission_id
        ANTI JOIN resolutions AS r ON r.finding_id = f.finding_id
        WHERE f.row_key IS NOT NULL
    ),
    judged AS (
        SELECT
            f.finding_id, n.submission_id AS later,
            k.row_key IS NOT NULL AS is_accepted,
            q.row_key IS NULL AND u.submission_id IS NULL AS is_retired
        FROM standing AS f
        JOIN named AS n ON n.scope = f.scope AND n.submission_id > f.submission_id
        LEFT JOIN new_rows AS k ON k.submission_id = n.submission_id AND k.row_key = f.row_key
        LEFT JOIN (SELECT DISTINCT submission_id, row_key FROM new_quarantined WHERE row_key IS NOT NULL) AS q
            ON q.submission_id = n.submission_id AND q.row_key = f.row_key
        LEFT JOIN unsure AS u ON u.submission_id = n.submission_id
    ),
    settled AS (
        SELECT finding_id, min(later) AS later FROM judged WHERE is_accepted OR is_retired GROUP BY finding_id
    )
    INSERT INTO resolutions
    SELECT t.finding_id, t.later, s.received_at FROM settled AS t JOIN submissions AS s ON s.submission_id = t.later
"""

# Findings without a key: on damaged records, and on files as a whole. They are settled by a later file of the same kind and
# provider in which everything is right; a refusal, by one of which anything was taken. Of a file whose kind was not
# recognised the name is all there is: `retour.xlsx` is settled by `retour.csv`. An empty return says nothing, and
# settles nothing. That the programme knows no SIRET of a file (FIC-07) is settled by the provider's first action, too.
# That somebody erased seems to have come again (LIG-08) is settled by no file of the same night: the steward must hear of it.
# A held file is settled by nothing but the file that it counts as.
_SETTLE_FILES = """
    WITH
    taken AS (
        SELECT submission_id, kind, provider_siret, decision, received_at, regexp_replace(file_name, '\\.[^./]*$', '') AS stem
        FROM submissions
        WHERE submission_id >= $first AND decision IN ('accepted', 'partial') AND accepted > 0
    ),
    standing AS (
        SELECT
            f.finding_id, f.rule, f.submission_id, s.kind, s.provider_siret, s.decision,
            regexp_replace(s.file_name, '\\.[^./]*$', '') AS stem
        FROM findings AS f
        JOIN submissions AS s ON s.submission_id = f.submission_id
        ANTI JOIN resolutions AS r ON r.finding_id = f.finding_id
        WHERE f.row_key IS NULL AND s.decision <> 'held'
    ),
    settling AS (
        SELECT f.finding_id, t.submission_id AS later
        FROM standing AS f
        JOIN taken AS t
            ON t.submission_id > f.submission_id
            AND (t.decision = 'accepted' OR f.decision = 'refused')
            AND (f.rule <> 'LIG-08' OR f.submission_id < $first)
            AND (
                (t.kind = f.kind AND t.provider_siret IS NOT DISTINCT FROM f.provider_siret)
                OR (f.kind IS NULL AND (t.provider_siret = f.provider_siret OR t.stem = f.stem))
            )
        UNION ALL
        SELECT f.finding_id, a.submission_id
        FROM standing AS f
        JOIN rows_actions AS a ON a.provider_siret = f.provider_siret AND a.submission_id > f.submission_id
        WHERE f.rule = 'FIC-07' AND a.submission_id >= $first
        UNION ALL
        SELECT f.finding_id, s.submission_id
        FROM submissions AS s
        JOIN findings AS f ON f.submission_id = s.released_from
        WHERE s.submission_id >= $first
    ),
    settled AS (SELECT finding_id, min(later) AS later FROM settling GROUP BY finding_id)
    INSERT INTO resolutions
    SELECT x.finding_id, x.later, s.received_at FROM settled AS x JOIN submissions AS s ON s.submission_id = x.later
"""

# The same thing said again of the same row is not new: it has been so since the first file that has it, unless a file in
# between had it right. Files of one night count one after the other here too, hence the islands.
_INHERIT_FIRST_SEEN = """
    WITH
    news AS (
        SELECT DISTINCT s.kind, f.row_key
        FROM findings AS f JOIN submissions AS s ON s.submission_id = f.submission_id
        WHERE f.finding_id >= $first AND f.row_key IS NOT NULL
    ),
    chain AS (
        SELECT
            f.finding_id, f.submission_id, f.first_seen, s.kind, f.row_key, f.rule, f.column_name,
            coalesce(lag(r.resolved_by) OVER same, f.submission_id) < f.submission_id AS is_break
        FROM findings AS f
        JOIN submissions AS s ON s.submission_id = f.submission_id
        SEMI JOIN news AS n ON n.kind = s.kind AND n.row_key = f.row_key
        LEFT JOIN resolutions AS r ON r.finding_id = f.finding_id
        WINDOW same AS (PARTITION BY s.kind, f.row_key, f.rule, f.column_name ORDER BY f.submission_id, f.finding_id)
    ),
    islands AS (
        SELECT
            *,
            sum(CAST(is_break AS INTEGER)) OVER (
                PARTITION BY kind, row_key, rule, column_name ORDER BY submission_id, finding_id
            ) AS island
        FROM chain
    ),
    dated AS (
        SELECT finding_id, min(first_seen) OVER (PARTITION BY kind, row_key, rule, column_name, island) AS since
        FROM islands
    )
    UPDATE findings SET first_seen = d.since
    FROM dated AS d
    WHERE d.finding_id = findings.finding_id AND findings.finding_id >= $first AND findings.first_seen <> d.since
"""


def correct_rows(
    con: duckdb.DuckDBPyConnection, contract: Return, first: int, scopes: Sequence[tuple[int, str]] = ()
) -> None:
    """Note which rows of a return's kind the submissions from `first` on put out of force, and which findings they settle.

    `scopes` are named, by submission, by records that were accepted and are not kept.
    """
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE new_rows AS"
        f" SELECT submission_id, scope, row_key FROM {store_table(contract)} WHERE submission_id >= {first}"
    )
    if scopes:
        con.executemany("INSERT INTO new_rows VALUES (?, ?, NULL)", scopes)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE new_quarantined AS SELECT q.submission_id, q.row_key FROM quarantined_rows AS q"
        " SEMI JOIN (SELECT submission_id FROM submissions WHERE kind = ? AND submission_id >= ?) AS s"
        " ON s.submission_id = q.submission_id",
        [contract.kind, first],
    )
    con.execute(_CLOSE.format(table=store_table(contract)), {"kind": contract.kind})
    con.execute(_SETTLE_ROWS.format(scope_of_key=scope_of_key(contract, "f.row_key")), {"kind": contract.kind})


def settle_files(con: duckdb.DuckDBPyConnection, first: int) -> None:
    """Note which findings without a row's key are settled by the submissions from `first` on."""
    con.execute(_SETTLE_FILES, {"first": first})


def scope_of_key(contract: Return, key: str) -> str:
    """The SQL expression that makes the scope of a key; that of no key is empty."""
    places = [contract.key.index(name) + 1 for name in contract.scope]
    # coalesced: DuckDB 2.0.0 cannot compare what split_part gives of a column that is NULL throughout
    parts = ", ".join(f"split_part(coalesce({key}, ''), chr(31), {place})" for place in places)
    return f"concat_ws(chr(31), {parts})"


def inherit_first_seen(con: duckdb.DuckDBPyConnection, first_finding: int) -> None:
    """Date the findings from that number on by the first file that had them."""
    con.execute(_INHERIT_FIRST_SEEN, {"first": first_finding})
