"""One night of one home: what all its steps share, the lock and the store that it holds, and how each step is timed and fails."""

from __future__ import annotations

import contextlib
import gc
import logging
import secrets
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from types import TracebackType

import duckdb

from flows.audit import audited
from flows.errors import NightFailed, Problem, described
from flows.lock import night_lock
from flows.log_file import log_findings, logged
from flows.mail.deliver import deliver_night_mails
from flows.mail.write import write_failure_mail
from flows.progress import current
from flows.settings import Settings, programme_of, senders_of
from flows.version import version
from warehouse.durable_files import bring_to_modes, remove_passing_folders, shared_folder
from warehouse.erasure.erased_persons import ErasedPersons
from warehouse.errors import StoreDamaged, is_damage
from warehouse.intake.archive import Archive
from warehouse.intake.being_read import FilesBeingRead
from warehouse.intake.held_files import remove_counted_from_held
from warehouse.intake.ledger_file import keep_programme, update_ledger_copy
from warehouse.intake.senders import Senders
from warehouse.paris_days import day_of
from warehouse.published.publish import warehouse_path
from warehouse.published.unfinished_file import remove_unfinished
from warehouse.store.store import Store
from warehouse.store.submission import NightRules

#: to look through all that lies in memory takes a third of a second, and these take a quarter of a gigabyte
_MANY_ROWS = 1_500_000
log = logging.getLogger("suivi.night")


def new_run_id() -> str:
    """The name of a night: its start in UTC, and enough chance that two never share one."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


class Night:
    """One night of one home. Use as a context manager: it holds the lock and the store; flows.steps do its work.

    `now` is when the files were received, this moment if None. `seconds` says how long each step took. Steps raise
    NightFailed, whose text holds no value of a file.
    """

    def __init__(
        self, settings: Settings, as_of: date | None = None, run_id: str | None = None, now: datetime | None = None
    ) -> None:
        self.settings = settings
        self.run_id = run_id or new_run_id()
        self.now = now or datetime.now(UTC)
        self.received_on = day_of(self.now)
        self.as_of = as_of or self.received_on
        self.seconds: dict[str, float] = {}
        self.archive = Archive(settings.home)
        #: whether the batch is in the store: a step that is repeated after a failure must not store it twice
        self.is_stored = False
        self._held = contextlib.ExitStack()

    def __enter__(self) -> Night:
        with contextlib.ExitStack() as opening:
            opening.enter_context(night_lock(self.settings.home, self.run_id))
            opening.enter_context(logged(self.settings, self.run_id))
            with self.step("open"):
                self.audit = opening.enter_context(audited(self.settings.home, "nightly"))
                self.audit.run_id = self.run_id
                bring_to_modes(self.settings.home)
                if self.settings.elsewhere is None and not self.settings.inbox.exists():
                    shared_folder(self.settings.inbox)  # who may drop files there is the operator's to say
                self.programme = programme_of(self.settings)
                entries = senders_of(self.settings)
                self.store = opening.enter_context(Store.open(self.settings.home))
                self.archive.remove_unfinished()  # of a night that was cut off: half an original holds what a whole one does
                remove_passing_folders(self.settings.home)
                remove_counted_from_held(self.settings.home)
                keep_programme(self.settings.home, self.programme.fingerprint, self.programme.source)
                # Before anything new is noted: a ledger that knows more than the store was written with another store.
                update_ledger_copy(self.settings.home, self.store)
                self.erased = ErasedPersons.of(self.settings.home).watching_for_likeness()
                self.being_read = FilesBeingRead(self.settings.home)
                with self.store.transaction("look up who spoke") as con:
                    self.senders = Senders.of(con, self.settings.senders, entries)
                self.store.begin_night(self.run_id, self.now, self.as_of, self._rules())
            self._held = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            # First, as it may be what fills the disk: the warehouse of a night that could not publish it.
            with contextlib.suppress(OSError):
                remove_unfinished(warehouse_path(self.settings.home))
            # What cannot be noted or told now, because the store or its disk is what failed, the next night tells.
            with contextlib.suppress(Exception):
                self.store.end_night(self.run_id, datetime.now(UTC), "failed" if kind else "done")
                update_ledger_copy(self.settings.home, self.store)
            with contextlib.suppress(Exception):
                log_findings(self.store, self.run_id)
            if error is not None:
                log.error("the night ended before it was done: %s", error if isinstance(error, Problem) else described(error))
            with contextlib.suppress(Exception):
                if isinstance(error, Exception):
                    write_failure_mail(self.settings, self.store, self.run_id, self.now, error)
                    deliver_night_mails(self.settings, self.store, self.run_id, self.now)
        finally:
            self._held.__exit__(kind, error, trace)

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[list[str]]:
        """Time a step and tell who looks; whatever breaks becomes a NightFailed, whose text holds no value.

        What is put into the list that it yields is shown when the step has ended.
        """
        began = time.monotonic()
        outcome: list[str] = []
        current().began(name)
        try:
            yield outcome
        except Problem:
            current().failed(name)
            raise
        except Exception as error:
            current().failed(name)
            if isinstance(error, duckdb.Error) and is_damage(error):
                error = StoreDamaged(self.settings.store)  # every other database of a night is new, or proven
            raise NightFailed(name, error) from None
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0.0) + time.monotonic() - began, 3)
        current().ended(name, " ".join(outcome), self.seconds[name])
        log.info("%s: %s (%.1f s)", name, " ".join(outcome) or "done", self.seconds[name])

    def give_back_memory(self, rows: int) -> None:
        """After a step that is done with so many rows: let go of what holds on to them in circles. Few may lie until the end."""
        if rows > _MANY_ROWS:
            gc.collect()

    def _rules(self) -> NightRules:
        return NightRules(
            version(), self.programme.fingerprint, self.settings.refuse_above, self.settings.max_file_mb
        )
