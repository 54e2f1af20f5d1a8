"""The Prefect server of one command: started beside it, on loopback, and gone with it however it ends.

Prefect can start an ephemeral server by itself, but then its port is a lottery, it starts only when the flow does, and
it outlives a command that is killed. Run as a script, this file is that server; imported, it starts one.
"""

from __future__ import annotations

import contextlib
import gc
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

#: A cold home runs all migrations first: 15 s on two cores, more on a slow disk.
START_SECONDS = 120.0
STOP_SECONDS = 10.0


#: a server for one night: no pages, no scheduler
_PASSING = {"PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}


class ServerFailed(RuntimeError):
    """The server did not come up; its log says why."""


class PrivateServer:
    """A Prefect server of our own, listening already and starting up while the command goes on."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}/api"
        self.log = log
        # Asked now, answered when it is up: its first answer takes it some tenths of a second, while the command imports.
        self._asked = http.client.HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
        self._asked.request("GET", "/api/ready")

    def wait_until_ready(self) -> None:
        """Return once the server answers. Raises ServerFailed when it dies or stays silent."""
        try:
            with self._asked.getresponse() as answer:
                if answer.status != 200:
                    raise ServerFailed(f"Prefect's server answers with status {answer.status}: read {self.log}")
        except TimeoutError:
            raise ServerFailed(f"Prefect's server did not answer within {START_SECONDS:.0f} s: read {self.log}") from None
        except (OSError, http.client.HTTPException):  # the connection is lost with whoever would have answered
            raise ServerFailed(f"Prefect's server ended with code {self.process.wait()}: read {self.log}") from None

    def stop(self) -> None:
        """End the server and wait for its end."""
        self._asked.close()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()


@contextlib.contextmanager
def private_server(folder: Path, port: int = 0, *, lasting: bool = False) -> Iterator[PrivateServer]:
    """Start a server whose files are in `folder`; the environment must be prepared already (flows.prefect_runtime.home).

    The command goes on at once: its own imports overlap with the server's start. A lasting server schedules and has
    pages. Raises OSError if that port is taken; 0 takes any.
    """
    with socket.socket() as listening:
        # A port that a server before us has just left must not be waited for.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Bound and listening before the server exists: no other process can take the port in between.
        listening.bind(("127.0.0.1", port))
        listening.listen(128)
        log = folder / "server.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                # -P: this folder must not come first on the path, where our `settings` would pass for someone else's.
                [sys.executable, "-P", str(Path(__file__).resolve()), str(listening.fileno())],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(listening.fileno(),),
                # Not in our group: Ctrl-C is for the command, which still needs the server to record how the night ended.
                start_new_session=True,
                env={**os.environ, **({} if lasting else _PASSING)},
            )
        server = PrivateServer(process, listening.getsockname()[1], log)
    try:
        yield server
    finally:
        server.stop()


def serve(descriptor: int) -> None:
    """Serve on the listening socket handed down, until told to stop or until the parent is gone."""
    gc.set_threshold(100_000, 50, 100)  # as flows.cli does, and why; this file imports nothing of ours
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import uvicorn

    config = uvicorn.Config(
        "prefect.server.api.server:create_app", factory=True, lifespan="on", log_level="error", timeout_graceful_shutdown=3
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])


def _end_with_parent() -> None:
    # The parent holds the other end of this pipe and never writes: it closes when the parent ends, kill -9 included.
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
