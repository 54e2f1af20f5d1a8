"""Spark sessions for tests: on Sail, which starts at once, and on a Java machine of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

#: Sail's own program: it serves no session where it finds a PySpark of another version beside it, so it has an environment of its own.
SAIL = os.environ.get("SAIL") or shutil.which("sail")


@contextlib.contextmanager
def session_on(engine: str) -> Iterator[Any]:
    """A session of Spark Connect on `sail` or `jvm`, with two cores; the test is skipped where PySpark, Sail or Java is not there."""
    sql = pytest.importorskip("pyspark.sql")
    if engine == "jvm":
        if shutil.which("java") is None:
            pytest.skip("no Java")
        builder = sql.SparkSession.builder.remote("local[2]")
        for name, value in {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "2"}.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()  # `create` wants a server that is there
        try:
            yield session
        finally:
            session.stop()
        return
    with sail() as (url, _):
        session = sql.SparkSession.builder.remote(url).create()
        try:
            yield session
        finally:
            session.stop()


@contextlib.contextmanager
def sail() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of a server of Sail, and its process; the test is skipped where Sail is not there."""
    if SAIL is None:
        pytest.skip("no Sail")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [SAIL, "spark", "server", "--ip", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            deadline = time.monotonic() + 30
            while True:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                assert time.monotonic() < deadline, "Sail does not serve"
                assert server.poll() is None, "Sail has ended"
            yield f"sc://127.0.0.1:{port}", server
        finally:
            server.kill()
