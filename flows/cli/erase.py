"""`suivi erase`: takes a learner out of every file of the home."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from flows.cli.debugging import DebugCommand
from flows.cli.options import format_option, home_option
from flows.errors import Problem, WrongUse, safe_to_show
from flows.settings import load_settings

if TYPE_CHECKING:
    from flows.erasure.erase import Erasure


@click.command("erase", cls=DebugCommand)
@home_option
@click.option("--siret", metavar="SIRET", help="The provider.")
@click.option("--session", metavar="NUMBER", help="The session, by its provider's number.")
@click.option("--learner", metavar="REF", help="The learner, by its provider's reference; - reads it from standard input.")
@click.option("--everywhere", is_flag=True, help="Under other references, sessions, providers too, where it is the same person.")
@click.option("--somebody-else", is_flag=True, help="Erase nobody: take this learner, who resembles one erased, from now on.")
@click.option("--again", is_flag=True, help="Take out again all who were ever erased: after a backup was put back.")
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would be.")
@format_option("text", "json", default="text")
def command(
    home: str | None, siret: str | None, session: str | None, learner: str | None, everywhere: bool, somebody_else: bool,
    again: bool, dry_run: bool, output_format: str,
) -> None:  # fmt: skip
    """Erase a learner of a session from originals, store, receipts, mails, warehouse and snapshots, for good.

    A file sent again does not bring the learner back. Run the same command again if it was cut off. Exit code 1 where
    something is left that cannot be taken out: it is named by its place. See docs/privacy.md.
    """
    if again == bool(siret or session or learner) or (not again and not (siret and session and learner)):
        raise WrongUse("say who: --siret, --session and --learner together, or --again alone")
    if (everywhere and (again or somebody_else)) or (somebody_else and (again or dry_run)):
        raise WrongUse("--everywhere and --somebody-else are about one learner, each alone")
    settings = load_settings(home)
    from flows.erasure.erase import erase, note_somebody_else, person_of

    person = None
    if siret and session and learner:
        if learner == "-":  # so that it is in no list of processes and in no history of a shell
            learner = sys.stdin.readline().rstrip("\r\n")
        person = person_of(siret, session, learner)
    if somebody_else and person:
        note_somebody_else(settings, person)
        click.echo("noted: somebody else than the erased person; the next file in which this learner stands is taken")
        return
    erasure = erase(settings, person, everywhere=everywhere, dry_run=dry_run)
    if output_format == "json":
        more = {
            "alike": erasure.alike, "elsewhere": erasure.elsewhere,
            "remains": [asdict(remain) for remain in erasure.remains],
        }  # fmt: skip
        click.echo(json.dumps({"dry_run": dry_run, **erasure.record, **more}, ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_as_lines(erasure, dry_run)))
    if not erasure.is_done:
        count = sum(not remain.waits for remain in erasure.remains)
        raise Problem(f"in {count} places the learner is still named: see to them, and tell who asked; the record lists them")


def _as_lines(erasure: Erasure, dry_run: bool) -> Iterator[str]:
    removed = erasure.removed
    rows = ", ".join(f"{number} {table}" for table, number in removed.rows.items() if number) or "none"
    verb = "would be" if dry_run else "were"
    yield f"originals that {verb} rewritten: {len(removed.originals)}"
    yield f"originals that nobody can look into, so that a notice stands for them: {len(removed.withheld)}"
    yield f"rows that {verb} taken out of the store: {rows}"
    yield f"snapshots that {verb} rewritten: {len(removed.snapshots)}"
    if not dry_run:
        files = len(removed.files)
        yield f"receipts written again: {removed.receipts}; mails: {len(removed.mails)}; leftover copies removed: {files}"
    if erasure.everywhere:
        yield f"other references, sessions or providers of the same person: {erasure.everywhere}, taken out too"
    for place in erasure.alike:
        yield f"look: the same person seems to stand in {safe_to_show(place)} too: with --everywhere it goes there as well"
    for place in erasure.elsewhere:
        yield f"look: the same reference stands in {safe_to_show(place)} too: erase it there if it is the same person"
    for remain in erasure.remains:
        yield f"look: {safe_to_show(remain.place)}: {remain.why}"
    if not erasure.was_searched:
        yield "look: the reference is too short to be looked for in names, titles and mails: it would stand everywhere"
    if not dry_run:
        said = "is done" if erasure.is_done else "took out what can be taken out"
        yield f"erasure {erasure.id} {said}; its record is in erasures/"
