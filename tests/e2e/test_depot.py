"""The deposit page as people start it: on loopback, ended without remains, and believing a proxy only where it is told to."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from flows.deposit.site import origin_of
from flows.errors import WrongUse
from flows.settings import Settings
from tests.command import command_line, surroundings
from tests.spec.paper import csv_of


@contextlib.contextmanager
def depot(home: Path, *options: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The page, once it answers: its process and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        command_line("depot", "--home", home, "--port", port, *options), cwd=home, env=surroundings(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    origin = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while True:
            assert process.poll() is None, process.stdout.read().decode() if process.stdout else ""
            with contextlib.suppress(httpx.TransportError):
                httpx.get(origin, timeout=5)
                break
            assert time.monotonic() < deadline
        yield process, origin
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def form(client: httpx.Client, page: str) -> dict[str, str]:
    return {"jeton": unescape(re.findall(r'name="jeton" value="([^"]+)"', client.get(page).text)[0])}


def children(process: subprocess.Popen[bytes]) -> list[int]:
    found = Path(f"/proc/{process.pid}/task").glob("*/children")
    return [int(pid) for path in found for pid in path.read_text().split()]


def gone(pids: list[int], seconds: float = 60) -> bool:
    """Whether these processes end within so many seconds; a process that nobody has waited for yet has ended too."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        states = []
        for pid in pids:
            with contextlib.suppress(OSError):
                states.append(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0])
        if all(state == "Z" for state in states):
            return True
        os.sched_yield()
    return False


@pytest.mark.attack
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_it_is_started_checks_a_file_and_ends_with_all_that_it_started(home: Path, how: signal.Signals) -> None:
    with depot(home) as (process, origin):
        with httpx.Client(base_url=origin, timeout=120) as client:
            answer = client.post("/verifier", data=form(client, "/"), files={"fichier": ("x.csv", csv_of("depenses"))})
            assert answer.status_code == 200
            assert "SHA-256" in answer.text
            assert "server" not in answer.headers
        started = children(process)
        assert len(started) >= 2
        process.send_signal(how)
        output = process.communicate(timeout=60)[0].decode()
        assert gone(started)
    if how == signal.SIGTERM:
        assert process.returncode in (0, -signal.SIGTERM)
        assert "checked: accepted, 1 of 1" in output
        assert "Traceback" not in output
        assert "leaked" not in output


@pytest.mark.attack
@pytest.mark.parametrize(("options", "statuses"), [((), {200, 429}), (("--behind-proxy",), {200}), (("--proxy", "192.0.2.1"), {200, 429})])
def test_a_proxy_says_who_asks_where_it_is_believed(home: Path, options: tuple[str, ...], statuses: set[int]) -> None:
    with depot(home, *options) as (_, origin), httpx.Client(base_url=origin, timeout=30) as client:
        fields = form(client, "/connexion") | {"courriel": "a@b.example"}
        found = {client.post("/connexion", data=fields, headers={"X-Forwarded-For": f"192.0.2.{number}"}).status_code for number in range(25)}
    assert found == statuses


def test_what_cannot_be_served_is_said_in_one_line(home: Path, suivi: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    open_to_others = suivi("depot", "--home", home, "--host", "0.0.0.0")
    assert open_to_others.returncode == 2
    assert "set deposit_url" in open_to_others.stderr
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        in_use = suivi("depot", "--home", home, "--port", taken.getsockname()[1])
    assert in_use.returncode == 2
    assert "cannot be used" in in_use.stderr
    (home / "senders.toml").write_text("staff = 1\n", encoding="utf-8")
    assert suivi("depot", "--home", home).returncode == 2


@pytest.mark.parametrize(("url", "host", "origin"), [
    (None, "127.0.0.1", "http://127.0.0.1:8600"), (None, "::1", "http://[::1]:8600"), (None, "192.0.2.1", None),
    ("https://Depot.region.example", "127.0.0.1", "https://depot.region.example"), ("https://depot.region.example/", "0.0.0.0", "https://depot.region.example"),
    ("https://region.example/depot", "127.0.0.1", None), ("https://region.example:8443", "127.0.0.1", "https://region.example:8443"),
])  # fmt: skip
def test_where_the_page_is_reached(tmp_path: Path, url: str | None, host: str, origin: str | None) -> None:
    settings = Settings(tmp_path, tmp_path / "inbox", deposit_url=url)
    if origin is None:
        with pytest.raises(WrongUse):
            origin_of(settings, host, 8600)
    else:
        assert origin_of(settings, host, 8600) == origin
