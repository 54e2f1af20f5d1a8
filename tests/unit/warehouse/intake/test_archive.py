"""The originals: kept once, whole, read-only."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest

from warehouse.intake.archive import Archive

SHA = hashlib.sha256(b"received").hexdigest()


def test_a_file_is_kept_under_the_hash_of_what_was_received(home: Path) -> None:
    archive = Archive(home)
    assert archive.hashes() == []
    path = archive.put(SHA, b"received, less a column")
    assert path == home / "archive" / SHA[:2] / SHA
    assert archive.read(SHA) == b"received, less a column"
    assert archive.has(SHA)
    assert archive.hashes() == [SHA]
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert stat.S_IMODE(path.parent.stat().st_mode) == stat.S_IMODE(archive.folder.stat().st_mode) == 0o700


def test_the_same_content_is_not_written_again(home: Path) -> None:
    archive = Archive(home)
    before = archive.put(SHA, b"first").stat()
    after = archive.put(SHA, b"first").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_what_is_kept_of_a_refused_file_gives_way_when_it_is_judged_again(home: Path) -> None:
    archive = Archive(home)
    archive.put(SHA, b"notice")
    archive.put(SHA, b"content")
    assert archive.read(SHA) == b"content"


def test_a_file_too_large_for_memory_is_kept_as_it_is_read(home: Path) -> None:
    archive = Archive(home)
    spooled = archive.spool(8000)
    for _ in range(1000):
        spooled.write(b"received")
    path = spooled.close(keep=True)
    assert path is not None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = archive.put_spooled(SHA, path)
    assert kept == archive.put_spooled(SHA, path)  # done again, after a failure
    assert kept.read_bytes() == b"received" * 1000
    assert stat.S_IMODE(kept.stat().st_mode) == 0o400
    assert not path.exists()


def test_what_is_not_all_there_is_not_kept(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = Archive(home)
    given_up = archive.spool(8)
    given_up.write(b"rec")
    assert given_up.close(keep=False) is None
    full = archive.spool(8)
    monkeypatch.setattr(full._file, "write", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    full.write(b"received")
    full.write(b"received")
    assert full.close(keep=True) is None
    assert os.listdir(archive.folder) == []


def test_a_file_that_would_fill_the_disk_is_not_kept(home: Path) -> None:
    huge = Archive(home).spool(1 << 60)
    huge.write(b"received")
    assert huge.close(keep=True) is None


def test_a_full_disk_leaves_nothing_behind(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = Archive(home)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        archive.put(SHA, b"received")
    assert not archive.has(SHA)
    assert archive.hashes() == []
    assert os.listdir(archive.folder / SHA[:2]) == []


def test_what_a_killed_night_left_is_swept(home: Path) -> None:
    archive = Archive(home)
    archive.put(SHA, b"received")
    (archive.folder / SHA[:2] / ".part-abc").write_bytes(b"rec")
    assert archive.spool(3).close(keep=True)
    archive.remove_unfinished()
    assert os.listdir(archive.folder / SHA[:2]) == [SHA]
    assert os.listdir(archive.folder) == [SHA[:2]]


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "AB" * 32, "a" * 63, f"{'a' * 64}\n", f"{'a' * 60}/../"])
def test_only_hashes_are_names(home: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a SHA-256"):
        Archive(home).put(name, b"")
