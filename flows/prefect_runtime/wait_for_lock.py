"""What a run of a deployment does around its work: its log is kept, it waits for its turn on the home, and ends without noise."""

from __future__ import annotations

import atexit
import logging
import os
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from flows.errors import AnotherNight

log = logging.getLogger("suivi.turn")

Done = TypeVar("Done")

#: A long backfill may hold the home; the morning check has told the steward long before this is over.
PATIENCE = timedelta(hours=6)
ASK_AGAIN_SECONDS = 20.0


def run_once_free(
    run: Callable[[], Done],
    patience: timedelta = PATIENCE,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Done:
    """What `run` gives, once no other process holds the home. Raises AnotherNight when patience is over.

    Prefect's limits are for runs of one deployment: this is for a night and a backfill, or a command by hand.
    """
    deadline = clock() + patience.total_seconds()
    waited = False
    while True:
        try:
            return run()
        except AnotherNight as error:
            if clock() >= deadline:
                raise
            if not waited:
                log.warning("%s; this run waits for its turn", error)
            waited = True
        sleep(ASK_AGAIN_SECONDS)


def prepare_process() -> None:
    """Make this process, which is for one run, keep our log with the run, and end without noise."""
    logging.getLogger("suivi").setLevel(logging.INFO)
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    # Prefect's threads keep DuckDB's types alive to the end, and DuckDB then writes fifty lines about leaks.
    atexit.register(lambda: os.dup2(os.open(os.devnull, os.O_WRONLY), 2))
