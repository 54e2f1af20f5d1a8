"""An inbox on an SFTP server whose host key is known: listed, taken from by rename, read, and emptied of what is stored here."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.intake.elsewhere.address import Elsewhere
from warehouse.intake.elsewhere.asking import Asking
from warehouse.intake.elsewhere.names import probe_name
from warehouse.intake.elsewhere.remote import Cause, InboxUnreachable, Listing, Patience, RemoteFile, Removal
from warehouse.intake.inbox import HIDDEN_FOLDER, NOT_REGULAR, UNREADABLE

if TYPE_CHECKING:
    import asyncssh

_BLOCK = 1 << 20
_NOT_READ = UNREADABLE.format("dossier refusé par le serveur")
_LINK_ON_THE_WAY = UNREADABLE.format("un lien sur le chemin")


class SFTPInbox:
    """An open inbox (warehouse.intake.elsewhere.remote.RemoteInbox says what its methods do); use as a context manager."""

    def __init__(self, place: Elsewhere, patience: Patience) -> None:
        try:
            import asyncssh
        except ImportError:
            raise InboxUnreachable(Cause.SET_UP, "install it: make install-sftp, or pip install 'suivi[sftp]'") from None
        self._ssh: Any = asyncssh
        self._place = place
        self._asking = Asking(patience)
        self._connection: Any = None
        try:
            self._connection = self._ask(self._connected(), patience.connect)
            self._sftp: asyncssh.SFTPClient = self._ask(
                self._connection.start_sftp_client(path_encoding="utf-8", path_errors="surrogateescape", sftp_version=3)
            )
            self._root = self._ask(self._sftp.realpath(place.address.path))
            if not stat.S_ISDIR(self._ask(self._sftp.stat(self._root)).permissions or 0):
                raise InboxUnreachable(Cause.NO_FOLDER, f"see the path of {place.address}")
        except BaseException as error:
            self.close()
            if isinstance(error, (asyncssh.SFTPNoSuchFile, asyncssh.SFTPPermissionDenied)):
                raise InboxUnreachable(Cause.NO_FOLDER, f"see the path of {place.address}") from None
            raise

    def __enter__(self) -> SFTPInbox:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self._asking.close(self._goodbye() if self._connection is not None else None)

    def listing(self, most: int) -> Listing:
        """See RemoteInbox."""
        found, left = Listing(), most
        folders = [""]
        while folders:
            folder = folders.pop()
            try:
                if self._ask(self._sftp.realpath(self._path(folder))) != self._path(folder):
                    found.ignored.append((folder, _LINK_ON_THE_WAY))
                    continue
                entries = sorted(self._entries(folder, left), key=lambda entry: str(entry.filename))
            except self._ssh.SFTPNoSuchFile:
                continue  # gone meanwhile is no news
            except self._ssh.SFTPError:
                if not folder:
                    raise InboxUnreachable(Cause.NOT_LISTED, "give this user the right to read that folder") from None
                found.ignored.append((folder, _NOT_READ))
                continue
            left -= len(entries)
            folders += self._sort_in(folder, entries, found)
            if left <= 0:
                found.is_whole = False
                break
        return found

    def take(self, file: RemoteFile, name: str) -> RemoteFile | None:
        """See RemoteInbox."""
        folder, slash, _ = file.path.rpartition("/")
        taken = f"{folder}{slash}{name}"
        try:
            # The plain rename, which no server lets replace a file of that name.
            self._ask(self._sftp.rename(self._path(file.path), self._path(taken)))
        except self._ssh.SFTPNoSuchFile:
            return None
        except self._ssh.SFTPError:
            return file
        return RemoteFile(taken, file.size, file.modified, file.mark)

    def give_back(self, file: RemoteFile, path: str) -> None:
        """See RemoteInbox."""
        with contextlib.suppress(self._ssh.SFTPError):
            self._ask(self._sftp.rename(self._path(file.path), self._path(path)))

    def blocks(self, file: RemoteFile) -> Iterator[bytes]:
        """See RemoteInbox."""
        self._asking.go_on()
        try:
            opened = self._ask(self._sftp.open(self._path(file.path), "rb", encoding=None))
        except self._ssh.SFTPError:
            return
        try:
            # What was opened is what was listed: had a link to another file taken its place, size, time or owner would differ.
            if not file.is_unchanged(self._as_file(file.path, self._ask(opened.stat()))):
                return
            at = 0
            while at <= file.size and (block := self._ask(opened.read(_BLOCK, at))):
                at += len(block)
                yield block
                self._asking.go_on()
        except self._ssh.SFTPError:
            return
        finally:
            with contextlib.suppress(self._ssh.SFTPError, InboxUnreachable):
                self._ask(opened.close())

    def state(self, file: RemoteFile) -> RemoteFile | None:
        """See RemoteInbox."""
        folder = self._path(file.path.rpartition("/")[0])
        try:
            if self._ask(self._sftp.realpath(folder)) != folder:
                return None
            return self._as_file(file.path, self._ask(self._sftp.lstat(self._path(file.path))))
        except self._ssh.SFTPError:
            return None

    def remove(self, file: RemoteFile) -> Removal:
        """See RemoteInbox."""
        try:
            now = self._as_file(file.path, self._ask(self._sftp.lstat(self._path(file.path))))
            if not file.is_unchanged(now):
                return Removal.ANOTHER
            self._ask(self._sftp.remove(self._path(file.path)))
        except self._ssh.SFTPNoSuchFile:
            return Removal.GONE
        except self._ssh.SFTPError:
            return Removal.REFUSED
        return Removal.GONE

    def try_rights(self, folders: Sequence[str]) -> tuple[list[str], float | None]:
        """See RemoteInbox. An empty file is written, renamed and removed in each."""
        closed, ahead = [], None
        for folder in folders:
            probe = self._path(f"{folder}/{probe_name()}".lstrip("/"))
            renamed = f"{probe}-2"
            try:
                self._ask(self._written(probe))
                modified = self._ask(self._sftp.lstat(probe)).mtime
                ahead = modified - time.time() if modified else ahead
                self._ask(self._sftp.rename(probe, renamed))
                self._ask(self._sftp.remove(renamed))
            except self._ssh.SFTPError:
                closed.append(folder)
                with contextlib.suppress(self._ssh.SFTPError):
                    self._ask(self._sftp.remove(probe))
        return closed, ahead

    # ------------------------------------------------------------------------------------------------------- one request

    def _ask(self, request: Awaitable[Any], seconds: float | None = None) -> Any:
        """The answer. SFTPError where the server refuses; InboxUnreachable where nobody answers, or oddly."""
        try:
            return self._asking.answer(_awaited(request), seconds)
        except (InboxUnreachable, StopAsyncIteration):
            raise
        except (self._ssh.SFTPNoConnection, self._ssh.SFTPConnectionLost):
            raise InboxUnreachable(Cause.LOST) from None
        except self._ssh.SFTPError:
            raise
        except self._ssh.PermissionDenied:
            raise InboxUnreachable(
                Cause.LOGIN, f"see that the public key of {self._place.key_file} is one that {self._place.address} accepts"
            ) from None
        except self._ssh.HostKeyNotVerifiable:
            raise self._of_host_key() from None
        except self._ssh.ConnectionLost:
            raise InboxUnreachable(Cause.LOST if self._connection else Cause.AWAY, "see that an SSH server runs there") from None
        except self._ssh.Error:
            raise InboxUnreachable(Cause.ODD if self._connection is None else Cause.LOST) from None
        except TimeoutError:
            raise InboxUnreachable(Cause.SLOW) from None
        except OSError as error:
            number = error.errno or 0  # what is not positive is of a name that was not found
            why = os.strerror(number) if number > 0 else error.strerror or "see its name and port"
            raise InboxUnreachable(Cause.LOST if self._connection else Cause.AWAY, why) from None
        except Exception as error:  # whatever a server says that nobody foresaw: no night may fail of it
            raise InboxUnreachable(Cause.ODD, type(error).__name__) from None

    async def _connected(self) -> Any:
        """A connection. Nothing of the user's own set-up is used, neither agent nor ~/.ssh/config: nobody sees it here."""
        address = self._place.address
        key, known = self._key(), self._known_hosts()
        return await self._ssh.connect(
            address.host, address.port, username=address.user, client_keys=[key], known_hosts=known, config=None,
            agent_path=None, preferred_auth="publickey", password=None, gss_host=None, x509_trusted_certs=None,
            compression_algs=None, keepalive_interval=15, keepalive_count_max=3, login_timeout=self._asking.patience.connect,
        )  # fmt: skip

    def _key(self) -> Any:
        path = self._place.key_file
        if path is None:
            raise InboxUnreachable(Cause.SET_UP, "name the private key that logs in there: setting inbox_key_file")
        try:
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                raise InboxUnreachable(Cause.SET_UP, f"others may read {path}: chmod go-rwx it")
            return self._ssh.read_private_key(str(path))
        except OSError as error:
            raise InboxUnreachable(Cause.SET_UP, f"{path} cannot be read ({error.strerror})") from None
        except (self._ssh.KeyImportError, self._ssh.KeyEncryptionError):
            raise InboxUnreachable(Cause.SET_UP, f"{path} is no private key without a passphrase: see ssh-keygen") from None

    def _known_hosts(self) -> Any:
        path = self._known_hosts_file
        try:
            return self._ssh.read_known_hosts(str(path))
        except FileNotFoundError:
            return self._ssh.import_known_hosts("")
        except OSError as error:
            raise InboxUnreachable(Cause.SET_UP, f"{path} cannot be read ({error.strerror})") from None
        except ValueError:
            raise InboxUnreachable(Cause.SET_UP, f"{path} is no list of known hosts") from None

    @property
    def _known_hosts_file(self) -> Path:
        try:
            return self._place.known_hosts or Path("~/.ssh/known_hosts").expanduser()
        except RuntimeError:
            raise InboxUnreachable(Cause.SET_UP, "this user has no home folder: name the setting inbox_known_hosts") from None

    def _of_host_key(self) -> InboxUnreachable:
        address, path = self._place.address, self._known_hosts_file
        port = None if address.port == self._ssh.DEFAULT_PORT else address.port
        known = self._ssh.match_known_hosts(self._known_hosts(), address.host, "", port)
        if known[0] or known[1]:
            todo = f"nothing was sent. Ask who runs {address.host} whether its key was changed; if so,"
            return InboxUnreachable(Cause.HOST_CHANGED, f"{todo} take the old one out of {path} and add the new one")
        scan = f"ssh-keyscan -p {address.port} {address.host}"
        todo = f"ask who runs {address.host} for its key's fingerprint, compare it with that of `{scan} | ssh-keygen -lf -`"
        return InboxUnreachable(Cause.HOST_UNKNOWN, f"{todo}, and add the lines of `{scan}` to {path}")

    async def _goodbye(self) -> None:
        self._connection.close()
        await self._connection.wait_closed()

    async def _written(self, path: str) -> None:
        async with self._sftp.open(path, "xb", encoding=None):
            pass

    # ------------------------------------------------------------------------------------------------------------ entries

    def _path(self, path: str) -> str:
        return f"{self._root.rstrip('/')}/{path}" if path else self._root

    def _entries(self, folder: str, most: int) -> Iterator[asyncssh.SFTPName]:
        listed: AsyncIterator[Any] = self._sftp.scandir(self._path(folder))
        for _ in range(most):
            try:
                entry = self._ask(anext(listed))
            except StopAsyncIteration:
                return
            if entry.filename not in (".", ".."):
                yield entry

    def _sort_in(self, folder: str, entries: Sequence[Any], found: Listing) -> list[str]:
        """Note files and what is no file; the folders below."""
        below = []
        for entry in entries:
            path = f"{folder}/{entry.filename}" if folder else str(entry.filename)
            if stat.S_ISDIR(entry.attrs.permissions or 0):
                if str(entry.filename).startswith("."):
                    found.ignored.append((path, HIDDEN_FOLDER))
                elif "/" not in str(entry.filename):
                    below.append(path)
            elif file := self._as_file(path, entry.attrs):
                found.files.append(file)
            else:
                found.ignored.append((path, NOT_REGULAR))
        return below

    def _as_file(self, path: str, attributes: Any) -> RemoteFile | None:
        if not stat.S_ISREG(attributes.permissions or 0):
            return None
        return RemoteFile(path, attributes.size or 0, int(attributes.mtime or 0), f"{attributes.uid}:{attributes.gid}")


async def _awaited(request: Awaitable[Any]) -> Any:
    return await request
