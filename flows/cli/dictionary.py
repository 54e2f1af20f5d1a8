"""`suivi dictionary`: what every column of every return and table means."""

from __future__ import annotations

import click

from flows.cli.debugging import DebugCommand
from flows.cli.options import format_option


@click.command("dictionary", cls=DebugCommand)
@format_option("text", "md", "html", "json", default="text")
def command(output_format: str) -> None:
    """Print the data dictionary."""
    from expectations.catalogue import dictionary_text

    click.echo(dictionary_text(output_format).rstrip("\n"))
