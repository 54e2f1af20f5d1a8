"""Takes persons out of every file of a home, step by step; each step may be repeated, so that what was cut off goes on."""

from __future__ import annotations

import shutil
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb

from expectations.verdict.decide import sentences_of
from flows.errors import Problem, described
from flows.pages.dashboard import write_dashboard
from flows.pages.receipts import rewrite_receipts
from flows.settings import Settings, programme_of
from flows.steps.compute import compute_warehouse, programme_of_night
from flows.steps.publish import publish_or_remove
from flows.verification.sheet import remove_sheets
from transforms.models.rows_in_force import lake_of_store
from transforms.pages.mail.redact import redacted_mail, redacted_text
from transforms.read.totals_and_guidance import MARK
from transforms.redaction.erase_records import TITLE, RecordOutcome, header_of, marked_lines, without_erased
from transforms.redaction.quick_search import QuickSearch
from transforms.redaction.unread_originals import is_withheld, notice_instead_of
from transforms.redaction.unwanted_columns import HEAD_BYTES
from warehouse.durable_files import write_private
from warehouse.erasure.erased_persons import ErasedPersons
from warehouse.erasure.record_outcomes import RecordOutcomes
from warehouse.erasure.rewrite_databases import remove_from_snapshot, remove_from_store
from warehouse.errors import WarehouseProblem
from warehouse.intake.archive import Archive
from warehouse.intake.ledger_file import note_rewritten
from warehouse.lake.tables import lake_folder
from warehouse.notifications.receipt_folder import ReceiptFolder
from warehouse.published import snapshots
from warehouse.published.publish import warehouse_path
from warehouse.store.store import Store

#: what kills and rebuilds may leave lying in a home, each a copy of what is private
_LEFT_LYING = (
    "store.duckdb.before-*", "store.duckdb.new*", "store.duckdb.tmp", ".before.duckdb*", ".rebuild", "warehouse.duckdb.new*",
    "warehouse.duckdb.history.new*", "warehouse.duckdb.steps.new", "snapshots/*.new*", "receipts/*/.part-*",
    "archive/ledger.jsonl.damaged", ".passing-*", "lake.tmp",
)  # fmt: skip


@dataclass
class Removed:
    """What was taken out, or would be: SHA-256 of the originals, rows by table, receipts, snapshots, other files.

    `withheld` are originals in which nobody can look for a person, because they are no text or too large: a notice takes their
    place. `mails` are the Message-IDs of mails that named the persons. `files` are other files that were removed, or rewritten
    (those in outbox/).
    """

    originals: list[str] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    receipts: int = 0
    snapshots: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)

    @property
    def is_nothing(self) -> bool:
        """Whether archive and store held nothing of the persons."""
        return not self.originals and not any(self.rows.values())


class PersonRemoval:
    """Takes persons out of the home of one open store, whose lock the caller holds.

    Args:
        settings: of the home.
        store: the open store.
        erased: who is to be taken out.
        first_look: tells which originals may hold them; all are read if None.
        whole: of the originals with these SHA-256 everybody is taken out.
        reason: why originals are rewritten, for the ledger's copy.
        dry_run: only look.
    """

    def __init__(
        self, settings: Settings, store: Store, erased: ErasedPersons, *, first_look: QuickSearch | None = None,
        whole: Mapping[str, ErasedPersons] | None = None, reason: str, dry_run: bool = False,
    ) -> None:  # fmt: skip
        self.settings = settings
        self.done = Removed()
        self._home = settings.home
        self._store = store
        self._erased = erased
        self._whole = whole or {}
        self._reason = reason
        self._dry_run = dry_run
        self._first_look = first_look or QuickSearch(None)
        self._marked: list[tuple[str, int, int | None]] = []
        self._new_sentences: list[tuple[str, str, str]] = []

    def run(self) -> Removed:
        """All steps in their order. Raises Problem, in one line, where one fails: run them again then, they go on."""
        steps = (
            self.archive, self.store, self.lake, self.sheets, self.receipts, self.mails, self.warehouse, self.snapshots,
            self.leftovers,
        )  # fmt: skip
        for step in (self.archive, self.store, self.snapshots) if self._dry_run else steps:
            try:
                step()
            except Problem:
                raise
            except Exception as error:
                said = str(error) if isinstance(error, WarehouseProblem) else described(error)
                problem = Problem(f"stopped at step {step.__name__}: {said}; run the same command again, it goes on from there")
                problem.details = "".join(traceback.format_exception(error))
                raise problem from None
        return self.done

    def archive(self) -> None:
        """Rewrite the originals.

        What each will be is noted in the ledger's copy first: after a kill in between, an original that is not yet what was noted
        passes for damaged until this is run again; the other way round it would pass for damaged for good.
        """
        with self._store.transaction("read the ledger") as con:
            outcomes = RecordOutcomes(con)
        # Held files come first: where the same bytes lie in both places, the last note in the ledger's copy has to be about the
        # archive, since those are the bytes that count.
        for archive in (Archive.of_held(self._home), Archive(self._home)):
            for sha256 in archive.hashes():
                self._rewrite(archive, sha256, outcomes)

    def _rewrite(self, archive: Archive, sha256: str, outcomes: RecordOutcomes) -> None:
        if outcomes.is_too_large(sha256):  # unread, and perhaps too large for our memory too
            with archive.path(sha256).open("rb") as original:
                before = original.read(HEAD_BYTES)
            after = notice_instead_of(before)
        else:
            before = archive.read(sha256)
            after = self._without(sha256, before, outcomes)
        if MARK.encode() in after:
            self._marked += [(sha256, line, up_to) for line, up_to in marked_lines(after, self._erased)]
        if TITLE.encode() in after and (header := header_of(after)):
            self._new_sentences += [(sha256, rule, sentence) for rule, sentence in sentences_of(header).items()]
        if after == before:
            return
        (self.done.withheld if is_withheld(after) else self.done.originals).append(sha256)
        if not self._dry_run:
            note_rewritten(self._home, sha256, after, self._reason)
            archive.put(sha256, after)

    def _without(self, sha256: str, before: bytes, outcomes: RecordOutcomes) -> bytes:
        erased = self._whole.get(sha256)
        if erased is None:
            if outcomes.is_read(sha256) and not self._first_look.may_be_in_file(before):
                return before
            # Of a file of which nothing was taken, records that only resemble the persons may go too: nothing is lost with them.
            erased = self._erased if outcomes.is_taken(sha256) else self._erased.watching_for_likeness()
        return without_erased(before, erased, lambda line: RecordOutcome(outcomes.of(sha256, line)), came_after_erasure=False)

    def store(self) -> None:
        """Write the store anew, without them, and without what DuckDB leaves of deleted rows."""
        def clean(message_id: str, subject: str, content: bytes) -> tuple[str, bytes]:
            now = redacted_text(subject, self._erased), redacted_mail(content, self._erased)
            if now != (subject, content):
                self.done.mails.append(message_id)
            return now

        gone = remove_from_store(self._store, self._erased, self._marked, self._new_sentences, clean, dry_run=self._dry_run)
        self.done.rows |= gone

    def lake(self) -> None:
        """Write again those partitions of the lake in which they were, where there is a lake."""
        if lake_folder(self._home).exists():
            lake_of_store(self._store, self._home)

    def sheets(self) -> None:
        """Remove the sheets of audits that drew them; `suivi audit` writes them again without them."""
        with self._store.transaction("look for audits") as con:
            for (audit,) in con.execute("SELECT DISTINCT audit FROM audit_items WHERE learner_key IS NULL").fetchall():
                self.done.files += remove_sheets(self._home, audit)

    def receipts(self) -> None:
        """Write again the receipts of the originals that were rewritten, and those whose list of rejected lines names them."""
        touched = {*self.done.originals, *(sha256 for sha256, *_ in (*self._marked, *self._new_sentences))}
        numbers = {row["submission_id"] for row in self._store.submissions() if row["sha256"] in touched}
        for path, number in ReceiptFolder(self._home).rejected_line_files():
            text = path.read_text(encoding="utf-8-sig", errors="replace")
            if self._first_look.may_be_in(text) and self._erased.mentions(text):
                numbers.add(number)
        self.done.receipts = rewrite_receipts(self.settings, self._store, numbers)

    def mails(self) -> None:
        """Write the mails in outbox/ anew. A mail that somebody has sent from there cannot be called back."""
        for path in sorted((self._home / "outbox").glob("*.eml")):
            before = path.read_bytes()
            if (after := redacted_mail(before, self._erased)) != before:
                write_private(path.parent, path.name, after)
                self.done.files.append(path.relative_to(self._home).as_posix())

    def warehouse(self) -> None:
        """Publish again the warehouse that is published, for the same day, night and rules, and the dashboard from it."""
        release = snapshots.release_of(warehouse_path(self._home))
        if release is None:
            return
        today = programme_of(self.settings)
        programme = programme_of_night(self._home, release.get("programme_version"), today)
        as_of = release["as_of"]
        publish_or_remove(
            compute_warehouse(
                self._home, self._store, as_of, programme, str(release["run_id"]),
                with_detail=self.settings.analysts_detail, may_read_earlier=False,
            )
        )  # fmt: skip
        if self.settings.dashboard.exists():
            write_dashboard(self.settings)

    def snapshots(self) -> None:
        """Write the snapshots anew without their rows; their indicators stay as they were published."""
        for day in snapshots.snapshot_days(self._home):
            path = snapshots.snapshot_path(self._home, day)
            try:
                gone = remove_from_snapshot(path, self._erased, self._new_sentences, dry_run=self._dry_run)
            except duckdb.Error as error:
                raise Problem(
                    f"{path} cannot be read ({type(error).__name__}): remove it, or put it back, and run this again"
                ) from None
            if any(gone.values()):
                self.done.snapshots.append(path.name)

    def leftovers(self) -> None:
        """Remove the copies of private data that nights which were killed, and rebuilds, have left."""
        Archive(self._home).remove_unfinished()
        for pattern in _LEFT_LYING:
            for path in sorted(self._home.glob(pattern)):
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()
                self.done.files.append(path.relative_to(self._home).as_posix())

