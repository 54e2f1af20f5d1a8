"""`suivi check`: what the night would say of these files, without a home, without Prefect, writing nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from expectations.contract.french import NARROW_SPACE, NO_BREAK_SPACE, counted, with_french_spaces
from flows.cli.debugging import DebugCommand
from flows.cli.options import format_option
from flows.cli.private_output import write_for_owner
from flows.errors import WrongUse, safe_to_show
from flows.pages.report_json import check_report
from flows.settings import programme_of, settings_without_home
from warehouse.paris_days import PARIS

if TYPE_CHECKING:
    from expectations.findings import Finding
    from expectations.verdict.decide import FileVerdict

DECISIONS_FR = {"accepted": "accepté", "partial": "accepté en partie", "refused": "refusé", "duplicate": "déjà reçu"}
SEVERITIES_FR = {"error": "erreur", "warning": "attention", "info": "info"}


@click.command("check", cls=DebugCommand)
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(exists=True, dir_okay=False))
@format_option("text", "json", "html", default="text")
@click.option(
    "--marked", metavar="OUT.xlsx", type=click.Path(dir_okay=False, path_type=Path),
    help="Also write the file, one, as a workbook with the wrong cells marked. It holds personal data.",
)  # fmt: skip
def command(files: tuple[str, ...], output_format: str, marked: Path | None) -> int:
    """Say what the night would say of these files. Exit code 1 when an error was found."""
    if marked is not None and len(files) > 1:
        raise WrongUse("--marked writes one file: check the others by themselves")
    judged = _judge(files)
    if marked is not None:
        _mark(judged, marked)
    if output_format == "json":
        click.echo(json.dumps(check_report(judged), ensure_ascii=False, indent=2))
    elif output_format == "html":
        from flows.pages.receipts import check_page

        click.echo(check_page(judged, settings_without_home().steward_email).encode(), nl=False)
    else:
        for file in judged:
            click.echo(_as_text(file))
    return 1 if any(_has_error(file) for file in judged) else 0


def _mark(judged: Sequence[FileVerdict], path: Path) -> None:
    """Write the file with its wrong cells marked; where there is nothing to write, say so beside the report."""
    from transforms.pages.receipt.marked_workbook import CannotBeMarked, marked_returns

    try:
        write_for_owner(path, marked_returns([(one.archive_bytes, one.findings) for one in judged]))
    except CannotBeMarked as reason:
        click.echo(f"{safe_to_show(str(path))} is not written: {_spaced(str(reason))}", err=True)


def _judge(files: Sequence[str]) -> Sequence[FileVerdict]:
    from expectations.verdict.checked_file import RefusalLimits
    from flows.steps.check import judge_files
    from warehouse.reference.places import load_places

    settings = settings_without_home()
    programme = programme_of(settings)
    contents = []
    for name in files:
        try:
            contents.append((name, Path(name).read_bytes()))
        except OSError as error:
            raise WrongUse(f"{safe_to_show(name)} cannot be read ({error.strerror}): check its path and rights") from None
    return judge_files(
        contents,
        datetime.now(PARIS).date(),
        programme,
        load_places(),
        limits=RefusalLimits(settings.refuse_above, settings.max_file_mb),
    )


def _has_error(file: FileVerdict) -> bool:
    return file.decision == "refused" or any(finding.severity == "error" for finding in file.findings)


def _as_text(file: FileVerdict) -> str:
    from transforms.pages.receipt.wording import line_ranges

    verdict = DECISIONS_FR.get(str(file.decision), str(file.decision))
    accepted, rejected = counted(file.accepted, "acceptée", "acceptées"), counted(file.quarantined, "rejetée", "rejetées")
    counts = f"{counted(file.records, 'ligne', 'lignes')} : {accepted}, {rejected}"
    lines = [safe_to_show(file.name) + _spaced(f" : {verdict} ({file.kind or 'type inconnu'}, {counts})")]
    lines += [_spaced(f"  {reason}") for reason in file.reasons]
    headers = _headers(file.kind)
    together: dict[Finding, list[int]] = {}
    for finding in file.findings:
        if finding.line is not None:  # what is said of the whole file is among the reasons
            together.setdefault(replace(finding, line=None), []).append(finding.line)
    for finding, at in together.items():
        where = line_ranges(at)
        if finding.column is not None:
            where += f", colonne {headers.get(finding.column, finding.column)}"
        lines.append(_spaced(f"  {where} : {SEVERITIES_FR[str(finding.severity)]} {finding.rule} : {finding.message}"))
    return "\n".join(lines)


def _spaced(text: str) -> str:
    """The text with French spaces that any terminal can show: where it is not in Unicode, a narrow one would be a `?`."""
    return with_french_spaces(text).replace(NARROW_SPACE, NO_BREAK_SPACE)


def _headers(kind: str | None) -> dict[str, str]:
    """Field name -> French header: people see the words of their own file."""
    from expectations.contract.returns import RETURNS

    found = RETURNS.get(kind) if kind else None
    return {column.name: column.header for column in found.columns} if found else {}
