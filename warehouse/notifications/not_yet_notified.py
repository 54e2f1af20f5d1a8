"""The SQL of what people have not been told yet: findings, settlements, files, overdue returns; and of noting it as told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import duckdb
import pyarrow as pa

# `sender` is who sent the file, and who is told: the Region (NULL) of what is wrong in its own files, even where a row of
# them is about a provider. `provider_siret` is what quality.findings shows; `folder` is where the file lay. The one finding of
# a file that is set aside (`is_held`) is nobody's fault: it is told in its own words, and settled by a rejection too.
_VIEWS = """
    CREATE OR REPLACE TEMP VIEW rejections AS
    SELECT submission_id FROM held_answers
    GROUP BY submission_id HAVING max_by(answer, rowid) = 'rejected';

    CREATE OR REPLACE TEMP VIEW all_findings AS
    SELECT
        'finding' AS what, 'resolution' AS what_settled, f.finding_id AS number, f.submission_id, s.provider_siret AS sender,
        s.provider_siret, s.kind, s.file_name, s.received_at, f.line, f.column_name, f.rule, f.severity, f.message,
        f.row_key, f.first_seen, r.finding_id IS NOT NULL OR n.submission_id IS NOT NULL AS is_settled,
        s.decision = 'held' AS is_held, n.submission_id IS NOT NULL AS is_rejected, s.sender AS folder
    FROM findings AS f
    JOIN submissions AS s ON s.submission_id = f.submission_id
    LEFT JOIN resolutions AS r ON r.finding_id = f.finding_id
    LEFT JOIN rejections AS n ON n.submission_id = f.submission_id
    WHERE f.severity IN ('error', 'warning')
    UNION ALL
    SELECT
        'cross_finding', 'cross_resolution', f.finding_id, f.submission_id, s.provider_siret, f.provider_siret, s.kind,
        s.file_name, s.received_at, f.line, f.column_name, f.rule, f.severity, f.message, f.row_key, f.first_seen,
        r.finding_id IS NOT NULL, FALSE, FALSE, s.sender
    FROM cross_findings AS f
    JOIN submissions AS s ON s.submission_id = f.submission_id
    LEFT JOIN cross_resolutions AS r ON r.finding_id = f.finding_id
    WHERE f.severity IN ('error', 'warning');

    CREATE OR REPLACE TEMP VIEW standing_notices AS
    SELECT n.* FROM overdue_notices AS n ANTI JOIN overdue_ends AS e ON e.notice_id = n.notice_id
"""

# The same thing said of the same row in a file sent again is not new: it has the first_seen of the one before. But whoever
# sends a file waits for its verdict, so an error at the door is told again.
_NEW = """
    CREATE OR REPLACE TEMP TABLE untold_findings AS
    WITH
    untold AS (
        SELECT a.* FROM all_findings AS a
        ANTI JOIN (SELECT what, number FROM notified) AS t ON t.what = a.what AND t.number = a.number
    ),
    told_before AS (
        SELECT DISTINCT a.kind, a.row_key, a.rule, a.column_name, a.first_seen
        FROM all_findings AS a
        SEMI JOIN (SELECT what, number FROM notified) AS t ON t.what = a.what AND t.number = a.number
        SEMI JOIN (SELECT row_key FROM untold) AS u ON u.row_key = a.row_key
    )
    SELECT
        u.*, NOT u.is_settled AND (b.row_key IS NULL OR (u.what = 'finding' AND u.severity = 'error')) AS is_new
    FROM untold AS u
    LEFT JOIN told_before AS b
        ON b.kind = u.kind AND b.row_key = u.row_key AND b.rule = u.rule AND b.first_seen = u.first_seen
        AND b.column_name IS NOT DISTINCT FROM u.column_name
"""

# Thanks are due for what was told to be wrong and is not said any more. A row sent again with the same fault closes one
# finding and opens another: nothing is settled then. Nor is a fault of a file as a whole that the next file has too.
_SETTLED = """
    CREATE OR REPLACE TEMP TABLE untold_settled AS
    WITH
    untold AS (
        SELECT a.* FROM all_findings AS a
        ANTI JOIN (SELECT what, number FROM notified) AS t ON t.what = a.what_settled AND t.number = a.number
        WHERE a.is_settled
    ),
    still AS (
        SELECT DISTINCT a.kind, a.row_key, a.rule, a.column_name
        FROM all_findings AS a SEMI JOIN (SELECT row_key FROM untold) AS u ON u.row_key = a.row_key
        WHERE NOT a.is_settled
    ),
    still_in_files AS (
        SELECT DISTINCT a.sender, a.kind, a.rule FROM all_findings AS a WHERE NOT a.is_settled AND a.row_key IS NULL
    )
    SELECT u.*, u.is_held OR (t.number IS NOT NULL AND s.row_key IS NULL AND f.rule IS NULL) AS is_new
    FROM untold AS u
    LEFT JOIN (SELECT what, number FROM notified) AS t ON t.what = u.what AND t.number = u.number
    LEFT JOIN still AS s
        ON s.kind = u.kind AND s.row_key = u.row_key AND s.rule = u.rule AND s.column_name IS NOT DISTINCT FROM u.column_name
    LEFT JOIN still_in_files AS f
        ON u.row_key IS NULL AND f.sender IS NOT DISTINCT FROM u.sender AND f.kind = u.kind AND f.rule = u.rule
"""
_FILES = """
    CREATE OR REPLACE TEMP TABLE untold_files AS
    SELECT s.* FROM submissions AS s
    ANTI JOIN (SELECT number FROM notified WHERE what = 'submission') AS t ON t.number = s.submission_id
"""
_OVERDUE = """
    CREATE OR REPLACE TEMP TABLE untold_notices AS
    SELECT n.* FROM standing_notices AS n
    ANTI JOIN (SELECT number FROM notified WHERE what = 'overdue') AS t ON t.number = n.notice_id
"""
_ARRIVED = """
    CREATE OR REPLACE TEMP TABLE untold_ends AS
    SELECT n.*, t.number IS NOT NULL AS is_new
    FROM overdue_notices AS n
    JOIN overdue_ends AS e ON e.notice_id = n.notice_id
    LEFT JOIN (SELECT number FROM notified WHERE what = 'overdue') AS t ON t.number = n.notice_id
    ANTI JOIN (SELECT number FROM notified WHERE what = 'overdue_end') AS d ON d.number = n.notice_id
"""

_SAME_NOTICE = """
    n.provider_siret = l.provider_siret AND n.level_id = l.level_id AND n.rule = l.rule
    AND n.horizon IS NOT DISTINCT FROM l.horizon
"""
_NOTE_LATE = f"""
    INSERT INTO overdue_notices
    SELECT
        (SELECT coalesce(max(notice_id), 0) FROM overdue_notices)
            + row_number() OVER (ORDER BY l.provider_siret, l.kind, l.level_id, l.horizon),
        l.provider_siret, l.kind, l.level, l.level_id, l.horizon, l.rule, l.due_on, $at
    FROM late_now AS l
    WHERE NOT EXISTS (SELECT 1 FROM standing_notices AS n WHERE {_SAME_NOTICE})
"""
# A night run for a later day than the last one may have noted what is not due yet: it has not arrived for all that.
_NOTE_ENDS = f"""
    INSERT INTO overdue_ends
    SELECT n.notice_id, $at FROM standing_notices AS n
    WHERE n.due_on < $as_of AND NOT EXISTS (SELECT 1 FROM late_now AS l WHERE {_SAME_NOTICE})
"""

#: what is noted as told, of whom: every untold thing of the senders in `telling`, with the mail that tells it
_TELL = """
    INSERT INTO notified
    WITH things AS (
        SELECT 'submission' AS what, submission_id AS number, provider_siret AS sender, TRUE AS is_new FROM untold_files
        UNION ALL
        SELECT what, number, sender, is_new FROM untold_findings
        UNION ALL
        SELECT what_settled, number, sender, is_new FROM untold_settled
        UNION ALL
        SELECT 'overdue', notice_id, provider_siret, TRUE FROM untold_notices
        UNION ALL
        SELECT 'overdue_end', notice_id, provider_siret, is_new FROM untold_ends
    )
    SELECT t.what, t.number, NULL, CASE WHEN t.is_new THEN w.message_id END, $at
    FROM things AS t JOIN telling AS w ON w.sender IS NOT DISTINCT FROM t.sender
"""


def look_up(con: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary tables untold_findings, untold_settled, untold_files, untold_notices and untold_ends."""
    con.execute(_VIEWS)
    for statement in (_NEW, _SETTLED, _FILES, _OVERDUE, _ARRIVED):
        con.execute(statement)


def note_overdue(
    con: duckdb.DuckDBPyConnection, at: datetime, as_of: date, late: Sequence[Mapping[str, Any]] | None
) -> None:
    """Bring the ledger of what is overdue up to what a night found, and keep that in the temporary table late_now.

    `late` has the rows of quality.overdue; None for a night of an earlier day, of which the ledger must not learn.
    """
    con.execute(_VIEWS)
    con.register("late", _late_table(late or ()))
    try:
        con.execute("CREATE OR REPLACE TEMP TABLE late_now AS SELECT * FROM late")
        if late is not None:
            con.execute(_NOTE_LATE, {"at": at})
            con.execute(_NOTE_ENDS, {"at": at, "as_of": as_of})
    finally:
        con.unregister("late")


def note_told(con: duckdb.DuckDBPyConnection, at: datetime, mails: Mapping[str | None, str | None]) -> None:
    """Note all that is untold of these senders (NULL: the Region) as told by that mail, or as not worth one."""
    telling = pa.table({"sender": pa.array(list(mails), pa.string()), "message_id": pa.array(list(mails.values()), pa.string())})
    con.register("telling", telling)
    try:
        con.execute(_TELL, {"at": at})
    finally:
        con.unregister("telling")


def _late_table(late: Sequence[Mapping[str, Any]]) -> pa.Table:
    texts = ("provider_siret", "kind", "level", "level_id", "horizon", "rule")
    columns = {name: pa.array([row[name] for row in late], pa.string()) for name in texts}
    return pa.table({**columns, "due_on": pa.array([row["due_on"] for row in late], pa.date32())})
