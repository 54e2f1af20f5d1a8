"""The files of the ledger one by one, each with what was found in it: what a receipt says."""

from __future__ import annotations

from typing import Any

from warehouse.notifications.held_updates import replacements_of_held_files
from warehouse.query_results import read_sql, rows_as_dicts
from warehouse.store.store import Store

_SQL_PACKAGE = "warehouse.notifications"


def files_with_findings(store: Store, after: int, limit: int) -> list[dict[str, Any]]:
    """The next `limit` files of the ledger after the number `after`, each with its `findings`.

    For each thing that is said of the file these have: column, rule, severity, message, lines (0 is the file as a whole), and
    at which places it stands among all findings.
    A duplicate has `sent_before` (name and moment), one that is set aside `replaced_by`, the files that replaced the same bytes.
    """
    with store.transaction("read the files and their findings") as con:
        files = rows_as_dicts(con.execute(read_sql(_SQL_PACKAGE, "files_of_ledger"), {"after": after, "limit": limit}))
        if not files:
            return []
        first, last = files[0]["submission_id"], files[-1]["submission_id"]
        span = {"first": first, "last": last}
        findings: dict[int, list[tuple[Any, ...]]] = {file["submission_id"]: [] for file in files}
        for number, *found in con.execute(read_sql(_SQL_PACKAGE, "findings_of_files"), span).fetchall():
            findings[number].append(tuple(found))
        duplicates = con.execute(read_sql(_SQL_PACKAGE, "files_sent_before"), span).fetchall()
        before = {number: (name, at) for number, name, at in duplicates}
        replaced = replacements_of_held_files(con, first, last) if any(file["decision"] == "held" for file in files) else {}
    return [
        {
            **file, "findings": findings[file["submission_id"]], "sent_before": before.get(file["submission_id"]),
            "replaced_by": replaced.get(file["submission_id"], ()),
        }
        for file in files
    ]  # fmt: skip
