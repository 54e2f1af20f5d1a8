"""A store with an outbox, and a mail server, shared by the tests of delivery."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mail_box import MailBox, running
from tests.mail_post import Post, settle
from warehouse.store.store import Store


@pytest.fixture(scope="module")
def shared_post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    """One store for a module: making one costs more than most tests of it."""
    home = tmp_path_factory.mktemp("home")
    with Store.open(home) as store:
        yield Post(home, store)


@pytest.fixture
def post(shared_post: Post, tmp_path: Path) -> Post:
    """An outbox in which nothing waits, of a home where nothing was written."""
    settle(shared_post)
    return Post(tmp_path, shared_post.store)


@pytest.fixture(scope="module")
def shared_box() -> Iterator[MailBox]:
    """A mail server for a module."""
    with running() as server:
        yield server


@pytest.fixture
def box() -> Iterator[MailBox]:
    """A mail server that nobody has told anything yet."""
    with running() as server:
        yield server
