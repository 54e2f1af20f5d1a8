"""Purges what was kept long enough: learners of sessions that are long over, and what of old files cannot be attributed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

import duckdb

from expectations.contract.date_arithmetic import add_months
from flows.audit import audited
from flows.erasure.rewrite_home import PersonRemoval, Removed
from flows.errors import WrongUse
from flows.lock import night_lock
from flows.settings import Settings
from warehouse.erasure.erased_persons import ErasedOrUnattributable, ErasedPersons, EveryPerson
from warehouse.erasure.tombstones import note_purged, note_reopened
from warehouse.paris_days import PARIS
from warehouse.published import snapshots
from warehouse.published.publish import warehouse_path
from warehouse.query_results import read_sql
from warehouse.store.store import Store

_SQL_PACKAGE = "flows.erasure"


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
    removed: Removed

    @property
    def sessions(self) -> tuple[str, ...]:
        """The sessions, as SIRET/number."""
        return tuple(map(str, self.past))

    @property
    def is_nothing(self) -> bool:
        """Whether there was nothing to take out."""
        return not self.past and self.removed.is_nothing and not self.removed.withheld


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
            old_files = con.execute(read_sql(_SQL_PACKAGE, "old_files"), {"cutoff": cutoff}).fetchall()
        sessions = [(one.provider_siret, one.session_id) for one in past]
        if not dry_run:
            _leave_figures(settings)
            note_purged(home, sessions, datetime.now(UTC))
        erased = ErasedPersons.of(home, purged=sessions)
        whole: Mapping[str, ErasedPersons] = {
            sha256: erased.as_kind(ErasedOrUnattributable if was_taken else EveryPerson) for sha256, was_taken in old_files
        }
        removed = PersonRemoval(settings, store, erased, whole=whole, reason="purge", dry_run=dry_run).run()
        entry.counts |= {
            "dry_run": int(dry_run), "sessions": len(past), "originals": len(removed.originals) + len(removed.withheld),
            "rows": sum(removed.rows.values()),
        }  # fmt: skip
        entry.files = list(removed.originals)
    return Purge(cutoff, tuple(past), removed)


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
    return [PastSession(*row) for row in con.execute(read_sql(_SQL_PACKAGE, "sessions_long_over"), {"cutoff": cutoff}).fetchall()]


def _leave_figures(settings: Settings) -> None:
    release = snapshots.release_of(warehouse_path(settings.home))
    if release is not None and release["as_of"] not in snapshots.snapshot_days(settings.home):
        snapshots.keep_snapshot(settings.home, release["as_of"])
