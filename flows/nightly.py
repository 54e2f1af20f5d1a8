"""The night, top to bottom: the seven steps that a return travels, from the inbox to the indicators and the mails."""

from __future__ import annotations

from datetime import date
from typing import Any

from prefect import flow

from flows.night import Night, new_run_id
from flows.prefect_runtime import tasks
from flows.prefect_runtime.artifacts import leave_artifacts
from flows.settings import load_settings, with_mail


@flow(name="nightly", flow_run_name="{run_id}", persist_result=False, log_prints=False)
def nightly(home: str | None = None, as_of: date | None = None, run_id: str = "", mail: str | None = None) -> dict[str, Any]:
    """One night of `home`: returns in, indicators out. `mail`: send, hold or steward, in the place of the setting.

    Whatever is in the inbox, the night goes on: a file that cannot be taken is refused with its reason. Raises
    AnotherNight when one is running, NightFailed when a step broke; yesterday's warehouse then stays in place.
    """
    with Night(with_mail(load_settings(home), mail), as_of, run_id or new_run_id()) as night:
        batch = tasks.receive(night)
        files = tasks.read(night, batch)
        verdicts = tasks.check(night, batch, files)
        tasks.load(night, batch, verdicts)
        computed = tasks.compute(night)
        tables = tasks.publish(night, computed)
        report = tasks.report(night, batch, verdicts, tables)
        leave_artifacts(night.settings, report, verdicts.files)
        return report
