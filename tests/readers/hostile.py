"""Files that do something to the process that reads them: loaded by each worker before it begins, and by the night."""

from __future__ import annotations

import os
import signal
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import flows.steps.read
from transforms.redaction.read_and_redact import FileContent, read_and_redact

RAISES, KILLS, KILLS_OTHERS, LOOKS = b"RAISES", b"KILLS ALL", b"KILLS OTHERS", b"LOOKS"
#: what no log and no database may have
SECRET = "ZZSECRET"


def dask_setup(worker: object) -> None:
    """What Dask calls in a worker that has this module for a preload."""
    make_hostile(is_night=False)


def make_hostile(*, is_night: bool) -> None:
    """Have this process read what follows as it says."""

    def read(data: bytes, *more: Any) -> FileContent:
        if RAISES in data:
            raise ValueError(SECRET)
        if KILLS in data or (KILLS_OTHERS in data and not is_night):
            os.kill(os.getpid(), signal.SIGKILL)
        if LOOKS in data and not is_night:
            Path(os.environ["LOOKED_AT"]).write_text("\n".join(f"{port} {said}" for port, said in _answers()))
        return read_and_redact(data, *more)

    flows.steps.read.read_and_redact = read  # type: ignore[attr-defined]


def _answers() -> Iterator[tuple[int, str]]:
    """What the ports of the night, and of all processes that it has started, answer to a stranger, by HTTP and by TLS.

    Prefect's server, which asks for a login, is looked at elsewhere.
    """
    import psutil  # it comes with Dask

    of_prefect = urlsplit(os.environ["PREFECT_API_URL"]).port
    night = psutil.Process(os.getppid())
    for process in (night, *night.children(recursive=True)):
        for connection in process.net_connections("inet"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port != of_prefect:
                yield connection.laddr.port, f"{connection.laddr.ip} {_by_http(connection.laddr.port)} {_by_tls(connection.laddr.port)}"


def _by_http(port: int) -> str:
    """The status of the answer; `closed` where there is none."""
    answer = b""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as stranger:
        stranger.sendall(b"GET /json/counts.json HTTP/1.0\r\n\r\n")
        answer = stranger.recv(4096)
    return answer.split()[1].decode() if answer.startswith(b"HTTP/") else "closed"


def _by_tls(port: int) -> str:
    """`open` where somebody without a certificate is spoken to; else `closed`."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as stranger,
        context.wrap_socket(stranger) as secured,
    ):  # fmt: skip
        return "open" if secured.recv(4096) else "closed"
    return "closed"
