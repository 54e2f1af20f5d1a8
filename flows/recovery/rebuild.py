"""Store and warehouse again from the archive alone; or, changing nothing, the proof that they are what it gives."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from expectations.programme import Programme
from flows.audit import audited
from flows.errors import Problem, WrongUse, safe_to_show
from flows.lock import night_lock
from flows.progress import current
from flows.recovery.new_key import LostWithKey, NewKey
from flows.recovery.replay import Replay
from flows.settings import Settings, programme_of
from flows.steps.compute import compute_warehouse, programme_of_night
from flows.steps.publish import publish_or_remove
from warehouse.compare_databases import ACROSS_KEYS, RUN_MOMENTS, Difference, LeftOut, differences
from warehouse.durable_files import private_files, sync_folder
from warehouse.errors import (
    KeyUnusable,
    LedgerDamaged,
    StoreHeld,
    StoreMissing,
    StoreOfAnotherVersion,
    StoreOfVersionBefore,
    StoreUnusable,
)
from warehouse.intake.archive import Archive
from warehouse.intake.ledger_events import NightBegan, NightEnded
from warehouse.intake.ledger_file import (
    Ledger,
    completed_ledger,
    damaged_originals,
    ledger_path,
    read_ledger,
    unknown_originals,
    update_ledger_copy,
)
from warehouse.notifications.carry_over import DERIVED_TABLES, read_old_store, restore_audits, restore_notifications
from warehouse.notifications.signals import note_signals
from warehouse.published.publish import warehouse_path
from warehouse.published.snapshots import release_of
from warehouse.query_results import arrow_table, single_row
from warehouse.store.pseudonyms import Pseudonyms, load_key
from warehouse.store.store import Store

log = logging.getLogger("suivi.night")

#: how many damaged originals are named in one line
_NAMED = 5


@dataclass(frozen=True)
class Original:
    """A file whose original cannot be used, and why: `missing` or `altered`."""

    number: int
    name: str
    sha256: str
    state: str


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild did, or a proof found.

    `store` and `warehouse` say how what there was differs from what the archive gives: `left` is what there was; None where
    that could not be read. `unknown` are originals that no ledger knows. `lost` names the tables of what people were told
    that could not be taken over. `kept_aside` is where the old store lies. `lost_with_key` is what went with a key that was lost.
    """

    verified_only: bool
    nights: int
    files: int
    originals: tuple[Original, ...]
    unknown: tuple[str, ...]
    store: tuple[Difference, ...] | None
    warehouse: tuple[Difference, ...] | None
    lost: tuple[str, ...]
    kept_aside: str | None
    seconds: float
    lost_with_key: LostWithKey | None = None

    @property
    def is_proven(self) -> bool:
        """Whether all originals are there, and store and warehouse were what they give."""
        return not self.originals and self.store == () and self.warehouse == ()

    def as_json(self) -> dict[str, Any]:
        """For `--format json`."""
        return {"is_proven": self.is_proven, **asdict(self)}


class OriginalsDamaged(Problem):
    """Originals are missing or altered, so the archive does not give the store."""


def rebuild(
    settings: Settings, *, verify: bool = False, without_damaged: bool = False, new_key: bool = False, now: datetime | None = None
) -> Rebuilt:
    """Make store and warehouse again from the archive and put them in place; the old store is kept beside.

    Of what people were notified, the mails and the audits are in no archive: they are carried over from the old store. Where it
    cannot be read, people count as notified of everything, so that nobody hears of the same thing twice; audits, and mails that
    were not yet delivered, are lost then, and named.

    Args:
        settings: of the home.
        verify: change nothing, and say how store and warehouse differ from what the archive gives.
        without_damaged: go on without originals that are missing or altered: their files are noted as refused.
        new_key: the home's key is lost: go on with another one (NewKey); without `verify`.
        now: the moment that is noted for what counts as notified, this one if None.

    Raises AnotherNight; WrongUse where there is nothing to rebuild from, or a new key is not needed; OriginalsDamaged;
    WarehouseProblem.
    """
    began = time.monotonic()
    home = settings.home
    if not Archive(home).hashes() and not ledger_path(home).exists():
        raise WrongUse(f"{home / 'archive'} holds no file: there is nothing to rebuild from")
    command = "rebuild --verify" if verify else "rebuild --new-key" if new_key else "rebuild"
    with night_lock(home, "rebuild"), audited(home, command), _scratch(home) as folder:
        programme = programme_of(settings)
        with _step("read"):
            lost_with_key = None
            if new_key:
                key = NewKey(home, folder)
                if not (key.has_begun or without_damaged):  # a run that was cut off has looked before it changed anything
                    _refuse_damaged(_damaged(home, key.ledger))
                lost_with_key = key.take()
                ledger, has_store, store_path = read_ledger(home), key.old_store is not None, key.old_store or settings.store
            elif verify:
                (ledger, store_path), has_store = _ledger_to_verify(home, folder), True
            else:
                (ledger, has_store), store_path = _complete_ledger(home), settings.store
            _prove_key(home, ledger)
            originals = _damaged(home, ledger)
        if not (without_damaged or verify):
            _refuse_damaged(originals)
        build = _Build(settings, ledger, programme, folder)
        with _step("replay"), build.store() as store:
            replay = Replay(settings, ledger, store, programme, {original.sha256 for original in originals})
            replay.run()
            old, now = read_old_store(store_path), now or datetime.now(UTC)
            restore_audits(store, old)
            if not verify:
                restore_notifications(store, old, now, replay.overdue)
            has_warehouse = build.publish(store)
            if has_warehouse and not verify and old.has_lost_signals:
                build.note_signals_as_told(store, now)
        with _step("compare"):
            leave_out = ACROSS_KEYS if new_key else RUN_MOMENTS
            in_store = build.store_differences(store_path, leave_out) if has_store else None
            in_warehouse = build.warehouse_differences(leave_out) if has_warehouse else None
        aside = None if verify else build.put_in_place()
    return Rebuilt(
        verified_only=verify,
        nights=sum(isinstance(event, NightBegan) for event in ledger.events),
        files=len(ledger.files),
        originals=originals,
        unknown=tuple(unknown_originals(home, ledger.files)),
        store=in_store,
        warehouse=in_warehouse,
        lost=() if verify else tuple(old.lost),
        kept_aside=str(aside) if aside else None,
        seconds=round(time.monotonic() - began, 3),
        lost_with_key=lost_with_key,
    )


class _Build:
    """The new store and warehouse in a folder of their own, beside those of the home."""

    def __init__(self, settings: Settings, ledger: Ledger, programme: Programme, folder: Path) -> None:
        self._home = settings.home
        self._detail = settings.analysts_detail
        self._ledger = ledger
        self._programme = programme
        self._store = folder / "store.duckdb"
        self._warehouse = folder / "warehouse.duckdb"

    def store(self) -> Store:
        """The new store, empty."""
        return Store.make(self._store, load_key(self._home, may_create=False))

    def publish(self, store: Store) -> bool:
        """Build the warehouse as the published one was built, or else as the last night did; whether there was either."""
        release = self._published() or self._last_done()
        if release is None:
            return False
        run_id, as_of, programme_version = release
        rules = programme_of_night(self._home, programme_version, self._programme)
        publish_or_remove(
            compute_warehouse(
                self._home, store, as_of, rules, run_id, target=self._warehouse, with_detail=self._detail,
                may_read_earlier=False,
            )
        )  # fmt: skip
        return True

    def note_signals_as_told(self, store: Store, at: datetime) -> None:
        """Note the signals of the new warehouse in the store, as if the steward had been notified of them at that moment."""
        with contextlib.closing(duckdb.connect(str(self._warehouse), read_only=True)) as con:
            (as_of,) = single_row(con, "select as_of from meta.release")
            found = arrow_table(con, "select signal, level, level_id, value from quality.signals")
        note_signals(store, at, as_of, found, are_told=True)

    def store_differences(self, old: Path, leave_out: LeftOut) -> tuple[Difference, ...] | None:
        """How the old store differs from the new one in what the archive gives; None where it cannot be read."""
        return _differences(old, self._store, leave_out, DERIVED_TABLES)

    def warehouse_differences(self, leave_out: LeftOut) -> tuple[Difference, ...] | None:
        """How the published warehouse differs from the new one; None where there is none that can be read."""
        return _differences(warehouse_path(self._home), self._warehouse, leave_out)

    def put_in_place(self) -> Path | None:
        """Put both in the place of those of the home; where the old store lies now."""
        aside = _set_aside(self._home / "store.duckdb")
        os.replace(self._store, self._home / "store.duckdb")
        if self._warehouse.exists():
            target = warehouse_path(self._home)
            target.with_name(target.name + ".wal").unlink(missing_ok=True)  # see published.publish
            os.replace(self._warehouse, target)
        sync_folder(self._home)
        return aside

    def _published(self) -> tuple[str, date, str | None] | None:
        release = release_of(warehouse_path(self._home))
        return (release["run_id"], release["as_of"], release["programme_version"]) if release else None

    def _last_done(self) -> tuple[str, date, str | None] | None:
        begun = {event.run_id: event for event in self._ledger.events if isinstance(event, NightBegan)}
        for event in reversed(self._ledger.events):
            if isinstance(event, NightEnded) and event.state == "done" and event.run_id in begun:
                night = begun[event.run_id]
                return night.run_id, night.as_of, night.rules.programme_version if night.rules else None
        return None


def _complete_ledger(home: Path) -> tuple[Ledger, bool]:
    """The ledger's copy, brought up to the store where that can be read; whether it can."""
    try:
        with Store.open(home) as store:
            update_ledger_copy(home, store)
        can_be_read = True
    except (StoreHeld, StoreOfAnotherVersion):
        raise
    except (StoreMissing, StoreUnusable) as error:
        log.warning("%s", error)
        can_be_read = False
    except LedgerDamaged as error:  # the store is behind the archive: that is what the rebuild mends
        log.warning("%s", error)
        can_be_read = True
    return read_ledger(home), can_be_read


@contextlib.contextmanager
def _store_to_verify(home: Path, folder: Path) -> Iterator[Store]:
    """The home's store, read only; or, of one of the version before, a copy in that folder that was brought up to date."""
    path = home / "store.duckdb"
    try:
        store = Store.open(home, read_only=True)
    except StoreOfVersionBefore:
        copy = folder / "store-before.duckdb"
        with private_files():
            shutil.copyfile(path, copy)
        store = Store.open_copy(copy, load_key(home, may_create=False))
    with store:
        yield store


def _ledger_to_verify(home: Path, folder: Path) -> tuple[Ledger, Path]:
    """What the ledger's copy would say once it had caught up, and where the store lies that says so; the home is not changed."""
    with _store_to_verify(home, folder) as store, store.transaction("read the ledger") as con:
        return completed_ledger(home, con), store.path


def _prove_key(home: Path, ledger: Ledger) -> None:
    if Pseudonyms(load_key(home, may_create=False)).fingerprint != ledger.key_fingerprint:
        raise KeyUnusable(
            f"{home / 'secrets' / 'pseudonym.key'} is not the key that this archive was received with: every learner would"
            " become another one; put the right one back from your backup"
        )


def _damaged(home: Path, ledger: Ledger) -> tuple[Original, ...]:
    damaged = damaged_originals(home, ledger.files)
    return tuple(
        Original(file.number, file.name, file.sha256, damaged[file.sha256])
        for file in ledger.files
        if file.sha256 in damaged
    )


def _refuse_damaged(originals: Sequence[Original]) -> None:
    if not originals:
        return
    named = ", ".join(f"{one.sha256[:12]} ({safe_to_show(one.name)}, {one.state})" for one in originals[:_NAMED])
    more = f" and {len(originals) - _NAMED} more" if len(originals) > _NAMED else ""
    raise OriginalsDamaged(
        f"originals are not in the archive as they were received: {named}{more}; put them back from your backup, or go on"
        " without them with --without-damaged"
    )


def _differences(
    old: Path, new: Path, leave_out: LeftOut, tables: Collection[str] | None = None
) -> tuple[Difference, ...] | None:
    try:
        return tuple(differences(old, new, leave_out, tables))
    except duckdb.Error:
        return None


def _set_aside(store: Path) -> Path | None:
    """Give the old store a second name, so that there is a store under the first one at any moment."""
    if not store.exists():
        return None
    aside = store.with_name(f"{store.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    os.link(store, aside)
    aside.chmod(0o600)
    log_file = store.with_name(store.name + ".wal")
    if log_file.exists():  # it belongs to the old store: beside the new one it would make that one unopenable
        os.replace(log_file, aside.with_name(aside.name + ".wal"))
    sync_folder(store.parent)
    return aside


@contextlib.contextmanager
def _scratch(home: Path) -> Iterator[Path]:
    folder = home / ".rebuild"
    shutil.rmtree(folder, ignore_errors=True)  # of a rebuild that was killed
    folder.mkdir(parents=True)
    folder.chmod(0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _step(name: str) -> Iterator[None]:
    began = time.monotonic()
    current().began(name)
    try:
        yield
    except BaseException:
        current().failed(name)
        raise
    current().ended(name, "", time.monotonic() - began)
