"""Who drops and who reads, as docs/operations.md sets it up: each user tries what is theirs, and what is not."""

from __future__ import annotations

import os
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command import ROOT, surroundings
from tests.spec.paper import csv_of

pytestmark = [
    pytest.mark.attack,
    pytest.mark.skipif(os.geteuid() != 0, reason="root alone makes users"),
]
SUIVI, OPALE, AUTRE, ANALYST = "suivi-t", "opale-t", "autre-t", "camille-t"
DEPOTS, ANALYSTS = "depots-t", "analystes-t"
#: as the page says: the machine's, which every user can read, with what our venv holds
PYTHON = "/usr/bin/python3"
#: without Prefect, which an older Python than the venv's may not be able to import
NIGHT = """
import sys
from flows.night import Night
from flows.settings import load_settings
from tests.golden.nights import all_steps
with Night(load_settings(sys.argv[1])) as night:
    all_steps(night)
"""
PACKAGES = f"{ROOT}:{sysconfig.get_path('purelib')}"


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every user gets to, and the users and groups of the page."""

    def run(*command: str) -> None:
        subprocess.run(command, check=True, capture_output=True)

    try:
        for group in (SUIVI, DEPOTS, ANALYSTS):
            run("groupadd", "--system", group)
        for user, group in ((SUIVI, SUIVI), (OPALE, DEPOTS), (AUTRE, DEPOTS), (ANALYST, ANALYSTS)):
            run("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "--gid", group, user)
        with tempfile.TemporaryDirectory(prefix="suivi-users-", dir="/srv") as folder:
            place = Path(folder)
            place.chmod(0o755)
            run("install", "-d", "-o", SUIVI, "-g", ANALYSTS, "-m", "2750", str(place / "home"))
            run("install", "-d", "-o", SUIVI, "-g", DEPOTS, "-m", "0711", str(place / "inbox"))
            for user in (OPALE, AUTRE):
                run("install", "-d", "-o", user, "-g", SUIVI, "-m", "2770", str(place / "inbox" / user))
            for name in ("snapshots", "reports"):
                run("install", "-d", "-o", SUIVI, "-g", ANALYSTS, "-m", "2750", str(place / "home" / name))
            yield place
    finally:
        for user in (SUIVI, OPALE, AUTRE, ANALYST):
            subprocess.run(["userdel", user], check=False, capture_output=True)
        for group in (SUIVI, DEPOTS, ANALYSTS):
            subprocess.run(["groupdel", group], check=False, capture_output=True)


def does(user: str, group: str, *command: str) -> subprocess.CompletedProcess[str]:
    """What comes of a command as that user, in an environment of a service."""
    environ = surroundings() | {"HOME": "/nonexistent", "PYTHONPATH": PACKAGES, "SUIVI_SETTLE_SECONDS": "0"}
    return subprocess.run(
        command, user=user, group=group, extra_groups=[], umask=0o077, env=environ, cwd="/", capture_output=True, text=True,
        errors="replace", timeout=240, check=False,  # the first byte of a database is any
    )  # fmt: skip


def test_each_user_does_what_is_theirs_and_nothing_else(place: Path) -> None:
    if does(SUIVI, SUIVI, PYTHON, "-c", "import duckdb, flows.cli").returncode:
        pytest.skip("this clone or its packages are closed to other users, or made for another Python")
    home, dropped = place / "home", place / "inbox" / OPALE / "actions.csv"
    # as `internal-sftp -u 0007` writes it
    write = "import os, sys; os.umask(0); os.write(os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY, 0o660), sys.argv[2].encode())"
    text = csv_of("actions").decode("utf-8-sig")
    assert does(OPALE, DEPOTS, PYTHON, "-c", write, str(dropped), text).returncode == 0
    assert does(AUTRE, DEPOTS, PYTHON, "-c", write, str(dropped.with_name("b.csv")), text).returncode
    for forbidden in (str(dropped), str(dropped.parent), str(place / "inbox"), str(home)):
        assert does(AUTRE, DEPOTS, "ls", forbidden).returncode, forbidden

    (home / "suivi.toml").write_text(f'inbox = "{place / "inbox"}"\n')
    (home / "suivi.toml").chmod(0o644)
    night = does(SUIVI, SUIVI, PYTHON, "-c", NIGHT, str(home))
    assert night.returncode == 0, night.stderr
    assert not dropped.exists(), "taken out of the provider's folder"

    for name in ("warehouse.duckdb", "reports/index.html"):
        assert does(ANALYST, ANALYSTS, "head", "-c1", str(home / name)).returncode == 0, name
        assert does(OPALE, DEPOTS, "head", "-c1", str(home / name)).returncode, name
    for name in ("store.duckdb", "archive", "receipts", "secrets", "outbox", "suivi.log"):
        assert does(ANALYST, ANALYSTS, "ls" if (home / name).is_dir() else "cat", str(home / name)).returncode, name
    assert does(ANALYST, ANALYSTS, "touch", str(home / "reports" / "mine")).returncode
