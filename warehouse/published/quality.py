"""The tables of the schema `quality` that come from the ledger: files, findings, provider scores."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import duckdb

from warehouse.contract_tables import QUALITY_FILES, QUALITY_FINDINGS, QUALITY_PROVIDER_SCORES, create_table
from warehouse.paris_days import PARIS
from warehouse.published.in_force import last_submission

_FILES = """
    INSERT INTO quality.files
    SELECT
        submission_id, file_name, kind, provider_siret, received_at, sha256, decision, records, accepted, quarantined,
        blank_lines
    FROM {store}.submissions
    WHERE submission_id <= $last
    ORDER BY submission_id
"""

# What was found across returns comes from two places: what was just found, dated by the ledger, and what the ledger knows to
# have gone since. On a day before today the ledger may say nothing of what was just found: then it dates from its file.
_FINDINGS = """
    INSERT INTO quality.findings
    WITH
    answered AS (
        SELECT submission_id, answer, answered_at FROM {store}.held_answers WHERE answered_at < $day_end
        QUALIFY row_number() OVER (PARTITION BY submission_id ORDER BY rowid DESC) = 1
    ),
    of_files AS (
        SELECT
            f.submission_id, s.provider_siret, s.kind, f.line, f.column_name, f.rule, f.severity, f.message, f.first_seen,
            CASE
                WHEN r.resolved_by <= $last THEN r.resolved_at
                WHEN h.answer = 'rejected' THEN h.answered_at
            END AS resolved_at
        FROM {store}.findings AS f
        JOIN {store}.submissions AS s ON s.submission_id = f.submission_id
        LEFT JOIN {store}.resolutions AS r ON r.finding_id = f.finding_id
        LEFT JOIN answered AS h ON h.submission_id = f.submission_id
        WHERE f.submission_id <= $last
    ),
    noted AS (
        SELECT c.*, CASE WHEN r.resolved_at < $day_end THEN r.resolved_at END AS resolved_at
        FROM {store}.cross_findings AS c
        LEFT JOIN {store}.cross_resolutions AS r ON r.finding_id = c.finding_id
        WHERE c.submission_id <= $last AND c.opened_at < $day_end
    ),
    found AS (
        SELECT DISTINCT ON (submission_id, line, column_name, rule) *
        FROM work.cross_findings ORDER BY submission_id, line, column_name, rule, message
    ),
    standing AS (
        SELECT
            w.submission_id, w.provider_siret, w.kind, w.line, w.column_name, w.rule, w.severity, w.message,
            coalesce(min(n.first_seen), any_value(s.received_at)) AS first_seen,
            CAST(NULL AS TIMESTAMPTZ) AS resolved_at
        FROM found AS w
        JOIN {store}.submissions AS s ON s.submission_id = w.submission_id
        LEFT JOIN noted AS n
            ON n.resolved_at IS NULL AND n.submission_id = w.submission_id AND n.line IS NOT DISTINCT FROM w.line
            AND n.column_name IS NOT DISTINCT FROM w.column_name AND n.rule = w.rule
        GROUP BY w.submission_id, w.provider_siret, w.kind, w.line, w.column_name, w.rule, w.severity, w.message
    ),
    gone AS (
        SELECT submission_id, provider_siret, kind, line, column_name, rule, severity, message, first_seen, resolved_at
        FROM noted WHERE resolved_at IS NOT NULL
    )
    SELECT * FROM (SELECT * FROM of_files UNION ALL SELECT * FROM standing UNION ALL SELECT * FROM gone)
    ORDER BY submission_id, line NULLS FIRST, rule, column_name, first_seen
"""

# A file sent twice is counted once, and one that was set aside is not the provider's until the steward says so.
_SCORES = """
    INSERT INTO quality.provider_scores
    WITH
    own_files AS (SELECT * FROM quality.files WHERE decision <> 'held'),
    providers AS (
        SELECT provider_siret FROM in_force.actions
        UNION
        SELECT provider_siret FROM own_files WHERE provider_siret IS NOT NULL
    ),
    received AS (
        SELECT
            provider_siret, count(*) AS files, sum(records) AS records, sum(accepted) AS accepted,
            sum(quarantined) AS quarantined
        FROM own_files WHERE decision <> 'duplicate' GROUP BY provider_siret
    ),
    open_findings AS (
        SELECT
            f.provider_siret,
            count(*) FILTER (WHERE f.severity = 'error') AS errors,
            count(*) FILTER (WHERE f.severity = 'warning') AS warnings
        FROM quality.findings AS f
        SEMI JOIN own_files AS o ON o.submission_id = f.submission_id
        WHERE f.resolved_at IS NULL GROUP BY f.provider_siret
    ),
    late AS (SELECT provider_siret, count(*) AS returns FROM quality.overdue GROUP BY provider_siret)
    SELECT
        p.provider_siret,
        coalesce(r.files, 0) AS files,
        coalesce(r.records, 0) AS records,
        coalesce(r.accepted, 0) AS accepted,
        coalesce(r.quarantined, 0) AS quarantined,
        CAST(r.accepted AS DOUBLE) / nullif(r.records, 0) AS accepted_share,
        coalesce(f.errors, 0) AS open_errors,
        coalesce(f.warnings, 0) AS open_warnings,
        coalesce(l.returns, 0) AS overdue
    FROM providers AS p
    LEFT JOIN received AS r ON r.provider_siret = p.provider_siret
    LEFT JOIN open_findings AS f ON f.provider_siret = p.provider_siret
    LEFT JOIN late AS l ON l.provider_siret = p.provider_siret
    ORDER BY p.provider_siret
"""


def write_files(con: duckdb.DuckDBPyConnection, store_alias: str, as_of: date) -> None:
    """Make quality.files from the attached store."""
    con.execute(create_table(QUALITY_FILES))
    con.execute(_FILES.format(store=store_alias), {"last": last_submission(con, store_alias, as_of)})


def write_findings(con: duckdb.DuckDBPyConnection, store_alias: str, as_of: date) -> None:
    """Make quality.findings as it was at the end of a day, from the attached store and work.cross_findings."""
    day_end = datetime.combine(as_of + timedelta(days=1), time(), PARIS)
    con.execute(create_table(QUALITY_FINDINGS))
    con.execute(
        _FINDINGS.format(store=store_alias),
        {"last": last_submission(con, store_alias, as_of), "day_end": day_end},
    )


def write_scores(con: duckdb.DuckDBPyConnection) -> None:
    """Make quality.provider_scores from quality.files, quality.findings, quality.overdue and the actions in force."""
    con.execute(create_table(QUALITY_PROVIDER_SCORES))
    con.execute(_SCORES)
