"""`suivi depot`: the deposit page, on which anyone checks a file and providers deposit theirs."""

from __future__ import annotations

import logging
import sys

import click

from flows.cli.debugging import DebugCommand
from flows.cli.options import home_option
from flows.errors import WrongUse
from flows.settings import load_settings, programme_of, senders_of

DEFAULT_PORT = 8600


@click.command("depot", cls=DebugCommand)
@home_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The address on which it listens.")
@click.option("--port", type=click.IntRange(1, 65535), default=DEFAULT_PORT, show_default=True, help="Its port.")
@click.option("--behind-proxy", is_flag=True, help="A proxy on this machine says who asks (X-Forwarded-For, X-Forwarded-Proto).")
@click.option("--proxy", "proxies", multiple=True, metavar="ADDRESS", help="The same, of a proxy at that address.")
def command(home: str | None, host: str, port: int, behind_proxy: bool, proxies: tuple[str, ...]) -> None:
    """Serve the deposit page, until stopped."""
    settings = load_settings(home)
    # A wrong setting is said now, to whoever starts the page.
    programme_of(settings)
    senders_of(settings)
    from flows.deposit.serving import serve
    from flows.deposit.site import origin_of

    origin = origin_of(settings, host, port)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    trusted = [*(["127.0.0.1", "::1"] if behind_proxy else []), *proxies]
    click.echo(f"The deposit page: {origin}/ (home {settings.home}); Ctrl-C ends it")
    try:
        serve(settings, origin, host, port, trusted)
    except OSError as error:
        raise WrongUse(f"port {port} of {host} cannot be used ({error.strerror}): name another with --port") from None
