"""`suivi mail-test`: one mail through the mail server of the settings, to see whether it arrives."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from flows.cli.debugging import DebugCommand
from flows.cli.options import home_option
from flows.errors import safe_to_show
from flows.settings import load_settings


@click.command("mail-test", cls=DebugCommand)
@click.argument("address")
@home_option
def command(address: str, home: str | None) -> None:
    """Send one mail to ADDRESS, as a night would, whatever the setting mail says. The outbox is left alone."""
    settings = load_settings(home)
    from flows.mail.trial import send_trial

    said = send_trial(settings, address, datetime.now(UTC))
    click.echo(safe_to_show(f"taken by {said}: see that it arrives, and that it is not taken for junk"))
