"""`suivi erase`: takes a learner out of every file of the home."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import click

from flows.cli.debugging import DebugCommand
from flows.cli.options import format_option, home_option
from flows.errors import Problem, WrongUse, printable
from flows.settings import load_settings

_OUTSIDE = "it is not ours"


@click.command("erase", cls=DebugCommand)
@home_option
@click.option("--siret", metavar="SIRET", help="The provider.")
@click.option("--session", metavar="NUMBER", help="The session, by its provider's number.")
@click.option("--learner", metavar="REF", help="The learner, by its provider's reference; - reads it from standard input.")
@click.option("--again", is_flag=True, help="Take out again all who were ever erased: after a backup was put back.")
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would be.")
@format_option("text", "json", default="text")
def command(
    home: str | None, siret: str | None, session: str | None, learner: str | None, again: bool, dry_run: bool,
    output_format: str,
) -> None:  # fmt: skip
    """Erase a learner of a session from originals, store, receipts, warehouse and snapshots, for good.

    A file sent again does not bring the learner back. Run the same command again if it was cut off. See docs/privacy.md.
    """
    if again == bool(siret or session or learner) or (not again and not (siret and session and learner)):
        raise WrongUse("say who: --siret, --session and --learner together, or --again alone")
    settings = load_settings(home)
    from flows.privacy.erase import Erasure, erase, person_of

    person = None
    if siret and session and learner:
        if learner == "-":  # so that it is in no list of processes and in no history of a shell
            learner = sys.stdin.readline().rstrip("\r\n")
        person = person_of(siret, session, learner)
    erasure: Erasure = erase(settings, person, dry_run=dry_run)
    if output_format == "json":
        more = {"elsewhere": erasure.elsewhere, "still_in": erasure.still_in, "named_like": erasure.named_like}
        click.echo(json.dumps({"dry_run": dry_run, **erasure.record, **more}, ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_told(erasure, dry_run)))
    if outside := [name for name in erasure.still_in if _tail(name) == _OUTSIDE]:
        raise Problem(f"{len(outside)} files that are not ours still hold the reference: remove it from them, or them")


def _told(erasure: Any, dry_run: bool) -> Iterator[str]:
    forgotten = erasure.forgotten
    rows = ", ".join(f"{number} {table}" for table, number in forgotten.rows.items() if number) or "none"
    verb = "would be" if dry_run else "were"
    yield f"originals that {verb} rewritten: {len(forgotten.originals)}"
    yield f"originals that nobody can look into, so that a notice stands for them: {len(forgotten.withheld)}"
    yield f"rows that {verb} taken out of the store: {rows}"
    yield f"snapshots that {verb} rewritten: {len(forgotten.snapshots)}"
    if not dry_run:
        yield f"receipts written again: {forgotten.receipts}; leftover copies removed: {len(forgotten.files)}"
    for session in erasure.elsewhere:
        yield f"look: the same person, or reference, stands in {printable(session)} too: erase it there if it is the same"
    for number in erasure.named_like:
        yield f"look: the name of file {number} holds the reference; names of files are not erased"
    for name in erasure.still_in:
        yield f"look: {printable(name)} holds the reference; {_tail(name)}"
    if not dry_run:
        yield f"erasure {erasure.id} is done; its record is in erasures/"


def _tail(name: str) -> str:
    from flows.privacy.forgetting import OURS

    first = name.partition("/")[0]
    if first == "inbox":
        return "the next night takes nothing of the learner from it"
    # Nothing of a learner is in those by now, but a document or a session may have a number in which the reference stands.
    return "as part of something else's number, unless you know better" if first in OURS else _OUTSIDE
