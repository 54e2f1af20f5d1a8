"""`suivi watch`: was last night's night done? For cron or a timer, at six in the morning."""

from __future__ import annotations

import click

from flows.cli.debugging import DebugCommand
from flows.cli.options import home_option
from flows.settings import load_settings


@click.command("watch", cls=DebugCommand)
@home_option
def command(home: str | None) -> int:
    """Tell the steward if no night was done since 04:00."""
    settings = load_settings(home)
    from flows.recovery.check_last_night import check_last_night

    verdict = check_last_night(settings)
    click.echo(verdict.sentence)
    return 0 if verdict.is_well else 1
