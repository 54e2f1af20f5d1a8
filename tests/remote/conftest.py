"""The servers of the tests of inboxes elsewhere, each started once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.remote.servers import MOTO, SSHD, S3Service, SFTPServer


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[SFTPServer]:
    if not Path(SSHD).exists():
        pytest.fail("OpenSSH's server is missing. On Debian: apt-get install openssh-server")
    server = SFTPServer(tmp_path / "server")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Service]:
    if not MOTO.exists():
        pytest.fail("moto is missing: make test-remote installs it, or say where its moto_server is with MOTO=")
    service = S3Service(tmp_path_factory.mktemp("s3"))
    yield service
    service.stop()
