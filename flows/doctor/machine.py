"""Checks of the machine: disk, time zone, clock, versions, Prefect's home."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import metadata
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flows.doctor.fault import Fault, HomeToCheck
from flows.recorded_nights import recorded_nights
from flows.settings import engine_of
from warehouse.errors import EngineFailed

#: so much is wanted besides room for store and warehouse once more, which both are written anew beside the old ones
_LEAST_FREE = 1_000_000_000
_LARGE_PREFECT = 2_000_000_000
_CLOCKS_DIFFER = timedelta(minutes=5)
_PIN = re.compile(r"([A-Za-z0-9_.-]+)==([^ ;]+)")


def disk(home_to_check: HomeToCheck) -> Iterator[Fault]:
    """There is room for a night."""
    if not home_to_check.home.is_dir():
        return
    databases = (home_to_check.settings.store, home_to_check.settings.warehouse)
    wanted = _LEAST_FREE + 2 * sum(path.stat().st_size for path in databases if path.is_file())
    free = shutil.disk_usage(home_to_check.home).free
    if free < wanted:
        yield Fault(
            str(home_to_check.home), f"{free / 1e9:.1f} GB are free, a night may need {wanted / 1e9:.1f} GB",
            "make room on that disk, or move the home to a larger one",
        )  # fmt: skip


def time_zone(home_to_check: HomeToCheck) -> Iterator[Fault]:
    """The days of Paris can be told."""
    try:
        summer = datetime(2026, 7, 1, 12, tzinfo=UTC).astimezone(ZoneInfo("Europe/Paris")).utcoffset()
    except (ZoneInfoNotFoundError, OSError, ValueError):
        summer = None
    if summer != timedelta(hours=2):
        todo = "install the package tzdata of your system, or `pip install tzdata`"
        yield Fault("time zone data", "Europe/Paris is missing or wrong", todo)


def clock(home_to_check: HomeToCheck) -> Iterator[Fault]:
    """The clock has not gone back."""
    latest = [night.finished_at or night.started_at for night in recorded_nights(home_to_check.settings.store) or ()]
    if latest and max(latest) > home_to_check.now + _CLOCKS_DIFFER:
        last, now = (f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}" for moment in (max(latest), home_to_check.now))
        todo = "set the clock (timedatectl set-ntp true): files are dated by it"
        yield Fault("clock", f"it says {now} UTC, but a night ended at {last} UTC", todo)


def engine(home_to_check: HomeToCheck) -> Iterator[Fault]:
    """What computes the indicators is installed, and answers."""
    try:
        engine_of(home_to_check.settings).see_that_it_answers()
    except EngineFailed as error:
        yield Fault("engine", str(error), "or go back to engine = duckdb: it needs nothing")


def versions(home_to_check: HomeToCheck) -> Iterator[Fault]:
    """The libraries are those that were tested together."""
    try:
        wanted = metadata.requires("suivi") or ()
    except metadata.PackageNotFoundError:
        yield Fault("suivi", "it is not installed", "make demo, or pip install it into its venv", is_advice=True)
        return
    for line in wanted:
        pin = _PIN.match(line)
        if pin is None or "extra ==" in line:
            continue
        try:
            found = metadata.version(pin[1])
        except metadata.PackageNotFoundError:
            found = "missing"
        if found != pin[2]:
            todo = "pip install --require-hashes -r requirements.txt"
            yield Fault(pin[1], f"version {pin[2]} is wanted, found: {found}", todo)


def prefect_home(home_to_check: HomeToCheck) -> Iterator[Fault]:
    """Prefect's own records do not grow without end."""
    for database in sorted((home_to_check.home / ".prefect").rglob("*.db")):
        if (size := database.stat().st_size) > _LARGE_PREFECT:
            todo = "stop `suivi serve` and remove it: a new one is begun, and only Prefect's account of past runs goes"
            yield Fault(str(database), f"it has {size / 1e9:.1f} GB", todo, is_advice=True)
