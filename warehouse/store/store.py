"""The private store: every file received, the rows of every version, what was found. One transaction a batch."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.durable_files import make_home, private_files, sync_folder
from warehouse.errors import (
    KeyUnusable,
    NoStoreYet,
    StoreDamaged,
    StoreHeld,
    StoreMissing,
    StoreOfAnotherVersion,
    StoreOfVersionBefore,
    StoreUnusable,
    is_damage,
    safe_description,
)
from warehouse.query_results import read_sql, rows_as_dicts, single_row
from warehouse.store.across_returns_history import note_examined, update_history
from warehouse.store.load_batch import load_batch
from warehouse.store.pseudonyms import Pseudonyms, load_key
from warehouse.store.schema import SCHEMA_VERSION, store_tables
from warehouse.store.stage import identity_text
from warehouse.store.submission import Arrival, KnownFile, NightRules, Submission
from warehouse.store.upgrade import can_upgrade, upgrade
from warehouse.table_declarations import create_table

#: `suivi status` reads the store for an instant; a night waits for it this long (seconds).
LONGEST_WAIT = 10.0
#: What DuckDB may hold in memory; a larger night lies beside the store for as long, and costs no more time for it.
_MEMORY = "512MB"
TAKEN = ("accepted", "partial")
#: where an original lies below the archive: it is named by the SHA-256 of its bytes
_ORIGINALS = "??/" + "[0-9a-f]" * 64


class Store:
    """The store of a home. Open it with `Store.open`; it is a context manager.

    No error of it holds a value of a file: DuckDB's and Arrow's own words, which quote values, are left out.
    """

    def __init__(self, path: Path, pseudonyms: Pseudonyms, *, read_only: bool) -> None:
        self.path = path
        self._pseudonyms = pseudonyms
        self._read_only = read_only
        self._connection: duckdb.DuckDBPyConnection | None = None

    @classmethod
    def open(cls, home: Path, *, read_only: bool = False, longest_wait: float = LONGEST_WAIT) -> Store:
        """The store of this home, made on first use, mode 0600.

        Args:
            home: the home folder, made if need be.
            read_only: look only; another process may then look too, but none may write.
            longest_wait: seconds to wait for another process that holds the store.

        Raises StoreMissing if files have been received but the store is not there, KeyUnusable if the key is not the one
        that the store was written with, StoreUnusable if it cannot be opened.
        """
        path = home / "store.duckdb"
        exists = path.exists()
        if exists and not path.stat().st_size:
            raise StoreMissing(f"{path} is empty: put it back from your backup, or run `suivi rebuild`")
        if not exists and any((home / "archive").glob(_ORIGINALS)):
            raise StoreMissing(
                f"{path} is missing although {home / 'archive'} holds files: put it back, or run `suivi rebuild`"
            )
        if not exists and read_only:
            raise NoStoreYet(f"there is no store at {path}: run `suivi nightly` first")
        make_home(home)
        store = cls(path, Pseudonyms(load_key(home, may_create=not exists)), read_only=read_only)
        try:
            if not exists:
                store._create()
            store._connect(longest_wait)
            store._prove()
        except BaseException:
            store.close()
            raise
        return store

    @classmethod
    def open_copy(cls, path: Path, key: bytes) -> Store:
        """A store in a file of any name, brought up to date if need be. Raises what open raises of a store that is there."""
        store = cls(path, Pseudonyms(key), read_only=False)
        try:
            store._connect(LONGEST_WAIT)
            store._prove()
        except BaseException:
            store.close()
            raise
        return store

    @classmethod
    def make(cls, path: Path, key: bytes) -> Store:
        """An empty store at that path, in the place of any that is there. StoreUnusable if it cannot be made."""
        store = cls(path, Pseudonyms(key), read_only=False)
        store._create()
        store._connect(LONGEST_WAIT)
        return store

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *rest: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file. Nothing happens if that was done already."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            with self._writing("close"):
                connection.close()

    @contextlib.contextmanager
    def closed_meanwhile(self) -> Iterator[Path]:
        """Closes the file for the block, in which it may be attached elsewhere, and opens it again; gives its path."""
        self._checkpoint()
        self.close()
        try:
            yield self.path
        finally:
            self._connect(LONGEST_WAIT)

    @contextlib.contextmanager
    def transaction(self, what: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for the block; all that it writes is kept, or nothing. `what` completes "could not …"."""
        con = self._con
        with self._writing(what):
            con.execute("BEGIN")
            try:
                yield con
                con.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(duckdb.Error):
                    con.execute("ROLLBACK")
                raise

    # ------------------------------------------------------------------------------------------------------- the nights

    def begin_night(self, run_id: str, started_at: datetime, as_of: date, rules: NightRules | None = None) -> None:
        """Note that a night begins, and its rules; it is `running` until it ends, and stays so after a kill."""
        with self.transaction("begin the night") as con:
            con.execute("INSERT INTO nights VALUES (?, ?, NULL, ?, 'running')", [run_id, started_at, as_of])
            if rules is not None:
                con.execute("INSERT INTO night_rules VALUES (?, ?, ?, ?, ?)", [run_id, *astuple(rules)])

    def end_night(self, run_id: str, finished_at: datetime, state: str) -> None:
        """Note how a night ended."""
        with self.transaction("end the night") as con:
            con.execute("UPDATE nights SET finished_at = ?, state = ? WHERE run_id = ?", [finished_at, state, run_id])

    def nights(self, limit: int = 10) -> list[dict[str, Any]]:
        """The last nights, the newest first: run_id, started_at, finished_at, as_of, state."""
        return self._dicts(
            "SELECT run_id, started_at, finished_at, as_of, state FROM nights ORDER BY started_at DESC, run_id DESC LIMIT ?",
            [limit],
        )

    # --------------------------------------------------------------------------------------------------- what is known

    def kinds_of_taken_files(self) -> dict[str, tuple[str | None, str | None]]:
        """Kind and provider of the files of which anything was taken, by the SHA-256 of the bytes received."""
        rows = self._con.execute(
            "SELECT sha256, kind, provider_siret FROM submissions WHERE list_contains(?, decision) ORDER BY submission_id",
            [list(TAKEN)],
        ).fetchall()
        return {sha256: (kind, siret) for sha256, kind, siret in rows}

    def known_sirets(self) -> set[str]:
        """The SIRETs that the programme knows: those of the actions in force."""
        return {siret for (siret,) in self._con.execute(read_sql("warehouse.store", "known_sirets")).fetchall()}

    def already_stored(self, arrivals: Sequence[Arrival]) -> list[Arrival]:
        """Those files of the inbox that an earlier night has stored but not removed: it was killed, or could not."""
        rows = self._con.execute(
            "SELECT file_name, sha256, identity FROM submissions SEMI JOIN (SELECT unnest(?) AS sha256) USING (sha256)",
            [[arrival.sha256 for arrival in arrivals]],
        ).fetchall()
        known = set(rows)
        return [one for one in arrivals if (one.name, one.sha256, identity_text(one.identity)) in known]

    def has_taken(self, file: KnownFile) -> bool:
        """Whether a file of the inbox, known by its inode and its content, was stored in a night of that moment or later.

        Of a workbook of several returns each was stored with its own hash (see Arrival), under a name that begins as its own.
        """
        known = f"%:{file.inode}:{file.size}:{file.modified_ns}:%"
        query = (
            "SELECT count(*) FROM submissions"
            " WHERE (sha256 = ? OR starts_with(file_name, ? || '#')) AND identity LIKE ? AND received_at >= ?"
        )
        return bool(single_row(self._con, query, [file.sha256, file.local, known, file.since])[0])

    def last_number(self) -> int:
        """The number of the last file, 0 where there is none."""
        return self._next("submissions", "submission_id") - 1

    def last_received_on(self) -> date:
        """The day (Europe/Paris) on which the last file came; the first of days where none has."""
        day: date = single_row(self._con, "SELECT coalesce(max(received_on), DATE '0001-01-01') FROM submissions")[0]
        return day

    def submissions(self) -> list[dict[str, Any]]:
        """The ledger, in the order in which files count."""
        return self._dicts("SELECT * FROM submissions ORDER BY submission_id", [])

    # ------------------------------------------------------------------------------------------------------- the batch

    def load(self, run_id: str, submissions: Sequence[Submission]) -> list[int]:
        """Take a batch of files, in the order in which they count, all or none.

        Args:
            run_id: the night.
            submissions: the files as decided.

        Returns:
            the submissions' numbers, in the same order.

        Raises UnstorableFile, which names the culprits, where a file holds what no table can; StoreUnusable where the store
        cannot be written. Then nothing of the batch is in the store.
        """
        if not submissions:
            return []
        numbered = list(enumerate(submissions, start=self._next("submissions", "submission_id")))
        first_finding = self._next("findings", "finding_id")
        with self.transaction("store the batch") as con:
            load_batch(con, run_id, numbered, first_finding, self._pseudonyms)
        return [number for number, _ in numbered]

    def note_cross_findings(self, run_id: str, at: datetime, rows: pa.Table) -> None:
        """Note what a night found across returns: what is new since, what no longer stands.

        Args:
            run_id: the night.
            at: its moment.
            rows: all that it found: submission_id, line, kind, provider_siret, column_name, rule, severity, message.
        """
        with self.transaction("note the findings across returns") as con:
            # never before the file that a finding is about: files of a night are microseconds apart, and clocks go back
            at = single_row(con, "SELECT greatest(?, max(received_at)) FROM submissions", [at])[0]
            update_history(con, at, rows, self._next("cross_findings", "finding_id"))
            note_examined(con, run_id, at)

    def note_examined(self, run_id: str, at: datetime) -> None:
        """Note that a night looked across returns and found what is noted already."""
        with self.transaction("note the findings across returns") as con:
            note_examined(con, run_id, at)

    # --------------------------------------------------------------------------------------------------------- inside

    @property
    def _con(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            raise StoreUnusable(f"the store {self.path} is closed")
        return self._connection

    def _create(self) -> None:
        """Build the store beside and put it in place: a kill leaves none rather than half of one."""
        new = self.path.with_name(self.path.name + ".new")
        for left in (new, new.with_name(new.name + ".wal")):
            left.unlink(missing_ok=True)
        with self._writing("make"):
            with duckdb.connect(str(new)) as con:
                for table in store_tables():
                    con.execute(create_table(table))
                con.execute(
                    "INSERT INTO meta VALUES (?, ?, ?)",
                    [SCHEMA_VERSION, datetime.now(UTC), self._pseudonyms.fingerprint],
                )
                con.execute("CHECKPOINT")
            os.chmod(new, 0o600)
            os.replace(new, self.path)
            sync_folder(self.path.parent)

    def _connect(self, longest_wait: float) -> None:
        deadline = time.monotonic() + longest_wait
        while True:
            try:
                with private_files():
                    self._connection = duckdb.connect(str(self.path), read_only=self._read_only)
                    self._connection.execute(f"SET TimeZone = 'UTC'; SET memory_limit = '{_MEMORY}'")
                if not self._read_only:  # what a night that was killed had no room for in memory
                    shutil.rmtree(self.path.with_name(self.path.name + ".tmp"), ignore_errors=True)
                return
            except duckdb.Error as error:
                if is_damage(error):
                    raise StoreDamaged(self.path) from None
                is_held = "set lock" in str(error)
                if not is_held or time.monotonic() >= deadline:
                    why = "another process holds it: wait until it ends" if is_held else type(error).__name__
                    kind = StoreHeld if is_held else StoreUnusable
                    raise kind(f"the store {self.path} cannot be opened ({why})") from None
            time.sleep(0.1)

    def _prove(self) -> None:
        """Refuse a store of another version or key. The mode is set, not trusted: a restored backup may have another."""
        try:
            found = single_row(self._con, "SELECT schema_version, key_fingerprint FROM meta")
        except (duckdb.Error, AssertionError):
            found = (None, None)
        is_old = can_upgrade(found[0])
        if is_old and self._read_only:
            raise StoreOfVersionBefore(
                f"{self.path} was written by an earlier version: run `suivi nightly`, which brings it up to date"
            )
        if found[0] != SCHEMA_VERSION and not is_old:
            if found[0] is None:
                raise StoreDamaged(self.path)
            if found[0] < SCHEMA_VERSION:
                raise StoreUnusable(
                    f"{self.path} was written by too old a version ({found[0]}):"
                    " run `suivi rebuild`, which makes it from the archive"
                )
            raise StoreOfAnotherVersion(
                f"{self.path} is not a store of this version ({SCHEMA_VERSION}): use the suivi that wrote it"
            )
        if found[1] != self._pseudonyms.fingerprint:
            raise KeyUnusable(
                "secrets/pseudonym.key is not the key that this store was written with: put the right one back, or finish"
                " `suivi rebuild --new-key` where that was cut off"
            )
        if is_old:
            with self.transaction("bring the store up to date") as con:
                upgrade(con)
        if not self._read_only:
            os.chmod(self.path, 0o600)

    @contextlib.contextmanager
    def _writing(self, what: str) -> Iterator[None]:
        try:
            with private_files():
                yield
        except duckdb.Error as error:
            if is_damage(error):
                raise StoreDamaged(self.path) from None
            raise StoreUnusable(f"could not {what}: {self.path} {safe_description(error)}") from None

    def _checkpoint(self) -> None:
        if not self._read_only:
            with self._writing("checkpoint"):
                self._con.execute("CHECKPOINT")

    def _next(self, table: str, column: str) -> int:
        return int(single_row(self._con, f"SELECT coalesce(max({column}), 0) + 1 FROM {table}")[0])

    def _dicts(self, query: str, parameters: Sequence[Any]) -> list[dict[str, Any]]:
        return rows_as_dicts(self._con.execute(query, list(parameters)))
