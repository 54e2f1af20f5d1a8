"""The night's steps as Prefect tasks: names, retries, timeouts. Each body is one call to flows.night.

A Night and what its steps hand on are plain objects that Prefect neither looks into nor stores; failures reach it
as type and place only (errors.NightFailed), because it keeps the text of exceptions.
"""

from __future__ import annotations

from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

from flows.errors import NightFailed
from flows.night import Batch, Night, Verdicts
from flows.steps.compute import ComputedWarehouse
from flows.steps.publish import Tables

#: Nothing of a task is kept but its name and state: no result, no cache, no log of print().
_BARE: dict[str, Any] = {"cache_policy": NO_CACHE, "persist_result": False, "log_prints": False}


def _is_transient(task: Any, task_run: TaskRun, state: State[Any]) -> bool:
    # A file system that is briefly away (a network share, a full disk being emptied) is worth a second try; a bug is not.
    failure = state.result(raise_on_failure=False)
    return isinstance(failure, NightFailed) and failure.is_transient


_PATIENT: dict[str, Any] = {"retries": 2, "retry_delay_seconds": [2, 10], "retry_condition_fn": _is_transient}


@task(name="receive", timeout_seconds=3600, **_PATIENT, **_BARE)
def receive(night: Night) -> Batch:
    """The files of the inbox that are ready."""
    return night.receive()


@task(name="check", timeout_seconds=4 * 3600, **_BARE)
def check(night: Night, batch: Batch) -> Verdicts:
    """What becomes of each file, and of each of its rows."""
    return night.check(batch)


@task(name="load", timeout_seconds=4 * 3600, **_PATIENT, **_BARE)
def load(night: Night, batch: Batch, verdicts: Verdicts) -> int:
    """Archive, then store in one transaction, then empty the inbox: safe to repeat at any point."""
    return night.load(batch, verdicts)


@task(name="compute", timeout_seconds=4 * 3600, **_PATIENT, **_BARE)
def compute(night: Night) -> ComputedWarehouse:
    """Every table of the warehouse, in a file beside it."""
    return night.compute()


@task(name="publish", timeout_seconds=3600, **_PATIENT, **_BARE)
def publish(night: Night, computed: ComputedWarehouse) -> Tables:
    """Verify the computed warehouse, and put it in the place of yesterday's."""
    return night.publish(computed)


@task(name="report", timeout_seconds=3600, **_BARE)
def report(night: Night, batch: Batch, verdicts: Verdicts, tables: Tables) -> dict[str, Any]:
    """What `suivi nightly --format json` prints."""
    return night.report(batch, verdicts, tables)
