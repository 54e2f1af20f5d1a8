"""Checks of what a home remembers: its key, its store, its nights, its audit log, its erasures."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import timedelta

from expectations.contract.date_arithmetic import add_months
from expectations.programme import ProgrammeError, load_programme
from flows.audit import audit_path, broken_at
from flows.doctor.fault import Fault, HomeToCheck
from flows.erasure.purge import past_sessions
from flows.recorded_nights import recorded_nights
from warehouse.erasure.tombstones import read_all, tombstones_path
from warehouse.errors import (
    KeyUnusable,
    LedgerDamaged,
    NoStoreYet,
    StoreHeld,
    StoreMissing,
    StoreUnusable,
    TombstonesDamaged,
    WarehouseProblem,
)
from warehouse.intake.last_arrival import days_without_files
from warehouse.intake.ledger_file import ledger_path, read_ledger
from warehouse.paris_days import PARIS, day_of
from warehouse.store.pseudonyms import key_path, load_key
from warehouse.store.store import Store

#: a night a day, and six hours for one that is long or was caught up late
LONGEST_WITHOUT = timedelta(hours=30)
_RUN_ONE = "run `suivi nightly`"


def programme(home_to_check: HomeToCheck) -> Iterator[Fault]:
    """The programme file says what can hold."""
    try:
        load_programme(home_to_check.settings.programme_file)
    except ProgrammeError as error:
        where, _, why = str(error).partition(": ")
        yield Fault(where, why, "mend that line, or remove the setting programme_file to get the one shipped")


def key(home_to_check: HomeToCheck) -> Iterator[Fault]:
    """The key of the pseudonyms is there once it is needed, and is the one that the store was written with."""
    if not home_to_check.settings.store.exists() and not key_path(home_to_check.home).exists():
        return
    try:
        load_key(home_to_check.home, may_create=False)
        with contextlib.suppress(StoreUnusable, StoreMissing), Store.open(home_to_check.home, read_only=True, longest_wait=1):
            pass
    except KeyUnusable as error:
        yield _ailment(str(key_path(home_to_check.home)), str(error))


def store(home_to_check: HomeToCheck) -> Iterator[Fault]:
    """The store can be opened, with this key and by this version; nothing is kept in it for too long."""
    if home_to_check.holder is not None:
        return  # it is the night's, which would say so itself
    path = home_to_check.settings.store
    try:
        with Store.open(home_to_check.home, read_only=True, longest_wait=1) as opened:
            today = day_of(home_to_check.now)
            with opened.transaction("look for what is old") as con:
                past = past_sessions(con, add_months(today, -home_to_check.settings.retention_months))
    except NoStoreYet:
        return
    except StoreMissing as error:
        yield _ailment(str(path), str(error))
        return
    except (KeyUnusable, StoreHeld):
        return  # told by the check of the key; held by somebody who looks into it
    except WarehouseProblem as error:
        yield _ailment(str(path), str(error))
        return
    if past:
        yield Fault(
            str(path), f"learners of {len(past)} sessions are kept beyond {home_to_check.settings.retention_months} months",
            "run `suivi purge --dry-run`, then `suivi purge`", is_advice=True,
        )  # fmt: skip


def nights(home_to_check: HomeToCheck) -> Iterator[Fault]:
    """A night was done not long ago."""
    if home_to_check.holder is not None:
        return
    held = recorded_nights(home_to_check.settings.store)
    if held is None:
        return  # told by the check of the store
    if not held:
        yield Fault(str(home_to_check.home), "no night has run yet", _RUN_ONE, is_advice=True)
        return
    done = [night.finished_at for night in held if night.state == "done" and night.finished_at]
    if not done or home_to_check.now - max(done) > LONGEST_WITHOUT:
        last = f"the last one was done {max(done).astimezone(PARIS):%Y-%m-%d %H:%M}" if done else "none was ever done"
        yield Fault(
            str(home_to_check.home), f"no night was done for {LONGEST_WITHOUT.total_seconds() / 3600:.0f} hours: {last}",
            f"see that the schedule runs (docs/operations.md), or {_RUN_ONE} and read what it says",
        )  # fmt: skip


def arrivals(home_to_check: HomeToCheck) -> Iterator[Fault]:
    """Files come in: where none has for long, whoever drops them may drop them elsewhere."""
    if home_to_check.holder is not None:
        return
    try:
        with Store.open(home_to_check.home, read_only=True, longest_wait=1) as opened:
            days = days_without_files(opened.last_received_on(), day_of(home_to_check.now))
    except WarehouseProblem:
        return  # the check of the store says it
    if days is not None:
        yield Fault(
            home_to_check.settings.inbox_shown, f"nothing was received for {days} days",
            "ask those who send, and see that they drop their files there (setting inbox)", is_advice=True,
        )  # fmt: skip


def ledger(home_to_check: HomeToCheck) -> Iterator[Fault]:
    """The archive holds what is needed to make the store again."""
    if not ledger_path(home_to_check.home).exists():
        return  # none was needed yet, or the next night writes it
    try:
        read_ledger(home_to_check.home)
    except LedgerDamaged as error:
        yield _ailment(str(ledger_path(home_to_check.home)), str(error))


def audit(home_to_check: HomeToCheck) -> Iterator[Fault]:
    """No line was taken out of the audit log, or changed."""
    with contextlib.suppress(FileNotFoundError):
        if (line := broken_at(home_to_check.home)) is not None:
            yield Fault(
                f"{audit_path(home_to_check.home)}, line {line}",
                "this line, or the one before it, is not what was written there",
                "compare with your backup: somebody changed the log, or the disk did; put it aside and a new one is begun",
            )  # fmt: skip


def erasures(home_to_check: HomeToCheck) -> Iterator[Fault]:
    """Nobody who was erased can come back, and no erasure was left half-done."""
    try:
        noted = read_all(home_to_check.home)
    except TombstonesDamaged as error:
        yield _ailment(str(tombstones_path(home_to_check.home)), str(error))
        return
    if gone := noted.unrecognised:
        cut_off = sum(one.done_at is None for one in gone)
        yield Fault(
            str(tombstones_path(home_to_check.home)),
            f"{len(gone)} persons were erased under a key that is lost since ({cut_off} of these erasures had been cut off):"
            f" they are not known again when a file names them; {len(noted.tombstones)} were erased since",
            "run `suivi erase` for each of them again, as it was asked for then (docs/operations.md)", is_advice=True,
        )  # fmt: skip
    begun = [one for one in noted.tombstones if one.done_at is None]
    if old := [one for one in noted.tombstones if not one.place]:
        yield Fault(
            str(tombstones_path(home_to_check.home)), f"{len(old)} persons were erased before other spellings were looked for",
            "run `suivi erase` for each of them again, as it was asked for then", is_advice=True,
        )  # fmt: skip
    if begun and home_to_check.holder is None:
        todo = "run `suivi erase --again`, which finishes them"
        yield Fault(str(tombstones_path(home_to_check.home)), f"{len(begun)} erasures were cut off", todo)


def _ailment(where: str, sentence: str) -> Fault:
    """A sentence of ours, `what: what to do`, in its two parts."""
    what, _, todo = sentence.removeprefix(f"{where} ").partition(": ")
    return Fault(where, what, todo or "put it back from your backup")
