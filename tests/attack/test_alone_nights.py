"""Nothing stops a night: hostile files, files that change under its hands, one that kills it, and a neighbour who asks its Prefect."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.attack.homes import STEWARD, Hangs, Home, NightSeen
from tests.golden.nights import sirets
from tests.spec.paper import csv_of

case = pytest.mark.case
Seen = Callable[[str], None]

#: a hostile file may cost so many times what a normal one of its size costs, beyond a night with nothing in it
MOST = 5.0
#: seconds of CPU that a measurement may be off
_SLACK = 1.0
_SIZE = 3_000_000
_NOBODY = 65534
# All that it needs is imported before it gives root's rights up: it may then not read where Python lies.
_ASK = """
import encodings.idna, http.client, os, sys, urllib.error, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(int(sys.argv[2]))
    os.setuid(int(sys.argv[2]))
for path in ("flow_runs/filter", "logs/filter"):
    asked = urllib.request.Request(f"http://127.0.0.1:{sys.argv[1]}/api/{path}", b"{}", {"Content-Type": "application/json"})
    try:
        with opener.open(asked, timeout=10) as answer:
            print(answer.status)
    except urllib.error.HTTPError as refusal:
        print(refusal.code)
    except OSError:
        print("nobody there")
"""


def _expenses(count: int) -> bytes:
    """A's expenses, so many."""
    row = csv_of("depenses").decode().splitlines()[1]
    return csv_of("depenses") + "".join(row.replace("F1", f"G{number}") + "\n" for number in range(count)).encode()


@pytest.fixture(scope="session")
def idle(as_founded: Home, tmp_path_factory: pytest.TempPathFactory) -> float:
    """What a night with nothing in it costs, in seconds of CPU."""
    return as_founded.copied(tmp_path_factory.mktemp("idle") / "home").nightly().cpu_seconds


@pytest.fixture(scope="session")
def normal(as_founded: Home, idle: float, tmp_path_factory: pytest.TempPathFactory) -> float:
    """What a normal file of _SIZE costs beyond that."""
    home = as_founded.copied(tmp_path_factory.mktemp("normal") / "home")
    night = home.nightly({"opale/depenses-n.csv": _expenses(_SIZE // 50)})
    assert night.decision("opale/depenses-n.csv") == "accepted"
    return night.cpu_seconds - idle


def _one_cell() -> bytes:
    return csv_of("depenses", "piece=F8 & montant=1" + " " * 400_000 + "1", "numero_action=A2 & piece=F7")


def _codes() -> bytes:
    row = csv_of("suivi").decode().splitlines()[1]
    rows = (row.replace("CDI", f"CDD {number:06d} mois").replace(";L1;", f";L{number};") for number in range(_SIZE // 85))
    return csv_of("suivi") + "\n".join(rows).encode() + b"\n"


def _quotes() -> bytes:
    return csv_of("depenses") + b'"\n' * (_SIZE // 2)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(_one_cell, marks=case(5, "an amount of `1`, 400 000 spaces, `1`", "the night did not end; killed after 90 s")),
        pytest.param(_codes, marks=case(5, "35 000 unknown codes, all distinct, in 3 MB", "over 90 s; half as many took 7 times as long as a normal file")),
        pytest.param(_quotes, marks=case(5, "3 MB of `\"` and line break", "2.4 times a normal file (10 MB)")),
    ],
)
def test_hostile_content(copy: Home, idle: float, normal: float, seen: Seen, make: Callable[[], bytes]) -> None:
    try:
        night = copy.nightly({"opale/hostile.csv": make(), "opale/zz.csv": csv_of("depenses", "piece=F6 & numero_action=A2")})
    except Hangs as error:
        seen(str(error))
        raise
    cost = night.cpu_seconds - idle
    seen(f"{cost:.1f} s of CPU beyond an idle night, a normal file {normal:.1f} s: {cost / normal:.1f} times; the other file {night.decision('opale/zz.csv')}")
    assert night.code == 0
    assert night.decision("opale/zz.csv") == "accepted"
    assert cost <= MOST * normal + _SLACK


@case(5, "200 tiny files of unknown SIRETs", "201 mails to the steward; 2 000 files took 270 s")
def test_tiny_files(copy: Home, seen: Seen) -> None:
    night = copy.nightly({f"{n:03d}/x.csv": csv_of("depenses", f"siret={siret}") for n, siret in enumerate(sirets(202)[2:])})
    mails = night.recipients().count(STEWARD)
    seen(f"{mails} mails to the steward; {night.cpu_seconds:.0f} s of CPU")
    assert (night.code, mails) == (0, 1)


# ------------------------------------------------------------------------------------- while the night is under way


class Swapped:
    """A night during which two files too large to be read gave way to a link and to a pipe, and a neighbour asked its Prefect."""

    def __init__(self, home: Home, secret: Path) -> None:
        self.home, self.secret = home, secret
        self.answers: list[str] = []
        self.night: NightSeen | None = None
        self.hangs = ""
        home.drop({"opale/lien.csv": csv_of("depenses") + b"#" * 5_000, "opale/tube.csv": csv_of("depenses") + b"+" * 5_000})
        try:
            self.night = home.nightly(during=self._attack, SUIVI_MAX_FILE_MB="0.004", longest=60)
        except Hangs as error:
            self.hangs = str(error)

    def _attack(self, process: subprocess.Popen[str]) -> None:
        for name in ("lien.csv", "tube.csv"):
            path = self.home.folder / "inbox" / "opale" / name
            path.unlink()
            path.symlink_to(self.secret) if name == "lien.csv" else os.mkfifo(path)
        for port in _ports(self.home.folder):
            asked = subprocess.run(
                [sys.executable, "-I", "-c", _ASK, str(port), str(_NOBODY)], capture_output=True, text=True, timeout=60, check=True
            )
            self.answers += asked.stdout.split("\n")[:2]


def _ports(home: Path) -> Iterator[int]:
    """The ports on which processes of this home listen: Prefect's server has the home in its environment."""
    sockets = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if os.fsencode(home) in (entry / "environ").read_bytes():
                    sockets |= {os.readlink(link) for link in (entry / "fd").iterdir()}
            except OSError:
                continue
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            _, local, _, state, *rest = line.split()
            if state == "0A" and f"socket:[{rest[5]}]" in sockets:
                yield int(local.rpartition(":")[2], 16)


@pytest.fixture(scope="module")
def swapped(as_founded: Home, tmp_path_factory: pytest.TempPathFactory) -> Swapped:
    folder = tmp_path_factory.mktemp("swapped")
    (folder / "secret").write_bytes(b"SECRET-DE-L-HOTE" * 400)
    return Swapped(as_founded.copied(folder / "home"), folder / "secret")


@case(6, "a file too large gives way to a link to a file of the host", "the host's file lay in the archive")
def test_link(swapped: Swapped, seen: Seen) -> None:
    found = [p for p in swapped.home.folder.rglob("*") if p.is_file() and not p.is_symlink() and b"SECRET-DE-L-HOTE" in p.read_bytes()]
    seen(f"the host's file is in {len(found)} files of the home")
    assert found == []


@case(6, "a file too large gives way to a pipe", "the night hung until it was killed")
def test_pipe(swapped: Swapped, seen: Seen) -> None:
    seen(swapped.hangs or f"exit {swapped.night.code if swapped.night else '-'}")
    assert not swapped.hangs
    assert swapped.night is not None
    assert swapped.night.code == 0


@case(8, "another user of the machine asks the night's Prefect", "200 200: runs and logs were read")
def test_prefect(swapped: Swapped, seen: Seen) -> None:
    seen(f"{' '.join(swapped.answers) or 'no open port'}")
    assert set(swapped.answers) <= {"401", "nobody there"}


# ----------------------------------------------------------------------------------------------------- a file that kills


@case(5, "a file in hand when two nights were killed", "the third takes it in hand again, and so on")
def test_poison(copy: Home, seen: Seen) -> None:
    poison = _expenses(60_000)
    copy.drop({"opale/poison.csv": poison})
    for _ in range(2):
        copy.killed_night(_is_in_hand(copy, poison))
    night = copy.nightly({"opale/autre.csv": csv_of("depenses", "numero_action=A2 & piece=F6")})
    decisions = [night.decision(f"opale/{name}.csv") for name in ("poison", "autre")]
    seen(f"third night: exit {night.code}, the file {decisions[0]}, another one {decisions[1]}")
    assert decisions == ["held", "accepted"]
    assert copy.rows("SELECT count(*) FROM quality.findings WHERE rule = 'FIC-16'") == [(1,)]


def _is_in_hand(home: Home, data: bytes) -> Callable[[subprocess.Popen[str]], None]:
    """Wait until this night, and not the one before, has written down that it looks at that file."""
    wanted = hashlib.sha256(data).hexdigest()

    def noted() -> dict[str, Any]:
        try:
            return dict(json.loads((home.folder / ".in-hand").read_bytes().partition(b"\n")[0]))
        except (OSError, ValueError):
            return {"in_hand": []}

    before = noted()

    def wait(process: subprocess.Popen[str]) -> None:
        while (now := noted()) == before or wanted not in now["in_hand"]:
            assert process.poll() is None, "the night was faster than its killer"
            time.sleep(0.005)

    return wait
