"""`suivi rules`: every rule with its id, severity, French sentence and example."""

from __future__ import annotations

import click

from expectations.contract.returns import RETURNS
from flows.cli.debugging import DebugCommand
from flows.cli.options import format_option


@click.command("rules", cls=DebugCommand)
@click.argument("kind", metavar="[KIND]", required=False, type=click.Choice(tuple(RETURNS), case_sensitive=False))
@format_option("text", "md", "html", "json", default="text")
def command(kind: str | None, output_format: str) -> None:
    """Print the rule catalogue, of one return or of all."""
    from expectations.catalogue import rules_text

    click.echo(rules_text(kind, output_format).rstrip("\n"))
