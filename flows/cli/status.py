"""`suivi status`: the last nights, the last files, what is overdue and what is still open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from flows.cli.debugging import DebugCommand
from flows.cli.options import home_option
from flows.errors import WrongUse
from flows.lock import holder
from flows.settings import load_settings

_SHOWN_NIGHTS = 7


@click.command("status", cls=DebugCommand)
@home_option
def command(home: str | None) -> None:
    """Show the last nights and what is open."""
    settings = load_settings(home)
    if not settings.store.is_file() and not settings.warehouse.is_file():
        raise WrongUse(f"no night has run in {settings.home}: run `suivi nightly`, or name its home with --home")
    click.echo(f"home {settings.home}")
    running = holder(settings.home)
    if running:
        # The store belongs to the running night; the warehouse is last night's, and readable.
        click.echo(f"a night is running: {running}")
    else:
        _show_nights(settings.store)
    _show_warehouse(settings.warehouse)


def _show_nights(store: Path) -> None:
    nights = _rows(
        store,
        "SELECT run_id, as_of, state, started_at, finished_at FROM nights ORDER BY started_at DESC LIMIT ?",
        [_SHOWN_NIGHTS],
    )
    for run_id, as_of, state, started_at, finished_at in nights:
        lasted = f", {(finished_at - started_at).total_seconds():.0f} s" if finished_at else ""
        click.echo(f"night {run_id}: {state or 'unfinished'}, as of {as_of}{lasted}")
    if not nights:
        click.echo("no night has finished yet")


def _show_warehouse(warehouse: Path) -> None:
    if not warehouse.is_file():
        click.echo("no warehouse yet: run `suivi nightly`")
        return
    release = _rows(warehouse, "SELECT run_id, as_of, created_at FROM meta.release", [])
    for run_id, as_of, created_at in release[:1]:
        click.echo(f"warehouse of night {run_id}, as of {as_of}, made {created_at:%Y-%m-%d %H:%M}")
    decisions = _rows(warehouse, "SELECT decision, count(*) FROM quality.files GROUP BY decision ORDER BY decision", [])
    click.echo("files: " + (", ".join(f"{number} {decision}" for decision, number in decisions) or "none yet"))
    overdue = _rows(warehouse, "SELECT kind, count(*) FROM quality.overdue GROUP BY kind ORDER BY kind", [])
    click.echo("overdue: " + (", ".join(f"{number} {kind}" for kind, number in overdue) or "nothing"))
    findings = _rows(
        warehouse,
        "SELECT severity, count(*) FROM quality.findings WHERE resolved_at IS NULL GROUP BY severity ORDER BY severity",
        [],
    )
    click.echo("open findings: " + (", ".join(f"{number} {severity}" for severity, number in findings) or "none"))


def _rows(database: Path, query: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    import duckdb

    try:
        with duckdb.connect(str(database), read_only=True) as connection:
            return connection.execute(query, list(parameters)).fetchall()
    except duckdb.Error as error:
        raise WrongUse(f"{database} cannot be read ({type(error).__name__}): see that it is yours, or run a night") from None
