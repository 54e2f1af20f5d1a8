"""`suivi export`: every table that analysts see, each as a file."""

from __future__ import annotations

from pathlib import Path

import click

from flows.cli.debugging import DebugCommand
from flows.cli.options import format_option, home_option
from flows.cli.sql import answer, reading
from flows.errors import WrongUse
from flows.settings import load_settings


@click.command("export", cls=DebugCommand)
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@home_option
@format_option("parquet", "csv", "csv-fr", "xlsx", default="parquet")
def command(folder: Path, home: str | None, output_format: str) -> None:
    """Write every table of the warehouse to DIR, each as a file."""
    from warehouse.published.meta_tables import table_names, view_names

    ending = output_format.removesuffix("-fr")
    # one connection: all files are of one night, even if another one publishes meanwhile
    with reading(load_settings(home)) as connection:
        names = sorted([*table_names(connection), *view_names(connection)])
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name in names:
                with (folder / f"{name}.{ending}").open("wb") as file:
                    file.writelines(answer(connection, f"FROM {name}", output_format))
        except OSError as error:
            raise WrongUse(f"{folder} cannot be written ({error.strerror}): choose another place") from None
    click.echo(f"{len(names)} tables in {folder}")
