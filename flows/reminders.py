"""The reminders as a Prefect flow, so that they can be scheduled beside the night."""

from __future__ import annotations

from datetime import date
from typing import Any

from prefect import flow

from flows.remind import remind
from flows.settings import load_settings
from flows.turn import in_turn, prepare_process


@flow(name="reminders", persist_result=False, log_prints=False)
def reminders(home: str | None = None, as_of: date | None = None) -> dict[str, Any]:
    """Remind the providers of `home` of what is awaited of them; raises what flows.remind.remind raises."""
    prepare_process()
    return in_turn(lambda: remind(load_settings(home), as_of))
