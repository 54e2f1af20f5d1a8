"""Files that are held: which wait for the steward's word, what was answered, and which count from the next night on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from warehouse.intake.archive import Archive
from warehouse.intake.senders import REGION_KINDS, SpokenFor
from warehouse.query_results import read_sql, single_row

ACCEPTED, REJECTED = "accepted", "rejected"
#: the rule of files whose sender may not speak for them
OF_SENDER = "FIC-17"


@dataclass(frozen=True)
class HeldFile:
    """A held file. `answer` is None while it waits; `counts_as` is the number under which it counts, once it does."""

    number: int
    received_at: datetime
    sender: str
    name: str
    kind: str | None
    provider_siret: str | None
    sha256: str
    rule: str
    message: str
    answer: str | None
    counts_as: int | None

    @property
    def speaks_for(self) -> SpokenFor:
        """For whom it wants to speak: a SIRET, or None for the Region."""
        return None if self.kind in REGION_KINDS else self.provider_siret

    @property
    def is_waiting(self) -> bool:
        """Whether the steward has not answered yet."""
        return self.answer is None

    @property
    def counts_from_next_night(self) -> bool:
        """Whether it was accepted and does not count yet: the next night takes it."""
        return self.answer == ACCEPTED and self.counts_as is None


def held_files(con: duckdb.DuckDBPyConnection) -> list[HeldFile]:
    """All files that were ever held, from a store, in the order in which they came."""
    return [HeldFile(*row) for row in con.execute(read_sql("warehouse.intake", "held_files")).fetchall()]


def newer_files(con: duckdb.DuckDBPyConnection, file: HeldFile) -> int:
    """How many files of the same kind and provider were taken since that one came: it will replace what they say."""
    about = {"number": file.number, "kind": file.kind, "provider_siret": file.speaks_for}
    return int(single_row(con, read_sql("warehouse.intake", "count_newer_files"), about)[0])


def note_answer(con: duckdb.DuckDBPyConnection, number: int, answer: str, at: datetime) -> None:
    """Note the steward's answer about a held file."""
    con.execute("INSERT INTO held_answers VALUES (?, ?, ?)", [number, answer, at])


def note_bound(con: duckdb.DuckDBPyConnection, sender: str, whom: SpokenFor, at: datetime) -> None:
    """Note that the steward bound a folder to a provider, or to the Region (None)."""
    con.execute("INSERT INTO bound_senders VALUES (?, ?, ?)", [sender, whom, at])


def read_kept(home: Path, sha256: str) -> bytes:
    """What is kept of a file that is held, or was. OSError if nothing is."""
    archive = Archive(home)
    return archive.read(sha256) if archive.has(sha256) else Archive.of_held(home).read(sha256)


def remove_counted_from_held(home: Path) -> None:
    """Remove from `held/` what the archive holds too: it counts by now."""
    archive, held = Archive(home), Archive.of_held(home)
    held.remove_unfinished()
    for sha256 in held.hashes():
        if archive.has(sha256):
            held.path(sha256).unlink()
