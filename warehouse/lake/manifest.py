"""The lake's manifest: which files make it up, and what they were when they were written."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from warehouse.durable_files import sync_folder, write_private

log = logging.getLogger("suivi.lake")

MANIFEST = "manifest.json"
#: of the manifest and of the lake's layout; a lake of another version is written anew
_VERSION = 1


@dataclass(frozen=True)
class LakeFile:
    """A Parquet file: its path below the lake, its rows, bytes and SHA-256, the first and last submission by which rows came."""

    path: str
    rows: int
    size: int
    sha256: str
    first: int
    last: int

    def is_intact(self, lake: Path) -> bool:
        """Whether the file lies there as it was written."""
        path = lake / self.path
        try:
            return path.stat().st_size == self.size and sha256_of(path) == self.sha256
        except OSError:
            return False


@dataclass(frozen=True)
class Partition:
    """A partition of a table: how many rows, the checksum of their content whatever their order, its files, oldest first."""

    table: str
    rows: int
    checksum: str
    files: tuple[LakeFile, ...]


@dataclass(frozen=True)
class Manifest:
    """The last submission that the lake knows, and its partitions by their paths below the lake."""

    last: int
    partitions: Mapping[str, Partition]

    def files(self, tables: Iterable[str]) -> dict[str, tuple[LakeFile, ...]]:
        """The files of each of these tables."""
        partitions = sorted(self.partitions.items())
        return {
            name: tuple(file for _, partition in partitions if partition.table == name for file in partition.files)
            for name in tables
        }  # fmt: skip


def read_manifest(lake: Path) -> Manifest:
    """The manifest of the lake in this folder; one without a file where there is none, or it cannot be understood.

    OSError if it cannot be read.
    """
    try:
        said = json.loads((lake / MANIFEST).read_bytes())
        if said["version"] == _VERSION:
            return Manifest(int(said["last"]), {path: _partition(partition) for path, partition in said["partitions"].items()})
        log.info("the lake is of another version: written again from the store")
    except FileNotFoundError:
        pass
    except (ValueError, KeyError, TypeError, AttributeError):
        log.warning("%s is damaged: the lake is written again from the store", lake / MANIFEST)
    return Manifest(0, {})


def _partition(said: Mapping[str, object]) -> Partition:
    files = said["files"]
    if not isinstance(files, list):
        raise TypeError("files of a partition")
    return Partition(str(said["table"]), int(str(said["rows"])), str(said["checksum"]), tuple(LakeFile(**one) for one in files))


def write_manifest(lake: Path, manifest: Manifest) -> None:
    """Put a manifest in the place of the one before, in one step. OSError if it cannot be written; that of before stays then."""
    said = {"version": _VERSION, "last": manifest.last, "partitions": {p: asdict(one) for p, one in manifest.partitions.items()}}
    write_private(lake, MANIFEST, json.dumps(said, indent=1).encode())
    sync_folder(lake)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal. OSError if it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
