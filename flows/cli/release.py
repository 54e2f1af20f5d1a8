"""`suivi release`: a frozen public release under `open/`, by hand and never nightly."""

from __future__ import annotations

import json

import click

from flows.cli.debugging import DebugCommand
from flows.cli.options import format_option, home_option
from flows.settings import load_settings


@click.command("release", cls=DebugCommand)
@home_option
@click.option("--period", required=True, metavar="QUARTER", help="The quarter up to whose end is counted, as 2026-Q3.")
@click.option("--dry-run", is_flag=True, help="Say what would be published and hidden; write nothing.")
@format_option("text", "json", default="text")
def command(home: str | None, period: str, dry_run: bool, output_format: str) -> None:
    """Publish open figures that give nobody away; of a period that is published, a new version.

    A release is never changed. It is audited together with all earlier ones, and not written where the audit finds a hole.
    """
    settings = load_settings(home)
    from flows.publication.release import as_json, as_lines, release

    done = release(settings, period, dry_run=dry_run)
    if output_format == "json":
        click.echo(json.dumps(as_json(done), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(as_lines(done)))
