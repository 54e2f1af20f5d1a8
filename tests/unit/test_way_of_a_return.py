"""The way of a return, read from the imports: each step enters its own rooms, in order, and no room sends it back up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.command import ROOT
from tests.unit.test_repository import SOURCES, imports

#: the rooms that a return enters, step by step
WAY = {
    "receive": ("warehouse.intake", "transforms.workbooks"),
    "read": ("transforms.read", "transforms.redaction"),
    "check": ("transforms.parse", "expectations.suites", "expectations.verdict"),
    "load": ("warehouse.store",),
    "compute": ("expectations.across_returns", "transforms.models", "transforms.engines", "transforms.changes"),
    "publish": ("warehouse.published",),
    "report": ("transforms.pages", "warehouse.notifications"),
}
STEPS = tuple(WAY)
#: what travels, as a later room declares it: a step may name it before it does that room's work
CARRIERS = {"warehouse.store.submission", "expectations.verdict.checked_file"}
#: The file that is computed is one that will be published: where it lies and how it is opened is publishing's to say. Since when a
#: signal stands is noted as it is found, like findings across returns; whom to tell of it comes later.
ALSO: dict[str, tuple[str, ...]] = {"compute": ("warehouse.published", "warehouse.notifications.signals")}
#: A workbook is opened as it is received, and its sheets are files from there on: they are found by their titles, as those of a CSV,
#: and what is refused is written as it will be read.
ALSO["receive"] = tuple(
    f"transforms.read.{name}"
    for name in ("decode", "find_header", "formula_errors", "match_columns", "record_limits", "workbook_refusals")
)
#: every module by its full name
MODULES = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in SOURCES}


def imported_by(module: str) -> Iterator[str]:
    """The modules of ours that a module imports; `from room import module` counts as the module."""
    for name in imports(MODULES[module]):
        if name.split(".")[0] in {"flows", "expectations", "transforms", "warehouse"}:
            yield name


def step_of(module: str) -> str | None:
    """The step in whose rooms a module lies."""
    for step, rooms in WAY.items():
        if any(f"{module}.".startswith(f"{room}.") for room in rooms):
            return step
    return None


@pytest.mark.parametrize("step", STEPS)
def test_a_step_enters_no_room_of_a_later_one(step: str) -> None:
    later = STEPS[STEPS.index(step) + 1 :]
    allowed = ALSO.get(step, ())
    ahead = {
        name for name in imported_by(f"flows.steps.{step}")
        if step_of(name) in later and name not in CARRIERS and not f"{name}.".startswith(tuple(f"{room}." for room in allowed))
    }  # fmt: skip
    assert not ahead


@pytest.mark.parametrize("step", STEPS)
def test_a_step_knows_the_steps_before_it_alone(step: str) -> None:
    named = {name.removeprefix("flows.steps.") for name in imported_by(f"flows.steps.{step}") if name.startswith("flows.steps.")}
    assert named <= set(STEPS[: STEPS.index(step)])


@pytest.mark.parametrize("step", [step for step in STEPS if step != "report"])  # its rooms are entered through flows.mail and pages
def test_a_step_enters_its_rooms(step: str) -> None:
    assert {step_of(name) for name in imported_by(f"flows.steps.{step}")} >= {step}


#: where a room needs something of one that a return enters later, and what
AHEAD = {
    ("transforms.redaction.read_and_redact", "transforms.parse.choose_columns"): "of two columns for one field the cells tell which is kept",
    ("transforms.redaction.erase_records", "transforms.parse.choose_columns"): "the same",
    ("transforms.redaction.erase_records", "transforms.parse.columns"): "who a record is about, its key tells once it is parsed",
    ("transforms.redaction.erase_records", "transforms.parse.values"): "the same of the key of one record",
    ("warehouse.intake.ledger_file", "warehouse.store.store"): "the ledger's copy is written of what the store holds, when that is loaded",
    ("expectations.verdict.sent_again", "warehouse.store.stage"): "the key of a row as the store writes it",
}


def test_no_room_sends_a_return_ahead_or_back() -> None:
    """What a step's rooms import lies in them, in those of the steps before, or on no return's way."""
    ahead = set()
    for module in MODULES:
        step = step_of(module)
        for name in imported_by(module) if step else ():
            other = step_of(name)
            is_later = step and other and STEPS.index(other) > STEPS.index(step) and name not in CARRIERS
            if is_later and not f"{name}.".startswith(tuple(f"{room}." for room in ALSO.get(step, ()))):
                ahead.add((module, name))
    assert ahead == set(AHEAD)


def test_there_is_one_module_a_step() -> None:
    assert {name.removeprefix("flows.steps.") for name in MODULES if name.startswith("flows.steps.")} == set(STEPS)


def test_every_room_of_the_way_is_there() -> None:
    assert {room for rooms in WAY.values() for room in rooms} <= set(MODULES)
