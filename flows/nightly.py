"""The night, top to bottom: the seven steps that a return travels, from the inbox to the indicators and the mails."""

from __future__ import annotations

from datetime import date
from typing import Any

from prefect import flow

from flows.night import Night, new_run_id
from flows.prefect_runtime import night_tasks
from flows.prefect_runtime.artifacts import leave_artifacts
from flows.prefect_runtime.reading_processes import read_ahead
from flows.settings import load_settings, with_options


@flow(name="nightly", flow_run_name="{run_id}", persist_result=False, log_prints=False)
def nightly(home: str | None = None, as_of: date | None = None, run_id: str = "", mail: str | None = None) -> dict[str, Any]:
    """One night of `home`: returns in, indicators out. `mail`: send, hold or steward, in the place of the setting.

    Whatever is in the inbox, the night goes on: a file that cannot be taken is refused with its reason. Raises
    AnotherNight when one is running, NightFailed when a step broke; yesterday's warehouse then stays in place.
    """
    with Night(with_options(load_settings(home), mail=mail), as_of, run_id or new_run_id()) as night:
        batch = night_tasks.receive(night)
        files = night_tasks.read(night, batch, read_ahead(night, batch))
        verdicts = night_tasks.check(night, batch, files)
        night_tasks.load(night, batch, verdicts)  # into night.store, of which the warehouse is computed
        computed = night_tasks.compute(night)
        tables = night_tasks.publish(night, computed)
        report = night_tasks.report(night, batch, verdicts, tables)
        leave_artifacts(night.settings, report, verdicts.files)
        return report
