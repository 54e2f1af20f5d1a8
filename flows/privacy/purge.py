"""Purges what was kept long enough: learners of sessions that ended long ago, and what of old files cannot be attributed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

import duckdb

from expectations.contract.calendar import add_months
from flows.audit import audited
from flows.errors import WrongUse
from flows.lock import night_lock
from flows.privacy.forgetting import Forgetting, Forgotten
from flows.settings import Settings
from warehouse import snapshots
from warehouse.erasures import Erased, Everyone, Unattributable, note_purged
from warehouse.paris import PARIS
from warehouse.pseudonym import Pseudonyms, load_key
from warehouse.published import warehouse_path
from warehouse.store import Store

# A session ends when the latest of its versions says; of one that was never announced, the last file that names it tells.
_PAST = """
    WITH
    named AS (
        SELECT provider_siret, session_id, submission_id FROM rows_learners
        UNION ALL
        SELECT provider_siret, session_id, submission_id FROM rows_followups
    ),
    ends AS (SELECT provider_siret, session_id, max(ends_on) AS ends_on FROM rows_sessions GROUP BY ALL)
    SELECT n.provider_siret, n.session_id
    FROM named AS n
    JOIN submissions AS s ON s.submission_id = n.submission_id
    LEFT JOIN ends AS e ON e.provider_siret = n.provider_siret AND e.session_id = n.session_id
    GROUP BY ALL
    HAVING coalesce(max(e.ends_on), max(s.received_on)) < $cutoff
    ORDER BY ALL
"""
_OLD_FILES = """
    SELECT sha256, bool_or(decision IN ('accepted', 'partial')) FROM submissions
    WHERE decision <> 'duplicate' GROUP BY sha256 HAVING max(received_on) < $cutoff
"""


@dataclass(frozen=True)
class Purge:
    """What a purge did, or would do. `sessions` are those (SIRET/number) whose learners went; `cutoff` the day before which."""

    cutoff: date
    sessions: tuple[str, ...]
    forgotten: Forgotten


def purge(settings: Settings, *, dry_run: bool = False, today: date | None = None) -> Purge:
    """Take out the learners of sessions that ended more than `retention_months` ago.

    Of the files that are as old, what cannot be attributed to a session goes too: damaged lines, and files that were refused.
    Their figures stay in the snapshots: one of the warehouse as it is published is left first if there is none of its day.
    It may be repeated, and goes on where it was cut off.

    Raises AnotherNight; WrongUse without a store; Problem where a step fails.
    """
    home = settings.home
    if not settings.store.exists():
        raise WrongUse(f"there is no store in {home}: name its home with --home")
    cutoff = add_months(today or datetime.now(PARIS).date(), -settings.retention_months)
    with night_lock(home, "purge"), audited(home, "purge") as entry, Store.open(home) as store:
        with store.transaction("look for what is old") as con:
            sessions = past_sessions(con, cutoff)
            old_files = con.execute(_OLD_FILES, {"cutoff": cutoff}).fetchall()
        if not dry_run:
            _leave_figures(settings)
            note_purged(home, sessions, datetime.now(UTC))
        erased = Erased.of(home)
        if dry_run:
            erased = Erased(Pseudonyms(load_key(home, may_create=False)), erased.tombstones, {*erased.purged, *sessions})
        whole: Mapping[str, Erased] = {
            sha256: erased.widened(Unattributable if was_taken else Everyone) for sha256, was_taken in old_files
        }
        forgotten = Forgetting(settings, store, erased, whole=whole, reason="purge", dry_run=dry_run).run()
        entry.counts |= {
            "dry_run": int(dry_run), "sessions": len(sessions), "originals": len(forgotten.originals) + len(forgotten.withheld),
            "rows": sum(forgotten.rows.values()),
        }  # fmt: skip
        entry.files = list(forgotten.originals)
    return Purge(cutoff, tuple(f"{siret}/{session}" for siret, session in sessions), forgotten)


def past_sessions(con: duckdb.DuckDBPyConnection, cutoff: date) -> list[tuple[str, str]]:
    """The sessions (provider, number) that ended before that day and of which learners are still kept, from a store."""
    return [(siret, session) for siret, session in con.execute(_PAST, {"cutoff": cutoff}).fetchall()]


def _leave_figures(settings: Settings) -> None:
    release = snapshots.made_of(warehouse_path(settings.home))
    if release is not None and release["as_of"] not in snapshots.days(settings.home):
        snapshots.leave(settings.home, release["as_of"])
