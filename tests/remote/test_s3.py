"""An inbox in an S3 service: read and removed as it was listed only, with the login of the environment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.remote.servers import S3Service, proxied
from warehouse.intake.elsewhere.address import Elsewhere, read_address
from warehouse.intake.elsewhere.bring import Visit, bring, open_inbox, remove_stored
from warehouse.intake.elsewhere.remote import Cause, InboxUnreachable, Patience, Removal
from warehouse.intake.elsewhere.spool import Spool
from warehouse.intake.inbox import STILL_WRITTEN, UNFINISHED_NAME

pytestmark = pytest.mark.remote

NOW = datetime(2026, 3, 12, 3, 0, tzinfo=UTC)
PATIENCE = Patience(connect=10, request=3, whole=30)


class Bucket:
    """A bucket of its own, and what lies in it."""

    def __init__(self, service: S3Service) -> None:
        self.name = f"returns-{uuid4().hex}"
        self.place = self.at(service.endpoint)
        self._inbox: Any = open_inbox(self.place, PATIENCE)
        self.call("create_bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})

    def at(self, endpoint: str) -> Elsewhere:
        return Elsewhere(read_address(f"s3://{self.name}/in"), endpoint=endpoint)

    def call(self, method: str, **what: Any) -> Any:
        return self._inbox._asking.answer(self._inbox._fs._call_s3(method, Bucket=self.name, **what))

    def put(self, key: str, data: bytes = b"content") -> None:
        self.call("put_object", Key=key, Body=data)

    def keys(self) -> list[str]:
        return [one["Key"] for one in self.call("list_objects_v2").get("Contents", [])]

    def close(self) -> None:
        self._inbox.close()


@pytest.fixture(autouse=True)
def login(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ACCESS_KEY_ID": "key", "SECRET_ACCESS_KEY": "the-secret", "DEFAULT_REGION": "eu-west-3"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)


@pytest.fixture
def bucket(s3: S3Service, login: None) -> Iterator[Bucket]:
    made = Bucket(s3)
    yield made
    made.close()


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "home")


def visit(place: Elsewhere, spool: Spool, settle_seconds: float = 0) -> Visit:
    return bring(lambda: open_inbox(place, PATIENCE), spool, settle_seconds, 5, NOW, lambda _: True)


def brought(spool: Spool) -> dict[str, bytes]:
    return {path.relative_to(spool.inbox).as_posix(): path.read_bytes() for path in spool.inbox.rglob("*") if path.is_file()}


def store(spool: Spool) -> None:
    for path in spool.inbox.rglob("*"):
        if path.is_file():
            path.unlink()


def removed(place: Elsewhere, spool: Spool) -> Visit:
    return remove_stored(lambda: open_inbox(place, PATIENCE), spool, lambda _: True)


def test_objects_below_the_prefix_come_with_their_folders_and_are_removed_once_stored(bucket: Bucket, spool: Spool) -> None:
    for key in ("in/opale/a.csv", "in/rubis/é à.csv", "in/root.csv", "in/opale/", "elsewhere/c.csv", "inside.csv"):
        bucket.put(key)
    came = visit(bucket.place, spool)
    assert (came.brought, came.deferred, came.ignored, came.broken_off) == (3, [], [], None)
    assert set(brought(spool)) == {"opale/a.csv", "rubis/é à.csv", "root.csv"}
    store(spool)
    assert removed(bucket.place, spool).broken_off is None
    assert bucket.keys() == ["elsewhere/c.csv", "in/opale/", "inside.csv"] and spool.notes() == []


def test_what_was_sent_anew_since_it_was_read_is_not_removed(bucket: Bucket, spool: Spool) -> None:
    bucket.put("in/opale/a.csv", b"first")
    visit(bucket.place, spool)
    bucket.put("in/opale/a.csv", b"second")
    store(spool)
    removed(bucket.place, spool)
    assert bucket.keys() == ["in/opale/a.csv"]
    assert visit(bucket.place, spool).brought == 1 and brought(spool) == {"opale/a.csv": b"second"}


def test_removal_hangs_on_the_etag(bucket: Bucket) -> None:
    bucket.put("in/a.csv", b"second")
    with pytest.raises(OSError):
        bucket.call("delete_object", Key="in/a.csv", IfMatch='"of the first"')
    assert bucket.keys() == ["in/a.csv"]


def test_reading_and_removing_hang_on_the_etag_even_where_one_of_two_looks_is_blind(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put("in/a.csv", b"second")
    with open_inbox(bucket.place, PATIENCE) as opened:
        inbox: Any = opened
        (file,) = inbox.listing(9).files
        earlier = replace(file, mark='"of the first"')
        assert (list(inbox.blocks(file)), list(inbox.blocks(earlier))) == ([b"second"], [])
        with monkeypatch.context() as blind:
            blind.setattr(inbox, "_head", lambda asked: asked)
            assert inbox.remove(earlier) is Removal.ANOTHER
        call = inbox._call
        monkeypatch.setattr(inbox, "_call", lambda method, IfMatch="", **what: call(method, **what))
        assert inbox.remove(earlier) is Removal.ANOTHER
        assert inbox.remove(file) is Removal.GONE and inbox.remove(file) is Removal.GONE


def test_an_older_version_does_not_come_to_light(bucket: Bucket, spool: Spool) -> None:
    bucket.call("put_bucket_versioning", VersioningConfiguration={"Status": "Enabled"})
    bucket.put("in/a.csv", b"first")
    bucket.put("in/a.csv", b"second")
    visit(bucket.place, spool)
    store(spool)
    removed(bucket.place, spool)
    assert visit(bucket.place, spool).brought == 0 and bucket.keys() == []


def test_an_object_that_changes_between_two_listings_is_left(bucket: Bucket, spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket.put("in/opale/a.csv", b"half")
    bucket.put("in/opale/b.csv.part", b"half")
    monkeypatch.setattr("warehouse.intake.elsewhere.bring.time.sleep", lambda _: bucket.put("in/opale/a.csv", b"more"))
    came = visit(bucket.place, spool, settle_seconds=2)
    assert (came.brought, came.deferred) == (0, [("opale/a.csv", STILL_WRITTEN), ("opale/b.csv.part", UNFINISHED_NAME)])


def test_keys_that_lead_out_or_cannot_be_files_are_left(bucket: Bucket, spool: Spool) -> None:
    for key in ("in//c.csv", "in/opale", "in/opale/a.csv", f"in/{'x' * 300}.csv"):
        bucket.put(key)
    came = visit(bucket.place, spool)
    assert brought(spool) == {"opale": b"content"}
    assert [name for name, _ in came.deferred] == ["opale/a.csv"]
    assert sorted(name[:6] for name, _ in came.ignored) == ["/c.csv", "xxxxxx"]
    assert [path for path in spool.folder.parent.rglob("*.csv")] == []


def test_many_objects_are_listed_page_by_page(bucket: Bucket) -> None:
    for number in range(5):
        bucket.put(f"in/{number}.csv")
    inbox, call = bucket._inbox, bucket._inbox._call
    inbox._call = lambda method, **what: call(method, **what, MaxKeys=2)
    assert [file.path for file in inbox.listing(100).files] == [f"{number}.csv" for number in range(5)]
    cut = inbox.listing(3)
    assert (len(cut.files), cut.is_whole) == (4, False)


@pytest.mark.parametrize(("hangs_up", "cause"), [(False, Cause.SLOW), (True, Cause.LOST)])
def test_a_service_that_stalls_or_hangs_up_in_the_middle(
    bucket: Bucket, s3: S3Service, spool: Spool, hangs_up: bool, cause: Cause
) -> None:
    bucket.put("in/a.csv", b"1" * 3_000_000)
    with proxied(s3.port, 500_000, hangs_up=hangs_up) as proxy:
        came = visit(bucket.at(f"http://127.0.0.1:{proxy.port}"), spool)
    assert isinstance(came.broken_off, InboxUnreachable) and came.broken_off.cause is cause
    assert brought(spool) == {}
    assert visit(bucket.place, spool).brought == 1


def why(place: Elsewhere) -> InboxUnreachable:
    with pytest.raises(InboxUnreachable) as caught, open_inbox(place, PATIENCE) as inbox:
        inbox.listing(10)
    assert "the-secret" not in str(caught.value)
    return caught.value


def test_a_service_that_is_away_and_a_bucket_that_is_not_there(bucket: Bucket, s3: S3Service) -> None:
    assert why(bucket.at("http://127.0.0.1:1")).cause is Cause.AWAY
    assert why(Elsewhere(read_address("s3://no-such-bucket"), endpoint=s3.endpoint)).cause is Cause.NO_FOLDER


def test_without_a_login_it_says_what_to_set_up(bucket: Bucket, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    said = why(bucket.place)
    assert said.cause is Cause.SET_UP and "~/.aws" in said.todo


def test_its_clock_is_told(bucket: Bucket) -> None:
    with open_inbox(bucket.place, PATIENCE) as inbox:
        closed, ahead = inbox.try_rights([])
    assert closed == [] and ahead is not None and abs(ahead) < 60
