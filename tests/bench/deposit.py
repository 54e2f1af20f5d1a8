"""How long the deposit page takes to check 50 files of 1 MB that come at once: `python -m tests.bench.deposit` prints the times."""

from __future__ import annotations

import re
import resource
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path
from statistics import median, quantiles

import httpx

from tests.command import command_line, surroundings
from tests.spec.paper import csv_of

AT_ONCE, MEGABYTES = 50, 1.0


def main() -> None:
    """Start the page as a process, check a file alone, then many at once, and say how long each took."""
    data = _file(int(MEGABYTES * 1_000_000))
    with tempfile.TemporaryDirectory() as folder, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        taken.close()
        home = Path(folder) / "home"
        began = time.monotonic()
        server = subprocess.Popen(
            command_line("depot", "--home", home, "--port", port), cwd=folder, env=surroundings(), stdout=sys.stderr, stderr=sys.stderr
        )
        try:
            origin = f"http://127.0.0.1:{port}"
            _wait_until_it_answers(origin)
            print(f"answers after {time.monotonic() - began:.1f} s")
            print(f"first check done after {time.monotonic() - began + _check(origin, data):.1f} s")
            print(f"one alone: {median(_check(origin, data) for _ in range(5)):.2f} s")
            with ThreadPoolExecutor(AT_ONCE) as pool:
                began = time.monotonic()
                looked = pool.submit(_look, origin)
                times = sorted(pool.map(lambda _: _check(origin, data), range(AT_ONCE)))
                total = time.monotonic() - began
            print(f"{AT_ONCE} at once: median {median(times):.2f} s, p95 {quantiles(times, n=20)[-1]:.2f} s, last {times[-1]:.2f} s; all in {total:.2f} s")
            print(f"another page meanwhile: {looked.result():.2f} s")
        finally:
            server.terminate()
            server.wait(60)
    print(f"largest process: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MB")


def _file(size: int) -> bytes:
    """A return of learners of that many bytes, each hundredth row with an error."""
    rows = [f"id_apprenant=L{number}" + (" & sexe=X9" if number % 100 == 0 else "") for number in range(size // 80)]
    return csv_of("apprenants", *rows)[:size].rpartition(b"\n")[0]


def _wait_until_it_answers(origin: str) -> None:
    while True:
        try:
            httpx.get(origin, timeout=5)
            return
        except httpx.TransportError:
            time.sleep(0.05)


def _look(origin: str) -> float:
    time.sleep(1)
    began = time.monotonic()
    assert httpx.get(f"{origin}/modeles", timeout=60).status_code == 200
    return time.monotonic() - began


def _check(origin: str, data: bytes) -> float:
    """Seconds from the button to the whole receipt."""
    with httpx.Client(base_url=origin, timeout=300) as client:
        token = unescape(re.findall(r'name="jeton" value="([^"]+)"', client.get("/").text)[0])
        began = time.monotonic()
        answer = client.post("/verifier", data={"jeton": token}, files={"fichier": ("apprenants.csv", data)})
        assert answer.status_code == 200, answer.status_code
        assert "SHA-256" in answer.text
        return time.monotonic() - began


if __name__ == "__main__":
    main()
