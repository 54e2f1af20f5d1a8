"""The morning check as a Prefect flow, so that it runs beside the night and looks at it."""

from __future__ import annotations

from prefect import flow

from flows.errors import Problem
from flows.prefect_runtime.deployments import mark_dead_runs, watch_for_silence
from flows.prefect_runtime.wait_for_lock import prepare_process
from flows.recovery.check_last_night import check_last_night
from flows.settings import load_settings


@flow(name="morning-check", retries=3, retry_delay_seconds=900, persist_result=False, log_prints=False)
def morning_check(home: str | None = None) -> str:
    """Tell the steward if the last night due was not done; clear away runs that died unseen.

    Raises Problem then, so that it is seen in Prefect too, and tries again: the night may only be late, or the mail server.
    """
    prepare_process()
    settings = load_settings(home)
    watch_for_silence()
    mark_dead_runs(settings)
    verdict = check_last_night(settings)
    if not verdict.is_well:
        raise Problem(verdict.sentence)
    return verdict.sentence
