"""OpenSSH's server with internal-sftp, moto's S3 service, and a proxy that stalls or hangs up: all on loopback, for as long as a test."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

SSHD = "/usr/sbin/sshd"
#: the venv of its own that `make test-remote` makes: what moto needs fights with what we pin
MOTO = Path(os.environ.get("MOTO", Path(__file__).resolve().parents[2] / ".venv-moto" / "bin" / "moto_server"))
_CONFIGURATION = """
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host_key
PidFile {folder}/sshd.pid
AuthorizedKeysFile {folder}/authorized_keys
PasswordAuthentication no
KbdInteractiveAuthentication no
PubkeyAuthentication yes
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
MaxStartups 50:30:100
Subsystem sftp internal-sftp {options}
"""


class SFTPServer:
    """A running sshd whose one user may do nothing but SFTP, until `stop`; `key` logs in, `known_hosts` knows it."""

    def __init__(self, folder: Path, options: str = "") -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.inbox = folder / "inbox"
        self.inbox.mkdir()
        self.key, self.known_hosts = folder / "key", folder / "known_hosts"
        make_key(self.key)
        make_key(folder / "host_key")
        shutil.copy(folder / "key.pub", folder / "authorized_keys")
        self.user = pwd.getpwuid(os.geteuid()).pw_name
        self.port = free_port()
        (folder / "sshd_config").write_text(_CONFIGURATION.format(folder=folder, port=self.port, options=options))
        self.write_known_hosts(self.port)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> SFTPServer:
        Path("/run/sshd").mkdir(exist_ok=True)
        with (self.folder / "sshd.log").open("ab") as log:
            self._process = subprocess.Popen([SSHD, "-D", "-e", "-f", self.folder / "sshd_config"], stdout=log, stderr=log)
        wait_for_port(self.port)
        return self

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def write_known_hosts(self, port: int, key: Path | None = None) -> None:
        kind, public, *_ = (key or self.folder / "host_key").with_suffix(".pub").read_text().split()
        self.known_hosts.write_text(f"[127.0.0.1]:{port} {kind} {public}\n")

    def url(self, path: str = "inbox", port: int | None = None) -> str:
        return f"sftp://{self.user}@127.0.0.1:{port or self.port}{self.folder}/{path}"

    def settings(self, port: int | None = None) -> str:
        """What suivi.toml says of it."""
        return (
            f'inbox = "{self.url(port=port)}"\ninbox_key_file = "{self.key}"\ninbox_known_hosts = "{self.known_hosts}"\n'
            "settle_seconds = 0\n"
        )


class S3Service:
    """moto's server with one bucket, until `stop`."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        with (folder / "moto.log").open("ab") as log:
            self._process = subprocess.Popen([MOTO, "-H", "127.0.0.1", "-p", str(self.port)], stdout=log, stderr=log)
        wait_for_port(self.port)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()


class Proxy:
    """Passes on what goes to a server: it stalls after so many bytes of its answers, or hangs up then."""

    def __init__(self, to: int, after: int, hangs_up: bool) -> None:
        self._to, self._left, self._hangs_up = to, after, hangs_up
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        self._ended.set()
        for one in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._to))
                self._open += [client, server]
                for source, target, counts in ((client, server, False), (server, client, True)):
                    thread = threading.Thread(target=self._pass, args=(source, target, counts), daemon=True)
                    self._threads.append(thread)
                    thread.start()

    def _pass(self, source: socket.socket, target: socket.socket, counts: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                if counts:
                    self._left -= len(data)
                    if self._left <= 0:
                        if not self._hangs_up:
                            self._ended.wait()
                        for one in (source, target):
                            one.shutdown(socket.SHUT_RDWR)
                        return
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def proxied(to: int, after: int, *, hangs_up: bool = False) -> Iterator[Proxy]:
    proxy = Proxy(to, after, hangs_up)
    try:
        yield proxy
    finally:
        proxy.close()


def make_key(path: Path) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", path], check=True)
    return path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for_port(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise AssertionError("the server does not start")
