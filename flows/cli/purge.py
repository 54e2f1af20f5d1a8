"""`suivi purge`: takes out what has been kept long enough."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from flows.cli.debugging import DebugCommand
from flows.cli.options import format_option, home_option
from flows.errors import printable
from flows.settings import load_settings


@click.command("purge", cls=DebugCommand)
@home_option
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would be.")
@format_option("text", "json", default="text")
def command(home: str | None, dry_run: bool, output_format: str) -> None:
    """Take out the learners of sessions that ended more than `retention_months` ago.

    Their figures stay in the snapshots. See docs/privacy.md.
    """
    settings = load_settings(home)
    from flows.privacy.purge import purge

    done = purge(settings, dry_run=dry_run)
    if output_format == "json":
        said = {"dry_run": dry_run, "cutoff": str(done.cutoff), "sessions": done.sessions, **asdict(done.forgotten)}
        click.echo(json.dumps(said, ensure_ascii=False, indent=2))
        return
    forgotten, verb = done.forgotten, "would be" if dry_run else "were"
    click.echo(f"kept is what ended on {done.cutoff} or later ({settings.retention_months} months)")
    click.echo(f"sessions whose learners {verb} taken out: {', '.join(map(printable, done.sessions)) or 'none'}")
    click.echo(f"originals that {verb} rewritten: {len(forgotten.originals) + len(forgotten.withheld)}")
    click.echo(f"rows that {verb} taken out of the store: {sum(forgotten.rows.values())}")
    click.echo(f"snapshots that {verb} rewritten: {len(forgotten.snapshots)}")
