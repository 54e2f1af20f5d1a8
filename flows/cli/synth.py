"""`suivi synth`: synthetic returns of any size, with the truth beside them."""

from __future__ import annotations

from pathlib import Path

import click

from flows.cli.debugging import DebugCommand
from flows.errors import WrongUse
from flows.settings import load_settings


@click.command("synth", cls=DebugCommand)
@click.argument("directory", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--providers", type=click.IntRange(1, 10_000), default=12, show_default=True)
@click.option("--learners", type=click.IntRange(0, 20_000_000), default=1000, show_default=True)
@click.option("--seed", type=int, default=2026, show_default=True, help="The same seed writes the same files.")
@click.option("--truth", type=click.Path(file_okay=False, path_type=Path), help="Else DIR/truth, or beside the inbox.")
@click.option("--dirty", type=click.FloatRange(0, 1), default=0.05, show_default=True, help="Share of spoilt rows.")
def command(directory: Path, providers: int, learners: int, seed: int, truth: Path | None, dirty: float) -> None:
    """Write synthetic returns into DIR, and what they truly say into DIR/truth.

    A night takes whatever lies in an inbox: the truth of returns written into one lies beside it.
    """
    from transforms.synth import write

    place = directory.absolute()
    inboxes = (folder for folder in (place, *place.parents) if folder.name == "inbox" or folder == load_settings().inbox)
    inbox = next(inboxes, None)
    truth = truth or (inbox.parent if inbox else directory) / "truth"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        write(directory, providers=providers, learners=learners, seed=seed, dirty=dirty, truth_folder=truth)
    except OSError as error:
        raise WrongUse(f"{directory} cannot be written ({error.strerror}): choose another folder") from None
    files = sum(1 for path in directory.rglob("*.csv") if not path.is_relative_to(truth))
    click.echo(f"{files} returns in {directory}, the truth in {truth}")
