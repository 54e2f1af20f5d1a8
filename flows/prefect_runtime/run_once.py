"""The night run as one command: Prefect in this process, its server beside it for as long, every task run recorded."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from uuid import UUID

from flows.errors import NightFailed, Problem, drop_frames, safe_to_show
from flows.lock import night_lock
from flows.prefect_runtime.home import prepare
from flows.prefect_runtime.server import ServerFailed, private_server
from flows.progress import Progress, current, progress_shown_to
from flows.settings import Settings, engines_in_environment

#: How long the recorder may lag behind before we say loudly that Prefect's account of the night has holes.
RECORD_SECONDS = 60.0
_TERMINAL = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")

RunNight = Callable[[date | None], dict[str, Any]]


@contextlib.contextmanager
def nights_of(settings: Settings, *, debug: bool = False) -> Iterator[RunNight]:
    """Hold the lock and a private Prefect for the block; yields what runs a night and returns its report.

    Raises AnotherNight, NightFailed, or Problem when Prefect lost task runs. Nothing is left running afterwards.
    """
    from flows.night import new_run_id
    from flows.settings import programme_of, senders_of

    with night_lock(settings.home, new_run_id()), _terminable():
        # Found out before Prefect is paid for.
        programme_of(settings)
        senders_of(settings)
        folder = prepare(settings.home, debug=debug)
        try:
            with private_server(folder) as server:
                os.environ["PREFECT_API_URL"] = server.url
                current().began("prefect")
                # While the server starts: both cost seconds, and this machine has two cores.
                import flows.nightly

                _import_ahead(settings)
                server.wait_until_ready()
                with _warnings_shown():
                    yield lambda as_of: _run(flows.nightly.nightly, settings, as_of)
        except ServerFailed as error:
            raise Problem(str(error)) from None


def _import_ahead(settings: Settings) -> None:
    # Any failure will come again, with its step's name, when the night needs the module.
    with contextlib.suppress(Exception):
        if settings.elsewhere or any(path.is_file() for path in settings.inbox.rglob("*")):
            import expectations.suites.run  # noqa: F401


def _run(nightly: Any, settings: Settings, as_of: date | None) -> dict[str, Any]:
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

    from flows.night import new_run_id

    steps = _StepsBegun(current())
    # The heartbeat's thread costs each flow a second, and nobody watches a run that ends with its server.
    no_heartbeat = temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None})
    with no_heartbeat, progress_shown_to(steps), engines_in_environment(settings):
        state = nightly(str(settings.home), as_of, new_run_id(), settings.mail, return_state=True)
    # Before anything is said of the night: what is still in a queue when the server ends is lost.
    _send_logs()
    _wait_until_recorded(state.state_details.flow_run_id, len(steps.names - {"open"}))
    outcome = state.result(raise_on_failure=False)
    if isinstance(outcome, BaseException):
        failure = outcome if isinstance(outcome, Problem) else NightFailed("prefect", outcome)
        drop_frames(outcome)
        raise failure
    report: dict[str, Any] = outcome
    return report


def _wait_until_recorded(flow_run_id: UUID | None, begun: int) -> None:
    """Task runs reach the database through a queue that the server's end would lose: wait until all are there."""
    from prefect.client.orchestration import get_client

    run = {"flow_runs": {"id": {"any_": [str(flow_run_id)]}}}
    ended = {**run, "task_runs": {"state": {"type": {"any_": list(_TERMINAL)}}}}
    deadline = time.monotonic() + RECORD_SECONDS
    with get_client(sync_client=True) as client:
        while True:
            known = client._client.post("/task_runs/count", json=run).json()
            terminal = client._client.post("/task_runs/count", json=ended).json()
            if terminal >= begun and terminal == known:
                return
            if time.monotonic() > deadline:
                raise Problem(
                    f"the night's steps are done, but Prefect recorded the end of only {terminal} of {begun} after "
                    f"{RECORD_SECONDS:.0f} s: its account of this night in .prefect is incomplete; the disk may be slow or full"
                )
            time.sleep(0.1)


def _send_logs() -> None:
    from prefect.logging.handlers import APILogHandler

    APILogHandler().flush()


class _ToProgress(logging.Handler):
    """Shows the warnings of our own log, such as a link in the inbox, where the progress is shown."""

    def emit(self, record: logging.LogRecord) -> None:
        current().note(safe_to_show(record.getMessage()))


@contextlib.contextmanager
def _warnings_shown() -> Iterator[None]:
    handler = _ToProgress(logging.WARNING)
    logger = logging.getLogger("suivi")
    logger.setLevel(logging.INFO)  # what Prefect's log of the run keeps
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


class _StepsBegun:
    """Passes on what it is told, and remembers which steps began: each is one task run."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.names: set[str] = set()

    def began(self, step: str) -> None:
        self.names.add(step)
        self.progress.began(step)

    def ended(self, step: str, outcome: str, seconds: float) -> None:
        self.progress.ended(step, outcome, seconds)

    def failed(self, step: str) -> None:
        self.progress.failed(step)

    def note(self, text: str) -> None:
        self.progress.note(text)


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM and a closed terminal end the night as Ctrl-C does: by unwinding, so that the server goes too."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
