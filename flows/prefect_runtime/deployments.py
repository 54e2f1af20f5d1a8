"""What runs when, as Prefect deployments: for `suivi serve` here, for work pools in prefect.yaml, which says the same."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from flows.lock import holder
from flows.recorded_nights import is_still_to_run, last_scheduled_night, recorded_nights
from flows.settings import Settings

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun
    from prefect.deployments.runner import RunnerDeployment
    from prefect.runner import Runner

log = logging.getLogger("suivi.deployments")

TIMEZONE = "Europe/Paris"
#: A run that is silent for four heartbeats is dead.
HEARTBEAT_SECONDS = 30
SILENT_SECONDS = 120
#: A run that has just begun holds no lock yet.
FRESH = timedelta(minutes=5)
AUTOMATION = "suivi: a run that falls silent has crashed"


@dataclass(frozen=True)
class Deployment:
    """One flow, by the path of its module, and when it runs: a cron expression in Europe/Paris, or None for by hand."""

    name: str
    entrypoint: str
    cron: str | None
    description: str


DEPLOYMENTS = (
    Deployment(
        "nightly", "flows.prefect_runtime.scheduled_night.scheduled_night", "0 4 * * *", "The night: returns in, indicators out"
    ),
    Deployment("morning-check", "flows.morning_check.morning_check", "0 6 * * *", "Tells the steward if no night was done"),
    Deployment("reminders", "flows.reminders.reminders", "30 6 * * 1", "Asks providers for what is due, once a week"),
    Deployment("backfill", "flows.backfill.backfill", None, "The indicators as they were at past dates; by hand"),
)


def served(settings: Settings) -> list[RunnerDeployment]:
    """The deployments as `suivi serve` registers them, for this home."""
    from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
    from prefect.deployments.runner import RunnerDeployment
    from prefect.flows import load_flow_from_entrypoint
    from prefect.schedules import Cron
    from prefect.types.entrypoint import EntrypointType

    return [
        RunnerDeployment.from_flow(
            load_flow_from_entrypoint(one.entrypoint),
            name=one.name,
            schedule=Cron(one.cron, timezone=TIMEZONE) if one.cron else None,
            # Paths and dates only: parameters are kept in Prefect's database.
            parameters={"home": str(settings.home)},
            description=one.description,
            # Not CANCEL_NEW: a dead run keeps its slot for some minutes, and the night after it would be cancelled.
            concurrency_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.ENQUEUE),
            # A run starts in a process of its own, which imports the flow afresh.
            entrypoint_type=EntrypointType.MODULE_PATH,
        )
        for one in DEPLOYMENTS
    ]


def run(settings: Settings) -> None:
    """Register the deployments and run what is due, until SIGTERM or Ctrl-C. Prefect's server must be there.

    What died with an earlier `serve` is marked as crashed, and a night that was missed is held at once.
    """
    from prefect.runner import Runner

    # Schedules stay active when we stop: a stopped service must not need a hand to be scheduled again.
    runner = Runner(name="suivi", pause_on_shutdown=False, heartbeat_seconds=HEARTBEAT_SECONDS, limit=None)
    for deployment in served(settings):
        runner.add_deployment(deployment)
    watch_for_silence()
    mark_dead_runs(settings)
    catch_up(settings)
    asyncio.run(_until_stopped(runner))


async def _until_stopped(runner: Runner) -> None:
    """Run until SIGTERM or Ctrl-C; a run under way is then ended, noted as cancelled, and waited for."""
    running = asyncio.create_task(runner.start())
    await asyncio.sleep(0)  # runner.start has put in its own handler, which stops nothing: its coroutine is never awaited
    stopping: list[asyncio.Task[None]] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(
            number, lambda: stopping.append(asyncio.create_task(runner.astop())) if not stopping else None
        )
    await asyncio.gather(running, *stopping)


def watch_for_silence() -> None:
    """Have Prefect mark as crashed a run whose heartbeats stop, worker and flow killed together; made once, then kept."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.objects import StateType
    from prefect.events.actions import ChangeFlowRunState
    from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

    ended = {f"prefect.flow-run.{state}" for state in ("Completed", "Failed", "Cancelled", "Crashed", "NotNeeded")}
    heartbeat = "prefect.flow-run.heartbeat"
    wanted = AutomationCore(
        name=AUTOMATION,
        description=f"No heartbeat for {SILENT_SECONDS} seconds: its process and whoever started it were killed.",
        trigger=EventTrigger(
            after={heartbeat},
            expect={heartbeat, *ended},
            match={"prefect.resource.id": ["prefect.flow-run.*"]},
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=timedelta(seconds=SILENT_SECONDS),
        ),
        actions=[
            ChangeFlowRunState(
                state=StateType.CRASHED, name="Crashed", message="No heartbeat: the process was killed.", force=False
            )
        ],
    )
    with get_client(sync_client=True) as client:
        known = client.read_automations_by_name(AUTOMATION)
        if not known:
            client.create_automation(wanted)


def mark_dead_runs(settings: Settings, fresh: timedelta = FRESH) -> int:
    """Mark as crashed the runs of our deployments that Prefect believes running, where no process holds this home.

    Returns how many. The run that calls this is left alone, and so are those that changed state just now (`fresh`).
    """
    from prefect.client.orchestration import get_client
    from prefect.runtime import flow_run as this_run
    from prefect.states import Crashed

    if holder(settings.home):
        return 0
    marked, before = 0, datetime.now(UTC) - fresh
    with get_client(sync_client=True) as client:
        for run in _runs(client, [one.name for one in DEPLOYMENTS], "RUNNING", "PENDING", "CANCELLING"):
            is_ours = str(run.id) != this_run.id and run.parameters.get("home") == str(settings.home)
            if is_ours and run.state and run.state.timestamp < before:
                log.warning("run %s was killed with whoever started it: marked as crashed", run.name)
                client.set_flow_run_state(run.id, Crashed(message="Killed with whoever started it."), force=True)
                marked += 1
    return marked


def catch_up(settings: Settings, now: datetime | None = None) -> bool:
    """Start one night if the last one due was missed, however many were missed before it; says whether it did.

    A home that has not held a night yet has missed none.
    """
    from prefect.client.orchestration import get_client
    from prefect.deployments import run_deployment

    due = last_scheduled_night(now or datetime.now(UTC))
    if recorded_nights(settings.store) == [] or not is_still_to_run(settings.store, due, now):
        return False
    with get_client(sync_client=True) as client:
        waiting = _runs(client, ["nightly"], "SCHEDULED", "PENDING")
    if any(run.expected_start_time and run.expected_start_time <= (now or datetime.now(UTC)) for run in waiting):
        return False
    log.warning("the night of %s was not held: it is held now", due.date())
    run_deployment("nightly/nightly", scheduled_time=due, timeout=0, as_subflow=False)
    return True


def _runs(client: SyncPrefectClient, names: Sequence[str], *states: str) -> list[FlowRun]:
    from prefect.client.schemas.filters import (
        DeploymentFilter,
        DeploymentFilterName,
        FlowRunFilter,
        FlowRunFilterState,
        FlowRunFilterStateType,
    )
    from prefect.client.schemas.objects import StateType

    return client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType(state) for state in states]))
        ),
        deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=list(names))),
    )
