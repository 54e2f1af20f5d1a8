"""When a night is due, and whether one was done since: what lets many missed nights be caught up by one run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import duckdb

from warehouse.paris_days import PARIS, day_of

#: 4 o'clock exists once on every day of the year: neither change of the clock comes near.
NIGHT_AT = time(4)


@dataclass(frozen=True)
class NightRecord:
    """One line of the ledger of nights. `finished_at` is None while it runs, and for good if it was killed."""

    run_id: str
    started_at: datetime
    finished_at: datetime | None
    as_of: date
    state: str


def last_scheduled_night(now: datetime) -> datetime:
    """The moment at which the last night was due: four in the morning in Paris, today or yesterday."""
    local = now.astimezone(PARIS)
    due = datetime.combine(local.date(), NIGHT_AT, PARIS)
    return due if due <= local else datetime.combine(local.date() - timedelta(days=1), NIGHT_AT, PARIS)


def recorded_nights(store: Path, limit: int = 50) -> list[NightRecord] | None:
    """The last nights in the ledger, the newest first; none where there is no store yet.

    None if the store cannot be read: another process writes to it, or it is damaged.
    """
    if not store.exists():
        return []
    try:
        # Without the key and the checks of warehouse.Store: whether a night was done must be known of a broken home too.
        with duckdb.connect(str(store), read_only=True) as con:
            con.execute("SET TimeZone = 'UTC'")
            rows = con.execute(
                "SELECT run_id, started_at, finished_at, as_of, state FROM nights ORDER BY started_at DESC, run_id DESC LIMIT ?",
                [limit],
            ).fetchall()
    except duckdb.Error:
        return None
    return [NightRecord(*row) for row in rows]


def night_done_since(nights: list[NightRecord], due: datetime, now: datetime) -> NightRecord | None:
    """The night that serves for the one that was due then, or None.

    It ended well after that moment, and its indicators are of that day or later: a night of an earlier reference date,
    run by hand, is not the one that analysts wait for. One that ended in the future ran while the clock was wrong.
    """
    day = day_of(due)
    for night in nights:
        if night.state == "done" and night.finished_at and due <= night.finished_at <= now and night.as_of >= day:
            return night
    return None


def is_still_to_run(store: Path, due: datetime, now: datetime | None = None) -> bool:
    """Whether the night that was due then is still to be run. True also where the store cannot be read just now."""
    nights = recorded_nights(store)
    return nights is None or night_done_since(nights, due, now or datetime.now(UTC)) is None
