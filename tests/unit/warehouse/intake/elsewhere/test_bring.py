"""What a visit to an inbox elsewhere plans: what has settled, in which order, how much; a folder stands for the server."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from warehouse.intake.elsewhere import bring as bring_module
from warehouse.intake.elsewhere.bring import NO_ROOM, TOO_MANY, Visit, bring, remove_stored
from warehouse.intake.elsewhere.remote import Cause, InboxUnreachable, Listing, RemoteFile, Removal
from warehouse.intake.elsewhere.spool import Brought, Spool
from warehouse.intake.inbox import STILL_WRITTEN

NOW = datetime(2026, 3, 12, 3, 0, tzinfo=UTC)


class Folder:
    """An inbox in a folder of this machine, asked as one elsewhere is. `asked` are the names of the files that were read, in order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        folder.mkdir()

    def drop(self, path: str, data: bytes = b"content", at: int = 1_000) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        os.utime(target, (at, at))

    def listing(self, most: int) -> Listing:
        files = [path for path in sorted(self.folder.rglob("*")) if path.is_file()]
        found = [self.state(RemoteFile(path.relative_to(self.folder).as_posix(), 0, 0)) for path in files[:most]]
        return Listing([file for file in found if file], is_whole=len(files) <= most)

    def take(self, file: RemoteFile, name: str) -> RemoteFile | None:
        taken = (self.folder / file.path).with_name(name)
        (self.folder / file.path).rename(taken)
        return RemoteFile(taken.relative_to(self.folder).as_posix(), file.size, file.modified, file.mark)

    def give_back(self, file: RemoteFile, path: str) -> None:
        (self.folder / file.path).rename(self.folder / path)

    def blocks(self, file: RemoteFile) -> Iterator[bytes]:
        self.asked.append(file.path.rpartition(".suivi-")[2][13:] or file.path)
        yield (self.folder / file.path).read_bytes()

    def state(self, file: RemoteFile) -> RemoteFile | None:
        with contextlib.suppress(FileNotFoundError):
            status = (self.folder / file.path).stat()
            return RemoteFile(file.path, status.st_size, int(status.st_mtime))
        return None

    def remove(self, file: RemoteFile) -> Removal:
        (self.folder / file.path).unlink()
        return Removal.GONE

    def try_rights(self, folders: Sequence[str]) -> tuple[list[str], float | None]:
        return [], None


@pytest.fixture
def inbox(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "elsewhere")


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "home")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Our clock, which sleep moves on."""
    now = [1_000_000.0]
    monkeypatch.setattr(bring_module.time, "time", lambda: now[0])
    monkeypatch.setattr(bring_module.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    return now


def visit(inbox: Folder, spool: Spool, settle_seconds: float = 0.0) -> Visit:
    return bring(lambda: contextlib.nullcontext(inbox), spool, settle_seconds, 5.0, NOW, lambda _: True)


def test_files_come_in_the_order_in_which_they_count(inbox: Folder, spool: Spool) -> None:
    for name, at in {"c.csv": 3, "b.csv": 2, "z.csv": 1, "a.csv": 2}.items():
        inbox.drop(name, at=at)
    assert visit(inbox, spool).brought == 4
    assert inbox.asked == ["z.csv", "a.csv", "b.csv", "c.csv"]


@pytest.mark.parametrize(
    ("settle_seconds", "waited", "brought"),
    [(0.0, 0.0, 1), (2.0, 2.1, 1), (5.0, 5.1, 1), (60.0, 0.0, 0)],
)
def test_a_new_file_is_waited_for_as_long_as_a_night_waits(
    inbox: Folder, spool: Spool, clock: list[float], settle_seconds: float, waited: float, brought: int
) -> None:
    inbox.drop("a.csv")
    assert visit(inbox, spool, settle_seconds).brought == brought
    assert clock[0] == pytest.approx(1_000_000 + waited)


@pytest.mark.parametrize(
    ("later", "changed", "brought"),
    [(60, False, 1), (59, False, 0), (60, True, 0), (-1, False, 0)],
    ids=["settled", "too early", "changed", "a clock set back"],
)
def test_two_listings_may_be_of_two_nights(
    inbox: Folder, spool: Spool, clock: list[float], later: float, changed: bool, brought: int
) -> None:
    inbox.drop("a.csv", at=2_000_000)  # by a clock that is far ahead: it is not asked
    visit(inbox, spool, 60)
    clock[0] += later
    if changed:
        inbox.drop("a.csv", b"changed", at=2_000_001)
    came = visit(inbox, spool, 60)
    assert came.brought == brought
    assert came.deferred == ([] if brought else [("a.csv", STILL_WRITTEN)])


def test_what_cannot_be_held_stays_and_the_rest_comes(inbox: Folder, spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox.drop("large.csv", b"x" * 1_000_000, at=1)
    inbox.drop("small.csv", at=2)
    monkeypatch.setattr(Spool, "free_bytes", lambda _: bring_module._RESERVE + 1_000_000)
    came = visit(inbox, spool)
    assert (came.brought, came.deferred) == (1, [("large.csv", NO_ROOM)])


def test_so_many_files_a_night_the_oldest_first(inbox: Folder, spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bring_module, "MOST_FILES", 2)
    for number in range(4):
        inbox.drop(f"{number}.csv", at=number)
    came = visit(inbox, spool)
    assert (came.brought, inbox.asked) == (2, ["0.csv", "1.csv"])
    assert came.deferred == [("2.csv", TOO_MANY), ("3.csv", TOO_MANY)]


def test_a_listing_that_was_cut_is_told(inbox: Folder, spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bring_module, "MOST_ENTRIES", 1)
    inbox.drop("a.csv")
    inbox.drop("b.csv")
    assert visit(inbox, spool).deferred == [("…", TOO_MANY)]


def test_what_waits_here_is_not_brought_again_nor_removed_there(inbox: Folder, spool: Spool) -> None:
    inbox.drop("opale/a.csv")
    visit(inbox, spool)
    assert visit(inbox, spool).brought == 0
    assert remove_stored(lambda: pytest.fail("nothing is to be removed"), spool, lambda _: True) == Visit()
    assert len(inbox.listing(9).files) == len(spool.notes()) == 1


def test_nothing_that_comes_here_meanwhile_is_replaced(inbox: Folder, spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The deposit page lays its files here too, at any moment: even between the choice of a name and the file's coming under it."""
    inbox.drop("opale/a.csv", b"from there")
    note = Spool.note

    def deposited_meanwhile(self: Spool, brought: Brought) -> None:
        note(self, brought)
        if brought.local == "opale/a.csv":
            spool.path(brought).write_bytes(b"deposited")

    monkeypatch.setattr(Spool, "note", deposited_meanwhile)
    visit(inbox, spool)
    found = {path.name: path.read_bytes() for path in (spool.inbox / "opale").iterdir()}
    assert found == {"a.csv": b"deposited", "a (2).csv": b"from there"}
    assert [one.local for one in spool.notes()] == ["opale/a (2).csv"]


def test_a_note_of_a_file_that_was_moved_to_another_disk_is_brought_up_to_date(inbox: Folder, spool: Spool) -> None:
    inbox.drop("a.csv")
    visit(inbox, spool)
    (before,) = spool.notes()
    path = spool.path(before)
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    os.utime(copy, ns=(before.modified_ns, before.modified_ns))
    copy.replace(path)
    visit(inbox, spool)
    assert spool.notes()[0].inode == path.stat().st_ino


def test_a_note_that_cannot_be_read_is_none(inbox: Folder, spool: Spool) -> None:
    inbox.drop("a.csv")
    visit(inbox, spool)
    for note in (spool.folder / "notes").iterdir():
        note.write_bytes(b"{")
    assert spool.notes() == []


def test_a_disk_that_takes_nothing_and_a_server_that_is_away_end_no_night(inbox: Folder, spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox.drop("a.csv")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Spool, "put", full)
        came = visit(inbox, spool)
        assert isinstance(came.broken_off, OSError) and spool.notes() == []

    def away() -> contextlib.nullcontext[Folder]:
        raise InboxUnreachable(Cause.AWAY, "see the network")

    came = bring(away, spool, 0, 5, NOW, lambda _: True)
    assert isinstance(came.broken_off, InboxUnreachable) and str(came.broken_off) == "it cannot be reached: see the network"
    assert visit(inbox, spool).brought == 1  # under its own name, although the night before had taken it
    assert [path.name for path in spool.inbox.iterdir()] == ["a.csv"]
