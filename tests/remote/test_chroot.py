"""The better way where the inbox is local, as docs/operations.md sets it up: a chroot for each provider, tried with its own sshd_config."""

from __future__ import annotations

import asyncio
import os
import re
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.command import ROOT
from tests.remote.servers import SFTPServer
from warehouse.intake.inbox import collect

pytestmark = [pytest.mark.remote, pytest.mark.skipif(os.geteuid() != 0, reason="root alone makes users")]
SUIVI, DEPOTS, OPALE, RUBIS = "suivi-c", "depots-c", "opale-c", "rubis-c"


def documented(place: Path) -> str:
    """What the page writes into sshd_config, for a group and folders of the test."""
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    block = re.search(r"^Match Group depots\n(?:    .*\n)+", page, re.MULTILINE)
    assert block
    return block[0].replace("Group depots", f"Group {DEPOTS}").replace("/etc/ssh/depots", f"{place}/keys").replace("/srv/depots", str(place / "depots"))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[SFTPServer, Path]]:
    def run(*command: str) -> None:
        subprocess.run(command, check=True, capture_output=True)

    made = SFTPServer(tmp_path / "server")
    try:
        for group in (SUIVI, DEPOTS):
            run("groupadd", "--system", group)
        for user in (OPALE, RUBIS):
            run("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "--gid", DEPOTS, user)
            run("usermod", "--password", "*", user)  # as --disabled-password: no password, but not locked either
        with tempfile.TemporaryDirectory(prefix="suivi-chroot-", dir="/srv") as folder:
            place = Path(folder)
            place.chmod(0o755)
            run("install", "-d", "-o", "root", "-g", "root", "-m", "0755", str(place / "depots"))
            run("install", "-d", "-o", "root", "-g", DEPOTS, "-m", "0711", str(place / "depots" / "inbox"))
            run("install", "-d", str(place / "keys"))
            for user in (OPALE, RUBIS):
                run("install", "-d", "-o", user, "-g", SUIVI, "-m", "2770", str(place / "depots" / "inbox" / user))
                run("install", "-m", "0644", str(made.key.with_suffix(".pub")), str(place / "keys" / user))
            with (made.folder / "sshd_config").open("a") as configuration:
                configuration.write(documented(place))
            made.start()
            yield made, place / "depots" / "inbox"
            made.stop()
    finally:
        for user in (OPALE, RUBIS):
            subprocess.run(["userdel", user], capture_output=True, check=False)
        for group in (DEPOTS, SUIVI):
            subprocess.run(["groupdel", group], capture_output=True, check=False)


def test_a_provider_drops_in_its_own_folder_and_does_nothing_else(server: tuple[SFTPServer, Path]) -> None:
    import asyncssh

    sshd, inbox = server
    tried: dict[str, str] = {}

    async def tries(what: str, request: Any) -> None:
        try:
            await asyncio.wait_for(request, 20)
            tried[what] = "done"
        except (asyncssh.Error, OSError) as error:
            tried[what] = type(error).__name__

    async def visit() -> None:
        async with asyncssh.connect(
            "127.0.0.1", sshd.port, username=OPALE, client_keys=[str(sshd.key)], known_hosts=str(sshd.known_hosts), config=None,
            agent_path=None,
        ) as connection, connection.start_sftp_client() as sftp:  # fmt: skip
            tried["lands in"] = str(await sftp.realpath("."))
            async with sftp.open("a.csv", "w") as file:
                await file.write("content")
            await tries("list the others' names", sftp.listdir("/inbox"))
            await tries("list another's folder", sftp.listdir(f"/inbox/{RUBIS}"))
            await tries("write to another's folder", sftp.put(str(sshd.known_hosts), f"/inbox/{RUBIS}/b.csv"))
            await tries("write beside the folders", sftp.put(str(sshd.known_hosts), "/inbox/b.csv"))
            await tries("read the machine", sftp.stat("/etc/passwd"))
            await tries("reach another server", connection.open_connection("127.0.0.1", sshd.port))

    asyncio.run(visit())
    assert tried.pop("lands in") == f"/inbox/{OPALE}"
    assert [what for what, came in tried.items() if came == "done"] == []
    status = (inbox / OPALE / "a.csv").stat()
    assert stat.S_IMODE(status.st_mode) == 0o660 and (inbox / OPALE / "a.csv").group() == SUIVI
    (arrival,) = collect(inbox, 0, 1, datetime.now(UTC)).arrivals
    assert (arrival.name, arrival.sender, arrival.data) == (f"{OPALE}/a.csv", OPALE, b"content")
