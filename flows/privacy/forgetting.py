"""Takes persons out of every file of a home, step by step; each step may be repeated, so that what was cut off goes on."""

from __future__ import annotations

import contextlib
import mmap
import os
import re
import shutil
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from flows.errors import Problem, described
from flows.fill import earlier_release, fill, meta_of, programme_of_night
from flows.night import HEAD_BYTES, programme_of
from flows.receipts import rewrite_receipts
from flows.settings import Settings
from transforms.erase import MARK, Outcome, is_withheld, marked_lines, withheld, without
from warehouse import snapshots
from warehouse.archive import Archive
from warehouse.erasures import Erased, Person
from warehouse.forget import forget_in_store, forget_in_warehouse
from warehouse.ledger_file import note_rewritten
from warehouse.outcomes import Outcomes
from warehouse.problem import WarehouseProblem
from warehouse.published import publish, warehouse_path
from warehouse.receipts import Receipts
from warehouse.store import Store

#: what kills and rebuilds may leave lying in a home, each a copy of what is private
_LEFT_LYING = (
    "store.duckdb.before-*", "store.duckdb.new*", ".before.duckdb*", ".rebuild", "warehouse.duckdb.new*",
    "warehouse.duckdb.history.new*", "snapshots/*.new*", "receipts/*/.part-*", "archive/ledger.jsonl.damaged",
)  # fmt: skip
#: what we write, first part of its path
OURS = frozenset({
    "archive", "receipts", "erasures", "audit.jsonl", "store.duckdb", "warehouse.duckdb", "snapshots", "reports", "open",
    "outbox", ".prefect",
})  # fmt: skip
_ENCODINGS = ("utf-8", "cp1252", "iso-8859-15", "utf-16-le", "utf-16-be")


@dataclass
class Forgotten:
    """What was taken out, or would be: SHA-256 of the originals, rows by table, receipts, snapshots, other files.

    `withheld` are originals that nobody can look into for a person (no text, too large): a notice stands for them.
    """

    originals: list[str] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    receipts: int = 0
    snapshots: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    @property
    def is_nothing(self) -> bool:
        """Whether there was nothing of it in archive and store."""
        return not self.originals and not any(self.rows.values())


class Forgetting:
    """The work for one open store; its lock is held by the caller.

    Args:
        settings: of the home.
        store: the open store.
        erased: who is to be taken out.
        person: the one whose reference is known: only originals in which it stands are read.
        whole: of the originals with these SHA-256 everybody is taken out.
        reason: why originals are rewritten, for the ledger's copy.
        dry_run: only look.
    """

    def __init__(
        self, settings: Settings, store: Store, erased: Erased, *, person: Person | None = None,
        whole: Mapping[str, Erased] | None = None, reason: str, dry_run: bool = False,
    ) -> None:  # fmt: skip
        self.settings = settings
        self.done = Forgotten()
        self._home = settings.home
        self._store = store
        self._erased = erased
        self._whole = whole or {}
        self._reason = reason
        self._dry_run = dry_run
        self._needles = list(_needles(person)) if person else []
        self._marked: list[tuple[str, int]] = []

    def run(self) -> Forgotten:
        """All steps in their order. Raises Problem, in one line, where one fails: run them again then, they go on."""
        steps = (self.archive, self.store, self.receipts, self.warehouse, self.snapshots, self.leftovers)
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
        """Rewrite the originals; the ledger's copy is told first, so that none ever passes for damaged for good."""
        archive = Archive(self._home)
        with self._store.transaction("read the ledger") as con:
            outcomes = Outcomes(con)
        for sha256 in archive.hashes():
            if outcomes.is_too_large(sha256):  # unread, and perhaps too large for our memory too
                with archive.path(sha256).open("rb") as original:
                    before = original.read(HEAD_BYTES)
                after = withheld(before)
            else:
                before = archive.read(sha256)
                after = self._without(sha256, before, outcomes)
            if MARK.encode() in after:
                self._marked += [(sha256, line) for line in marked_lines(after, self._erased)]
            if after == before:
                continue
            (self.done.withheld if is_withheld(after) else self.done.originals).append(sha256)
            if not self._dry_run:
                note_rewritten(self._home, sha256, after, self._reason)
                archive.put(sha256, after)

    def _without(self, sha256: str, before: bytes, outcomes: Outcomes) -> bytes:
        erased = self._whole.get(sha256)
        may_be_passed_over = erased is None and self._needles and outcomes.is_read(sha256)
        if may_be_passed_over and not any(needle in before for needle in self._needles):
            return before
        return without(before, erased or self._erased, lambda line: Outcome(outcomes.of(sha256, line)), at_door=False)

    def store(self) -> None:
        """Write the store anew, without them, and without what DuckDB leaves of deleted rows."""
        self.done.rows |= forget_in_store(self._store, self._erased, self._marked, dry_run=self._dry_run)

    def receipts(self) -> None:
        """Write again the receipts of the originals that were rewritten, and those whose list of rejected lines names them."""
        touched = {*self.done.originals, *(sha256 for sha256, _ in self._marked)}
        numbers = {row["submission_id"] for row in self._store.submissions() if row["sha256"] in touched}
        for path, number in Receipts(self._home).lists():
            if self._erased.mentions(path.read_text(encoding="utf-8-sig", errors="replace")):
                numbers.add(number)
        self.done.receipts = rewrite_receipts(self.settings, self._store, numbers)

    def warehouse(self) -> None:
        """Publish again the warehouse that is published, for the same day, night and rules."""
        release = snapshots.made_of(warehouse_path(self._home))
        if release is None:
            return
        today = programme_of(self.settings)
        programme = programme_of_night(self._home, release.get("programme_version"), today)
        as_of = release["as_of"]
        with earlier_release(self._home, self._store, as_of, programme, may_read=False) as earlier:
            publish(
                self._home, self._store, as_of, lambda con, day: fill(con, day, programme, earlier),
                meta_of(str(release["run_id"]), programme, earlier), detail=self.settings.analysts_detail,
            )  # fmt: skip

    def snapshots(self) -> None:
        """Write the snapshots anew without their rows; their indicators stay as they were published."""
        for day in snapshots.days(self._home):
            path = snapshots.snapshot_path(self._home, day)
            try:
                gone = forget_in_warehouse(path, self._erased, dry_run=self._dry_run)
            except duckdb.Error as error:
                raise Problem(
                    f"{path} cannot be read ({type(error).__name__}): remove it, or put it back, and run this again"
                ) from None
            if any(gone.values()):
                self.done.snapshots.append(path.name)

    def leftovers(self) -> None:
        """Remove copies of what is private that kills and rebuilds have left."""
        Archive(self._home).sweep()
        for pattern in _LEFT_LYING:
            for path in sorted(self._home.glob(pattern)):
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()
                self.done.files.append(path.relative_to(self._home).as_posix())


def files_that_hold(home: Path, person: Person, *, ours_too: bool) -> list[str]:
    """The files under a home in which the reference stands as a word; none where it is so short that it stands everywhere.

    Left out are those in which it may stand for somebody else: originals, store, lists of rejected lines. And unless
    `ours_too`, all that we write: the name of a file, which is not erased, stands in many of those.
    """
    if len(person.learner_ref) < 6:
        return []
    words = [_as_word(needle) for needle in dict.fromkeys(_needles(person, whole=True))]
    known = {home / "store.duckdb", *Archive(home).folder.glob("??/*"), *(p for p, _ in Receipts(home).lists())}
    found = []
    for path in _files(home):
        if path in known or (not ours_too and path.relative_to(home).parts[0] in OURS):
            continue
        with contextlib.suppress(OSError, ValueError):  # gone meanwhile, not ours to read, empty
            if _holds(path, words):
                found.append(path.relative_to(home).as_posix())
    return found


def _holds(path: Path, words: Iterable[re.Pattern[bytes]]) -> bool:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return any(word.search(data) for word in words)


def _files(home: Path) -> Iterable[Path]:
    for folder, _, names in os.walk(home):
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink():
                yield path


def _needles(person: Person, *, whole: bool = False) -> Iterable[bytes]:
    """How the reference may stand in a file: a space may be a no-break one there, and a quote is doubled."""
    text = person.learner_ref
    piece = text if whole else max(re.split(r'[\s"]', text), key=len)
    for encoding in _ENCODINGS:
        try:
            yield piece.encode(encoding)
        except UnicodeEncodeError:
            continue


def _as_word(needle: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"(?<![0-9A-Za-z_])" + re.escape(needle) + rb"(?![0-9A-Za-z_])")
