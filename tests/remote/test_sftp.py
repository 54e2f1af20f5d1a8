"""An inbox on a real OpenSSH server: what is brought, what is left, what is refused, and what becomes of a lost connection."""

from __future__ import annotations

import gc
import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.remote.servers import SFTPServer, make_key, proxied
from warehouse.intake.elsewhere.address import Elsewhere, read_address
from warehouse.intake.elsewhere.bring import Visit, bring, open_inbox, remove_stored
from warehouse.intake.elsewhere.remote import Cause, InboxUnreachable, Patience
from warehouse.intake.elsewhere.spool import Spool
from warehouse.intake.inbox import HIDDEN_FOLDER, NOT_REGULAR, STILL_WRITTEN, UNFINISHED_NAME

pytestmark = pytest.mark.remote

NOW = datetime(2026, 3, 12, 3, 0, tzinfo=UTC)
SENT_AT = 1_700_000_000
#: short, for servers that do not answer; long enough for one that does on a slow machine
PATIENCE = Patience(connect=10, request=2, whole=30)


def drop(server: SFTPServer, path: str, data: bytes = b"content") -> Path:
    target = server.inbox / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    os.utime(target, (SENT_AT, SENT_AT))
    return target


def place_of(server: SFTPServer, port: int | None = None, **changed: Path) -> Elsewhere:
    ways = {"key_file": server.key, "known_hosts": server.known_hosts} | changed
    return Elsewhere(read_address(server.url(port=port)), **ways)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "home")


def visit(place: Elsewhere, spool: Spool, settle_seconds: float = 0, is_stored: bool = True) -> Visit:
    return bring(lambda: open_inbox(place, PATIENCE), spool, settle_seconds, 5, NOW, lambda _: is_stored)


def brought(spool: Spool) -> dict[str, bytes]:
    return {path.relative_to(spool.inbox).as_posix(): path.read_bytes() for path in spool.inbox.rglob("*") if path.is_file()}


def there(server: SFTPServer) -> list[str]:
    return sorted(path.relative_to(server.inbox).as_posix() for path in server.inbox.rglob("*") if not path.is_dir())


def store(spool: Spool) -> None:
    """As if a night had stored all that was brought."""
    for path in spool.inbox.rglob("*"):
        if path.is_file():
            path.unlink()


def test_files_of_three_providers_come_with_their_folders_and_times(sftp: SFTPServer, spool: Spool) -> None:
    sent = {"opale/a.csv": b"1", "rubis/2026/é à.csv": b"22", "quartz/A.CSV": b"333", "root.csv": b"", b"opale/latin\xe9.csv".decode("utf-8", "surrogateescape"): b"4"}  # fmt: skip
    for path, data in sent.items():
        drop(sftp, path, data)
    came = visit(place_of(sftp), spool)
    assert (came.brought, came.deferred, came.ignored, came.broken_off) == (5, [], [], None)
    assert brought(spool) == sent
    assert {path.stat().st_mtime for path in spool.inbox.rglob("*") if path.is_file()} == {SENT_AT}
    assert all(path.stat().st_mode & 0o077 == 0 for path in spool.folder.rglob("*"))


def test_a_file_is_taken_by_rename_and_removed_once_it_is_stored(sftp: SFTPServer, spool: Spool) -> None:
    drop(sftp, "opale/a.csv", b"first")
    visit(place_of(sftp), spool)
    (taken,) = there(sftp)
    assert taken.startswith("opale/.suivi-") and taken.endswith(".a.csv")
    drop(sftp, "opale/a.csv", b"second")  # sent while the night goes on: another file
    store(spool)
    assert remove_stored(lambda: open_inbox(place_of(sftp)), spool, lambda _: True).broken_off is None
    assert there(sftp) == ["opale/a.csv"] and spool.notes() == []
    visit(place_of(sftp), spool)
    assert brought(spool) == {"opale/a.csv": b"second"}


def test_what_the_store_does_not_have_is_brought_again(sftp: SFTPServer, spool: Spool) -> None:
    drop(sftp, "opale/a.csv")
    visit(place_of(sftp), spool)
    store(spool)  # but the store knows nothing of it: somebody emptied the folder
    assert visit(place_of(sftp), spool, is_stored=False).brought == 1
    assert brought(spool) == {"opale/a.csv": b"content"}


def test_what_a_killed_night_took_comes_under_its_own_name_beside_a_newer_one(sftp: SFTPServer, spool: Spool) -> None:
    drop(sftp, "opale/.suivi-0123456789ab.a.csv", b"older")
    drop(sftp, "opale/a.csv", b"newer")
    assert visit(place_of(sftp), spool).brought == 2
    assert sorted(brought(spool).values()) == [b"newer", b"older"]
    assert set(brought(spool)) == {"opale/a.csv", "opale/a (2).csv"}


def test_links_hidden_folders_and_unfinished_names_are_left(sftp: SFTPServer, spool: Spool, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_bytes(b"of somebody else")
    drop(sftp, "opale/whole.csv")
    (sftp.inbox / "opale" / "link.csv").symlink_to(secret)
    (sftp.inbox / "folder").symlink_to(tmp_path)
    drop(sftp, ".hidden/a.csv")
    drop(sftp, "opale/a.csv.part")
    drop(sftp, "opale/b\n.csv")
    os.mkfifo(sftp.inbox / "pipe.csv")
    came = visit(place_of(sftp), spool)
    assert brought(spool) == {"opale/whole.csv": b"content"}
    reasons = dict(came.ignored)
    assert reasons.pop(".hidden") == HIDDEN_FOLDER
    assert "inutilisable" in reasons.pop("opale/b\n.csv")
    assert reasons == {"opale/link.csv": NOT_REGULAR, "folder": NOT_REGULAR, "pipe.csv": NOT_REGULAR}
    assert came.deferred == [("opale/a.csv.part", UNFINISHED_NAME)]


def test_a_growing_file_is_left_and_its_sender_goes_on(sftp: SFTPServer, spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    path = drop(sftp, "opale/a.csv", b"half")
    with path.open("ab") as sender:

        def grow(_: float) -> None:
            sender.write(b" and more")
            sender.flush()

        monkeypatch.setattr("warehouse.intake.elsewhere.bring.time.sleep", grow)
        came = visit(place_of(sftp), spool, settle_seconds=2)
        assert (came.brought, came.deferred) == (0, [("opale/a.csv", STILL_WRITTEN)])
    assert there(sftp) == ["opale/a.csv"] and brought(spool) == {}


def test_a_file_that_grows_while_it_is_read_is_given_back(sftp: SFTPServer, spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    with drop(sftp, "opale/a.csv", b"half").open("ab") as sender:
        copied: Callable[..., object] = spool.copied

        def grow(blocks: object, most: int) -> object:
            sender.write(b" and more")
            sender.flush()
            return copied(blocks, most)

        monkeypatch.setattr(spool, "copied", grow)
        came = visit(place_of(sftp), spool)
        assert (came.brought, came.deferred) == (0, [("opale/a.csv", STILL_WRITTEN)])
    assert there(sftp) == ["opale/a.csv"] and spool.notes() == []


def test_a_file_that_was_seen_so_in_an_earlier_night_need_not_be_waited_for(sftp: SFTPServer, spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 1_000.0
    monkeypatch.setattr("warehouse.intake.elsewhere.bring.time.time", lambda: clock)
    drop(sftp, "opale/a.csv")
    assert visit(place_of(sftp), spool, settle_seconds=3600).deferred == [("opale/a.csv", STILL_WRITTEN)]
    clock += 3600
    assert visit(place_of(sftp), spool, settle_seconds=3600).brought == 1


def test_a_large_file_comes_whole(sftp: SFTPServer, spool: Spool) -> None:
    data = os.urandom(5_000_001)
    drop(sftp, "opale/large.csv", data)
    assert visit(place_of(sftp), spool).size == len(data)
    assert spool.notes()[0].sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(("hangs_up", "cause"), [(False, Cause.SLOW), (True, Cause.LOST)])
def test_a_connection_that_stalls_or_is_lost_in_the_middle(
    sftp: SFTPServer, spool: Spool, hangs_up: bool, cause: Cause, caplog: pytest.LogCaptureFixture
) -> None:
    drop(sftp, "opale/a.csv", b"1" * 100_000)
    drop(sftp, "opale/b.csv", b"2" * 3_000_000)
    with proxied(sftp.port, 700_000, hangs_up=hangs_up) as proxy:
        sftp.write_known_hosts(proxy.port)
        came = visit(place_of(sftp, proxy.port), spool)
    assert isinstance(came.broken_off, InboxUnreachable) and came.broken_off.cause is cause
    assert brought(spool) == {"opale/a.csv": b"1" * 100_000}  # what came whole counts tonight
    gc.collect()
    assert [record for record in caplog.records if record.name == "asyncio"] == []  # told once, by us
    sftp.write_known_hosts(sftp.port)
    assert visit(place_of(sftp), spool).brought == 1  # and the rest the night after, under its name
    assert brought(spool) == {"opale/a.csv": b"1" * 100_000, "opale/b.csv": b"2" * 3_000_000}


def test_a_server_that_never_answers(sftp: SFTPServer, spool: Spool) -> None:
    with proxied(sftp.port, 1) as proxy:
        came = bring(lambda: open_inbox(place_of(sftp, proxy.port), Patience(connect=1)), spool, 0, 5, NOW, lambda _: True)
    assert isinstance(came.broken_off, InboxUnreachable) and came.broken_off.cause is Cause.SLOW


def test_the_whole_time_is_bounded(sftp: SFTPServer, spool: Spool) -> None:
    drop(sftp, "opale/a.csv")
    came = bring(lambda: open_inbox(place_of(sftp), Patience(whole=0)), spool, 0, 5, NOW, lambda _: True)
    assert isinstance(came.broken_off, InboxUnreachable) and came.broken_off.cause is Cause.LONG


def refused(place: Elsewhere) -> InboxUnreachable:
    with pytest.raises(InboxUnreachable) as caught:
        open_inbox(place, PATIENCE)
    return caught.value


def test_an_unknown_host_key_is_refused_and_nothing_is_noted(sftp: SFTPServer, tmp_path: Path) -> None:
    said = refused(place_of(sftp, known_hosts=tmp_path / "none"))
    assert said.cause is Cause.HOST_UNKNOWN
    assert f"ssh-keyscan -p {sftp.port} 127.0.0.1" in str(said) and not (tmp_path / "none").exists()


def test_a_changed_host_key_is_refused(sftp: SFTPServer, tmp_path: Path) -> None:
    sftp.write_known_hosts(sftp.port, make_key(tmp_path / "other"))
    assert refused(place_of(sftp)).cause is Cause.HOST_CHANGED


def test_a_key_that_is_not_accepted_or_cannot_be_used(sftp: SFTPServer, tmp_path: Path) -> None:
    other = make_key(tmp_path / "other")
    assert refused(place_of(sftp, key_file=other)).cause is Cause.LOGIN
    other.chmod(0o644)
    assert "chmod go-rwx" in str(refused(place_of(sftp, key_file=other)))
    other.chmod(0o600)
    other.write_text("no key")
    assert "no private key" in str(refused(place_of(sftp, key_file=other)))
    assert "cannot be read" in str(refused(place_of(sftp, key_file=tmp_path / "none")))
    assert "inbox_key_file" in str(refused(Elsewhere(place_of(sftp).address, known_hosts=sftp.known_hosts)))


def test_a_server_that_is_away_and_a_folder_that_is_not_there(sftp: SFTPServer) -> None:
    there = read_address(sftp.url("nowhere"))
    assert refused(Elsewhere(there, sftp.key, sftp.known_hosts)).cause is Cause.NO_FOLDER
    endless = read_address(f"sftp://suivi@{'x' * 300}.example/depots")
    assert refused(Elsewhere(endless, sftp.key, sftp.known_hosts)).cause in (Cause.ODD, Cause.AWAY)
    sftp.stop()
    assert refused(place_of(sftp)).cause is Cause.AWAY


@pytest.fixture(params=["-R", "-P rename", "-P remove"])
def hindered(request: pytest.FixtureRequest, tmp_path: Path) -> object:
    """A server that lets nothing be written; one without rename; one that lets nothing be removed."""
    server = SFTPServer(tmp_path / "hindered", request.param)
    server.start()
    yield server, request.param
    server.stop()


def test_a_server_that_refuses_rename_or_removal(hindered: tuple[SFTPServer, str], spool: Spool) -> None:
    server, option = hindered
    drop(server, "opale/a.csv")
    assert visit(place_of(server), spool).brought == 1
    store(spool)
    removed = remove_stored(lambda: open_inbox(place_of(server)), spool, lambda _: True)
    if option == "-P rename":
        assert there(server) == [] and removed.not_removed == []
        return
    assert removed.not_removed == ["opale/a.csv"]
    again = visit(place_of(server), spool)
    assert (again.brought, again.not_removed) == (0, ["opale/a.csv"])  # known again, not brought twice
    drop(server, "opale/a.csv", b"another, longer")
    assert visit(place_of(server), spool).brought == 1
