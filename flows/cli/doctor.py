"""`suivi doctor`: what in the set-up is wrong."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from flows.cli.debugging import DebugCommand
from flows.cli.options import format_option, home_option
from flows.errors import safe_to_show

if TYPE_CHECKING:
    from flows.doctor.all_checks import CheckResult


@click.command("doctor", cls=DebugCommand)
@home_option
@format_option("text", "json", default="text")
def command(home: str | None, output_format: str) -> int:
    """Say what in the set-up is wrong, where, and what to do. Exit code 1 if something is."""
    from flows.doctor.all_checks import check_home

    examined = []
    for one in check_home(home):
        examined.append(one)
        if output_format == "text":
            click.echo("\n".join(_as_lines(one)))
    is_well = all(one.is_well for one in examined)
    if output_format == "json":
        said = {"is_well": is_well, "checks": [{**asdict(one), "is_well": one.is_well} for one in examined]}
        click.echo(json.dumps(said, ensure_ascii=False, indent=2))
    else:
        wrong = sum(not one.is_well for one in examined)
        click.echo(f"{len(examined)} checks, {wrong} found something wrong" if wrong else f"{len(examined)} checks, all is well")
    return 0 if is_well else 1


def _as_lines(one: CheckResult) -> list[str]:
    if not one.faults:
        return [f"ok      {one.name}"]
    return [
        safe_to_show(f"{'advice' if found.is_advice else 'WRONG '}  {one.name}: {found.where}: {found.what}: {found.todo}")
        for found in one.faults
    ]
