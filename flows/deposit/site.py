"""All that the pages work with, made once at the start: settings, state, judges, mails, limits."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

from flows.deposit.judging import Judges
from flows.deposit.known import WhoIsKnown
from flows.deposit.limits import Rate, RateLimits
from flows.deposit.mails import Post
from flows.deposit.secret import Secret
from flows.deposit.state import State
from flows.errors import WrongUse
from flows.settings import Settings

log = logging.getLogger("suivi.deposit")

#: who asks is a network for the first four, an address that was typed, a provider
RATES = {
    "page": Rate(300, 60), "file": Rate(60, 60), "link": Rate(20, 900), "entry": Rate(20, 900), "address": Rate(5, 900),
    "deposit": Rate(60, 3600),
}  # fmt: skip
#: names under which this machine alone is reached
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_DAYS_OF_MONTH = 31
#: for those who are told that too many wait
_MORE_THREADS = 8


@dataclass(frozen=True)
class Site:
    """What the pages work with. `origin` is where they are reached, as browsers write it: `https://depot.region.example`."""

    settings: Settings
    origin: str
    secret: Secret
    state: State
    known: WhoIsKnown
    post: Post
    judges: Judges
    limits: RateLimits
    #: where files are judged: those who wait for that keep nobody from other pages
    with_file: ThreadPoolExecutor
    #: as many files may come at once: each may lie on the disk meanwhile
    incoming: threading.BoundedSemaphore

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach the page over https: then they keep its cookies for that alone."""
        return self.origin.startswith("https://")

    @property
    def hosts(self) -> frozenset[str]:
        """The names under which it may be asked for; others are of pages that have the address of this one."""
        own = urlsplit(self.origin)
        is_here = own.hostname in ("127.0.0.1", "localhost", "::1")
        return frozenset({own.netloc.lower(), *(f"{name}:{own.port}" for name in LOOPBACK if is_here)})

    @property
    def largest_file(self) -> int:
        """Bytes that a file may have."""
        return int(self.settings.max_file_mb * 1_000_000)

    def close(self) -> None:
        """Send the mails that wait, end the processes."""
        self.post.close()
        self.judges.close()
        self.with_file.shutdown(wait=False, cancel_futures=True)


def make_site(
    settings: Settings, origin: str, judges: Judges, clock: Callable[[], float] = time.time,
    rates: dict[str, Rate] | None = None,
) -> Site:  # fmt: skip
    """The site of a home. `clock` gives seconds since 1970. WrongUse where its secret cannot be used."""
    secret = Secret.of(settings.home)
    state = State(settings.home, secret, clock, settings.retention_months * _DAYS_OF_MONTH * 86_400)
    known = WhoIsKnown(settings, secret, clock)
    most = judges.most + _MORE_THREADS
    return Site(
        settings, origin, secret, state, known, Post(settings, state, known, origin), judges, RateLimits(rates or RATES),
        ThreadPoolExecutor(most, "suivi-file"), threading.BoundedSemaphore(most),
    )  # fmt: skip


def origin_of(settings: Settings, host: str, port: int) -> str:
    """Where browsers reach the page: the setting deposit_url, or this machine alone.

    WrongUse where the page is open to others and nobody has said under which address, which mails and cookies need.
    """
    if settings.deposit_url is None:
        if host not in ("127.0.0.1", "localhost", "::1"):
            raise WrongUse(f"--host {host} opens the page to others: set deposit_url to the address that they reach it by")
        return f"http://{'[::1]' if host == '::1' else host}:{port}"
    parts = urlsplit(settings.deposit_url)
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise WrongUse("deposit_url has a path: the page needs a host of its own, such as https://depot.region.example")
    return f"{parts.scheme}://{parts.netloc.lower()}"
