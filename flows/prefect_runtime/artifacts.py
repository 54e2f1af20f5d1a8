"""What operators see of a night in Prefect: its files, its tables, where the dashboard is. Names and counts, no value."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from expectations.verdict.decide import FileVerdict
from flows.errors import described, safe_to_show
from flows.pages.report_json import DECISIONS
from flows.settings import Settings

log = logging.getLogger("suivi.artifacts")

#: Prefect's page draws every row at once: the files that need a look come first, and the rest is counted.
SHOWN_FILES = 300
_URGENCY = ("held", "refused", "partial", "deferred", "duplicate", "accepted")
#: what Markdown does nothing with, wherever it stands in a table's cell
_INERT = frozenset(" ,;/-")


def leave_artifacts(settings: Settings, report: dict[str, Any], judged: Sequence[FileVerdict]) -> None:
    """Leave the night's artifacts with the Prefect that runs it; called within a flow.

    Args:
        settings: of the night's home.
        report: what `suivi nightly --format json` prints.
        judged: the night's files, for the rules that they break.

    A Prefect that does not take them gets a warning in the log: the night itself is done by then.
    """
    from prefect.artifacts import create_link_artifact, create_markdown_artifact

    night = f"night {report['run_id']}, as of {report['as_of']}"
    dashboard = settings.dashboard
    _leave(lambda: create_markdown_artifact(files_table(report, judged), key="night-files", description=f"Files of {night}"))
    _leave(lambda: create_markdown_artifact(tables_table(report), key="night-tables", description=f"Tables of {night}"))
    if dashboard.is_file():
        _leave(lambda: create_link_artifact(
            # A browser opens no file from Prefect's page: the text is the path, to be copied.
            dashboard.as_uri(), link_text=inert(str(dashboard)), key="night-dashboard", description=f"Dashboard of {night}"
        ))  # fmt: skip


def files_table(report: dict[str, Any], judged: Sequence[FileVerdict]) -> str:
    """The night's files as a Markdown table, the refused ones first: counts and rule ids."""
    rules = {(file.name, file.sha256): _rules(file) for file in judged}
    files = sorted(report["files"], key=lambda file: (_URGENCY.index(file["decision"]), file["name"]))
    counts = report["totals"]["decisions"]
    summary = ", ".join(f"{counts[name]} {name}" for name in DECISIONS if counts[name]) or "no file"
    rows = [
        (
            inert(file["name"]), file["kind"] or "?", file["provider_siret"] or "", f"**{file['decision']}**", file["records"],
            file["accepted"], file["quarantined"], rules.get((file["name"], file["sha256"]), ""),
        )
        for file in files[:SHOWN_FILES]
    ]  # fmt: skip
    left_out = len(files) - len(rows)
    more = f"\n\nand {left_out} more, the least urgent" if left_out else ""
    titles = ("file", "return", "provider", "decision", "records", "accepted", "quarantined", "rules broken")
    return f"{summary}\n\n{_table(titles, rows)}{more}"


def tables_table(report: dict[str, Any]) -> str:
    """The published tables with their rows, as a Markdown table."""
    return _table(("table", "rows"), [(f"`{table['name']}`", table["rows"]) for table in report["tables"]])


def inert(text: str) -> str:
    """The text so that Markdown and HTML do nothing with it: whatever is neither letter nor digit is an entity, but `, ; / -`."""
    return "".join(
        character if character.isalnum() or character in _INERT else f"&#{ord(character)};" for character in safe_to_show(text)
    )


def _rules(file: FileVerdict) -> str:
    """`APP-07 × 12, FIC-02`: how often each rule was broken."""
    counts = Counter(finding.rule for finding in file.findings)
    return ", ".join(f"{rule} × {count}" if count > 1 else rule for rule, count in sorted(counts.items()))


def _table(titles: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    titles = list(titles)
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def _leave(create: Callable[[], object]) -> None:
    try:
        create()
    except Exception as error:  # Prefect's own account of a night must not fail a night that is done
        log.warning("an artifact could not be left with Prefect: %s", described(error))
