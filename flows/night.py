"""The steps of a night, without Prefect: what each does, in which order files are stored and leave the inbox."""

from __future__ import annotations

import contextlib
import logging
import secrets
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from types import TracebackType
from typing import Any

import duckdb

from expectations.programme import Programme, ProgrammeError, load_programme
from expectations.verdict.decide import Judged, decide, refused
from expectations.verdict.file_alone import Incoming, Limits, examine_alone
from flows.audit import audited
from flows.errors import NightFailed, Problem, WrongUse, described, safe_to_show
from flows.lock import night_lock
from flows.mail.deliver import deliver_night_mails
from flows.mail.write import write_failure_mail, write_night_mails
from flows.night_log import log_file
from flows.pages.dashboard import write_dashboard
from flows.pages.receipts import write_receipts
from flows.pages.report_json import DECISIONS, night_report
from flows.progress import current
from flows.settings import Settings
from flows.steps.compute import Earlier, earlier_release, fill, meta_of
from flows.steps.load import store_all, submission_of
from flows.version import version
from transforms.redaction.erase_records import withheld
from transforms.redaction.unwanted_columns import HEAD_BYTES, NOT_KEPT, redacted_unreadable
from warehouse.durable_files import bring_to_modes, shared_folder
from warehouse.erasure.erased_persons import Erased
from warehouse.erasure.tombstones import note_resembling
from warehouse.errors import EarlierReleaseDamaged, SendersUnusable, StoreDamaged, is_damage
from warehouse.intake import inbox
from warehouse.intake.archive import Archive
from warehouse.intake.being_read import InHand
from warehouse.intake.held_files import held_files, kept_of, sweep_held
from warehouse.intake.ledger_file import catch_up, keep_programme
from warehouse.intake.senders import Entry, Senders, read_senders
from warehouse.intake.sent_before import SentBefore, sent_before
from warehouse.paris_days import day_of
from warehouse.published import snapshots
from warehouse.published.publish import publish
from warehouse.reference.places import load_places
from warehouse.store.store import Store
from warehouse.store.submission import Arrival, NightRules, Submission

log = logging.getLogger("suivi.night")

#: A file fresher than settle_seconds is waited for, but no longer: a larger setting means "leave it to the next night".
LONGEST_WAIT = 5.0
Tables = list[tuple[str, int]]


def new_run_id() -> str:
    """The name of a night: its start in UTC, and enough chance that two never share one."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def programme_of(settings: Settings) -> Programme:
    """The programme's rules. Raises WrongUse with the file, the line and the reason."""
    try:
        return load_programme(settings.programme_file)
    except ProgrammeError as error:
        raise WrongUse(str(error)) from None


def senders_of(settings: Settings) -> tuple[Entry, ...]:
    """Who may speak for whom, as the home's senders.toml says. Raises WrongUse with the file, the line and the reason."""
    try:
        return read_senders(settings.home)
    except SendersUnusable as error:
        raise WrongUse(str(error)) from None


class Batch:
    """What was in the inbox. Not a dataclass, nor is Verdicts: Prefect would look into those, row by row."""

    def __init__(self, arrivals: Sequence[Arrival], deferred: Sequence[tuple[str, str]]) -> None:
        self.arrivals = arrivals
        self.deferred = deferred


class Verdicts:
    """What became of each arrival, in the same order."""

    def __init__(self, files: Sequence[Judged]) -> None:
        self.files = list(files)


class Night:
    """One night of one home, step by step. Use as a context manager: it holds the lock and the store.

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
        self._is_stored = False
        self._held = contextlib.ExitStack()

    def __enter__(self) -> Night:
        with contextlib.ExitStack() as opening:
            opening.enter_context(night_lock(self.settings.home, self.run_id))
            with self._step("open"):
                self._audit = opening.enter_context(audited(self.settings.home, "nightly"))
                self._audit.run_id = self.run_id
                bring_to_modes(self.settings.home)
                if not self.settings.inbox.exists():
                    shared_folder(self.settings.inbox)  # who may drop files there is the operator's to say
                self.programme = programme_of(self.settings)
                entries = senders_of(self.settings)
                self.store = opening.enter_context(Store.open(self.settings.home))
                self.archive.sweep()  # of a night that was cut off: half an original holds what a whole one does
                sweep_held(self.settings.home)
                keep_programme(self.settings.home, self.programme.fingerprint, self.programme.source)
                # Before anything new is noted: a ledger that knows more than the store was written with another store.
                catch_up(self.settings.home, self.store)
                self.erased = Erased.of(self.settings.home).watchful()
                with self.store.transaction("look up who spoke") as con:
                    self.senders = Senders.of(con, self.settings.senders, entries)
                self.store.begin_night(self.run_id, self.now, self.as_of, self._rules())
            self._held = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            # What cannot be noted or told now, because the store or its disk is what failed, the next night tells.
            with contextlib.suppress(Exception):
                self.store.end_night(self.run_id, datetime.now(UTC), "failed" if kind else "done")
                catch_up(self.settings.home, self.store)
            with contextlib.suppress(Exception):
                if isinstance(error, Exception):
                    write_failure_mail(self.settings, self.store, self.run_id, self.now, error)
                    deliver_night_mails(self.settings, self.store, self.run_id, self.now)
        finally:
            self._held.__exit__(kind, error, trace)

    def receive(self) -> Batch:
        """The files that are ready, in the order in which they count. Nothing leaves the inbox yet."""
        with self._step("receive") as outcome:
            found = self._collect()
            if self.settings.settle_seconds <= LONGEST_WAIT and self._some_are_fresh(found.deferred):
                # `cp file inbox/ && suivi nightly` must take the file; one that still grows will be fresh again.
                time.sleep(self.settings.settle_seconds + 0.1)
                self.archive.sweep()  # of what the first look has spooled
                found = self._collect()
            for name, reason in found.ignored:
                log.warning("%s: %s", safe_to_show(name), reason)
            arrivals = sorted([*found.arrivals, *found.too_large], key=lambda arrival: (arrival.identity[3], arrival.name))
            arrivals = [*self._without_stored(arrivals), *self._released()]
            outcome.append(f"{len(arrivals)} files, {len(found.deferred)} left for later")
            return Batch(arrivals, found.deferred)

    def check(self, batch: Batch) -> Verdicts:
        """Read every file, parse every value, apply the rules of a file alone. A file that crashes that is refused."""
        with self._step("check") as outcome:
            judged = self._judge(batch.arrivals)
            for file in judged:
                log_file(file)
            counts = Counter(str(file.decision) for file in judged)
            outcome.append(", ".join(f"{counts[name]} {name}" for name in DECISIONS if counts[name]) or "nothing new")
            if self.senders.holds_everything and counts["held"]:
                log.warning("senders = strict, and senders.toml lets nobody speak: every return is held (see `suivi held`)")
            return Verdicts(judged)

    def load(self, batch: Batch, verdicts: Verdicts) -> int:
        """Archive the originals, store the batch in one transaction, note it in the archive, then empty the inbox of it.

        In that order, so that after a kill each file is in the inbox, or in archive and store and ledger. May be called
        again after it failed. Returns the number of rows stored.
        """
        with self._step("load") as outcome:
            if not self._is_stored:
                self._store(batch, verdicts)
                self._is_stored = True
            catch_up(self.settings.home, self.store)
            sweep_held(self.settings.home)
            self.archive.sweep()  # of what was spooled and is not kept
            for arrival in batch.arrivals:
                if arrival.released_from is None and not inbox.remove(arrival):
                    name = safe_to_show(arrival.name)
                    log.warning("%s: changed since it was read, or cannot be removed: it stays in the inbox", name)
            rows = sum(len(file.rows) for file in verdicts.files)
            self._audit.files = [file.name for file in verdicts.files]
            self._audit.counts = {"files": len(verdicts.files), "rows": rows}
            outcome.append(f"{rows} rows stored")
            return rows

    def publish(self) -> Tables:
        """Compute every table beside the warehouse, verify it, replace the warehouse whole."""
        with self._step("publish") as outcome:
            try:
                tables = self._publish()
            except EarlierReleaseDamaged as error:
                log.error("%s; it is computed again from the store", error)
                tables = self._publish(may_read=False)
            self._leave_snapshot()
            outcome.append(f"{len(tables)} tables")
        self.seconds["publish"] = round(self.seconds["publish"] - self.seconds["compute"], 3)
        return tables

    def report(self, batch: Batch, verdicts: Verdicts, tables: Tables) -> dict[str, Any]:
        """The one object of `suivi nightly --format json` (interfaces.md)."""
        with self._step("report") as outcome:
            receipts = write_receipts(self.settings, self.store)
            log.info("%d receipts written", receipts)
            write_dashboard(self.settings)
            # After all that may fail: a night that told the steward what changed cannot tell it that it failed, too.
            mails = write_night_mails(self.settings, self.store, self.run_id, self.now, self.as_of, self.senders)
            log.info("%d mails written", mails)
            # Last: a mail server may take its time.
            alerts = deliver_night_mails(self.settings, self.store, self.run_id, self.now)
            report = night_report(self.run_id, self.as_of, verdicts.files, batch.deferred, tables, alerts)
            outcome.append(f"{report['totals']['accepted']} of {report['totals']['records']} records taken")
        return {**report, "seconds": self.seconds}

    def _publish(self, *, may_read: bool = True) -> Tables:
        with earlier_release(self.settings.home, self.store, self.as_of, self.programme, may_read=may_read) as earlier:
            meta = meta_of(self.run_id, self.programme, earlier)
            return publish(
                self.settings.home, self.store, self.as_of, lambda con, day: self._fill(con, day, earlier), meta, now=self.now,
                detail=self.settings.analysts_detail,
            )  # fmt: skip

    def _judge(self, arrivals: Sequence[Arrival]) -> list[Judged]:
        whole = [arrival for arrival in arrivals if _is_whole(arrival)]
        limits = Limits(self.settings.refuse_above, self.settings.max_file_mb)
        incoming = [
            Incoming(
                arrival.name, arrival.data, arrival.sha256, self.received_on, self.programme, limits, arrival.sender,
                arrival.released_from is not None,
            )
            for arrival in whole
        ]  # fmt: skip
        judged = decide(
            examine_alone(incoming, load_places(), self.erased, InHand(self.settings.home)),
            known_sirets=self.store.known_sirets(),
            taken=self.store.taken(),
            erased=self.erased,
            senders=self.senders,
            sent_before=self._sent_before,
        )
        verdicts = iter(judged)
        return [next(verdicts) if _is_whole(arrival) else too_large(arrival) for arrival in arrivals]

    def _sent_before(self, sha256: str) -> SentBefore:
        with self.store.transaction("look up a file that came before") as con:
            return sent_before(con, sha256)

    def _released(self) -> list[Arrival]:
        """The held files that the steward has accepted: they count tonight, as the last received."""
        with self.store.transaction("look up what was held") as con:
            due = [file for file in held_files(con) if file.is_due]
        arrivals = []
        for file in due:
            try:
                data = kept_of(self.settings.home, file.sha256)
            except OSError as error:
                log.error("held file %d was accepted, but what was kept of it is gone: %s", file.number, described(error))
                continue
            arrivals.append(
                Arrival(
                    file.name, self.archive.path(file.sha256), data, file.sha256, self.now, size=len(data), sender=file.sender,
                    released_from=file.number,
                )
            )  # fmt: skip
        return arrivals

    def _collect(self) -> inbox.Collected:
        return inbox.collect(
            self.settings.inbox, self.settings.settle_seconds, self.settings.max_file_mb, datetime.now(UTC), self.archive.spool
        )

    def _some_are_fresh(self, deferred: Sequence[tuple[str, str]]) -> bool:
        return any(reason == inbox.STILL_WRITTEN for _, reason in deferred)

    def _without_stored(self, arrivals: Sequence[Arrival]) -> list[Arrival]:
        """Put out of the inbox what an earlier night has stored and could not remove, as it was cut off or might not; the rest.

        A file that is sent twice is not meant: it is another one, a duplicate, and gets its line in the ledger.
        """
        stored = self.store.loaded(arrivals)
        for arrival in stored:
            said = "removed from the inbox" if inbox.remove(arrival) else "it still cannot be removed from the inbox"
            log.warning("%s: stored by an earlier night: %s", safe_to_show(arrival.name), said)
        gone = set(map(id, stored))
        return [arrival for arrival in arrivals if id(arrival) not in gone]

    def _store(self, batch: Batch, verdicts: Verdicts) -> None:
        note_resembling(self.settings.home, self.erased.come_again, self.now)
        self.erased.come_again.clear()
        for arrival, file in zip(batch.arrivals, verdicts.files, strict=True):
            self._archive(arrival, file)
        verdicts.files = store_all(
            self.store, self.run_id, verdicts.files, lambda files: self._submissions(batch, files)
        )

    def _archive(self, arrival: Arrival, file: Judged) -> None:
        if file.decision in ("duplicate", "held") and self.archive.has(arrival.sha256):
            return
        if file.decision == "held":
            Archive.of_held(self.settings.home).put(arrival.sha256, file.archive_bytes)
            return
        if _is_whole(arrival):
            self.archive.put(arrival.sha256, file.archive_bytes)
            return
        head = b""
        if arrival.spooled and arrival.spooled.exists():
            with arrival.spooled.open("rb") as spooled:
                head = spooled.read(HEAD_BYTES)
        elif self.archive.has(arrival.sha256):
            return  # done before a failure, after which all is done again
        kept = withheld(head) if self.erased else redacted_unreadable(head)
        if arrival.spooled and kept == head:
            self.archive.put_spooled(arrival.sha256, arrival.spooled)
        else:  # it names people, or may name somebody erased, or there was no room for it: only a notice is kept
            self.archive.put(arrival.sha256, kept or NOT_KEPT)

    def _submissions(self, batch: Batch, files: Sequence[Judged]) -> list[Submission]:
        # All are of one moment; microseconds keep the order in which files count.
        return [
            submission_of(
                file, self.now + timedelta(microseconds=number), arrival.identity, arrival.sender, arrival.released_from
            )
            for number, (arrival, file) in enumerate(zip(batch.arrivals, files, strict=True))
        ]

    def _rules(self) -> NightRules:
        return NightRules(
            version(), self.programme.fingerprint, self.settings.refuse_above, self.settings.max_file_mb
        )

    def _fill(self, con: duckdb.DuckDBPyConnection, as_of: date, earlier: Earlier | None) -> None:
        began = time.monotonic()
        fill(con, as_of, self.programme, earlier)
        self.seconds["compute"] = round(time.monotonic() - began, 3)

    def _leave_snapshot(self) -> None:
        """Keep the warehouse of this day; one of an earlier day is for `suivi backfill`, which can also make what fails here."""
        if self.as_of != self.received_on:
            return
        try:
            snapshots.leave(self.settings.home, self.as_of)
            snapshots.thin(self.settings.home, self.as_of)
        except OSError as error:
            log.error("no snapshot of %s: %s", self.as_of, described(error))

    @contextlib.contextmanager
    def _step(self, name: str) -> Iterator[list[str]]:
        """Time the step and tell who looks; whatever breaks becomes a NightFailed, whose text holds no value."""
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


def _is_whole(arrival: Arrival) -> bool:
    """False for a file too large: it was hashed, not kept in memory, and there are no bytes to judge."""
    return len(arrival.data) == arrival.size


def too_large(arrival: Arrival) -> Judged:
    """What becomes of a file that is larger than max_file_mb: nothing of it was read."""
    return refused(Judged(arrival.name, arrival.sha256, None, None, "refused"), "FIC-09")
