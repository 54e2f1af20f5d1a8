"""`suivi nightly`: the night as one command."""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import date
from typing import Any

import click

from flows.cli.debugging import DebugCommand, wants_traceback
from flows.cli.options import Day, engine_options, format_option, home_option, mail_options
from flows.errors import safe_to_show
from flows.settings import MOST_READERS, PANDAS, load_settings, with_options
from transforms.engines.choice import SPARK


@click.command("nightly", cls=DebugCommand)
@home_option
@click.option("--as-of", type=Day(), metavar="DATE", help="The reference date, as 2026-03-31 (default: today in Paris).")
@format_option("text", "json", default="text")
@mail_options
@engine_options
@click.option("--check-engine", type=click.Choice([PANDAS, SPARK]), help="What checks (default: the setting check_engine).")
@click.option("--readers", type=click.IntRange(1, MOST_READERS), help="Processes that read files (default: the setting readers).")
@click.pass_context
def command(
    context: click.Context, home: str | None, as_of: date | None, output_format: str, mail: str | None, engine: str | None,
    spark_master: str | None, check_engine: str | None, readers: int | None,
) -> None:  # fmt: skip
    """Run the night: receive, check, load, compute, publish, report, alert."""
    given = {"mail": mail, "engine": engine, "check_engine": check_engine, "spark_master": spark_master, "readers": readers}
    settings = with_options(load_settings(home), **given)
    from flows.prefect_runtime.run_once import nights_of
    from flows.progress import progress_shown

    # With json, stdout is for the one object alone.
    stream = sys.stderr if output_format == "json" else sys.stdout
    with progress_shown(stream), nights_of(settings, debug=wants_traceback(context)) as run_night:
        report = run_night(as_of)
    if output_format == "json":
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(summary(report)))
        click.echo(f"Open {settings.warehouse}, or: suivi sql \"FROM indicators.positive_exit\"")


def summary(report: dict[str, Any]) -> list[str]:
    """The night in a few lines for operators; refusals in the French that their senders will read."""
    totals = report["totals"]
    decisions = ", ".join(f"{number} {decision}" for decision, number in totals["decisions"].items() if number)
    lines = [
        f"Night {report['run_id']}, as of {report['as_of']}: {totals['files']} files{f' ({decisions})' if decisions else ''}, "
        f"{totals['records']} records, {totals['accepted']} accepted, {totals['quarantined']} quarantined"
    ]
    for file in report["files"]:
        if file["decision"] in ("refused", "held", "deferred"):
            reasons = " ".join(file["reasons"]) or "no reason was given"
            lines.append(f"  {file['decision']}: {safe_to_show(file['name'])}: {safe_to_show(reasons)}")
    if totals["decisions"].get("held"):
        lines.append("  suivi held lists what is held, with the command for each answer")
    if report["alerts"]:
        states = Counter(alert["state"].replace("_", " ") for alert in report["alerts"])
        lines.append(f"Mails of this night: {', '.join(f'{number} {state}' for state, number in sorted(states.items()))}")
    lines.append(f"{len(report['tables'])} tables in {sum(report['seconds'].values()):.1f} s")
    return lines
