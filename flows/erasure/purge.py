"""Purges what was kept long enough: learners of sessions that are long over, and what of old files cannot be attributed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

import duckdb

from expectations.contract.calendar import add_months
from flows.audit import audited
from flows.erasure.rewrite_home import Forgetting, Forgotten
from flows.errors import WrongUse
from flows.lock import night_lock
from flows.settings import Settings
from warehouse.erasure.erased_persons import Erased, Everyone, Unattributable
from warehouse.erasure.tombstones import note_purged, note_reopened
from warehouse.paris_days import PARIS
from warehouse.published import snapshots
from warehouse.published.publish import warehouse_path
from warehouse.store.store import Store

# A session is over since the last day of which anything is known of it: its dates, entries, exits and answers as they are in
# force, and the reception of the last file that names it. A year that was mistyped once, or announced and put right since,
# neither ends it nor keeps it. DuckDB 2.0.0 cannot compare what split_part gives of a column that is NULL throughout.
_PAST = """
    WITH
    closed AS (SELECT kind, submission_id, line FROM closings),
    known AS (
        SELECT r.provider_siret, r.session_id, greatest(r.starts_on, r.ends_on) AS on_day
        FROM rows_sessions AS r
        ANTI JOIN closed AS c ON c.kind = 'sessions' AND c.submission_id = r.submission_id AND c.line = r.line
        UNION ALL
        SELECT r.provider_siret, r.session_id, greatest(r.entered_on, r.left_on)
        FROM rows_learners AS r
        ANTI JOIN closed AS c ON c.kind = 'apprenants' AND c.submission_id = r.submission_id AND c.line = r.line
        UNION ALL
        SELECT r.provider_siret, r.session_id, r.observed_on
        FROM rows_followups AS r
        ANTI JOIN closed AS c ON c.kind = 'suivi' AND c.submission_id = r.submission_id AND c.line = r.line
        UNION ALL
        SELECT n.provider_siret, n.session_id, s.received_on
        FROM (
            SELECT provider_siret, session_id, submission_id FROM rows_sessions
            UNION ALL
            SELECT provider_siret, session_id, submission_id FROM rows_learners
            UNION ALL
            SELECT provider_siret, session_id, submission_id FROM rows_followups
            UNION ALL
            SELECT
                split_part(coalesce(row_key, ''), chr(31), 1), split_part(coalesce(row_key, ''), chr(31), 2), submission_id
            FROM quarantined_rows
            UNION ALL
            SELECT split_part(coalesce(scope, ''), chr(31), 1), split_part(coalesce(scope, ''), chr(31), 2), submission_id
            FROM erased_scopes
        ) AS n
        JOIN submissions AS s ON s.submission_id = n.submission_id
        WHERE s.kind IN ('sessions', 'apprenants', 'suivi')
    ),
    latest AS (SELECT provider_siret, session_id, max(on_day) AS on_day FROM known GROUP BY provider_siret, session_id),
    kept AS (
        SELECT provider_siret, session_id, count(DISTINCT learner_ref) AS learners
        FROM (
            SELECT provider_siret, session_id, learner_ref FROM rows_learners
            UNION ALL
            SELECT provider_siret, session_id, learner_ref FROM rows_followups
        )
        GROUP BY provider_siret, session_id
    )
    SELECT k.provider_siret, k.session_id, l.on_day, k.learners
    FROM kept AS k JOIN latest AS l ON l.provider_siret = k.provider_siret AND l.session_id = k.session_id
    WHERE l.on_day < $cutoff
    ORDER BY k.provider_siret, k.session_id
"""
_OLD_FILES = """
    SELECT sha256, bool_or(decision IN ('accepted', 'partial')) FROM submissions
    WHERE decision <> 'duplicate' GROUP BY sha256 HAVING max(received_on) < $cutoff
"""


@dataclass(frozen=True)
class PastSession:
    """A session that is long over: the last day of which anything is known of it, and how many learners are kept."""

    provider_siret: str
    session_id: str
    latest: date
    learners: int

    def __str__(self) -> str:
        return f"{self.provider_siret}/{self.session_id}"


@dataclass(frozen=True)
class Purge:
    """What a purge did, or would do. `past` are the sessions whose learners went, all over before the day `cutoff`."""

    cutoff: date
    past: tuple[PastSession, ...]
    forgotten: Forgotten

    @property
    def sessions(self) -> tuple[str, ...]:
        """The sessions, as SIRET/number."""
        return tuple(map(str, self.past))

    @property
    def is_nothing(self) -> bool:
        """Whether there was nothing to take out."""
        return not self.past and self.forgotten.is_nothing and not self.forgotten.withheld


def purge(
    settings: Settings, *, dry_run: bool = False, today: date | None = None, only: Collection[str] | None = None
) -> Purge:
    """Take out the learners of sessions of which nothing was known or came for `retention_months`.

    Of the files that are as old, what cannot be attributed to a session goes too: damaged lines, and files that were refused.
    Their figures stay in the snapshots: one of the warehouse as it is published is left first if there is none of its day.
    It may be repeated, and goes on where it was cut off.

    Args:
        settings: of the home.
        dry_run: change nothing, and say what would be.
        today: the day from which the months are counted back.
        only: the sessions (SIRET/number) that somebody was shown and agreed to; all that are due if None.

    Raises AnotherNight; WrongUse without a store; Problem where a step fails.
    """
    home = settings.home
    if not settings.store.exists():
        raise WrongUse(f"there is no store in {home}: name its home with --home")
    cutoff = add_months(today or datetime.now(PARIS).date(), -settings.retention_months)
    with night_lock(home, "purge"), audited(home, "purge") as entry, Store.open(home) as store:
        with store.transaction("look for what is old") as con:
            past = [one for one in past_sessions(con, cutoff) if only is None or str(one) in only]
            old_files = con.execute(_OLD_FILES, {"cutoff": cutoff}).fetchall()
        sessions = [(one.provider_siret, one.session_id) for one in past]
        if not dry_run:
            _leave_figures(settings)
            note_purged(home, sessions, datetime.now(UTC))
        erased = Erased.of(home, purged=sessions)
        whole: Mapping[str, Erased] = {
            sha256: erased.widened(Unattributable if was_taken else Everyone) for sha256, was_taken in old_files
        }
        forgotten = Forgetting(settings, store, erased, whole=whole, reason="purge", dry_run=dry_run).run()
        entry.counts |= {
            "dry_run": int(dry_run), "sessions": len(past), "originals": len(forgotten.originals) + len(forgotten.withheld),
            "rows": sum(forgotten.rows.values()),
        }  # fmt: skip
        entry.files = list(forgotten.originals)
    return Purge(cutoff, tuple(past), forgotten)


def reopen(settings: Settings, provider_siret: str, session_id: str) -> None:
    """Let learners of a session that was purged by mistake be taken again: its files must be sent again.

    Raises AnotherNight; WrongUse where it was not purged.
    """
    home = settings.home
    if not settings.store.exists():
        raise WrongUse(f"there is no store in {home}: name its home with --home")
    with night_lock(home, "purge"), audited(home, "purge --reopen"):
        if not note_reopened(home, provider_siret, session_id, datetime.now(UTC)):
            raise WrongUse(f"{provider_siret}/{session_id} was not purged: write SIRET/NUMBER as the purge listed it")


def past_sessions(con: duckdb.DuckDBPyConnection, cutoff: date) -> list[PastSession]:
    """The sessions that were over before that day and of which learners are still kept, from a store."""
    return [PastSession(*row) for row in con.execute(_PAST, {"cutoff": cutoff}).fetchall()]


def _leave_figures(settings: Settings) -> None:
    release = snapshots.release_of(warehouse_path(settings.home))
    if release is not None and release["as_of"] not in snapshots.snapshot_days(settings.home):
        snapshots.keep_snapshot(settings.home, release["as_of"])
