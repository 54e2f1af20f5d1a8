"""The backfill as a Prefect flow, for a deployment that is run by hand with its parameters typed."""

from __future__ import annotations

from datetime import date

from prefect import flow

from flows.prefect_runtime.wait_for_lock import prepare_process, run_once_free
from flows.recovery import compute_past_days
from flows.settings import load_settings


@flow(name="backfill", persist_result=False, log_prints=False)
def backfill(first: date, last: date, every: compute_past_days.Every = "month", home: str | None = None) -> dict[str, str]:
    """Snapshots of past reference dates: see flows.recovery.compute_past_days.backfill, which raises and returns the same."""
    prepare_process()
    return run_once_free(lambda: compute_past_days.backfill(load_settings(home), first, last, every))
