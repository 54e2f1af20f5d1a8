"""`suivi template`: the blank table of a return, as a CSV that opens right in a French Excel, or as a workbook."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from expectations.contract.returns import RETURNS
from flows.cli.debugging import DebugCommand
from flows.errors import WrongUse, safe_to_show
from flows.settings import settings_without_home

_WORKBOOKS = ("xlsx", "ods")
#: what providers fill in comes first: that sheet is the one that opens
_ALL = tuple(sorted(RETURNS, key=lambda kind: RETURNS[kind].from_region))


@click.command("template", cls=DebugCommand)
@click.argument("kind", required=False, metavar="[KIND]", type=click.Choice(tuple(RETURNS), case_sensitive=False))
@click.option(
    "--all", "all_in", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
    help="All six returns in one workbook, .xlsx or .ods, a sheet for each.",
)  # fmt: skip
@click.option(
    "--format", "output_format", type=click.Choice(("csv", *_WORKBOOKS)), help="How to write it (default: as the file is named)."
)
@click.option("--example", is_flag=True, help="With an example row, which the night would accept (CSV).")
@click.option(
    "-o", "--out", "--output", "out", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
    help="Write there, not on the terminal; needed for a workbook.",
)  # fmt: skip
def command(kind: str | None, all_in: Path | None, output_format: str | None, example: bool, out: Path | None) -> None:
    """Write the blank table of a return.

    For example: suivi template apprenants --out apprenants.xlsx
    """
    if (kind is None) == (all_in is None):
        raise WrongUse("name one return, or --all FILE for all of them")
    if all_in is not None and out is not None:
        raise WrongUse("--all names the file already: leave out --out")
    path = all_in or out
    written = _format_of(path, output_format, default="csv" if kind else "xlsx")
    if written in _WORKBOOKS:
        if path is None:
            raise WrongUse(f"{written} is not for a terminal: name a file with --out")
        if example:
            raise WrongUse("a workbook has its examples on a sheet of its own: leave out --example")
        content = _workbook((kind,) if kind else _ALL, written)
    else:
        if kind is None:
            raise WrongUse("a CSV holds one return: name it, or write a workbook (--format xlsx)")
        from expectations.catalogue import template

        content = template(kind, example)
    _write(content, path)


def _format_of(path: Path | None, wanted: str | None, default: str) -> str:
    """The format asked for, else that of the file's name. WrongUse where both are given and differ."""
    ending = path.suffix.lower().removeprefix(".") if path else ""
    known = ending if ending in ("csv", *_WORKBOOKS) else None
    if wanted and known and wanted != known:
        raise WrongUse(f"{safe_to_show(str(path))} would hold {wanted}: give it that ending, or leave out --format")
    return wanted or known or default


def _workbook(kinds: tuple[str, ...], written: str) -> bytes:
    from transforms.pages.blank_workbook.ods import ods_template
    from transforms.pages.blank_workbook.xlsx import xlsx_template

    make = ods_template if written == "ods" else xlsx_template
    return make(kinds, settings_without_home().deposit_url)


def _write(content: bytes, path: Path | None) -> None:
    if path is None:
        # Bytes as they are: the BOM and the line ends are what makes Excel open it right.
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        path.write_bytes(content)
    except OSError as error:
        raise WrongUse(f"{safe_to_show(str(path))} cannot be written ({error.strerror}): choose another place") from None
