"""`suivi reminders`: asks providers for the returns that are late or due soon."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import click

from flows.cli.debugging import DebugCommand
from flows.cli.options import Day, format_option, home_option, mail_options
from flows.errors import safe_to_show
from flows.settings import load_settings, with_options


@click.command("reminders", cls=DebugCommand)
@home_option
@click.option("--as-of", type=Day(), metavar="DATE", help="The day as of which returns are awaited (default: today in Paris).")
@mail_options
@format_option("text", "json", default="text")
def command(home: str | None, as_of: date | None, mail: str | None, output_format: str) -> None:
    """Remind providers of returns that are late or due soon: at most one mail a week each."""
    settings = with_options(load_settings(home), mail=mail)
    from flows.mail.remind import remind

    report = remind(settings, as_of)
    click.echo(json.dumps(report, ensure_ascii=False, indent=2) if output_format == "json" else "\n".join(_as_lines(report)))


def _as_lines(report: dict[str, Any]) -> list[str]:
    alerts = report["alerts"]
    if not alerts:
        return ["no reminder: nothing is awaited, or whoever is late was asked less than a week ago"]
    mails = [f"  {alert['state']}: {alert['to']}: {safe_to_show(alert['subject'])}" for alert in alerts]
    return [f"{len(alerts)} reminder{'s' if len(alerts) > 1 else ''}", *mails]
