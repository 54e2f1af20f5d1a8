"""What the night's log says of a file: its counts, and each rule broken with its lines. Names and rule ids, no value."""

from __future__ import annotations

import logging
from collections import defaultdict

from expectations.verdict.decide import Judged
from flows.errors import safe_to_show

log = logging.getLogger("suivi.night")

#: A file with an error on each of 50 000 lines is told in a line of the log too; the receipt has them all.
SHOWN_LINES = 20


def log_file(file: Judged) -> None:
    """One line for the file, one for each rule that it breaks, one if reading it crashed."""
    name = safe_to_show(file.name)
    log.info("%s: %s, %d of %d records accepted", name, file.decision, file.accepted, file.records)
    lines: dict[tuple[str, str], list[int | None]] = defaultdict(list)
    for finding in file.findings:
        lines[finding.rule, str(finding.severity)].append(finding.line)
    for (rule, severity), at in sorted(lines.items()):
        log.info("%s: %s %s%s", name, severity, rule, _where(at))
    if file.crash:
        log.error("%s: reading it crashed: %s", name, file.crash)


def _where(lines: list[int | None]) -> str:
    """` at lines 3, 5, 9 and 4 more`; nothing for the file as a whole."""
    numbers = sorted({line for line in lines if line is not None})
    if not numbers:
        return ""
    shown = ", ".join(map(str, numbers[:SHOWN_LINES]))
    more = f" and {len(numbers) - SHOWN_LINES} more" if len(numbers) > SHOWN_LINES else ""
    return f" at line{'s' if len(numbers) > 1 else ''} {shown}{more}"
