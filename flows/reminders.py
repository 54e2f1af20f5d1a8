"""The reminders as a Prefect flow, so that they can be scheduled beside the night."""

from __future__ import annotations

from datetime import date
from typing import Any

from prefect import flow

from flows.mail.remind import remind
from flows.prefect_runtime.wait_for_lock import prepare_process, run_once_free
from flows.settings import load_settings


@flow(name="reminders", persist_result=False, log_prints=False)
def reminders(home: str | None = None, as_of: date | None = None) -> dict[str, Any]:
    """Remind the providers of `home` of what is awaited of them; raises what flows.mail.remind.remind raises."""
    prepare_process()
    return run_once_free(lambda: remind(load_settings(home), as_of))
