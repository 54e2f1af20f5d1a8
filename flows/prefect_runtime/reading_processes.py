"""Reading fanned out over processes by Prefect's task runner, on a Dask cluster of this machine that answers the night alone."""

from __future__ import annotations

import contextlib
import logging
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from expectations.verdict.checked_file import RefusalLimits
from flows.errors import described
from flows.prefect_runtime.file_shares import FOLDER, hand_out, read_share, shares, take_over
from flows.prefect_runtime.night_tasks import LONG
from flows.steps.read import ReadAhead
from transforms.redaction.read_and_redact import FileContent
from warehouse.durable_files import passing_folder

if TYPE_CHECKING:
    from flows.night import Night
    from flows.steps.receive import Batch

log = logging.getLogger("suivi.night")

#: Less than this is read here sooner than other processes have started (docs/scaling.md).
LEAST_BYTES = 500_000_000
#: Dask's monitors, which would tell anybody on the machine what runs, are left out; a file that ends its reader ends no other.
_CONFIGURATION = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.scheduler.allowed-failures": 0,
}


def read_ahead(night: Night, batch: Batch) -> ReadAhead | None:
    """Have other processes read the files, as many as the setting `readers` says; None where there is too little to read.

    It fails for nothing: what they have not read, the step `read` reads in this process.
    """
    arrivals, count = batch.in_memory, night.settings.readers
    # A file during which a night ended is not read beside others.
    places = [n for n, arrival in enumerate(arrivals) if not night.being_read.nights_ended_by(arrival.sha256)]
    size = sum(arrivals[place].size for place in places)
    if count == 1 or not places:
        return None
    if find_spec("prefect_dask") is None:
        log.warning("readers = %d, but Dask is not installed (make install-dask): this process reads", count)
        return None
    if size < LEAST_BYTES:
        log.info("read in this process: other processes would take longer for %.0f MB than it does", size / 1e6)
        return None
    contents = dict[int, FileContent]()
    with night.step("read ahead") as outcome:
        night.being_read.begin(arrivals[place].sha256 for place in places)
        try:
            with passing_folder(night.settings.home, FOLDER) as folder:
                limits = night.settings.refuse_above, night.settings.max_file_mb
                parts = shares(arrivals, places, count)
                for number, part in enumerate(parts):
                    hand_out(folder / str(number), arrivals, part)
                _read_on_dask(night.settings.home, folder, len(parts), limits)
                contents = take_over(folder, arrivals)
        except Exception as error:  # of the cluster: no file is at fault, and none is lost
            log.warning("other processes could not read, so this one does: %s", described(error))
        night.being_read.end()
        outcome.append(f"{len(contents)} of {len(arrivals)} files, by {count} processes")
    return ReadAhead(contents)


def _read_on_dask(home: Path, folder: Path, count: int, limits: tuple[float, float]) -> None:
    import dask
    from prefect_dask import DaskTaskRunner

    # By TLS with a certificate of this one run, which both sides must have: loopback is every user's of the machine.
    cluster = {
        "host": "127.0.0.1", "security": True, "n_workers": count, "threads_per_worker": 1, "memory_limit": 0,
        "dashboard_address": None, "scheduler_kwargs": {"dashboard_address": "127.0.0.1:0"},
        "local_directory": str(folder / "dask"), "silence_logs": logging.CRITICAL,
    }  # fmt: skip
    with dask.config.set(_CONFIGURATION):
        _fan_out.with_options(task_runner=DaskTaskRunner(cluster_kwargs=cluster))(str(home), str(folder), count, limits)


@flow(name="read ahead", persist_result=False, log_prints=False, validate_parameters=False)
def _fan_out(home: str, folder: str, count: int, limits: tuple[float, float]) -> None:
    """One task a share. Prefect and Dask keep and show parameters: no name of a file is among them."""
    for pending in [_read_part.submit(home, f"{folder}/{number}", limits) for number in range(count)]:
        said: Any = "killed, or stopped for it hung"
        with contextlib.suppress(Exception):  # Dask's, of a process that was killed or hangs
            said = pending.result(timeout=LONG, raise_on_failure=False)
        if said != _DONE:
            log.warning("a process that reads files ended before it was done (%s): what is missing is read in this one", said)


#: what a task says that has read its share
_DONE = "done"


@task(name="read a share", cache_policy=NO_CACHE, persist_result=False, log_prints=False)
def _read_part(home: str, folder: str, limits: tuple[float, float]) -> str:
    try:
        read_share(Path(home), Path(folder), RefusalLimits(*limits))
    except Exception as error:  # whose text Prefect would keep
        return described(error)
    return _DONE
