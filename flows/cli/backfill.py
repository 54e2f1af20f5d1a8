"""`suivi backfill`: the indicators as they were at past dates, into snapshots/."""

from __future__ import annotations

from datetime import date

import click

from flows.cli.debugging import DebugCommand
from flows.cli.options import Day, home_option
from flows.settings import load_settings


@click.command("backfill", cls=DebugCommand)
@home_option
@click.option("--from", "first", type=Day(), required=True, metavar="DATE", help="The earliest day, as 2026-03-31.")
@click.option("--to", "last", type=Day(), required=True, metavar="DATE", help="The latest day; not after today.")
@click.option(
    "--every", type=click.Choice(["day", "week", "month"]), default="month", show_default=True,
    help="One snapshot for each day, each Sunday, or each last day of a month.",
)  # fmt: skip
def command(home: str | None, first: date, last: date, every: str) -> None:
    """Make the snapshots of past reference dates: what was known then, counted as a night would have."""
    settings = load_settings(home)
    from flows.recovery.compute_past_days import backfill

    became = backfill(settings, first, last, every, told=lambda day, what: click.echo(f"{day.isoformat()}: {what}"))
    click.echo(f"{sum(what == 'made' for what in became.values())} of {len(became)} made, in {settings.home / 'snapshots'}")
