"""The night's steps as Prefect tasks: names, retries, timeouts.

A Night and what its steps hand on are plain objects that Prefect neither looks into nor stores; failures reach it
as type and place only (errors.NightFailed), because it keeps the text of exceptions.
"""

from __future__ import annotations

from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

from flows.errors import NightFailed
from flows.steps.check import check as check_step
from flows.steps.compute import compute as compute_step
from flows.steps.load import load as load_step
from flows.steps.publish import publish as publish_step
from flows.steps.read import read as read_step
from flows.steps.receive import receive as receive_step
from flows.steps.report import report as report_step

#: Nothing of a task is kept but its name and state: no result, no cache, no log of print().
_NOTHING_STORED: dict[str, Any] = {"cache_policy": NO_CACHE, "persist_result": False, "log_prints": False}


def _is_transient(task: Any, task_run: TaskRun, state: State[Any]) -> bool:
    # A file system that is briefly away (a network share, a full disk being emptied) is worth a second try; a bug is not.
    failure = state.result(raise_on_failure=False)
    return isinstance(failure, NightFailed) and failure.is_transient


_RETRIED: dict[str, Any] = {"retries": 2, "retry_delay_seconds": [2, 10], "retry_condition_fn": _is_transient}


LONG = 4 * 3600

receive = task(name="receive", timeout_seconds=3600, **_RETRIED, **_NOTHING_STORED)(receive_step)
read = task(name="read", timeout_seconds=LONG, **_NOTHING_STORED)(read_step)
# Not to be repeated: it gives up the text of records as it goes.
check = task(name="check", timeout_seconds=LONG, **_NOTHING_STORED)(check_step)
load = task(name="load", timeout_seconds=LONG, **_RETRIED, **_NOTHING_STORED)(load_step)
compute = task(name="compute", timeout_seconds=LONG, **_RETRIED, **_NOTHING_STORED)(compute_step)
publish = task(name="publish", timeout_seconds=3600, **_RETRIED, **_NOTHING_STORED)(publish_step)
report = task(name="report", timeout_seconds=3600, **_NOTHING_STORED)(report_step)
