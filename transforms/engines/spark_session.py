"""A session of Spark: one way in, Spark Connect, whatever the cluster; its server is started here where there is none."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import socket
import subprocess
import time
import warnings
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from warehouse.errors import EngineFailed

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: how long a master may take to answer, and a server to start on a machine that is busy
_REACHED_IN_SECONDS, _STARTED_IN_SECONDS = 10.0, 120.0
_SERVER = "org.apache.spark.sql.connect.service.SparkConnectServer"
#: what results hang on, said to the session itself, as a server may have other defaults: a day is one of UTC, and a number too
#: large is an error, as in DuckDB
_SESSION = {"spark.sql.session.timeZone": "UTC", "spark.sql.ansi.enabled": "true"}
#: nothing is shown on ports of this machine, and what a server has to say goes to its log
_QUIET = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.log.level": "WARN"}
#: masters without an address, and where those with one listen if they do not say
_ON_THIS_MACHINE, _PORTS = re.compile(r"local(\[(\d+|\*)\])?"), {"sc": 15002, "spark": 7077}
_TOKEN = "SPARK_CONNECT_AUTHENTICATE_TOKEN"
#: Runs a server until it ends, or until its standard input does, as when whoever started it was killed: then it is told to end,
#: which removes its files, and is ended if it does not.
_AS_LONG_AS_WE_LIVE = """exec 3<&0; { read -r nothing <&3; trap "" TERM; kill 0; sleep 20; kill -9 0; } & exec "$@" 3<&- < /dev/null"""


@contextlib.contextmanager
def spark_session(master: str, log: Path) -> Iterator[SparkSession]:
    """A session for the block.

    Args:
        master: `sc://host:port` of a Spark Connect server that runs; or what spark-submit takes as --master (`local[2]`,
            `spark://host:port`), and a server of that cluster is started on this machine for as long.
        log: where that server writes its log.

    Raises EngineFailed where the master cannot be reached, or a server does not start.
    """
    see_that_it_answers(master)
    with contextlib.ExitStack() as held:
        remote = master if master.startswith("sc://") else held.enter_context(_connect_server(master, log))
        session = _opened(remote, master)
        held.callback(_stop, session)
        yield session


def see_that_it_answers(master: str) -> None:
    """Raise EngineFailed unless what is needed here is installed, and the master, if it is one at an address, answers."""
    if find_spec("pyspark") is None:
        raise EngineFailed("Spark is not installed: make install-spark, or pip install -r requirements/spark.txt")
    if not master.startswith("sc://") and shutil.which("java") is None:
        raise EngineFailed("Spark needs Java, 17 or newer: on Debian, apt-get install default-jre-headless")
    if not _ON_THIS_MACHINE.fullmatch(master) and not any(_answers(address) for address in _addresses(master)):
        raise EngineFailed(f"the Spark master {master} cannot be reached: see that it runs, and that its port is open from here")


def _opened(remote: str, master: str) -> SparkSession:
    with warnings.catch_warnings():
        # of versions of pandas, by which nothing is read or written here
        warnings.simplefilter("ignore", FutureWarning)
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession  # this one has its functions know that they are for Connect
        from pyspark.sql.connect.client.retries import DefaultPolicy

    try:
        session = SparkSession.builder.remote(remote).create()
        # a minute, not ten: whoever has lost the server is told while they still wait for it
        session.client.set_retry_policies([DefaultPolicy(max_retries=6)])
        for name, value in _SESSION.items():
            session.conf.set(name, value)
    except PySparkException as error:
        raise EngineFailed(f"{master} gives no session of Spark ({type(error).__name__})") from None
    return session


def _stop(session: SparkSession) -> None:
    with contextlib.suppress(Exception):  # the server may be gone, and what is to be said of that is said
        session.stop()


@contextlib.contextmanager
def _connect_server(master: str, log: Path) -> Iterator[str]:
    """A Spark Connect server of a cluster, on a free port of loopback, for whom we give the token; yields its address."""
    import pyspark

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    here = {"spark.connect.grpc.binding.address": "127.0.0.1", "spark.connect.grpc.binding.port": str(port)}
    options = [word for name, value in (_QUIET | here).items() for word in ("--conf", f"{name}={value}")]
    submit = Path(pyspark.__file__).parent / "bin" / "spark-submit"
    token = secrets.token_hex(16)
    with log.open("ab") as written:
        server = subprocess.Popen(
            ["sh", "-c", _AS_LONG_AS_WE_LIVE, "sh", submit, "--master", master, "--class", _SERVER, *options, "spark-internal"],
            stdin=subprocess.PIPE, stdout=written, stderr=written, env={**os.environ, _TOKEN: token}, start_new_session=True,
        )  # fmt: skip
    try:
        _wait_until_started(server, port, master, log)
        yield f"sc://localhost:{port}/;token={token}"  # by this name alone, a token goes without a certificate
    finally:
        if server.stdin:
            server.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, 9)
        server.wait()


def _wait_until_started(server: subprocess.Popen[bytes], port: int, master: str, log: Path) -> None:
    deadline = time.monotonic() + _STARTED_IN_SECONDS
    while not _answers(("127.0.0.1", port), 1.0):
        if server.poll() is not None:
            raise EngineFailed(f"the Spark Connect server for {master} ended at its start: {log} says why")
        if time.monotonic() > deadline:
            raise EngineFailed(f"the Spark Connect server for {master} did not start in time: {log} says why")
        time.sleep(0.2)


def _addresses(master: str) -> Sequence[tuple[str, int]]:
    """Host and port of each master that is named; there may be several, of which one leads. Raises EngineFailed."""
    scheme, _, rest = master.partition("://")
    try:
        port, urls = _PORTS[scheme], [urlsplit(f"{scheme}://{place}") for place in rest.split("/")[0].split(",")]
        if all(url.hostname for url in urls):
            return [(str(url.hostname), url.port or port) for url in urls]
    except (KeyError, ValueError):
        pass
    raise EngineFailed(f"{master} is no Spark master: write sc://host:port, spark://host:port or local[2]")


def _answers(address: tuple[str, int], seconds: float = _REACHED_IN_SECONDS) -> bool:
    try:
        socket.create_connection(address, seconds).close()
    except OSError:
        return False
    return True
