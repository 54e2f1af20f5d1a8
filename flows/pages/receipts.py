"""Writes the receipt of every file that left the inbox, from the ledger and the archive alone.

A receipt needs nothing that a night holds in memory: those that a night that was killed did not write, the next one writes,
to the same bytes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from expectations.contract import Severity
from expectations.findings import Findings
from expectations.rule_registry import all_rules
from expectations.verdict.decide import FileVerdict
from flows.errors import described, safe_to_show
from flows.pages.report_json import file_fields, indented_json
from flows.settings import Settings
from transforms.pages.mail.attached_files import LARGEST_RECEIPT
from transforms.pages.mail.held_wording import replacements
from transforms.pages.mail.wording import origin_folder
from transforms.pages.receipt.page import FileReceipt, receipt_page
from transforms.pages.receipt.rejected_lines import rejected_csv
from transforms.parse.cells_in_error import CellsInError
from warehouse.intake.archive import Archive
from warehouse.notifications.files_with_findings import files_with_findings, last_change_of_receipts, receipts_to_renew
from warehouse.notifications.receipt_chain import Link, receipt_chains
from warehouse.notifications.receipt_folder import (
    ABRIDGED,
    FOR_PROGRAMS,
    PAGE,
    REJECTED,
    UNKNOWN,
    ReceiptFolder,
    receipt_place,
)
from warehouse.store.store import Store

log = logging.getLogger("suivi.night")

#: so many files are held in memory with their findings; which receipts are written is noted after each such batch
_BATCH = 50
#: at which places of a finding (warehouse.notifications.files_with_findings) stand what receipts tell apart
_SEVERITY, _IS_ACROSS, _IS_SETTLED = 2, 4, 5


def write_receipts(
    settings: Settings, store: Store, run_id: str | None = None, judged: Sequence[FileVerdict] = ()
) -> int:
    """Write the receipts that are missing or out of date; returns how many. Raises OSError if the folder cannot be written.

    Files `judged` in the night of that `run_id` need not be read again for their lines in error.
    Missing are those of all files in the ledger after the one that `receipts/.done` names, out of date those of files of which
    something was found across returns, settled or answered since. Without that note, or where the ledger is another one, all
    are written again.
    """
    receipts = ReceiptFolder(settings.home)
    in_error = {(run_id, file.sha256): file.in_error for file in judged if file.in_error}
    done, since = _last_with_receipt(receipts, store)
    last, changed_at = store.last_number(), last_change_of_receipts(store)
    writer = _Writer(settings, store, receipts, in_error)
    renewed = receipts_to_renew(store, done, since)
    # The note speaks of these too: they come first.
    written = sum(len(writer.write(batch)) for batch in _batches(renewed))
    for batch in _batches(range(done + 1, last + 1)):
        files = writer.write(batch)
        receipts.mark_complete(files[-1]["submission_id"], files[-1]["sha256"], changed_at)
        written += len(files)
    if renewed and done == last:
        receipts.mark_complete(done, files_with_findings(store, [done])[0]["sha256"], changed_at)
    return written


def rewrite_receipts(settings: Settings, store: Store, numbers: Collection[int]) -> int:
    """Write the receipts of these submissions again, after what is kept of them changed; returns how many.

    Raises OSError if the folder cannot be written.
    """
    receipts = ReceiptFolder(settings.home)
    writer = _Writer(settings, store, receipts)
    written = sum(len(writer.write(batch)) for batch in _batches(sorted(numbers)))
    receipts.finish()
    return written


def _batches(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    return (numbers[first : first + _BATCH] for first in range(0, len(numbers), _BATCH))


class ChainLinks:
    """The links of files in the chains of their providers; the chain of each provider is read once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: set[str] = set()
        self._links: dict[int, Link] = {}

    def look_up(self, files: Sequence[dict[str, Any]]) -> None:
        """Read the chains of the providers of these files, if they were not read yet."""
        sirets = {file["provider_siret"] for file in files if file["provider_siret"]} - self._known
        if sirets:
            with self._store.transaction("read the chain") as con:
                for links in receipt_chains(con, sirets).values():
                    self._links |= {link.submission_id: link for link in links}
            self._known |= sirets

    def of(self, number: int) -> Link | None:
        """The link of the file of that number, after `look_up`; None where it is in no provider's chain."""
        return self._links.get(number)


def check_page(files: Sequence[FileVerdict], contact: str | None = None, *, shown_on: str | None = None) -> str:
    """The page of `suivi check --format html`: the receipts that these files would get.

    `shown_on` where the deposit page shows it, of what: a `check`, of which nothing is kept, or a `deposit`.
    """
    return receipt_page([_receipt(file) for file in files], all_rules(), contact, shown_on=shown_on)


def _last_with_receipt(receipts: ReceiptFolder, store: Store) -> tuple[int, datetime | None]:
    """The number of the last file up to which every file of the ledger has its receipt (0 for none), and the last change told."""
    noted = receipts.complete_up_to()
    if noted is None:
        return 0, None
    number, sha256, changed_at = noted
    known = files_with_findings(store, [number])
    return (number, changed_at) if known and known[0]["sha256"] == sha256 else (0, None)


class _Writer:
    """Writes receipts of files, some at a time; `in_error` are the cells in error known already, by night and SHA-256."""

    def __init__(
        self, settings: Settings, store: Store, receipts: ReceiptFolder,
        in_error: Mapping[tuple[str | None, str], CellsInError] | None = None,
    ) -> None:  # fmt: skip
        self._settings, self._store, self._receipts = settings, store, receipts
        self._archive, self._links = Archive(settings.home), ChainLinks(store)
        self._in_error = in_error or {}

    def write(self, numbers: Sequence[int]) -> list[dict[str, Any]]:
        """Write the receipts of these files, which it returns as files_with_findings has them."""
        files = files_with_findings(self._store, numbers)
        self._links.look_up(files)
        for file in files:
            self._write(file)
        return files

    def _write(self, row: dict[str, Any]) -> None:
        file, receipts = _judged(row), self._receipts
        subfolder, stem = receipt_place(
            file.provider_siret, file.kind, row["received_on"], row["submission_id"], file.name
        )
        rejected = _rejected(file, self._archive, self._in_error.get((row["run_id"], file.sha256)))
        if rejected is not None:
            receipts.write(subfolder, f"{stem}{REJECTED}", rejected)
        receipt = _receipt(
            file, row, f"{stem}{REJECTED}" if rejected is not None else None, self._links.of(row["submission_id"])
        )
        page = self._page(receipt, is_abridged=False)
        abridged = self._page(receipt, is_abridged=True) if len(page) > LARGEST_RECEIPT else None
        receipts.write(subfolder, f"{stem}{FOR_PROGRAMS}", _as_json(file, row, receipt))
        receipts.write(subfolder, f"{stem}{PAGE}", page)
        if abridged is not None:
            receipts.write(subfolder, f"{stem}{ABRIDGED}", abridged)
        if not file.accepted and subfolder != UNKNOWN:  # it may have been nobody's, before its folder had a provider
            for ending in (REJECTED, PAGE, ABRIDGED, FOR_PROGRAMS):
                receipts.remove(UNKNOWN, f"{stem}{ending}")
        if rejected is None:
            receipts.remove(subfolder, f"{stem}{REJECTED}")  # there may be one from before somebody was erased
        if abridged is None:
            receipts.remove(subfolder, f"{stem}{ABRIDGED}")  # or from before most of it was settled

    def _page(self, receipt: FileReceipt, *, is_abridged: bool) -> bytes:
        contact, url = self._settings.steward_email, self._settings.deposit_url
        return receipt_page([receipt], all_rules(), contact, url, is_abridged=is_abridged).encode("utf-8", "replace")


def _as_json(file: FileVerdict, row: dict[str, Any], receipt: FileReceipt) -> bytes:
    """What `suivi check --format json` says of a file, with what only the night knows."""
    link = receipt.link
    fields = {
        "number": row["submission_id"],
        "received_at": row["received_at"].astimezone(UTC).isoformat(),
        **file_fields(file),
        "findings": [],
        "open_findings": 0 if file.decision == "held" else sum(one.severity != Severity.INFO for one in receipt.findings),
        "rejected_lines": receipt.rejected_name,
        "sender": row["sender"],
        "released_from": row["released_from"],
        "chain": {"place": link.place, "link": link.link, "previous": link.previous} if link else None,
    }
    return (indented_json(fields, _findings(row, lambda found: True)) + "\n").encode("utf-8", "replace")


def _rejected(file: FileVerdict, archive: Archive, in_error: CellsInError | None) -> bytes | None:
    """The CSV of rejected lines; None where there are none, or where the original is gone or cannot be read again."""
    if not any(severity == Severity.ERROR for (_, _, severity, _), _ in file.findings.about_lines.sayings()):
        return None  # the archive is not read: some files are large, and were refused for that
    try:
        return rejected_csv(archive.read(file.sha256), file.findings, in_error)
    except Exception as error:  # a receipt without the list is better than no receipt, or a night that fails
        log.error("%s: its rejected lines cannot be listed: %s", safe_to_show(file.name), described(error))
        return None


def _judged(row: dict[str, Any]) -> FileVerdict:
    """What was decided of a file taken by itself, as the ledger has it."""
    findings = _findings(row, lambda found: not found[_IS_ACROSS])
    return FileVerdict(
        name=row["file_name"],
        sha256=row["sha256"],
        kind=row["kind"],
        provider_siret=row["provider_siret"],
        decision=row["decision"],
        records=row["records"],
        accepted=row["accepted"],
        quarantined=row["quarantined"],
        blank_lines=row["blank_lines"],
        findings=findings,
        reasons=tuple(finding.message for finding in findings.about_file),
    )


def _findings(row: Mapping[str, Any], is_kept: Callable[[Sequence[Any]], bool]) -> Findings:
    kept = [found for found in row["findings"] if is_kept(found)]
    said = [(column, rule, Severity(severity), message) for column, rule, severity, message, *_ in kept]
    return Findings.of_sayings(said, [found[-2] for found in kept], [found[-1] for found in kept])


def standing_findings(row: Mapping[str, Any]) -> Findings:
    """What stands of a file, across returns too; `row` is as files_with_findings has it."""
    return _findings(row, lambda found: not _is_settled(found))


def _is_settled(found: Sequence[Any]) -> bool:
    return bool(found[_IS_SETTLED]) and found[_SEVERITY] != Severity.INFO


def _receipt(
    file: FileVerdict, row: dict[str, Any] | None = None, rejected_name: str | None = None, link: Link | None = None
) -> FileReceipt:
    before = row["sent_before"] if row else None
    return FileReceipt(
        name=safe_to_show(file.name),
        sha256=file.sha256,
        kind=file.kind,
        provider_siret=file.provider_siret,
        decision=file.decision,
        records=file.records,
        accepted=file.accepted,
        quarantined=file.quarantined,
        blank_lines=file.blank_lines,
        findings=standing_findings(row) if row else file.findings,
        settled=_findings(row, _is_settled) if row else Findings.of(()),
        made_good=row["made_good"] if row else None,
        answer=row["answer"] if row else None,
        released_as=row["released_as"] if row else None,
        number=row["submission_id"] if row else None,
        received_at=row["received_at"] if row else None,
        rejected_name=rejected_name,
        sent_before=(safe_to_show(before[0]), before[1]) if before else None,
        placed=origin_folder(row["sender"]) if row else None,
        replaced_by=replacements(row["replaced_by"]) if row else (),
        released_from=row["released_from"] if row else None,
        link=link,
    )
