"""Plays a home's history again into an empty store: every night as the ledger tells it, every file as the archive kept it."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from math import inf
from typing import Any

import duckdb

from expectations.across_returns import findings_across_returns, run_rules_across_returns
from expectations.programme import Programme, load_rules
from expectations.verdict.checked_file import CheckedFile, RefusalLimits, RulesOfDay
from expectations.verdict.decide import FileVerdict, decide, held
from flows.settings import Settings, senders_of
from flows.steps.check import check_files, too_large
from flows.steps.compute import programme_of_night
from flows.steps.load import store_all
from flows.steps.read import read_files
from transforms.models.rows_in_force import make_rows_in_force
from warehouse.erasure.erased_persons import ErasedPersons
from warehouse.errors import LedgerDamaged
from warehouse.intake.archive import Archive
from warehouse.intake.held_files import note_answer, note_bound
from warehouse.intake.ledger_events import FileTaken, HeldAnswered, NightBegan, NightEnded, NightExamined, SenderBound
from warehouse.intake.ledger_file import Ledger
from warehouse.intake.senders import provider_of_folder, sender_of
from warehouse.notifications.carry_over import OverdueOfNight
from warehouse.paris_days import day_of
from warehouse.published.unfinished_file import store_attached
from warehouse.query_results import arrow_table
from warehouse.reference.places import load_places
from warehouse.reference.tables import load_reference
from warehouse.store.store import Store
from warehouse.store.submission import Arrival, Submission

#: Files of so many bytes are examined at once, and a night's files together whatever their size, as the night did.
_AT_ONCE = 20_000_000


class Replay:
    """One history, played once. Each night judges by its own rules: the programme file that was kept of it, its limits.

    Args:
        settings: of the home; their limits count for nights of which none are known.
        ledger: the history.
        store: an empty store.
        programme: today's, for nights of whose programme nothing is known.
        left_out: SHA-256 of originals that cannot be used: their files are in the ledger as refused, without a reason.
    """

    def __init__(
        self, settings: Settings, ledger: Ledger, store: Store, programme: Programme, left_out: Collection[str]
    ) -> None:
        self._settings = settings
        self._entries = senders_of(settings)
        self._ledger = ledger
        self._files = {file.number: file for file in ledger.files}
        self._store = store
        self._today = programme
        self._left_out = left_out
        self._archive = Archive(settings.home)
        self._erased = ErasedPersons.of(settings.home)
        self._nights = {event.run_id: event for event in ledger.events if isinstance(event, NightBegan)}
        self._checked: dict[int, CheckedFile] = {}
        self._batch: list[FileTaken] = []
        self._last_examined: tuple[Any, ...] | None = None
        #: quality.overdue as the last examination found it, with its moment and reference date
        self.overdue: OverdueOfNight | None = None

    def run(self) -> None:
        """Fill the store. LedgerDamaged where files or nights are missing from the ledger's copy."""
        with contextlib.closing(duckdb.connect()) as con:
            con.execute("SET TimeZone = 'UTC'")
            load_reference(con)
            for event in self._ledger.events:
                if isinstance(event, FileTaken):
                    self._batch.append(self._files[event.number])
                    continue
                self._load()
                if isinstance(event, NightBegan):
                    self._store.begin_night(event.run_id, event.started_at, event.as_of, event.rules)
                elif isinstance(event, NightExamined):
                    self._run_rules(con, self._night(event.run_id), event.noted_at)
                elif isinstance(event, NightEnded):
                    self._store.end_night(event.run_id, event.finished_at, event.state)
                elif isinstance(event, HeldAnswered | SenderBound):
                    self._note(event)
            self._load()

    def _note(self, event: HeldAnswered | SenderBound) -> None:
        with self._store.transaction("note the steward's word") as con:
            if isinstance(event, HeldAnswered):
                note_answer(con, event.number, event.answer, event.answered_at)
            else:
                note_bound(con, event.sender, event.provider_siret, event.bound_at)

    def _night(self, run_id: str) -> NightBegan:
        if run_id not in self._nights:
            raise LedgerDamaged(
                f"the ledger's copy in {self._archive.folder} lacks a night ({run_id}): put it back from your backup"
            )
        return self._nights[run_id]

    def _programme(self, night: NightBegan) -> Programme:
        return programme_of_night(self._settings.home, night.rules.programme_version if night.rules else None, self._today)

    def _load(self) -> None:
        batch, self._batch = self._batch, []
        if not batch:
            return
        night = self._night(batch[0].run_id)
        due = self._store.last_number() + 1
        if [file.number for file in batch] != list(range(due, due + len(batch))):
            lacking = next(number for number, file in enumerate(batch, start=due) if file.number != number)
            raise LedgerDamaged(f"the ledger's copy in {self._archive.folder} lacks file {lacking}: put it back from your backup")
        senders = [sender_of(file.name) if file.sender is None else file.sender for file in batch]
        store_all(
            self._store, night.run_id, self._judged(batch),
            lambda judged: [
                Submission(
                    one, file.received_at, _numbers(file.identity), sender, file.released_from,
                    provider_of_folder(self._entries, sender),
                )
                for one, file, sender in zip(judged, batch, senders, strict=True)
            ],
        )  # fmt: skip

    def _judged(self, batch: Sequence[FileTaken]) -> list[FileVerdict]:
        read = [file for file in batch if self._is_read(file)]
        if any(file.number not in self._checked for file in read):
            self._check_from(batch[0].number)
        judged = iter(
            decide(
                [self._checked.pop(file.number) for file in read],
                known_sirets=self._store.known_sirets(),
                taken=self._store.kinds_of_taken_files(),
                erased=self._erased,
            )
        )
        return [next(judged) if file in read else self._unread(file) for file in batch]

    def _check_from(self, number: int) -> None:
        """Read and check the files from that number on, those of several nights at once: a batch has a price of its own."""
        files: list[tuple[Arrival, RulesOfDay, int]] = []
        size, run_id = 0, self._files[number].run_id
        while (file := self._files.get(number)) and (size < _AT_ONCE or file.run_id == run_id):
            if self._is_read(file):
                night, data = self._night(file.run_id), self._archive.read(file.sha256)
                limits = self._limits(night)
                if file.size is not None:  # what was received was measured; the text of a workbook may be larger than that was
                    limits = replace(limits, max_file_mb=inf)
                rules = RulesOfDay(day_of(night.started_at), self._programme(night), limits)
                path = self._archive.path(file.sha256)
                arrival = Arrival(
                    file.name, path, data, file.sha256, file.received_at, size=len(data), released_from=file.released_from
                )
                files.append((arrival, rules, number))
                size += len(data)
            number, run_id = number + 1, file.run_id
        checked = check_files(read_files(files, self._erased), load_places(), self._erased)
        self._checked = {number: file for (_, _, number), file in zip(files, checked, strict=True)}

    def _limits(self, night: NightBegan) -> RefusalLimits:
        rules = night.rules
        return RefusalLimits(
            rules.refuse_above if rules else self._settings.refuse_above,
            rules.max_file_mb if rules else self._settings.max_file_mb,
        )

    def _is_read(self, file: FileTaken) -> bool:
        """Whether the file is examined again: why one was held is written down, as it hung on what was known that night."""
        return file.held is None and file.sha256 not in self._left_out and not self._is_too_large(file)

    def _is_too_large(self, file: FileTaken) -> bool:
        limit = self._limits(self._night(file.run_id)).max_file_mb * 1_000_000
        return file.size is not None and file.size > limit

    def _unread(self, file: FileTaken) -> FileVerdict:
        if file.held:
            return held(file.name, file.sha256, file.held)
        if file.sha256 in self._left_out:
            return FileVerdict(file.name, file.sha256, None, None, "refused")
        return too_large(Arrival(file.name, self._archive.path(file.sha256), b"", file.sha256, file.received_at))

    def _run_rules(self, con: duckdb.DuckDBPyConnection, night: NightBegan, noted_at: datetime) -> None:
        programme = self._programme(night)
        state = (self._store.last_number(), night.as_of, programme.fingerprint)
        if state == self._last_examined:  # nothing new can be found
            self._store.note_examined(night.run_id, noted_at)
            return
        with _in_force(con, self._store, night.as_of):
            load_rules(con, programme)
            run_rules_across_returns(con, night.as_of)
            self._store.note_cross_findings(night.run_id, noted_at, findings_across_returns(con))
            self.overdue = (noted_at, night.as_of, arrow_table(con, "FROM quality.overdue"))
        self._last_examined = state


@contextlib.contextmanager
def _in_force(con: duckdb.DuckDBPyConnection, store: Store, as_of: date) -> Iterator[None]:
    with store_attached(con, store):
        make_rows_in_force(con, as_of)
    try:
        yield
    finally:
        con.execute("DETACH in_force")
        con.execute("DETACH history")


def _numbers(identity: str | None) -> tuple[int, ...]:
    return tuple(map(int, identity.split(":"))) if identity else ()
