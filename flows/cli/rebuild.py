"""`suivi rebuild`: store and warehouse again from the archive, or the proof that they are what it gives."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from flows.cli.debugging import DebugCommand
from flows.cli.options import format_option, home_option
from flows.errors import WrongUse, safe_to_show
from flows.settings import load_settings

if TYPE_CHECKING:
    from flows.recovery.rebuild import Rebuilt
    from warehouse.compare_databases import Difference


@click.command("rebuild", cls=DebugCommand)
@home_option
@click.option("--verify", is_flag=True, help="Change nothing: say how store and warehouse differ from what the archive gives.")
@click.option("--without-damaged", is_flag=True, help="Go on without originals that are missing or altered.")
@click.option("--new-key", is_flag=True, help="The key is lost, in all backups too: go on with another (docs/operations.md).")
@format_option("text", "json", default="text")
@click.pass_context
def command(
    context: click.Context, home: str | None, verify: bool, without_damaged: bool, new_key: bool, output_format: str
) -> None:
    """Make store and warehouse again from the archive alone; the old store is kept beside."""
    if verify and new_key:
        raise WrongUse("--verify changes nothing, --new-key does: choose one")
    settings = load_settings(home)
    from flows.progress import progress_shown
    from flows.recovery.rebuild import rebuild

    with progress_shown(sys.stderr if output_format == "json" else sys.stdout):
        found = rebuild(settings, verify=verify, without_damaged=without_damaged, new_key=new_key)
    if output_format == "json":
        click.echo(json.dumps(found.as_json(), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(described(found)))
    if verify and not found.is_proven:
        context.exit(1)


def described(found: Rebuilt) -> list[str]:
    """What was done and found, in lines for operators; never a value of a file."""
    lines = [f"{found.nights} nights, {found.files} files, in {found.seconds:.1f} s"]
    lines += [f"original {one.state}: file {one.number}, {safe_to_show(one.name)} ({one.sha256[:12]})" for one in found.originals]
    if found.unknown:
        lines.append(f"{len(found.unknown)} originals are in no ledger: a night that was cut off left them, and took them later")
    lines += _compared("store", found.store)
    lines += _compared("warehouse", found.warehouse)
    if found.verified_only:
        lines.append("Proven: store and warehouse are what the archive gives." if found.is_proven else "Not proven.")
        return lines
    if found.lost:
        lines.append(
            f"Lost with the old store: {', '.join(found.lost)}. All counts as told, so nobody is told twice; mails that were"
            " not delivered by then are lost"
        )
    if lost := found.lost_with_key:
        lines += [
            "The home has another key. Learners have other pseudonyms: what was published before joins with nothing of today",
            "Snapshots keep the old ones: no erasure finds its person there. Remove them, then `suivi backfill` makes them again",
        ]
        if lost.erased_persons:
            lines.append(
                f"{lost.erased_persons} erased persons are not known again when a file names them ({lost.cut_off} of these"
                " erasures had been cut off): run `suivi erase` for each of them again, as it was asked for then"
            )
    aside = f" The old store is {found.kept_aside}: remove it when you no longer need it" if found.kept_aside else ""
    return [*lines, f"Rebuilt.{aside}"]


def _compared(what: str, differences: Sequence[Difference] | None) -> list[str]:
    if differences is None:
        return [f"{what}: there is none that can be read"]
    if not differences:
        return [f"{what}: the same"]
    lines = []
    for one in differences:
        lines.append(f"{what}: {one.table} differs")
        if one.only_left is not None:
            lines[-1] += f": {one.only_left} rows only in what there was, {one.only_right} only in the new one"
        lines += [f"  {safe_to_show(example)}" for example in one.examples]
    return lines
