"""What is taken from the inbox, what is left, and what is never touched."""

from __future__ import annotations

import hashlib
import os
import socket
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from warehouse.intake import inbox as inbox_module
from warehouse.intake.archive import Archive
from warehouse.intake.inbox import STILL_WRITTEN, Collected, collect, remove
from warehouse.store.submission import Arrival

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
SETTLE = 60.0


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def drop(path: Path, data: bytes = b"x", age: float = 3600.0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    at = NOW.timestamp() - age
    os.utime(path, (at, at))
    return path


def look(inbox: Path, max_file_mb: float = 1.0) -> Collected:
    return collect(inbox, SETTLE, max_file_mb, NOW)


def names(found: Collected) -> list[str]:
    return [arrival.name for arrival in found.arrivals]


def test_files_are_found_in_any_subfolder_in_the_order_in_which_they_count(inbox: Path) -> None:
    drop(inbox / "b.csv", age=100)
    drop(inbox / "a.csv", age=100)
    drop(inbox / "deep" / "er" / "c.csv", b"content", age=200)
    drop(inbox / "CASE.CSV", age=90)
    found = look(inbox)
    assert names(found) == ["deep/er/c.csv", "a.csv", "b.csv", "CASE.CSV"]
    first = found.arrivals[0]
    assert (first.data, first.sha256, first.size) == (b"content", hashlib.sha256(b"content").hexdigest(), 7)
    assert first.received_at == NOW
    assert (found.deferred, found.too_large, found.ignored) == ([], [], [])


@pytest.mark.parametrize("name", ["a.csv.part", "a.TMP", "~$a.csv", ".a.csv.Xy12", "sub/.~lock.a.csv#", "a.filepart"])
def test_names_of_unfinished_files_are_deferred(inbox: Path, name: str) -> None:
    drop(inbox / name)
    found = look(inbox)
    assert [n for n, _ in found.deferred] == [name]
    assert found.arrivals == []


@pytest.mark.parametrize("name", ["part", "a.part.csv", "tmp.csv", "~a.csv", "$a", "sub.part/a.csv", "no extension"])
def test_other_names_are_not(inbox: Path, name: str) -> None:
    drop(inbox / name)
    assert names(look(inbox)) == [name]


@pytest.mark.parametrize(
    ("age", "taken"),
    [
        (3600, True),
        (SETTLE, True),
        (SETTLE - 1, False),
        (0, False),
        (-SETTLE, False),
        (-SETTLE - 1, True),
        (-1e9, True),
    ],
)
def test_a_file_has_to_settle_but_not_for_ever(inbox: Path, age: float, taken: bool) -> None:
    drop(inbox / "a.csv", age=age)
    found = look(inbox)
    assert names(found) == (["a.csv"] if taken else [])
    assert found.deferred == ([] if taken else [("a.csv", STILL_WRITTEN)])


def test_without_settling_everything_is_taken(inbox: Path) -> None:
    for age in (-10, 0, 10):
        drop(inbox / f"{age}.csv", age=age)
    assert len(collect(inbox, 0, 1, NOW).arrivals) == 3


def test_a_file_that_changes_while_it_is_read_is_deferred(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = drop(inbox / "a.csv", b"first half")
    real = os.read

    def read(descriptor: int, size: int) -> bytes:
        data = real(descriptor, size)
        with path.open("ab") as file:
            file.write(b"more") if data == b"first half" else None
        return data

    monkeypatch.setattr(inbox_module.os, "read", read)
    found = look(inbox)
    assert found.deferred == [("a.csv", STILL_WRITTEN)]
    assert found.arrivals == []


def test_links_pipes_and_sockets_are_never_followed(inbox: Path, tmp_path: Path) -> None:
    secret = drop(tmp_path / "elsewhere" / "secret.csv", b"secret")
    (inbox / "link.csv").symlink_to(secret)
    (inbox / "folder").symlink_to(secret.parent)
    (inbox / "dangling.csv").symlink_to(tmp_path / "nothing")
    (inbox / "loop").symlink_to(inbox)
    os.mkfifo(inbox / "pipe.csv")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(inbox / "s"))
        found = look(inbox)
    assert found.arrivals == found.deferred == []
    assert [name for name, _ in found.ignored] == ["dangling.csv", "folder", "link.csv", "loop", "pipe.csv", "s"]


def test_an_inbox_that_is_a_link_is_opened(inbox: Path, tmp_path: Path) -> None:
    drop(inbox / "a.csv")
    (tmp_path / "link").symlink_to(inbox)
    assert names(look(tmp_path / "link")) == ["a.csv"]


@pytest.fixture
def unreadable(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Root may read anything, so refusals are played: a folder `shut`, a file `shut.csv`."""
    real_open = os.open

    def open_file(path: Path, *rest: int, **more: int) -> int:
        if Path(path).name in ("shut", "shut.csv"):
            raise PermissionError(13, "Permission denied", str(path))
        return real_open(path, *rest, **more)

    monkeypatch.setattr(inbox_module.os, "open", open_file)
    yield
    monkeypatch.undo()


def test_what_cannot_be_read_does_not_stop_the_rest(inbox: Path, unreadable: None) -> None:
    drop(inbox / "shut.csv")
    drop(inbox / "shut" / "a.csv")
    drop(inbox / "open.csv")
    drop(inbox / ".hidden" / "a.csv")
    found = look(inbox)
    assert names(found) == ["open.csv"]
    assert [name for name, _ in found.deferred] == ["shut.csv"]
    assert [name for name, _ in found.ignored] == [".hidden", "shut"]
    assert "Permission denied" in found.deferred[0][1]


def test_a_missing_inbox_is_told(tmp_path: Path) -> None:
    found = look(tmp_path / "nowhere")
    assert found.arrivals == []
    assert [name for name, _ in found.ignored] == ["."]


def test_large_files_are_hashed_and_not_kept(inbox: Path) -> None:
    drop(inbox / "large.csv", b"a" * 1_000_001, age=90)
    drop(inbox / "limit.csv", b"a" * 1_000_000, age=80)
    found = look(inbox)
    assert names(found) == ["limit.csv"]
    (large,) = found.too_large
    assert (large.name, large.data, large.size) == ("large.csv", b"", 1_000_001)
    assert large.sha256 == hashlib.sha256(b"a" * 1_000_001).hexdigest()
    assert remove(large)


HOSTILE = [
    (b"\xff\xfe.csv", "��.csv"),
    (b"a\nb\r\x1b[31m.csv", "a\nb\r\x1b[31m.csv"),
    ("\u202eabc.csv".encode(), "\u202eabc.csv"),
    (b"-rf *;$(reboot)`x`.csv", "-rf *;$(reboot)`x`.csv"),
    (b"<script>&amp;'\".csv", "<script>&amp;'\".csv"),
    (b"=HYPERLINK(1).csv", "=HYPERLINK(1).csv"),
    ("Été 2026 à Lille.csv".encode(), "Été 2026 à Lille.csv"),
    (b"a\\b.csv", "a\\b.csv"),
    (b"x" * 251 + b".csv", "x" * 251 + ".csv"),
]


@pytest.mark.parametrize(("raw", "name"), HOSTILE)
def test_hostile_names_are_kept_exactly(inbox: Path, raw: bytes, name: str) -> None:
    path = Path(os.fsdecode(os.fsencode(inbox) + b"/" + raw))
    drop(path)
    found = look(inbox)
    assert names(found) == [name]
    found.arrivals[0].name.encode("utf-8")
    assert remove(found.arrivals[0])
    assert os.listdir(inbox) == []


def test_names_that_look_alike_are_told_apart(inbox: Path) -> None:
    for raw in (b"\xff.csv", b"\xfe.csv"):
        drop(Path(os.fsdecode(os.fsencode(inbox) + b"/" + raw)))
    found = look(inbox)
    assert sorted(names(found)) == ["�.csv", "�.csv (2)"]
    assert len({arrival.path for arrival in found.arrivals}) == 2


def test_a_file_is_removed_if_it_is_the_one_that_was_read(inbox: Path) -> None:
    drop(inbox / "same.csv")
    drop(inbox / "gone.csv")
    drop(inbox / "grown.csv")
    drop(inbox / "other.csv")
    found = {arrival.name: arrival for arrival in look(inbox).arrivals}
    (inbox / "gone.csv").unlink()
    drop(inbox / "grown.csv", b"xy")
    drop(inbox / "new.csv", b"y")
    os.replace(inbox / "new.csv", inbox / "other.csv")
    assert {name: remove(arrival) for name, arrival in found.items()} == {
        "same.csv": True, "gone.csv": True, "grown.csv": False, "other.csv": False,
    }  # fmt: skip
    assert sorted(os.listdir(inbox)) == ["grown.csv", "other.csv"]


def test_another_file_in_its_place_is_another_one(inbox: Path) -> None:
    """A file sent again is not taken for the first, which could not be removed: same name, bytes, times, and maybe inode."""
    drop(inbox / "a.csv")
    (first,), (again,) = look(inbox).arrivals, look(inbox).arrivals
    assert again.identity == first.identity
    (inbox / "a.csv").unlink()
    drop(inbox / "a.csv")
    while (inbox / "a.csv").stat().st_ctime_ns == first.identity[4]:  # its clock ticks every few milliseconds
        os.utime(inbox / "a.csv", ns=(first.identity[3], first.identity[3]))
    os.utime(inbox / "a.csv", ns=(first.identity[3], first.identity[3]))
    (other,) = look(inbox).arrivals
    assert other.sha256 == first.sha256 and other.identity[3] == first.identity[3]
    assert other.identity != first.identity


def test_a_file_that_cannot_be_removed_stays(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drop(inbox / "a.csv")
    (arrival,) = look(inbox).arrivals

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(inbox_module.os, "unlink", refuse)
    assert not remove(arrival)
    assert stat.S_ISREG((inbox / "a.csv").stat().st_mode)


# ----------------------------------------------------------------------------------------- what is looked at is what is taken

OTHER = b"other" * 400_000
#: what a file that was dropped is swapped for, at each moment
SWAPS: dict[str, Callable[[Path, Path], object]] = {
    "a pipe": lambda path, _: os.mkfifo(path),
    "a link": lambda path, host: path.symlink_to(host),
    "nothing": lambda path, _: None,
    "another file": lambda path, _: drop(path, OTHER),
    "a folder": lambda path, _: path.mkdir(),
}
#: the system calls before which it is swapped
MOMENTS = ("open", "fstat", "read", "close", "stat", "unlink")


def calls_of(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object], swap: Callable[[], None] | None, at: int) -> int:
    """Do it, with the swap just before the `at`-th of those system calls; how many there are."""
    count = 0
    with monkeypatch.context() as patch:
        for name in MOMENTS:
            real = getattr(os, name)

            def call(*arguments: Any, real: Callable[..., Any] = real, **named: Any) -> Any:
                nonlocal count
                count += 1
                if count == at and swap:
                    patch.undo()
                    swap()
                return real(*arguments, **named)

            patch.setattr(os, name, call)
        act()
    return count


@pytest.mark.parametrize("what", SWAPS)
@pytest.mark.parametrize("swapped", ["folder", "folder/a.csv"])
@pytest.mark.parametrize("size", [100, 1_500_000])
def test_a_swap_at_any_moment_takes_nothing_but_what_was_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, swapped: str, size: int
) -> None:
    content, secret = b"x" * size, b"secret" * (size // 6)
    dropped = {hashlib.sha256(data).hexdigest(): data for data in (content, OTHER)}
    host = drop(tmp_path / "host" / "a.csv", secret).parent

    def take(at: int) -> int:
        """Take what lies in an inbox in which there is a swap before that system call, none before 0; how many calls there are."""
        folder = tmp_path / f"home-{at}"
        inbox, archive = folder / "inbox", Archive(folder)
        drop(inbox / "folder" / "a.csv", content)
        found: list[Arrival] = []

        def swap() -> None:
            target = inbox / swapped
            if target.exists():
                os.rename(target, folder / "aside")
                SWAPS[what](target, host if swapped == "folder" else host / "a.csv")

        def look_and_keep() -> None:
            collected = collect(inbox, SETTLE, 1.0, NOW, archive.spool)
            found.extend([*collected.arrivals, *collected.too_large])
            for arrival in found:
                if arrival.spooled:
                    archive.put_spooled(arrival.sha256, arrival.spooled)
                remove(arrival)

        count = calls_of(monkeypatch, look_and_keep, swap, at)
        assert all(arrival.sha256 in dropped for arrival in found), at
        assert all(archive.read(sha256) == dropped[sha256] for sha256 in archive.hashes()), at
        assert (host / "a.csv").read_bytes() == secret
        return count

    count = take(0)
    assert count > 8
    for at in range(1, count + 1):
        take(at)


def test_a_file_that_grows_for_ever_is_deferred(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drop(inbox / "a.csv", b"x" * 10)
    blocks = 0

    def read(descriptor: int, size: int) -> bytes:
        nonlocal blocks
        blocks += 1
        assert blocks < 10
        return b"x" * 10

    monkeypatch.setattr(inbox_module.os, "read", read)
    assert look(inbox).deferred == [("a.csv", STILL_WRITTEN)]


def test_no_more_of_a_large_file_is_kept_than_was_hashed(home: Path) -> None:
    drop(home / "inbox" / "a.csv", b"x" * 1_500_000)
    archive = Archive(home)
    (arrival,) = collect(home / "inbox", SETTLE, 1.0, NOW, archive.spool).too_large
    drop(home / "inbox" / "a.csv", b"secret")
    assert arrival.spooled is not None
    assert hashlib.sha256(archive.put_spooled(arrival.sha256, arrival.spooled).read_bytes()).hexdigest() == arrival.sha256
    assert not remove(arrival)
