"""Checks of what a home remembers: its key, its store, its nights, its audit log, its erasures."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import timedelta

from expectations.contract.calendar import add_months
from expectations.programme import ProgrammeError, load_programme
from flows.audit import audit_path, broken_at
from flows.doctor.finding import Ailment, Patient
from flows.erasure.purge import past_sessions
from flows.schedule import nights_held
from warehouse.erasure.tombstones import read_tombstones, tombstones_path
from warehouse.errors import KeyUnusable, LedgerDamaged, StoreHeld, StoreMissing, TombstonesDamaged, WarehouseProblem
from warehouse.intake.ledger_file import ledger_path, read_ledger
from warehouse.paris_days import PARIS, day_of
from warehouse.store.pseudonyms import key_path, load_key
from warehouse.store.store import Store

#: a night a day, and six hours for one that is long or was caught up late
LONGEST_WITHOUT = timedelta(hours=30)
_RUN_ONE = "run `suivi nightly`"


def programme(patient: Patient) -> Iterator[Ailment]:
    """The programme file says what can hold."""
    try:
        load_programme(patient.settings.programme_file)
    except ProgrammeError as error:
        where, _, why = str(error).partition(": ")
        yield Ailment(where, why, "mend that line, or remove the setting programme_file to get the one shipped")


def key(patient: Patient) -> Iterator[Ailment]:
    """The key of the pseudonyms is there once it is needed."""
    if not patient.settings.store.exists() and not key_path(patient.home).exists():
        return
    try:
        load_key(patient.home, may_create=False)
    except KeyUnusable as error:
        yield _ailment(str(key_path(patient.home)), str(error))


def store(patient: Patient) -> Iterator[Ailment]:
    """The store can be opened, with this key and by this version; nothing is kept in it for too long."""
    if patient.holder is not None:
        return  # it is the night's, which would say so itself
    path = patient.settings.store
    try:
        with Store.open(patient.home, read_only=True, longest_wait=1) as opened:
            today = day_of(patient.now)
            with opened.transaction("look for what is old") as con:
                past = past_sessions(con, add_months(today, -patient.settings.retention_months))
    except StoreMissing as error:
        if path.exists() or "missing" in str(error):
            yield _ailment(str(path), str(error))
        return
    except (KeyUnusable, StoreHeld):
        return  # told by the check of the key; held by somebody who looks into it
    except WarehouseProblem as error:
        yield _ailment(str(path), str(error))
        return
    if past:
        yield Ailment(
            str(path), f"learners of {len(past)} sessions are kept beyond {patient.settings.retention_months} months",
            "run `suivi purge --dry-run`, then `suivi purge`", is_advice=True,
        )  # fmt: skip


def nights(patient: Patient) -> Iterator[Ailment]:
    """A night was done not long ago."""
    if patient.holder is not None:
        return
    held = nights_held(patient.settings.store)
    if held is None:
        return  # told by the check of the store
    if not held:
        yield Ailment(str(patient.home), "no night has run yet", _RUN_ONE, is_advice=True)
        return
    done = [night.finished_at for night in held if night.state == "done" and night.finished_at]
    if not done or patient.now - max(done) > LONGEST_WITHOUT:
        last = f"the last one was done {max(done).astimezone(PARIS):%Y-%m-%d %H:%M}" if done else "none was ever done"
        yield Ailment(
            str(patient.home), f"no night was done for {LONGEST_WITHOUT.total_seconds() / 3600:.0f} hours: {last}",
            f"see that the schedule runs (docs/operations.md), or {_RUN_ONE} and read what it says",
        )  # fmt: skip


def ledger(patient: Patient) -> Iterator[Ailment]:
    """The archive holds what is needed to make the store again."""
    if not ledger_path(patient.home).exists():
        return  # none was needed yet, or the next night writes it
    try:
        read_ledger(patient.home)
    except LedgerDamaged as error:
        yield _ailment(str(ledger_path(patient.home)), str(error))


def audit(patient: Patient) -> Iterator[Ailment]:
    """No line was taken out of the audit log, or changed."""
    with contextlib.suppress(FileNotFoundError):
        if (line := broken_at(patient.home)) is not None:
            yield Ailment(
                f"{audit_path(patient.home)}, line {line}", "this line, or the one before it, is not what was written there",
                "compare with your backup: somebody changed the log, or the disk did; put it aside and a new one is begun",
            )  # fmt: skip


def erasures(patient: Patient) -> Iterator[Ailment]:
    """Nobody who was erased can come back, and no erasure was left half-done."""
    try:
        tombstones = read_tombstones(patient.home)
    except TombstonesDamaged as error:
        yield _ailment(str(tombstones_path(patient.home)), str(error))
        return
    begun = [one for one in tombstones if one.done_at is None]
    if old := [one for one in tombstones if not one.place]:
        yield Ailment(
            str(tombstones_path(patient.home)), f"{len(old)} persons were erased before other spellings were looked for",
            "run `suivi erase` for each of them again, as it was asked for then", is_advice=True,
        )  # fmt: skip
    if begun and patient.holder is None:
        todo = "run `suivi erase --again`, which finishes them"
        yield Ailment(str(tombstones_path(patient.home)), f"{len(begun)} erasures were cut off", todo)


def _ailment(where: str, sentence: str) -> Ailment:
    """A sentence of ours, `what: what to do`, in its two parts."""
    what, _, todo = sentence.removeprefix(f"{where} ").partition(": ")
    return Ailment(where, what, todo or "put it back from your backup")
