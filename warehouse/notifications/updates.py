"""What has changed for each sender since it was last notified: read within the transaction that writes the mails."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, NamedTuple

import duckdb

from warehouse.intake.senders import LEARN, Senders
from warehouse.notifications.contacts import AddressChange, contacts
from warehouse.notifications.held_updates import (
    HeldFileUpdate,
    RejectedFileUpdate,
    ReplacingFileUpdate,
    newly_rejected_files,
    replacing_files,
)
from warehouse.notifications.making_good import MadeGood, made_good
from warehouse.query_results import read_sql

#: a mail is no place for more
MOST_TOLD_BEFORE = 10_000


@dataclass(frozen=True)
class FileUpdate:
    """A file, and whether it has come since its sender was last notified.

    `released_from` is the number of the file that was set aside and that the steward accepted as this one, `made_good` what has
    settled its errors since, if anything has.
    """

    submission_id: int
    file_name: str
    kind: str | None
    received_at: datetime
    decision: str
    records: int
    accepted: int
    quarantined: int
    is_new: bool
    released_from: int | None = None
    received_on: date | None = None
    made_good: MadeGood | None = None


class FindingUpdate(NamedTuple):
    """An error or a warning that stands.

    Where it is not new, its sender was notified of the same fault of the same row in an earlier file.
    """

    submission_id: int
    file_name: str
    kind: str | None
    line: int | None
    column: str | None
    rule: str
    severity: str
    message: str
    is_new: bool


@dataclass(frozen=True)
class SettledUpdate:
    """A fault of which the sender was notified and that is settled: on how many lines, or files, of a kind of return."""

    kind: str | None
    column: str | None
    rule: str
    rows: int


@dataclass(frozen=True)
class CorrectedFile:
    """A file of an earlier night of which errors are settled, how many records were refused with it as a whole, and by what."""

    file_name: str
    refused: int
    made_good: MadeGood


class OverdueUpdate(NamedTuple):
    """A return that is overdue, or was until it came. `number` is that of the session or action."""

    kind: str
    level: str
    number: str
    horizon: str | None
    rule: str
    due_on: date
    is_new: bool = True


@dataclass(frozen=True)
class SenderUpdates:
    """All there is to say to one sender. `siret` is None for the Region, and for files of which nobody knows whose they are.

    `name` and `addresses` are those of its contact, as is `changed`, the change of address while the earlier one gets mail too
    (see warehouse.notifications.contacts). `late` are its returns that are overdue, `arrived` those that were. `held` are its
    files that were set aside, `rejected` those that the steward has rejected, `replaced` those that replaced rows in its name
    and are not those of a usual sender replacing its own, `corrected` the earlier ones with settled errors.
    `open_findings` counts all errors and warnings that stand, new or not. `told_before` are those of which a provider that gets a
    mail was notified earlier, the newest file's first, MOST_TOLD_BEFORE at most.
    """

    siret: str | None
    name: str | None = None
    addresses: tuple[str, ...] = ()
    files: list[FileUpdate] = field(default_factory=list)
    findings: list[FindingUpdate] = field(default_factory=list)
    settled: list[SettledUpdate] = field(default_factory=list)
    late: list[OverdueUpdate] = field(default_factory=list)
    arrived: list[OverdueUpdate] = field(default_factory=list)
    open_findings: int = 0
    held: list[HeldFileUpdate] = field(default_factory=list)
    rejected: list[RejectedFileUpdate] = field(default_factory=list)
    replaced: list[ReplacingFileUpdate] = field(default_factory=list)
    changed: AddressChange | None = None
    corrected: list[CorrectedFile] = field(default_factory=list)
    told_before: list[FindingUpdate] = field(default_factory=list)

    @property
    def new_address_change(self) -> AddressChange | None:
        """The change of address, if the sender was not notified of it yet."""
        return self.changed if self.changed is not None and self.changed.is_new else None

    @property
    def refused(self) -> list[FileUpdate]:
        """The files of which nothing was taken."""
        return [file for file in self.files if file.is_new and file.decision == "refused"]

    @property
    def released(self) -> list[FileUpdate]:
        """The files that had been set aside and that the steward has accepted."""
        return [file for file in self.files if file.is_new and file.released_from is not None]

    @property
    def deserves_a_mail(self) -> bool:
        """Whether anything changed for the sender. Nothing has where a file is all right, or was sent before."""
        changed = any(finding.is_new for finding in self.findings) or any(late.is_new for late in self.late)
        answered = self.held or self.released or self.rejected or self.replaced
        return changed or bool(self.new_address_change or self.refused or self.settled or self.arrived or answered)


@dataclass(frozen=True)
class RuleFigures:
    """How often a rule is broken now: providers concerned, and lines, whole files or overdue returns.

    `findings` is more than lines where a line breaks the rule in several columns; 0 in what an earlier digest said.
    """

    rule: str
    providers: int
    lines: int
    findings: int = 0


def read_updates(
    con: duckdb.DuckDBPyConnection, at: datetime, held: Sequence[HeldFileUpdate] = (), senders: Senders | None = None
) -> list[SenderUpdates]:
    """All that is pending, by sender, the Region first; whoever has nothing that deserves a mail too.

    To be called after pending.update_overdue_notices and pending.find_pending.

    Args:
        con: a connection to the store.
        at: the night's moment.
        held: the files that wait for the steward's answer.
        senders: who may speak for whom; None for whoever spoke first.
    """
    senders = senders or Senders.of(con, LEARN, ())
    known_contacts = contacts(con, at, senders.entries)
    updates: dict[str | None, SenderUpdates] = {}

    def of(siret: str | None) -> SenderUpdates:
        if siret not in updates:
            known = known_contacts.get(siret or "")
            updates[siret] = (
                SenderUpdates(siret, known.name, known.addresses, changed=known.changed) if known else SenderUpdates(siret)
            )
        return updates[siret]

    for siret, *row in _rows(con, _sql("finding_updates")):
        of(siret).findings.append(FindingUpdate(*row))
    files = [(siret, FileUpdate(*row)) for siret, *row in _rows(con, _sql("file_updates"))]
    corrected = _rows(con, _sql("files_corrected"))
    with_errors = [file.submission_id for _, file in files if file.decision in ("partial", "refused")]
    good = made_good(con, [*with_errors, *(number for _, number, *_ in corrected)])
    for siret, number, name, refused in corrected:
        if number in good:
            of(siret).corrected.append(CorrectedFile(name, refused, good[number]))
    for siret, file_update in files:
        of(siret).files.append(replace(file_update, made_good=good.get(file_update.submission_id)))
    for siret, *row in _rows(con, _sql("settled_updates")):
        of(siret).settled.append(SettledUpdate(*row))
    for siret, *row in _rows(con, _sql("overdue_updates")):
        of(siret).late.append(_overdue(row))
    for siret, *row in _rows(con, _sql("arrival_updates")):
        updates_of_sender = of(siret)
        if row[-1]:
            updates_of_sender.arrived.append(_overdue(row))
    for (siret,) in _rows(con, "select distinct pending_settlements.sender_siret from pending_settlements"):
        of(siret)
    for file in held:
        if file.is_new:
            of(file.provider_siret).held.append(file)
    for siret, rejected in newly_rejected_files(con):
        of(siret).rejected.append(rejected)
    for siret, replacing in replacing_files(con, senders):
        of(siret).replaced.append(replacing)
    for siret, contact in known_contacts.items():
        if contact.changed is not None and contact.changed.is_new:
            of(siret)
    open_findings = dict(_rows(con, _sql("open_findings")))
    told_before: dict[str, list[FindingUpdate]] = {siret: [] for siret, one in updates.items() if siret and one.deserves_a_mail}
    parameters = {"providers": list(told_before), "most": MOST_TOLD_BEFORE}
    for siret, *row in con.execute(_sql("findings_told_before"), parameters).fetchall():
        told_before[siret].append(FindingUpdate(*row))
    return [
        replace(one, open_findings=open_findings.get(siret, 0), told_before=told_before.get(siret or "", []))
        for siret, one in sorted(updates.items(), key=lambda item: item[0] or "")
    ]


def rule_figures(con: duckdb.DuckDBPyConnection) -> list[RuleFigures]:
    """Every rule that is broken now, warnings and errors and what is overdue, by its id; after pending.find_pending."""
    return [RuleFigures(*row) for row in _rows(con, _sql("rule_figures"))]


def figures_of_last_digest(con: duckdb.DuckDBPyConnection) -> dict[str, RuleFigures] | None:
    """What the last digest said, by the rule's id; None if there was no digest yet."""
    if not _rows(con, "select 1 from outbox where outbox.topic = 'digest' limit 1"):
        return None
    return {row[0]: RuleFigures(*row) for row in _rows(con, _sql("figures_of_last_digest"))}


def _overdue(row: Iterable[Any]) -> OverdueUpdate:
    kind, level, level_id, horizon, rule, due_on, is_new = row
    return OverdueUpdate(kind, level, level_id.partition("/")[2], horizon, rule, due_on, is_new)


def _rows(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return con.execute(query).fetchall()


def _sql(name: str) -> str:
    return read_sql("warehouse.notifications", name)
