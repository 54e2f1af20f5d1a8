"""Step 4, load: rows, findings and ledger go to the private store in one transaction; nothing is ever overwritten."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from expectations.verdict.decide import FileVerdict, refused
from flows.errors import safe_to_show
from flows.night import Night
from flows.steps.check import Verdicts
from flows.steps.receive import Batch, log_visit
from transforms.read.workbook_refusals import may_be_workbook
from transforms.redaction.unread_originals import notice_instead_of
from transforms.redaction.unwanted_columns import HEAD_BYTES, NOT_KEPT, redacted_unreadable
from warehouse.erasure.tombstones import note_resembling
from warehouse.errors import UnstorableFile
from warehouse.intake import inbox
from warehouse.intake.archive import Archive
from warehouse.intake.elsewhere.bring import open_to_remove, remove_stored
from warehouse.intake.elsewhere.spool import Spool
from warehouse.intake.held_files import remove_counted_from_held
from warehouse.intake.ledger_file import update_ledger_copy
from warehouse.intake.senders import provider_of_folder
from warehouse.store.store import Store
from warehouse.store.submission import Arrival, Submission

log = logging.getLogger("suivi.night")


def load(night: Night, batch: Batch, verdicts: Verdicts) -> int:
    """Archive the originals, store the batch in one transaction, note it in the archive, then empty the inbox of it.

    In that order, so that after a kill each file is in the inbox, or in archive and store and ledger. Where the inbox is on
    another machine its files go there last. May be called again after it failed. Returns the number of rows stored.
    """
    with night.step("load") as outcome:
        if not night.is_stored:
            _store(night, batch, verdicts)
            night.is_stored = True
        update_ledger_copy(night.settings.home, night.store)
        remove_counted_from_held(night.settings.home)
        night.archive.remove_unfinished()  # of what was spooled and is not kept
        for arrival in batch.arrivals:
            if not arrival.is_released and not inbox.remove(arrival):
                name = safe_to_show(arrival.name)
                log.warning("%s: changed since it was read, or cannot be removed: it stays in the inbox", name)
        _remove_elsewhere(night, batch)
        rows = sum(len(file.rows) for file in verdicts.files if file.rows)
        night.audit.files = [file.name for file in verdicts.files]
        night.audit.counts = {"files": len(verdicts.files), "rows": rows}
        outcome.append(f"{rows} rows stored")
        # All of it lies in archive and store now; computing and reporting need the memory.
        verdicts.files = [replace(file, rows=None, archive_bytes=b"") for file in verdicts.files]
        batch.arrivals = ()
        night.give_back_memory(rows)
        return rows


def store_all(
    store: Store,
    run_id: str,
    files: Sequence[FileVerdict],
    make_submissions: Callable[[Sequence[FileVerdict]], Sequence[Submission]],
) -> list[FileVerdict]:
    """Store all files in one transaction; those that no table can hold are refused, and the others stored.

    Args:
        store: the open store.
        run_id: the night.
        files: as judged.
        make_submissions: makes of them what the store takes, in the same order.

    Returns:
        the files as they were stored.
    """
    kept = list(files)
    while True:
        try:
            store.load(run_id, make_submissions(kept))
            return kept
        except UnstorableFile as error:
            if not error.guilty:
                raise
            guilty = {kept[position].sha256 for position in error.guilty}
        log.error("no table can hold what is in %d files: they are refused", len(guilty))
        kept = [refused(file, "FIC-12") if file.sha256 in guilty else file for file in kept]


def _store(night: Night, batch: Batch, verdicts: Verdicts) -> None:
    note_resembling(night.settings.home, night.erased.returned_keys, night.now)
    night.erased.returned_keys.clear()
    for arrival, file in zip(batch.arrivals, verdicts.files, strict=True):
        _archive(night, arrival, file)
    verdicts.files = store_all(
        night.store, night.run_id, verdicts.files, lambda files: _submissions(night, batch.arrivals, files)
    )


def _remove_elsewhere(night: Night, batch: Batch) -> None:
    place = night.settings.elsewhere
    if place is not None:
        visit = remove_stored(lambda: open_to_remove(place), Spool(night.settings.home), night.store.has_taken)
        log_visit(visit, place)
        batch.visits.append(visit)


def _submissions(night: Night, arrivals: Sequence[Arrival], files: Sequence[FileVerdict]) -> list[Submission]:
    # All are of one moment; microseconds keep the order in which files count.
    return [
        Submission(
            file, night.now + timedelta(microseconds=number), arrival.identity, arrival.sender, arrival.released_from,
            provider_of_folder(night.senders.entries, arrival.sender),
        )
        for number, (arrival, file) in enumerate(zip(arrivals, files, strict=True))
    ]


def _archive(night: Night, arrival: Arrival, file: FileVerdict) -> None:
    if file.decision in ("duplicate", "held") and night.archive.has(arrival.sha256):
        return
    if file.decision == "held":
        Archive.of_held(night.settings.home).put(arrival.sha256, file.archive_bytes)
        return
    if arrival.is_in_memory:
        night.archive.put(arrival.sha256, file.archive_bytes)
        return
    head = b""
    if arrival.spooled and arrival.spooled.exists():
        with arrival.spooled.open("rb") as spooled:
            head = spooled.read(HEAD_BYTES)
    elif night.archive.has(arrival.sha256):
        return  # done before a failure, after which all is done again
    if may_be_workbook(head):  # its cells and properties may name people
        night.archive.put(arrival.sha256, NOT_KEPT)
        return
    kept = notice_instead_of(head) if night.erased else redacted_unreadable(head)
    if arrival.spooled and kept == head:
        night.archive.put_spooled(arrival.sha256, arrival.spooled)
    else:  # it names people, or may name somebody erased, or there was no room for it: only a notice is kept
        night.archive.put(arrival.sha256, kept or NOT_KEPT)
