"""Files of the ledger, each with what was found in it and across returns: what receipts say; and which are to be renewed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from warehouse.notifications.held_updates import replacements_of_held_files
from warehouse.notifications.making_good import made_good, rows_by_key
from warehouse.query_results import read_sql, rows_as_dicts, single_row
from warehouse.store.store import Store

_SQL_PACKAGE = "warehouse.notifications"


def files_with_findings(store: Store, numbers: Collection[int]) -> list[dict[str, Any]]:
    """These files of the ledger in the order in which they count, each with its `findings`.

    For each thing that is said of the file these have: column, rule, severity, message, whether it was found across returns
    (then it stands), whether it is settled, lines (0 is the file as a whole), and at which places it stands among all findings.
    A duplicate has `sent_before` (name and moment), one that is set aside `replaced_by`, the files that replaced the same bytes,
    and `answer` and `released_as`, what the steward answered and the number under which it counts. `made_good` is what has
    settled its errors, if anything has.
    """
    if not numbers:
        return []
    with store.transaction("read the files and their findings") as con:
        these, span = {"numbers": list(numbers)}, {"first": min(numbers), "last": max(numbers)}
        files = rows_as_dicts(con.execute(_sql("files_of_ledger"), these))
        findings: dict[int, list[tuple[Any, ...]]] = {file["submission_id"]: [] for file in files}
        for number, *found in con.execute(_sql("findings_of_files"), these).fetchall():
            findings[number].append(tuple(found))
        duplicates = con.execute(_sql("files_sent_before"), span).fetchall()
        before = {number: (name, at) for number, name, at in duplicates}
        is_any_held = any(file["decision"] == "held" for file in files)
        replaced = replacements_of_held_files(con, span["first"], span["last"]) if is_any_held else {}
        good = made_good(con, numbers)
    return [
        {
            **file, "findings": findings[file["submission_id"]], "sent_before": before.get(file["submission_id"]),
            "replaced_by": replaced.get(file["submission_id"], ()), "made_good": good.get(file["submission_id"]),
        }
        for file in files
    ]  # fmt: skip


def receipts_to_renew(store: Store, done: int, since: datetime | None) -> list[int]:
    """The files up to the number `done` whose receipts, which tell changes up to `since` (None: no change), are out of date."""
    if not done:
        return []
    moment = since or datetime.min.replace(tzinfo=UTC)
    with store.transaction("look up what has changed of files") as con:
        query = read_sql(_SQL_PACKAGE, "receipts_to_renew", rows_by_key=rows_by_key())
        return [number for (number,) in con.execute(query, {"done": done, "since": moment}).fetchall()]


def last_change_of_receipts(store: Store) -> datetime | None:
    """The moment of the last change that receipts tell and that no file brought; None where there was none."""
    with store.transaction("look up the last change") as con:
        changed_at: datetime | None = single_row(con, _sql("last_change_of_receipts"))[0]
    return changed_at


def _sql(name: str) -> str:
    return read_sql(_SQL_PACKAGE, name)
