"""Step 1, receive: the files that are ready, in the order in which they count. Nothing leaves the inbox yet.

From an inbox on another machine they are brought first, into a folder of the home, of which all that is said here is true then.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from flows.errors import described, safe_to_show
from flows.night import Night
from transforms.read.workbook_refusals import RefusedWorkbook, WorkbookRefusal, may_be_workbook
from transforms.workbooks.read_workbook import ReturnSheet, read_workbook
from warehouse.intake import inbox
from warehouse.intake.being_read import MOST_NIGHTS_ENDED
from warehouse.intake.elsewhere.address import Elsewhere
from warehouse.intake.elsewhere.bring import Visit, bring, open_inbox
from warehouse.intake.elsewhere.spool import Spool
from warehouse.intake.held_files import held_files, read_kept
from warehouse.store.submission import Arrival, sheet_hash

log = logging.getLogger("suivi.night")

#: A file fresher than settle_seconds is waited for, but no longer: a larger setting means "leave it to the next night".
LONGEST_WAIT = 5.0


class Batch:
    """What was in the inbox. Not a dataclass, like ReadFiles and Verdicts: Prefect would walk through one, row by row."""

    def __init__(
        self, arrivals: Sequence[Arrival], deferred: Sequence[tuple[str, str]], visits: Sequence[Visit] = ()
    ) -> None:
        self.arrivals = arrivals
        self.deferred = deferred
        #: of the night to an inbox elsewhere
        self.visits = list(visits)

    @property
    def in_memory(self) -> list[Arrival]:
        """The files that are not too large."""
        return [arrival for arrival in self.arrivals if arrival.is_in_memory]


def receive(night: Night) -> Batch:
    """What the inbox holds, and the held files that the steward has accepted since."""
    with night.step("receive") as outcome:
        visits = _bring(night)
        found = _collect(night)
        if night.settings.elsewhere is None and night.settings.settle_seconds <= LONGEST_WAIT and _some_are_fresh(found.deferred):
            # `cp file inbox/ && suivi nightly` must take the file; one that still grows will be fresh again.
            time.sleep(night.settings.settle_seconds + 0.1)
            night.archive.remove_unfinished()  # of what the first look has spooled
            found = _collect(night)
        for name, reason in found.ignored:
            log.warning("%s: %s", safe_to_show(name), reason)
        arrivals = sorted([*found.arrivals, *found.too_large], key=lambda arrival: (arrival.modified_ns, arrival.name))
        arrivals = [*_without_stored(night, _with_sheets(night, arrivals)), *_released(night)]
        deferred = [*found.deferred, *(one for visit in visits for one in visit.deferred)]
        outcome.append(f"{len(arrivals)} files, {len(deferred)} left for later")
        return Batch(arrivals, deferred, visits)


def sheets_of(arrival: Arrival) -> list[Arrival]:
    """The sheets of a workbook that are returns, each as an arrival; any other file as it is.

    What a workbook is refused for, or a hidden sheet that is not read, is an arrival too: its data is the notice that says why.
    Nothing that may stand in a workbook makes it fail.
    """
    if arrival.is_released or not may_be_workbook(arrival.data):
        return [arrival]
    try:
        sheets = read_workbook(arrival.data)
    except RefusedWorkbook as refused:
        return [_as(arrival, refused.reason.notice)]
    except Exception as error:  # one hostile file must not stop the night
        log.error("%s: opening it crashed: %s", safe_to_show(arrival.name), described(error))
        return [_as(arrival, WorkbookRefusal.CRASHED.notice)]
    read = [sheet for sheet in sheets if sheet.text is not None]
    # Last: a return of the same night that comes after a refused file settles it, before anybody is told.
    sheets = [*read, *(sheet for sheet in sheets if sheet.text is None)]
    if len(read) <= 1:  # the workbook is that sheet; one that is hidden beside it is another
        alone = (read or sheets)[0]
        return [_sheet_of(arrival, sheet, is_alone=sheet is alone) for sheet in sheets]
    return [_sheet_of(arrival, sheet) for sheet in sheets]


def _sheet_of(arrival: Arrival, sheet: ReturnSheet, *, is_alone: bool = False) -> Arrival:
    """A sheet that is a return, told apart by its name unless it is alone; of a hidden one there is only the notice."""
    one = _as(arrival, WorkbookRefusal.HIDDEN.notice if sheet.text is None else sheet.text)
    if is_alone:
        return one
    return replace(one, name=f"{arrival.name}#{sheet.name}", sha256=sheet_hash(arrival.sha256, sheet.name))


def _as(arrival: Arrival, data: bytes) -> Arrival:
    return replace(arrival, data=data, size=len(data), is_sheet=True)


def _with_sheets(night: Night, arrivals: Sequence[Arrival]) -> list[Arrival]:
    """The arrivals with the sheets of workbooks in the place of these. Which one is open is noted, as of files that are read.

    One during which two nights ended is not opened; the step `read` sets it aside. One during which one did is opened last.
    """
    opened: dict[int, list[Arrival]] = {}
    for place in sorted(range(len(arrivals)), key=lambda place: night.being_read.nights_ended_by(arrivals[place].sha256) > 0):
        arrival = arrivals[place]
        ended = night.being_read.nights_ended_by(arrival.sha256)
        if not may_be_workbook(arrival.data) or ended >= MOST_NIGHTS_ENDED:
            opened[place] = [arrival]
            continue
        night.being_read.begin([arrival.sha256])
        opened[place] = sheets_of(arrival)
        if ended and all(one.sha256 != arrival.sha256 for one in opened[place]):
            night.being_read.clear(arrival.sha256)  # from here on each sheet answers for itself
    night.being_read.end()
    return [one for place in range(len(arrivals)) for one in opened[place]]


def _collect(night: Night) -> inbox.Collected:
    settings = night.settings
    # What was brought is whole, whatever its time is, which is one of another clock.
    settle_seconds = settings.settle_seconds if settings.elsewhere is None else 0.0
    return inbox.collect(settings.inbox, settle_seconds, settings.max_file_mb, datetime.now(UTC), night.archive.spool)


def _bring(night: Night) -> list[Visit]:
    """Look into an inbox elsewhere, if that is where it is; where it cannot be, the night goes on with what is here."""
    place = night.settings.elsewhere
    if place is None:
        return []
    visit = bring(
        lambda: open_inbox(place), Spool(night.settings.home), night.settings.settle_seconds, LONGEST_WAIT, night.now,
        night.store.has_taken,
    )  # fmt: skip
    log.info("%s: %d files brought", place.address, visit.brought)
    log_visit(visit, place)
    return [visit]


def log_visit(visit: Visit, place: Elsewhere) -> None:
    """Log what an operator should know of a visit to an inbox elsewhere."""
    if isinstance(visit.broken_off, OSError):
        log.error("%s: what lies there cannot be brought: %s", place.address, described(visit.broken_off))
    elif visit.broken_off is not None:
        log.error("%s: %s", place.address, visit.broken_off)
    for name, reason in visit.ignored:
        log.warning("%s: %s", safe_to_show(name), reason)
    for name in visit.not_removed:
        log.warning("%s: stored, and may not be removed there: give the login that right", safe_to_show(name))


def _some_are_fresh(deferred: Sequence[tuple[str, str]]) -> bool:
    return any(reason == inbox.STILL_WRITTEN for _, reason in deferred)


def _without_stored(night: Night, arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Remove from the inbox what an earlier night stored but could not remove (killed, or without the right to); the others.

    A file that is sent twice is not meant: it is another one, a duplicate, and gets its line in the ledger.
    """
    stored = night.store.already_stored(arrivals)
    for arrival in stored:
        said = "removed from the inbox" if inbox.remove(arrival) else "it still cannot be removed from the inbox"
        log.warning("%s: stored by an earlier night: %s", safe_to_show(arrival.name), said)
    gone = set(map(id, stored))
    return [arrival for arrival in arrivals if id(arrival) not in gone]


def _released(night: Night) -> list[Arrival]:
    """The held files that the steward has accepted: they count tonight, as the last received."""
    with night.store.transaction("look up what was held") as con:
        accepted = [file for file in held_files(con) if file.counts_from_next_night]
    arrivals = []
    for file in accepted:
        try:
            data = read_kept(night.settings.home, file.sha256)
        except OSError as error:
            log.error("held file %d was accepted, but what was kept of it is gone: %s", file.number, described(error))
            continue
        arrivals.append(
            Arrival(
                file.name, night.archive.path(file.sha256), data, file.sha256, night.now, size=len(data), sender=file.sender,
                released_from=file.number,
            )
        )  # fmt: skip
    return arrivals
