"""What the ledger says of files one by one, for whoever tells their senders."""

from __future__ import annotations

from typing import Any

import duckdb

from warehouse.notifications.held_updates import replaced_by
from warehouse.query_results import rows_as_dicts

_FILES = "SELECT * FROM submissions WHERE submission_id > ? ORDER BY submission_id LIMIT ?"
_FINDINGS = """
    SELECT submission_id, line, column_name, rule, severity, message
    FROM findings WHERE submission_id BETWEEN ? AND ? ORDER BY finding_id"""
_BEFORE = """
    SELECT later.submission_id, first.file_name, first.received_at
    FROM submissions AS later
    JOIN submissions AS first ON first.sha256 = later.sha256 AND first.submission_id < later.submission_id
    WHERE later.submission_id BETWEEN ? AND ? AND later.decision = 'duplicate' AND first.decision IN ('accepted', 'partial')
    QUALIFY row_number() OVER (PARTITION BY later.submission_id ORDER BY first.submission_id DESC) = 1"""


def files_told(con: duckdb.DuckDBPyConnection, after: int, limit: int) -> list[dict[str, Any]]:
    """The next files of the ledger, each with its `findings`.

    A duplicate has `sent_before` (name and moment), one that is set aside `replaced_by`, the files that replaced the same bytes.
    """
    files = rows_as_dicts(con.execute(_FILES, [after, limit]))
    if not files:
        return []
    span = [files[0]["submission_id"], files[-1]["submission_id"]]
    findings: dict[int, list[dict[str, Any]]] = {file["submission_id"]: [] for file in files}
    for finding in rows_as_dicts(con.execute(_FINDINGS, span)):
        findings[finding["submission_id"]].append(finding)
    before = {number: (name, at) for number, name, at in con.execute(_BEFORE, span).fetchall()}
    replaced = replaced_by(con, *span) if any(file["decision"] == "held" for file in files) else {}
    return [
        {
            **file, "findings": findings[file["submission_id"]], "sent_before": before.get(file["submission_id"]),
            "replaced_by": replaced.get(file["submission_id"], ()),
        }
        for file in files
    ]  # fmt: skip
