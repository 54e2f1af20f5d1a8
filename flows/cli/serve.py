"""`suivi serve`: the schedules and what runs them, with a Prefect server of its own unless PREFECT_API_URL names one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import click

from flows.cli.debugging import DebugCommand
from flows.cli.options import home_option
from flows.errors import AnotherNight, Problem
from flows.settings import load_settings
from warehouse.durable_files import make_home

DEFAULT_PORT = 4200


@click.command("serve", cls=DebugCommand)
@home_option
@click.option("--port", type=click.IntRange(1, 65535), default=DEFAULT_PORT, show_default=True, help="Of Prefect's pages.")
def command(home: str | None, port: int) -> None:
    """Run the night, the morning check and the reminders on schedule, until stopped."""
    settings = load_settings(home)
    from flows.prefect_runtime.home import prepare_to_serve
    from flows.settings import programme_of

    # A wrong setting is said now, to whoever starts the service, not at four in the morning.
    programme_of(settings)
    make_home(settings.home)
    folder = prepare_to_serve(settings.home)
    with _own_server(folder, port) if folder else contextlib.nullcontext():
        from flows.prefect_runtime.deployments import run

        run(settings)


@contextlib.contextmanager
def _own_server(folder: Path, port: int) -> Iterator[None]:
    from flows.lock import night_lock
    from flows.prefect_runtime.server import ServerFailed, private_server

    with contextlib.ExitStack() as held:
        try:
            held.enter_context(night_lock(folder, "serve"))
        except AnotherNight:
            raise Problem(f"suivi serve is running already for {folder.parent.parent}") from None
        try:
            server = held.enter_context(private_server(folder, port, lasting=True))
        except OSError as error:
            raise Problem(f"port {port} cannot be used ({error.strerror}): name another with --port") from None
        os.environ["PREFECT_API_URL"] = server.url
        try:
            server.wait_until_ready()
        except ServerFailed as error:
            raise Problem(str(error)) from None
        click.echo(f"Prefect's pages: {server.url.removesuffix('/api')} (login in {folder / 'login'})")
        yield
