"""What the store takes in: a file that arrived, and what was decided of it and of its rows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


class FindingColumns(Protocol):
    """What the store reads of findings (expectations.findings.Findings fulfils it; `warehouse` may not import it)."""

    @property
    def lines(self) -> NDArray[np.int32]:
        """The physical line of each, 0 for the file as a whole."""

    @property
    def codes(self) -> NDArray[np.int32]:
        """Which of `said` each says."""

    @property
    def said(self) -> Sequence[tuple[str | None, str, str, str]]:
        """English field name, id of the rule, severity, French sentence without a value."""


class TypedColumns(Protocol):
    """What the store reads of rows without errors in their own file (transforms.parse.columns.TypedRows fulfils it).

    Rules across returns may still keep such a row out of what counts.
    """

    def __len__(self) -> int:
        """How many rows."""

    def table(self) -> pa.Table:
        """`line`, then the contract's columns, typed, personal values as they came: the store hashes."""

    def keys(self, names: Sequence[str]) -> pa.StringArray:
        """The values of these columns as one text each (warehouse.store.stage.row_key)."""

    def take(self, at: NDArray[Any]) -> TypedColumns:
        """The rows at these places."""

    @property
    def lines(self) -> NDArray[np.int32]:
        """The line of each."""


@dataclass(frozen=True)
class DecidedFile:
    """A file as decided: accepted, partial, refused, duplicate or held. records = accepted + quarantined.

    `rows` holds one row per key: identical rows have been made one before. `quarantined_rows` has the columns line (int32) and
    row_key (null where the key could not be read). Either is None where nothing of the file was taken. `scopes` are named by
    records that were accepted and are not kept, because somebody was erased.
    """

    name: str
    sha256: str
    kind: str | None
    provider_siret: str | None
    decision: str
    records: int = 0
    accepted: int = 0
    quarantined: int = 0
    blank_lines: int = 0
    findings: FindingColumns | None = None
    rows: TypedColumns | None = field(default=None, repr=False)
    quarantined_rows: pa.Table | None = field(default=None, repr=False)
    scopes: Sequence[tuple[Any, ...]] = field(default=(), repr=False)


@dataclass(frozen=True)
class Submission:
    """A decided file and how it had come; see Arrival. `folder_provider` is whose it is if it names no provider."""

    file: DecidedFile
    received_at: datetime
    identity: tuple[int, ...] = ()
    sender: str = ""
    released_from: int | None = None
    folder_provider: str | None = None


class KnownFile(Protocol):
    """A file that was in the inbox: the store may have taken it (warehouse.intake.elsewhere.spool.Brought fulfils it)."""

    @property
    def sha256(self) -> str:
        """Of its content."""

    @property
    def local(self) -> str:
        """Its path relative to the inbox, with '/'."""

    @property
    def inode(self) -> int:
        """Which file it was."""

    @property
    def size(self) -> int:
        """In bytes."""

    @property
    def modified_ns(self) -> int:
        """When it was last changed, in nanoseconds since 1970."""

    @property
    def since(self) -> datetime:
        """The moment of the night that brought it: none before it can have taken it."""


@dataclass(frozen=True)
class NightRules:
    """Under which rules a night judges: versions of code and programme, and when a file is refused as a whole."""

    suivi_version: str
    programme_version: str
    refuse_above: float
    max_file_mb: float


@dataclass(frozen=True)
class Release:
    """A warehouse that a night published: its night, reference date and programme, and the last file that it knew.

    `programme_version` is None for nights of before it was noted; `last_submission_id` is 0 for no file.
    """

    run_id: str
    as_of: date
    programme_version: str | None
    last_submission_id: int


@dataclass(frozen=True)
class Arrival:
    """A file of the inbox, read once. `name` is its path relative to the inbox, with '/'.

    `sha256` is that of the bytes received. `identity` says which file was read, so that another one of the same
    name, written since, is never removed in its place. `sender` is the first folder below the inbox, '' for the inbox itself.
    A held file that the steward has accepted comes again as an arrival: `released_from` is its number, `data` what was kept.

    Of a workbook each sheet that is a return is an arrival (`is_sheet`): `data` is the CSV text of its cells. Where one sheet
    is a return `name` and `sha256` are the workbook's. Where several are, each is named `workbook#sheet`, and its `sha256` is
    that of `sheet_hash`: archive, duplicates, held files and receipts are told apart by it.
    What stands for a workbook that is refused is a notice (transforms.read.workbook_refusals).
    """

    name: str
    path: Path
    data: bytes = field(repr=False)
    sha256: str
    received_at: datetime
    identity: tuple[int, ...] = ()
    size: int = 0
    sender: str = ""
    released_from: int | None = None
    inbox: Path | None = None
    spooled: Path | None = None
    is_sheet: bool = False

    @property
    def is_in_memory(self) -> bool:
        """False for a file too large: it was hashed, not kept in memory, and there are no bytes to judge."""
        return len(self.data) == self.size

    @property
    def modified_ns(self) -> int:
        """When the file was last changed, in nanoseconds since 1970: what says which of two files came first."""
        return self.identity[3]

    @property
    def is_released(self) -> bool:
        """Whether it was held and the steward has accepted it: neither its sender nor its having come before counts then."""
        return self.released_from is not None


def sheet_hash(workbook: str, sheet: str) -> str:
    """The SHA-256 that stands for one of several returns of a workbook: that of the text `<SHA-256 of the workbook>#<sheet>`."""
    return hashlib.sha256(f"{workbook}#{sheet}".encode("utf-8", "replace")).hexdigest()
