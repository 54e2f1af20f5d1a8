"""The warehouse as it was at past days: one snapshot a reference date, each what a night with that --as-of would publish."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Literal, get_args

from expectations.programme import Programme
from flows.audit import audited
from flows.errors import WrongUse
from flows.lock import night_lock
from flows.settings import Settings, programme_of
from flows.steps.compute import compute_warehouse
from flows.steps.publish import publish_or_remove
from flows.version import version
from warehouse.durable_files import shared_folder
from warehouse.paris_days import day_of
from warehouse.published.releases import last_submission, release_before
from warehouse.published.snapshots import BACKFILL_RUN_ID_PREFIX, has_columns_of, release_of, snapshot_path
from warehouse.store.store import Store

Every = Literal["day", "week", "month"]
EVERY: tuple[str, ...] = get_args(Every)


def reference_dates(first: date, last: date, every: str) -> list[date]:
    """The days from first to last: each, the Sundays, or the last days of months. WrongUse where there is none.

    Of the week or the month in which `last` lies, that is `last` itself only where it is the end.
    """
    if every not in EVERY:
        raise WrongUse(f"--every {every} is not known: day, week or month")
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    ends: dict[str, Callable[[date], bool]] = {
        "day": lambda day: True,
        "week": lambda day: day.isoweekday() == 7,
        "month": lambda day: (day + timedelta(days=1)).day == 1,
    }
    found = [day for day in days if ends[every](day)]
    if not found:
        raise WrongUse(f"from {first} to {last} there is no end of a {every}: choose other days, or --every day")
    return found


def backfill(
    settings: Settings, first: date, last: date, every: str = "month", told: Callable[[date, str], object] | None = None
) -> dict[str, str]:
    """Make the snapshots of past reference dates, under today's programme file and by today's code.

    Args:
        settings: of the home.
        first: the earliest day.
        last: the latest day, not after today.
        every: day, week or month: see reference_dates.
        told: is told each day, and what became of it.

    Returns:
        `made`, `unchanged` or `nothing known` by day, written 2026-03-31. A snapshot that was made of the same files, rules
        and code stays; of a day before the first file there is none.

    Raises WrongUse, AnotherNight, WarehouseProblem. Whatever is raised, each snapshot is there whole or as it was.
    """
    now = datetime.now(UTC)
    if last > day_of(now):
        raise WrongUse(f"--to {last} lies ahead: snapshots are of past days")
    dates = reference_dates(first, last, every)
    run_id = f"{BACKFILL_RUN_ID_PREFIX}{now:%Y%m%dT%H%M%SZ}"
    became: dict[str, str] = {}
    with night_lock(settings.home, run_id), audited(settings.home, "backfill"):
        programme = programme_of(settings)
        with Store.open(settings.home) as store:
            shared_folder(settings.home / "snapshots")
            for day in dates:
                became[day.isoformat()] = _make(settings, store, programme, run_id, day)
                if told is not None:
                    told(day, became[day.isoformat()])
    return became


def _make(settings: Settings, store: Store, programme: Programme, run_id: str, day: date) -> str:
    path = snapshot_path(settings.home, day)
    with store.transaction("look up what is known of that day") as con:
        known, before = last_submission(con, "main", day), release_before(con, day)
    if not known:
        return "nothing known"
    wanted = {
        "as_of": day, "last_submission_id": known, "programme_version": programme.fingerprint, "suivi_version": version(),
        "changes_since": before.as_of if before else None,
    }  # fmt: skip
    release = release_of(path)
    is_as_wanted = release is not None and all(release.get(name) == value for name, value in wanted.items())
    if is_as_wanted and has_columns_of(path, detail=settings.analysts_detail):
        return "unchanged"
    publish_or_remove(
        compute_warehouse(settings.home, store, day, programme, run_id, target=path, with_detail=settings.analysts_detail)
    )
    return "made"
