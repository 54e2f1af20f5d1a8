"""The log that operators read: what a night did, and each finding by file, line and rule; rotated, and never a value."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from typing import IO

from flows.errors import safe_to_show
from flows.settings import Settings
from warehouse.query_results import read_sql
from warehouse.store.store import Store

#: beside the log itself so many older ones are kept, each at most so large
_OLDER, _LARGEST = 5, 5_000_000
#: of one night; the receipts and `quality.findings` have them all
_FINDINGS = 2_000

#: into the file alone: Prefect keeps what `suivi` logs, and needs none of these
_findings = logging.getLogger("suivi.findings")
_findings.propagate = False


class _OwnLog(RotatingFileHandler):
    """For its owner alone; what cannot be written is not: a night must not fail for the sake of its log."""

    def _open(self) -> IO[str]:  # type: ignore[override]
        return open(self.baseFilename, "a", encoding="utf-8", opener=_private)

    def handleError(self, record: logging.LogRecord) -> None:
        """Nothing."""


@contextlib.contextmanager
def logged(settings: Settings, run_id: str) -> Iterator[None]:
    """Within the block what the night logs is written into its log file too, every line with the night's name."""
    handler = _OwnLog(settings.log, maxBytes=_LARGEST, backupCount=_OLDER, encoding="utf-8", delay=True)
    form = logging.Formatter(f"%(asctime)sZ {run_id} %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    form.converter = time.gmtime
    handler.setFormatter(form)
    loggers = {one: one.level for one in (logging.getLogger("suivi"), _findings)}
    for one in loggers:
        one.addHandler(handler)
        one.setLevel(min(one.getEffectiveLevel(), logging.INFO))
    try:
        yield
    finally:
        for one, level in loggers.items():
            one.removeHandler(handler)
            one.setLevel(level)
        handler.close()


def log_findings(store: Store, run_id: str) -> None:
    """Log what the night found in the files that it took: file, line and rule, worst first; of very many the first."""
    with store.transaction("look up what was found") as con:
        found = con.execute(read_sql("flows", "findings_of_night"), [run_id, _FINDINGS + 1]).fetchall()
    for severity, name, line, rule in found[:_FINDINGS]:
        _findings.info("%s %s%s: %s", severity, safe_to_show(name), f", line {line}" if line else "", rule)
    if len(found) > _FINDINGS:
        _findings.info("more findings: see the receipts")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
