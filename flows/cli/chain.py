"""`suivi chain`: every file taken in a provider's name, each with its link of the chain that its receipts show."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from flows.cli.debugging import DebugCommand
from flows.cli.options import format_option, home_option
from flows.errors import AnotherNight, Problem, WrongUse, safe_to_show
from flows.lock import holder
from flows.settings import load_settings

if TYPE_CHECKING:
    from warehouse.notifications.receipt_chain import Link

_SHOWN = 16


@click.command("chain", cls=DebugCommand)
@click.argument("siret")
@home_option
@format_option("text", "json", default="text")
def command(siret: str, home: str | None, output_format: str) -> None:
    """List every file that was taken in a provider's name, and mark what came from another folder than usual."""
    from flows.settings import senders_of
    from warehouse.errors import WarehouseProblem
    from warehouse.intake.senders import Senders
    from warehouse.notifications.receipt_chain import is_known_provider, receipt_chains
    from warehouse.store.store import Store

    settings, siret = load_settings(home), "".join(siret.split())
    if not settings.store.is_file():
        raise WrongUse(f"no night has run in {settings.home}: run `suivi nightly`, or name its home with --home")
    if running := holder(settings.home):
        raise AnotherNight(f"a night is running ({running}) and has the store to itself: wait until it ends")
    entries = senders_of(settings)
    try:
        with Store.open(settings.home, read_only=True) as store, store.transaction("read the chain") as con:
            if not is_known_provider(con, siret):
                raise WrongUse(f"no file and no action names the SIRET {siret}: see that it is right")
            links = receipt_chains(con, [siret])[siret]
            usual = Senders.of(con, settings.senders, entries).usual_senders(None, siret)
    except WarehouseProblem as error:
        raise Problem(str(error)) from None
    if output_format == "json":
        click.echo(json.dumps({"siret": siret, "links": [_fields(one, usual) for one in links]}, ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_lines(siret, links, usual)))


def _fields(one: Link, usual: Collection[str]) -> dict[str, Any]:
    return {
        "place": one.place, "number": one.submission_id, "received_at": one.received_at.isoformat(timespec="seconds"),
        "sender": one.sender, "is_usual": one.sender in usual, "name": one.file_name, "kind": one.kind, "accepted": one.accepted,
        "sha256": one.sha256, "link": one.link, "previous": one.previous,
    }  # fmt: skip


def _lines(siret: str, links: Sequence[Link], usual: Collection[str]) -> Iterator[str]:
    for one in links:
        mark = " " if one.sender in usual else "!"
        yield (
            f"{mark} {one.place:>3}  file {one.submission_id}, {one.received_at:%Y-%m-%d}, {_place(one.sender)}: "
            f"{safe_to_show(one.file_name)}, {one.kind}, {one.accepted} taken"
        )
        yield f"       sha256 {one.sha256[:_SHOWN]}  link {one.link[:_SHOWN]}"
    others = sum(one.sender not in usual for one in links)
    said = f"{len(links)} file{'' if len(links) == 1 else 's'} taken in the name of {siret}"
    places = " or ".join(map(_place, sorted(usual)))
    why = f"from elsewhere than {places}" if places else "and no folder may speak for it"
    yield f"{said}; {others} marked !, {why}" if others else said


def _place(sender: str) -> str:
    return f"folder {safe_to_show(sender)}" if sender else "the inbox itself"
