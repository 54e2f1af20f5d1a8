"""What runs when: `suivi serve` and prefect.yaml say the same, Prefect takes it, and runs wait for their turn."""

from __future__ import annotations

import inspect
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.errors import AnotherNight
from flows.prefect_runtime.deployments import DEPLOYMENTS, HEARTBEAT_SECONDS, SILENT_SECONDS, served
from flows.prefect_runtime.wait_for_lock import run_once_free
from flows.settings import load_settings
from tests.command import ROOT

IN_YAML = {one["name"]: one for one in yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]}


@pytest.fixture(scope="module")
def by_serve(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The deployments that `suivi serve` registers, by name."""
    return {one.name: one for one in served(load_settings(tmp_path_factory.mktemp("home")))}


@pytest.mark.parametrize("one", DEPLOYMENTS, ids=lambda one: one.name)
def test_serve_and_prefect_yaml_say_the_same(one: Any, by_serve: dict[str, Any]) -> None:
    written, made = IN_YAML[one.name], by_serve[one.name]
    assert written["entrypoint"] == one.entrypoint == made.entrypoint
    assert written["description"] == made.description
    schedules = [(made_.schedule.cron, made_.schedule.timezone) for made_ in made.schedules or ()]
    assert [(schedule["cron"], schedule["timezone"]) for schedule in written["schedules"]] == schedules
    assert schedules == ([(one.cron, "Europe/Paris")] if one.cron else [])
    assert written["concurrency_limit"] == {"limit": 1, "collision_strategy": "ENQUEUE"}
    assert (made.concurrency_limit, made.concurrency_options.collision_strategy.value) == (1, "ENQUEUE")
    assert written["parameters"].keys() == made.parameters.keys() == {"home"}
    heartbeats = written["work_pool"]["job_variables"]["env"]["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"]
    assert int(heartbeats) == HEARTBEAT_SECONDS < SILENT_SECONDS / 3


def test_nothing_else_is_written_in_prefect_yaml() -> None:
    assert set(IN_YAML) == {one.name for one in DEPLOYMENTS}


def test_runs_are_described_by_paths_and_dates_alone(by_serve: dict[str, Any]) -> None:
    """Parameters are kept in Prefect's database: no personal value can be one."""
    for made in by_serve.values():
        for name, schema in made._parameter_openapi_schema.properties.items():
            kinds = {kind.get("format", kind["type"]) for kind in schema.get("anyOf", [schema])}
            assert kinds <= {"date", "null", "string"}, (made.name, name)
            assert "string" not in kinds or name == "home" or schema.get("enum"), (made.name, name)


def test_the_backfill_is_given_typed_days(by_serve: dict[str, Any]) -> None:
    schema = by_serve["backfill"]._parameter_openapi_schema
    assert {"first", "last"} == set(schema.required)
    assert {schema.properties[name]["format"] for name in ("first", "last")} == {"date"}
    assert schema.properties["every"]["enum"] == ["day", "week", "month"]


def test_the_scheduled_night_takes_what_the_night_takes() -> None:
    from flows import nightly
    from flows.prefect_runtime.scheduled_night import scheduled_night

    by_hand, by_schedule = (inspect.signature(flow.fn).parameters for flow in (nightly.nightly, scheduled_night))
    assert [name for name in by_hand if name not in {"run_id", "mail"}] == list(by_schedule)


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_a_run_waits_for_its_turn() -> None:
    clock = Clock()

    def run() -> date:
        if clock.now < 3600:
            raise AnotherNight("a backfill is running")
        return date(2026, 11, 24)

    assert run_once_free(run, timedelta(hours=2), clock.sleep, clock) == date(2026, 11, 24)
    assert 3600 <= clock.now < 3700


def test_patience_ends() -> None:
    clock = Clock()

    def run() -> None:
        raise AnotherNight("a backfill is running")

    with pytest.raises(AnotherNight):
        run_once_free(run, timedelta(hours=2), clock.sleep, clock)
    assert 7200 <= clock.now < 7300


def test_the_units_start_commands_that_exist(tmp_path: Path) -> None:
    from flows.cli import suivi

    units = sorted((ROOT / "deploy").iterdir())
    assert units
    for unit in units:
        for line in unit.read_text(encoding="utf-8").splitlines():
            if "bin/suivi " in line and not line.startswith("#"):
                assert line.split("bin/suivi ")[1].split()[0] in suivi.commands, (unit.name, line)
