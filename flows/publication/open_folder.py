"""The folder `open/`: which releases are there, whether each is as it was published, and how one gets in, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flows.errors import Problem, described
from transforms.publication.pages import ListedRelease, releases_page
from transforms.publication.read_release import ReleaseName, release_name
from warehouse.durable_files import SHARED_FILE, shared_folder, sync_file, sync_folder, write_shared

SUMS, PACKAGE = "SHA256SUMS", "datapackage.json"
#: where a release is written and audited before it is put in its place: in the same folder, so that one step does it
_UNFINISHED = ".unfinished"
#: what is published is only read, by the owner too
_READ_ONLY = SHARED_FILE & ~0o222
_BLOCK = 1 << 20


class ReleaseRefused(Problem):
    """A release that is not published, or one that is not as it was published."""


@dataclass(frozen=True)
class PublishedRelease:
    """A release in the folder; `sums` is the SHA-256 of its list of hashes."""

    name: ReleaseName
    path: Path
    package: Mapping[str, Any]
    sums: str


def open_folder(home: Path) -> Path:
    """Where the releases of a home lie."""
    return home / "open"


def published_releases(folder: Path) -> list[PublishedRelease]:
    """The releases of the folder, an earlier one first, all of them as they were published.

    Raises ReleaseRefused, which names the release and a file, where one is not, or one is missing that a later one knew.
    """
    names = sorted(
        (name, path) for path in _entries(folder) if path.is_dir() and (name := release_name(path.name)) is not None
    )
    found = [_checked(name, path) for name, path in names]
    digests = {str(release.name): release.sums for release in found}
    for release in found:
        for known in release.package.get("earlierReleases", ()):
            if digests.get(known["name"]) != known["sha256sums"]:
                raise ReleaseRefused(
                    f"{folder / known['name']} is not as {release.name} knew it: put it back from a backup, as it was published"
                )
    return found


def remove_unfinished(folder: Path) -> None:
    """Remove what a release that was killed has left."""
    shutil.rmtree(folder / _UNFINISHED, ignore_errors=True)


def write_unfinished(folder: Path, name: ReleaseName, files: Mapping[str, bytes]) -> Path:
    """Write a release where nobody looks for one, with the list of its hashes; gives its folder. OSError if it cannot be."""
    shared_folder(folder)
    remove_unfinished(folder)
    release = folder / _UNFINISHED / str(name)
    write_files(release, files)
    for path in (release.parent, release, *(entry for entry in release.rglob("*") if entry.is_dir())):
        shared_folder(path)
    return release


def write_files(release: Path, files: Mapping[str, bytes]) -> None:
    """Write the files of a release by their paths, read-only, and the list of their hashes. OSError if one cannot be."""
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {path}\n" for path, content in sorted(files.items()))
    for path, content in {**files, SUMS: sums.encode()}.items():
        target = release / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        target.chmod(_READ_ONLY)


def put_in_place(release: Path) -> Path:
    """Publish a release that is written: from one moment on it is there, whole, and stays so after a power cut.

    Gives where it is. OSError if that cannot be done: then it is not there.
    """
    folder = release.parents[1]
    for path in release.rglob("*"):
        (sync_folder if path.is_dir() else sync_file)(path)
    sync_folder(release)
    target = folder / release.name
    os.rename(release, target)
    sync_folder(folder)
    remove_unfinished(folder)
    return target


def write_list(folder: Path, releases: Sequence[PublishedRelease], publisher: str) -> None:
    """Write `index.html`, the list of the releases, anew, unless it is right. OSError if it cannot be."""
    last = {release.name.period: release.name.version for release in releases}
    listed = [
        ListedRelease(
            str(release.name), release.name.period, release.name.version, date.fromisoformat(release.package["lastDay"]),
            datetime.fromisoformat(release.package["created"]).date(), last[release.name.period] == release.name.version,
        )
        for release in releases
    ]  # fmt: skip
    content = releases_page(listed, publisher).encode()
    path = folder / "index.html"
    if listed and (not path.is_file() or path.read_bytes() != content):
        write_shared(folder, path.name, content)
        sync_folder(folder)


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _checked(name: ReleaseName, path: Path) -> PublishedRelease:
    """A release that is as its list of hashes says."""
    try:
        sums = (path / SUMS).read_bytes()
        listed = {file: digest for digest, _, file in (line.partition("  ") for line in sums.decode().splitlines())}
        there = {entry.relative_to(path).as_posix() for entry in path.rglob("*") if not entry.is_dir() or entry.is_symlink()}
        if odd := sorted(there.symmetric_difference({*listed, SUMS})):
            raise _changed(path, odd[0], "is missing" if odd[0] in listed or odd[0] == SUMS else "was added")
        for file, digest in listed.items():
            if _digest(path / file) != digest:
                raise _changed(path, file, "was changed")
        package = json.loads((path / PACKAGE).read_bytes())
    except (OSError, ValueError, KeyError) as error:
        raise ReleaseRefused(f"{path} cannot be read as a release ({described(error)}): put it back from a backup") from None
    return PublishedRelease(name, path, package, hashlib.sha256(sums).hexdigest())


def _changed(path: Path, file: str, what: str) -> ReleaseRefused:
    return ReleaseRefused(
        f"{path} is not as it was published ({file} {what}): put it back from a backup; a correction is a new version"
    )


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
