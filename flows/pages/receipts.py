"""Writes the receipt of every file that left the inbox, from the ledger and the archive alone.

A receipt needs nothing that a night holds in memory: those that a night that was killed did not write, the next one writes,
to the same bytes.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from datetime import UTC
from typing import Any

from expectations.contract import Severity
from expectations.contract.returns import RETURNS
from expectations.findings import Findings
from expectations.rule_registry import all_rules
from expectations.verdict.decide import FileVerdict
from flows.errors import described, safe_to_show
from flows.pages.report_json import file_fields, indented_json
from flows.settings import Settings
from transforms.pages.mail.held_wording import replacements
from transforms.pages.mail.wording import origin_folder
from transforms.pages.receipt.page import FileReceipt, receipt_page
from transforms.pages.receipt.rejected_lines import rejected_csv
from transforms.parse.cells_in_error import CellsInError
from warehouse.intake.archive import Archive
from warehouse.notifications.files_with_findings import files_with_findings
from warehouse.notifications.receipt_chain import Link, receipt_chains
from warehouse.notifications.receipt_folder import ReceiptFolder, file_stem_for, folder_for
from warehouse.store.store import Store

log = logging.getLogger("suivi.night")

#: so many files are held in memory with their findings; which receipts are written is noted after each such batch
_BATCH = 50


def write_receipts(
    settings: Settings, store: Store, run_id: str | None = None, judged: Sequence[FileVerdict] = ()
) -> int:
    """Write the receipts that are missing; returns how many. Raises OSError if the folder cannot be written.

    Files `judged` in the night of that `run_id` need not be read again for their lines in error.
    They are those of all files in the ledger after the one that `receipts/.done` names. Without that note, or where the
    ledger is another one, all are written again.
    """
    receipts, archive = ReceiptFolder(settings.home), Archive(settings.home)
    done, written, links = _last_with_receipt(receipts, store), 0, ChainLinks(store)
    in_error = {(run_id, file.sha256): file.in_error for file in judged if file.in_error}
    while files := files_with_findings(store, done, _BATCH):
        links.look_up(files)
        for file in files:
            known = in_error.get((file["run_id"], file["sha256"]))
            _write(file, receipts, archive, settings.steward_email, links, known)
        done = files[-1]["submission_id"]
        receipts.mark_complete(done, files[-1]["sha256"])
        written += len(files)
    return written


def rewrite_receipts(settings: Settings, store: Store, numbers: Collection[int]) -> int:
    """Write the receipts of these submissions again, after what is kept of them changed; returns how many.

    Raises OSError if the folder cannot be written.
    """
    receipts, archive = ReceiptFolder(settings.home), Archive(settings.home)
    written, links = 0, ChainLinks(store)
    for number in sorted(numbers):
        for file in files_with_findings(store, number - 1, 1):
            if file["submission_id"] == number:
                links.look_up([file])
                _write(file, receipts, archive, settings.steward_email, links)
                written += 1
    receipts.finish()
    return written


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


def check_page(files: Sequence[FileVerdict], contact: str | None = None) -> str:
    """The page of `suivi check --format html`: the receipts that these files would get."""
    return receipt_page([_receipt(file) for file in files], all_rules(), contact)


def _last_with_receipt(receipts: ReceiptFolder, store: Store) -> int:
    """The number of the last file up to which every file of the ledger has its receipt; 0 for none."""
    noted = receipts.complete_up_to()
    if noted is None:
        return 0
    number, sha256 = noted
    known = files_with_findings(store, number - 1, 1)
    return number if known and (known[0]["submission_id"], known[0]["sha256"]) == (number, sha256) else 0


def _write(
    row: dict[str, Any], receipts: ReceiptFolder, archive: Archive, contact: str | None, links: ChainLinks,
    in_error: CellsInError | None = None,
) -> None:  # fmt: skip
    file = _judged(row)
    contract = RETURNS.get(file.kind or "")
    subfolder = folder_for(file.provider_siret, from_region=bool(contract and contract.from_region))
    stem = file_stem_for(row["received_on"], row["submission_id"], file.name)
    rejected = _rejected(file, archive, in_error)
    if rejected is not None:
        receipts.write(subfolder, f"{stem}.csv", rejected)
    receipt = _receipt(file, row, f"{stem}.csv" if rejected is not None else None, links.of(row["submission_id"]))
    receipts.write(subfolder, f"{stem}.json", _as_json(file, row, receipt))
    receipts.write(subfolder, f"{stem}.html", receipt_page([receipt], all_rules(), contact).encode("utf-8", "replace"))
    if rejected is None:
        receipts.remove(subfolder, f"{stem}.csv")  # there may be one from before somebody was erased


def _as_json(file: FileVerdict, row: dict[str, Any], receipt: FileReceipt) -> bytes:
    """What `suivi check --format json` says of a file, with what only the night knows."""
    link = receipt.link
    fields = {
        "number": row["submission_id"],
        "received_at": row["received_at"].astimezone(UTC).isoformat(),
        **file_fields(file),
        "findings": [],
        "rejected_lines": receipt.rejected_name,
        "sender": row["sender"],
        "released_from": row["released_from"],
        "chain": {"place": link.place, "link": link.link, "previous": link.previous} if link else None,
    }
    return (indented_json(fields, file.findings) + "\n").encode("utf-8", "replace")


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
    """What was decided of a file, as the ledger has it."""
    said = [(column, rule, Severity(severity), message) for column, rule, severity, message, _, _ in row["findings"]]
    findings = Findings.of_sayings(said, [found[-2] for found in row["findings"]], [found[-1] for found in row["findings"]])
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
        findings=file.findings,
        number=row["submission_id"] if row else None,
        received_at=row["received_at"] if row else None,
        rejected_name=rejected_name,
        sent_before=(safe_to_show(before[0]), before[1]) if before else None,
        placed=origin_folder(row["sender"]) if row else None,
        replaced_by=replacements(row["replaced_by"]) if row else (),
        released_from=row["released_from"] if row else None,
        link=link,
    )
