"""An inbox in a bucket of an S3 service: read and removed only as it was listed, by the ETag of each object."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from warehouse.intake.elsewhere.address import Elsewhere
from warehouse.intake.elsewhere.asking import Asking
from warehouse.intake.elsewhere.remote import Cause, InboxUnreachable, Listing, Patience, RemoteFile, Removal

_BLOCK = 1 << 20
_PRECONDITION, _NOT_THERE = 412, 404


class S3Inbox:
    """An open inbox (warehouse.intake.elsewhere.remote.RemoteInbox says what its methods do); use as a context manager.

    Login and region are those that the service's own tools use: environment, profile, the machine's role.
    """

    def __init__(self, place: Elsewhere, patience: Patience) -> None:
        try:
            import s3fs
        except ImportError:
            raise InboxUnreachable(Cause.SET_UP, "install what it needs: make install-s3, or pip install 'suivi[s3]'") from None
        self._bucket, self._prefix = place.address.host, place.address.path
        self._place = place
        self._asking = Asking(patience)
        self._fs: Any = None
        self._has_answered = False
        try:
            self._fs = self._ask(self._made(s3fs, patience))
            self._ask(self._fs.set_session(), patience.connect)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> S3Inbox:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self._asking.close(self._goodbye())

    def listing(self, most: int) -> Listing:
        """See RemoteInbox. Keys that end with '/' stand for folders, as other programs show them."""
        found, seen, page = Listing(), 0, {"ContinuationToken": ""}
        while page:
            answer = self._call("list_objects_v2", Prefix=self._prefix, **{k: v for k, v in page.items() if v})
            for one in answer.get("Contents", []):
                seen += 1
                path = one["Key"][len(self._prefix) :]
                if path and not path.endswith("/"):
                    found.files.append(self._as_file(path, one["Size"], one["LastModified"], one["ETag"]))
            page = {"ContinuationToken": answer["NextContinuationToken"]} if answer.get("IsTruncated") else {}
            if page and seen >= most:
                found.is_whole, page = False, {}
        return found

    def take(self, file: RemoteFile, name: str) -> RemoteFile | None:
        """See RemoteInbox. An object has no other name: its ETag says which content is read and removed."""
        return file

    def give_back(self, file: RemoteFile, path: str) -> None:
        """See RemoteInbox: nothing was taken."""

    def blocks(self, file: RemoteFile) -> Iterator[bytes]:
        """See RemoteInbox. One answer holds one content, whatever is written there meanwhile."""
        self._asking.go_on()
        try:
            body = self._call("get_object", Key=self._prefix + file.path, IfMatch=file.mark)["Body"]
        except _Refused:
            return
        try:
            while block := self._ask(body.read(_BLOCK)):
                yield block
                self._asking.go_on()
        finally:
            body.close()

    def state(self, file: RemoteFile) -> RemoteFile | None:
        """See RemoteInbox."""
        try:
            return self._head(file)
        except _Refused:
            return None

    def remove(self, file: RemoteFile) -> Removal:
        """See RemoteInbox. Asked before, too: there are services that do not look at the condition."""
        try:
            if not file.is_unchanged(self._head(file)):
                return Removal.ANOTHER
            # No version is named: where the bucket keeps them, an older one must not come to light.
            self._call("delete_object", Key=self._prefix + file.path, IfMatch=file.mark)
        except _Refused as refused:
            if refused.status == _NOT_THERE:
                return Removal.GONE
            return Removal.ANOTHER if refused.status == _PRECONDITION else Removal.REFUSED
        return Removal.GONE

    def try_rights(self, folders: Sequence[str]) -> tuple[list[str], float | None]:
        """See RemoteInbox. Nothing is written: whether objects may be removed the first night tells."""
        answer = self._call("list_objects_v2", Prefix=self._prefix, MaxKeys=1)
        said = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
        ahead = (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds() if said else None
        return [], ahead

    # ------------------------------------------------------------------------------------------------------- one request

    def _call(self, method: str, **what: Any) -> Any:
        """The service's answer. _Refused where it says no to this one object."""
        return self._ask(self._fs._call_s3(method, Bucket=self._bucket, **what), is_of_object="Key" in what)

    def _ask(self, request: Coroutine[Any, Any, Any], seconds: float | None = None, *, is_of_object: bool = False) -> Any:
        try:
            answer = self._asking.answer(request, seconds)
            self._has_answered = self._has_answered or isinstance(answer, dict)
            return answer
        except InboxUnreachable:
            raise
        except Exception as error:
            status = _status(error)
            if status and is_of_object and status < 500:
                raise _Refused(status) from None
            raise self._unreachable(error, status) from None

    def _unreachable(self, error: Exception, status: int) -> InboxUnreachable:
        """Why; the library's own words are left out: they may quote what was sent."""
        kinds = {kind.__name__ for kind in type(error).__mro__}
        if kinds & {"NoCredentialsError", "PartialCredentialsError", "ProfileNotFound", "CredentialRetrievalError"}:
            return InboxUnreachable(Cause.SET_UP, "there is no login: give this user a profile in ~/.aws, or AWS_… variables")
        if status in (401, 403):
            return InboxUnreachable(Cause.LOGIN, f"see that the login may list, read and remove in {self._place.address}")
        if status == _NOT_THERE:
            return InboxUnreachable(Cause.NO_FOLDER, f"see the name of the bucket in {self._place.address}")
        if status:
            return InboxUnreachable(Cause.ODD, f"status {status}")
        if kinds & {"ReadTimeoutError", "ConnectTimeoutError", "TimeoutError"}:
            return InboxUnreachable(Cause.SLOW)
        if self._has_answered:
            return InboxUnreachable(Cause.LOST)
        if kinds & {"HTTPClientError", "ConnectionError", "OSError"}:
            return InboxUnreachable(Cause.AWAY, "see the endpoint (setting inbox_endpoint) and the network")
        return InboxUnreachable(Cause.ODD, type(error).__name__)

    async def _made(self, s3fs: Any, patience: Patience) -> Any:
        timeouts = {"connect_timeout": patience.connect, "read_timeout": patience.request, "retries": {"max_attempts": 2}}
        fs = s3fs.S3FileSystem(
            asynchronous=True, loop=self._asking.loop, endpoint_url=self._place.endpoint, config_kwargs=timeouts,
            skip_instance_cache=True, use_listings_cache=False,
        )  # fmt: skip
        fs.retries = 2
        return fs

    async def _goodbye(self) -> None:
        if self._fs is not None and self._fs._s3 is not None:
            await self._fs._s3.__aexit__(None, None, None)

    def _head(self, file: RemoteFile) -> RemoteFile:
        head = self._call("head_object", Key=self._prefix + file.path)
        return self._as_file(file.path, head["ContentLength"], head["LastModified"], head["ETag"])

    def _as_file(self, path: str, size: int, modified: datetime, mark: str) -> RemoteFile:
        return RemoteFile(path, size, int(modified.timestamp()), mark)


class _Refused(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def _status(error: BaseException) -> int:
    """The HTTP status that the service answered with, 0 where it did not answer."""
    link: BaseException | None = error
    while link is not None:
        answer = getattr(link, "response", None)
        if isinstance(answer, dict):
            return int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        link = link.__cause__ or link.__context__
    return 0
