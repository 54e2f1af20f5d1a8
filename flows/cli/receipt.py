"""`suivi receipt`: the receipt of a file, as it lies in the home, or as its sender's own workbook with the wrong cells marked."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flows.cli.debugging import DebugCommand
from flows.cli.options import home_option
from flows.cli.private_output import write_for_owner
from flows.errors import AnotherNight, Problem, WrongUse
from flows.lock import holder
from flows.settings import Settings, load_settings

if TYPE_CHECKING:
    from warehouse.store.store import Store

#: what holds values of people: it goes into a file for its owner's eyes alone, and the log of the home says who made it
_WITH_VALUES = ("csv", "xlsx")


@click.command("receipt", cls=DebugCommand)
@click.argument("number", metavar="NR", type=click.IntRange(min=1))
@home_option
@click.option(
    "--format", "output_format", type=click.Choice(("html", "json", *_WITH_VALUES)), default="html", show_default=True,
    help="The page, the same for programs, the rejected lines, or the file itself with the wrong cells marked.",
)  # fmt: skip
@click.option(
    "-o", "--out", "--output", "out", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
    help="Write there, not on the terminal; needed for csv and xlsx, which hold personal data.",
)  # fmt: skip
def command(number: int, home: str | None, output_format: str, out: Path | None) -> None:
    """Write the receipt of the file NR, as receipts and `suivi chain` number it.

    For example: suivi receipt 12 --format xlsx --out a-corriger.xlsx
    """
    from warehouse.errors import WarehouseProblem
    from warehouse.store.store import Store

    if output_format in _WITH_VALUES and out is None:
        raise WrongUse(f"{output_format} holds personal data and is not for a terminal: name a file with --out")
    settings = load_settings(home)
    if not settings.store.is_file():
        raise WrongUse(f"no night has run in {settings.home}: run `suivi nightly`, or name its home with --home")
    if running := holder(settings.home):
        raise AnotherNight(f"a night is running ({running}) and has the store to itself: wait until it ends")
    try:
        with Store.open(settings.home, read_only=True) as store:
            content = _content(settings, store, number, output_format)
    except WarehouseProblem as error:
        raise Problem(str(error)) from None
    if out is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    else:
        write_for_owner(out, content)


def _content(settings: Settings, store: Store, number: int, output_format: str) -> bytes:
    from flows.audit import audited
    from flows.pages.marked_receipt import marked_receipt
    from transforms.pages.receipt.marked_workbook import CannotBeMarked
    from warehouse.notifications.files_with_findings import files_with_findings
    from warehouse.notifications.receipt_folder import FOR_PROGRAMS, PAGE, REJECTED

    files = files_with_findings(store, [number])
    if not files:
        raise WrongUse(f"there is no file {number}: receipts and `suivi chain` say the numbers")
    (file,) = files
    if output_format not in _WITH_VALUES:
        ending = PAGE if output_format == "html" else FOR_PROGRAMS
        return _lying_there(settings, file, ending)
    with audited(settings.home, "receipt") as entry:
        entry.files.append(file["file_name"])
        if output_format == "csv":
            return _lying_there(settings, file, REJECTED)
        try:
            return marked_receipt(settings, store, number)
        except CannotBeMarked as error:
            raise WrongUse(f"file {number} cannot be marked: {error}") from None


def _lying_there(settings: Settings, file: dict[str, Any], ending: str) -> bytes:
    from warehouse.notifications.receipt_folder import ReceiptFolder, receipt_place

    number, name = file["submission_id"], file["file_name"]
    folder, stem = receipt_place(file["provider_siret"], file["kind"], file["received_on"], number, name)
    content = ReceiptFolder(settings.home).read(folder, f"{stem}{ending}")
    if content is None:
        what = "no list of rejected lines" if ending.endswith("csv") else "no receipt yet: the next night writes it"
        raise WrongUse(f"file {number} has {what}")
    return content

