"""`suivi template`: the blank CSV of a return, which opens right in a French Excel."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from expectations.contract.returns import RETURNS
from flows.cli.debugging import DebugCommand
from flows.errors import WrongUse


@click.command("template", cls=DebugCommand)
@click.argument("kind", metavar="KIND", type=click.Choice(tuple(RETURNS), case_sensitive=False))
@click.option("--example", is_flag=True, help="With example rows, which the night would accept.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write there, not on the terminal.")
def command(kind: str, example: bool, output: Path | None) -> None:
    """Print the blank CSV of a return.

    For example: suivi template apprenants > apprenants.csv
    """
    from expectations.catalogue import template

    content = template(kind, example)
    if output is None:
        # Bytes as they are: the BOM and the line ends are what makes Excel open it right.
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise WrongUse(f"{output} cannot be written ({error.strerror}): choose another place") from None
