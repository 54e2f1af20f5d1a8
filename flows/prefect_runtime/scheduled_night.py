"""The night as a deployment runs it: many missed nights are caught up by one run."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from prefect import flow
from prefect.runtime import flow_run as this_run
from prefect.states import Completed

from flows import nightly as by_hand
from flows.night import new_run_id
from flows.prefect_runtime.wait_for_lock import prepare_process, run_once_free
from flows.recorded_nights import is_still_to_run
from flows.settings import load_settings
from warehouse.paris_days import PARIS


def _name() -> str:
    """`nightly 2026-11-24 04:00`: when the night was due, on the clocks of Paris."""
    due: datetime = this_run.scheduled_start_time
    return f"nightly {due.astimezone(PARIS):%Y-%m-%d %H:%M}"


@flow(name="nightly", flow_run_name=_name, persist_result=False, log_prints=False)
def scheduled_night(home: str | None = None, as_of: date | None = None) -> Any:
    """The night that was due when this run was. It ends at once if one was done since: many missed are caught up by one.

    With `as_of` it is always held: someone asks for that day. Raises what flows.nightly raises; AnotherNight only after
    hours of waiting.
    """
    prepare_process()
    settings = load_settings(home)
    due: datetime = this_run.scheduled_start_time

    def night() -> Any:
        if as_of is None and not is_still_to_run(settings.store, due):
            return Completed(name="NotNeeded", message="A night was done since this one was due.")
        return by_hand.nightly.fn(str(settings.home), as_of, run_id=new_run_id())

    return run_once_free(night)
