"""`suivi purge`: takes out what has been kept long enough."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from flows.cli.debugging import DebugCommand
from flows.cli.options import format_option, home_option
from flows.errors import WrongUse, safe_to_show
from flows.settings import Settings, load_settings

if TYPE_CHECKING:
    from flows.erasure.purge import Purge


@click.command("purge", cls=DebugCommand)
@home_option
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would be.")
@click.option("--yes", is_flag=True, help="Do not ask: for where there is no terminal.")
@click.option("--reopen", metavar="SIRET/NUMBER", help="Purge nothing: take learners of this purged session again.")
@format_option("text", "json", default="text")
def command(home: str | None, dry_run: bool, yes: bool, reopen: str | None, output_format: str) -> None:
    """Take out the learners of sessions of which nothing was known or came for `retention_months`.

    Lists what it will take, and asks. Their figures stay in the snapshots. See docs/privacy.md.
    """
    settings = load_settings(home)
    if reopen:
        _reopen(settings, reopen)
        return
    if not (dry_run or yes or sys.stdin.isatty()):
        raise WrongUse("purge takes people out for good: look at `suivi purge --dry-run`, then add --yes")
    from flows.erasure.purge import purge

    found = purge(settings, dry_run=True)
    if not dry_run and not found.is_nothing:
        if not yes:
            click.echo("\n".join(_as_lines(found, settings, is_done=False)), err=True)
            if not click.confirm("Take all this out, for good?", err=True):
                click.echo("nothing was changed", err=True)
                return
        found = purge(settings, only=found.sessions)
    if output_format == "json":
        past = [{"session": str(one), "latest": str(one.latest), "learners": one.learners} for one in found.past]
        said = {
            "dry_run": dry_run, "cutoff": str(found.cutoff), "sessions": found.sessions, "past": past, **asdict(found.removed),
        }  # fmt: skip
        click.echo(json.dumps(said, ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_as_lines(found, settings, is_done=not dry_run)))


def _as_lines(found: Purge, settings: Settings, *, is_done: bool) -> Iterator[str]:
    removed, verb = found.removed, "were" if is_done else "would be"
    yield f"kept is whatever anything is known of, or came of, on {found.cutoff} or later ({settings.retention_months} months)"
    yield f"sessions whose learners {verb} taken out: {len(found.past) or 'none'}"
    for one in found.past:
        yield f"  {safe_to_show(str(one))}: {one.learners} learners, last heard of on {one.latest}"
    yield f"originals that {verb} rewritten: {len(removed.originals) + len(removed.withheld)}"
    yield f"rows that {verb} taken out of the store: {sum(removed.rows.values())}"
    yield f"snapshots that {verb} rewritten: {len(removed.snapshots)}"


def _reopen(settings: Settings, session: str) -> None:
    from flows.erasure.purge import reopen

    siret, _, number = session.partition("/")
    reopen(settings, siret, number)
    click.echo("noted: its learners are taken again; ask for a new export (the same bytes would pass for one already received)")
