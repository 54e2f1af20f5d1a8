"""`suivi held`: the files that wait for the steward's word, and that word."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from flows.cli.debugging import DebugCommand, DebugGroup
from flows.cli.options import format_option, home_option
from flows.errors import safe_to_show
from flows.settings import load_settings

if TYPE_CHECKING:
    from warehouse.intake.held_files import HeldFile


@click.group("held", cls=DebugGroup, invoke_without_command=True)
@home_option
@click.option("--all", "shows_all", is_flag=True, help="Those that were answered too.")
@format_option("text", "json", default="text")
@click.pass_context
def command(context: click.Context, home: str | None, shows_all: bool, output_format: str) -> None:
    """List the files that are held, and why; accept or reject one.

    A file is held where its folder may not speak for whom it names, where a later file has replaced it, or where it stopped
    two nights. Nothing of it counts until it is accepted.
    """
    context.obj = home
    if context.invoked_subcommand is not None:
        return
    from flows.held_answers import held

    files = [file for file in held(load_settings(home)) if shows_all or (file.counts_as is None and file.answer != "rejected")]
    if output_format == "json":
        click.echo(json.dumps([_fields(file) for file in files], ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_listed(files)))


@command.command("accept", cls=DebugCommand)
@click.argument("number", type=int, metavar="NR")
@click.option("--always", is_flag=True, help="Let its folder speak for that SIRET from now on, and accept what else waits.")
@home_option
@click.pass_obj
def accept_command(group_home: str | None, number: int, always: bool, home: str | None) -> None:
    """Let a held file count from the next night on, as the last received."""
    from flows.held_answers import accept, described_sender

    answered = accept(load_settings(home or group_home), number, always=always)
    for file in answered.files:
        click.echo(f"file {file.number} ({safe_to_show(file.name)}) counts from the next night on, as the last received")
    if answered.newer:
        click.echo(f"look: {answered.newer} files of that kind were taken since; it replaces what they say of the same")
    if answered.bound_in:
        whom = f"SIRET {file.speaks_for}" if file.speaks_for else "the Region"
        click.echo(f"{described_sender(file.sender)} may speak for {whom} from now on (written in {answered.bound_in})")


@command.command("reject", cls=DebugCommand)
@click.argument("number", type=int, metavar="NR")
@home_option
@click.pass_obj
def reject_command(group_home: str | None, number: int, home: str | None) -> None:
    """Let nothing of a held file ever count; it stays in held/ until `suivi purge`."""
    from flows.held_answers import reject

    (file,) = reject(load_settings(home or group_home), number).files
    click.echo(f"nothing of file {file.number} ({safe_to_show(file.name)}) counts")


@command.command("contact", cls=DebugCommand)
@click.argument("siret")
@home_option
@click.pass_obj
def contact_command(group_home: str | None, siret: str, home: str | None) -> None:
    """Say that a provider's changed address is right: the one of before gets no more mail."""
    from flows.held_answers import confirm

    siret = "".join(siret.split())
    dropped = confirm(load_settings(home or group_home), siret)
    said = f"{len(dropped)} earlier address{'' if len(dropped) == 1 else 'es'} get{'s' if len(dropped) == 1 else ''} no more mail"
    click.echo(f"the address of {siret} is confirmed; {said}")


def _fields(file: HeldFile) -> dict[str, Any]:
    return {
        "number": file.number, "received_at": file.received_at.isoformat(timespec="seconds"), "sender": file.sender,
        "name": file.name, "kind": file.kind, "provider_siret": file.provider_siret, "sha256": file.sha256, "rule": file.rule,
        "message": file.message, "answer": file.answer, "counts_as": file.counts_as,
    }  # fmt: skip


def _listed(files: list[HeldFile]) -> Iterator[str]:
    from flows.held_answers import described_sender

    for file in files:
        state = {None: "waits", "accepted": "accepted: counts from the next night on", "rejected": "rejected"}[file.answer]
        state = f"counts as file {file.counts_as}" if file.counts_as else state
        about = " ".join(filter(None, (file.kind, f"of SIRET {file.provider_siret}" if file.provider_siret else None)))
        yield f"{file.number}: {safe_to_show(file.name)} ({about or 'unknown kind'}), {file.received_at:%Y-%m-%d}, {state}"
        yield f"  from {described_sender(file.sender)}; {file.rule}: {safe_to_show(file.message)}"
    waiting = [file for file in files if file.is_waiting]
    if waiting:
        yield f"answer each: suivi held accept {waiting[0].number} [--always], or suivi held reject {waiting[0].number}"
    elif not files:
        yield "no file is held"
