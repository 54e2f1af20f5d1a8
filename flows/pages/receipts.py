"""Writes the receipt of every file that left the inbox, from the ledger and the archive alone.

A receipt depends on nothing that a night holds in memory: what a night that was killed owes, the next one writes, to the
same bytes.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Sequence
from datetime import UTC
from typing import Any

from expectations.contract import Severity
from expectations.contract.returns import RETURNS
from expectations.findings import Finding
from expectations.messages import all_rules
from expectations.verdict.decide import FileVerdict
from flows.errors import described, safe_to_show
from flows.pages.report_json import check_file
from flows.settings import Settings
from transforms.pages.mail.held_wording import replacements
from transforms.pages.mail.wording import folder
from transforms.pages.receipt.page import Told, page
from transforms.pages.receipt.rejected_lines import rejected_csv
from warehouse.intake.archive import Archive
from warehouse.notifications.files_with_findings import files_with_findings
from warehouse.notifications.receipt_chain import Link, chains
from warehouse.notifications.receipt_folder import Receipts, folder_for, stem_for
from warehouse.store.store import Store

log = logging.getLogger("suivi.night")

#: so many files are held in memory with their findings, and the note of what is done is written after each such batch
_BATCH = 50


def write_receipts(settings: Settings, store: Store) -> int:
    """Write the receipts that are owed, and how many they were. OSError if the folder cannot be written.

    They are those of all files in the ledger after the one that `receipts/.done` names. Without that note, or where the
    ledger is another one, all are written again.
    """
    receipts, archive = Receipts(settings.home), Archive(settings.home)
    done, written, chain = _done(receipts, store), 0, Chain(store)
    while files := files_with_findings(store, done, _BATCH):
        chain.learn(files)
        for file in files:
            _write(file, receipts, archive, settings.steward_email, chain)
        done = files[-1]["submission_id"]
        receipts.mark_complete(done, files[-1]["sha256"])
        written += len(files)
    return written


def rewrite_receipts(settings: Settings, store: Store, numbers: Collection[int]) -> int:
    """Write the receipts of these submissions again, after what is kept of them changed, and how many. OSError."""
    receipts, archive = Receipts(settings.home), Archive(settings.home)
    written, chain = 0, Chain(store)
    for number in sorted(numbers):
        for file in files_with_findings(store, number - 1, 1):
            if file["submission_id"] == number:
                chain.learn([file])
                _write(file, receipts, archive, settings.steward_email, chain)
                written += 1
    return written


class Chain:
    """The links of the files of a store, looked up provider by provider, each once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: set[str] = set()
        self._links: dict[int, Link] = {}

    def learn(self, files: Sequence[dict[str, Any]]) -> None:
        """Look up the chains of the providers of these files."""
        sirets = {file["provider_siret"] for file in files if file["provider_siret"]} - self._known
        if sirets:
            with self._store.transaction("read the chain") as con:
                for links in chains(con, sirets).values():
                    self._links |= {link.submission_id: link for link in links}
            self._known |= sirets

    def of(self, number: int) -> Link | None:
        """The link of a file; None where it is in no provider's chain."""
        return self._links.get(number)


def check_page(files: Sequence[FileVerdict], contact: str | None = None) -> str:
    """The page of `suivi check --format html`: the receipts that these files would get."""
    return page([_told(file) for file in files], all_rules(), contact)


def _done(receipts: Receipts, store: Store) -> int:
    """The last file of the ledger that has its receipt, as has every one before it; 0 for none."""
    noted = receipts.complete_up_to()
    if noted is None:
        return 0
    number, sha256 = noted
    known = files_with_findings(store, number - 1, 1)
    return number if known and (known[0]["submission_id"], known[0]["sha256"]) == (number, sha256) else 0


def _write(row: dict[str, Any], receipts: Receipts, archive: Archive, contact: str | None, chain: Chain) -> None:
    file = _judged(row)
    contract = RETURNS.get(file.kind or "")
    place = folder_for(file.provider_siret, from_region=bool(contract and contract.from_region))
    stem = stem_for(row["received_on"], row["submission_id"], file.name)
    rejected = _rejected(file, archive)
    if rejected is not None:
        receipts.put(place, f"{stem}.csv", rejected)
    told = _told(file, row, f"{stem}.csv" if rejected is not None else None, chain.of(row["submission_id"]))
    receipts.put(place, f"{stem}.json", _as_json(file, row, told))
    receipts.put(place, f"{stem}.html", page([told], all_rules(), contact).encode("utf-8", "replace"))
    if rejected is None:
        receipts.drop(place, f"{stem}.csv")  # of before somebody was erased


def _as_json(file: FileVerdict, row: dict[str, Any], told: Told) -> bytes:
    """What `suivi check --format json` says of a file, with what only the night knows."""
    receipt = {
        "number": row["submission_id"],
        "received_at": row["received_at"].astimezone(UTC).isoformat(),
        **check_file(file),
        "rejected_lines": told.rejected_name,
        "sender": row["sender"],
        "released_from": row["released_from"],
        "chain": {"place": told.link.place, "link": told.link.link, "previous": told.link.previous} if told.link else None,
    }
    return (json.dumps(receipt, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "replace")


def _rejected(file: FileVerdict, archive: Archive) -> bytes | None:
    """The CSV of rejected lines; None where there are none, or where the original is gone or cannot be read again."""
    if not any(finding.line is not None and finding.severity == Severity.ERROR for finding in file.findings):
        return None  # many a file is large, and was refused for that
    try:
        return rejected_csv(archive.read(file.sha256), file.findings)
    except Exception as error:  # a receipt without the list is better than none, and than a night that fails
        log.error("%s: its rejected lines cannot be listed: %s", safe_to_show(file.name), described(error))
        return None


def _judged(row: dict[str, Any]) -> FileVerdict:
    """What was decided of a file, as the ledger has it."""
    findings = tuple(
        Finding(f["line"], f["column_name"], f["rule"], Severity(f["severity"]), f["message"]) for f in row["findings"]
    )
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
        reasons=tuple(finding.message for finding in findings if finding.line is None),
    )


def _told(
    file: FileVerdict, row: dict[str, Any] | None = None, rejected_name: str | None = None, link: Link | None = None
) -> Told:
    before = row["sent_before"] if row else None
    return Told(
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
        placed=folder(row["sender"]) if row else None,
        replaced_by=replacements(row["replaced_by"]) if row else (),
        released_from=row["released_from"] if row else None,
        link=link,
    )
