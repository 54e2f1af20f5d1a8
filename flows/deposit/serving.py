"""Runs the page: one process that answers, others that judge."""

from __future__ import annotations

import socket
from collections.abc import Sequence

import uvicorn

from flows.deposit.app import make_app
from flows.deposit.judging import Judges
from flows.deposit.site import make_site
from flows.settings import Settings
from warehouse.durable_files import make_home

#: so many requests at once; whoever comes then is told to come again
_MOST_AT_ONCE = 400
#: seconds that answers under way are given when the page is stopped
_LAST_ANSWERS = 20


def serve(settings: Settings, origin: str, host: str, port: int, proxies: Sequence[str] = ()) -> None:
    """Serve the page until the process is told to stop.

    Args:
        settings: of the home.
        origin: where browsers reach it.
        host, port: where it listens.
        proxies: addresses of proxies that are believed when they say who asks.

    Raises OSError where it cannot listen there, before anything is started; WrongUse where its secret cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        make_home(settings.home)
        site = make_site(settings, origin, Judges(settings))
        try:
            config = uvicorn.Config(
                make_app(site), host=host, port=port, access_log=False, log_config=None, server_header=False, lifespan="on",
                ws="none", proxy_headers=bool(proxies), forwarded_allow_ips=list(proxies), limit_concurrency=_MOST_AT_ONCE,
                timeout_graceful_shutdown=_LAST_ANSWERS, loop="asyncio", http="h11",
            )  # fmt: skip
            uvicorn.Server(config).run(sockets=[listening])
        finally:
            site.close()
