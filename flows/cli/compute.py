"""`suivi compute`: the tables of the warehouse as Parquet files, computed now, on the engine named."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from flows.cli.debugging import DebugCommand
from flows.cli.options import Day, engine_options, home_option
from flows.settings import load_settings, with_options


@click.command("compute", cls=DebugCommand)
@home_option
@engine_options
@click.option(
    "--out", "folder", required=True, metavar="DIR", type=click.Path(file_okay=False, path_type=Path), help="Where to write them."
)
@click.option("--as-of", type=Day(), metavar="DATE", help="The reference date, as 2026-03-31 (default: today in Paris).")
def command(home: str | None, engine: str | None, spark_master: str | None, folder: Path, as_of: date | None) -> None:
    """Write the indicators of what is in force to DIR, each table as Parquet; nothing is published."""
    settings = with_options(load_settings(home), engine=engine, spark_master=spark_master)
    from flows.recovery.compute_tables import compute_tables

    names = compute_tables(settings, folder, as_of)
    click.echo(f"{len(names)} tables in {folder}, computed by {settings.engine}")
