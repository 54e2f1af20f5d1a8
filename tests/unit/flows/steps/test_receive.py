"""Workbooks in the step `receive`: each sheet that is a return is an arrival, and whatever happens the night goes on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from flows.night import Night
from flows.recovery.rebuild import rebuild
from flows.settings import load_settings
from flows.steps import receive as step
from flows.steps.check import check
from flows.steps.load import load
from flows.steps.read import read
from flows.steps.receive import receive, sheets_of
from tests.golden.nights import Home
from tests.spec.paper import csv_of
from tests.workbooks import typed, with_hidden, with_openpyxl
from transforms.read.workbook_refusals import RefusedWorkbook, WorkbookRefusal
from warehouse.store.submission import Arrival

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ONE = with_openpyxl({"Dépenses": typed("depenses")})
TWO = with_openpyxl({"Sessions": typed("sessions"), "Suivi M6": typed("suivi")})


def arrival(data: bytes, name: str = "x/a.xlsx") -> Arrival:
    return Arrival(name, Path(name), data, sha256(data).hexdigest(), NOW, (1, 2, 3, 4, 5), len(data), "x")


def test_a_file_that_is_no_workbook_stays_what_it_is() -> None:
    for data in (b"", b"siret;", b"%PDF-1.7", csv_of("suivi")):
        assert sheets_of(arrival(data)) == [arrival(data)]


def test_one_sheet_is_the_workbook_and_of_several_each_has_its_own_name_and_hash() -> None:
    (one,) = sheets_of(arrival(ONE))
    assert one == replace(arrival(ONE), data=one.data, size=len(one.data), is_sheet=True)
    assert one.is_in_memory and one.data.startswith(b'"siret"')
    first, second = sheets_of(arrival(TWO))
    assert [file.name for file in (first, second)] == ["x/a.xlsx#Sessions", "x/a.xlsx#Suivi M6"]
    assert first.sha256 == sha256(f"{sha256(TWO).hexdigest()}#Sessions".encode()).hexdigest()
    assert {(file.path, file.identity, file.sender) for file in (first, second)} == {(one.path, one.identity, one.sender)}


def test_a_hidden_sheet_is_said_after_those_that_are_read_wherever_it_stands() -> None:
    shown, hidden = sheets_of(arrival(with_hidden({"A": typed("depenses")}, {"B": typed("suivi")})))
    assert (shown.name, hidden.name) == ("x/a.xlsx", "x/a.xlsx#B")
    assert hidden.data == WorkbookRefusal.HIDDEN.notice
    (alone,) = sheets_of(arrival(with_hidden({}, {"B": typed("suivi")})))
    assert (alone.name, alone.data) == ("x/a.xlsx", WorkbookRefusal.HIDDEN.notice)


def test_a_held_file_that_was_let_in_is_what_was_kept_of_it() -> None:
    kept = replace(arrival(ONE), released_from=3)
    assert sheets_of(kept) == [kept]


def ended(home: Home, data: bytes, nights: int) -> None:
    """Note that so many nights ended while they had this file in hand."""
    noted = {"in_hand": [], "deaths": {sha256(data).hexdigest(): nights}}
    (home.folder / ".in-hand").write_text(json.dumps(noted) + "\n")


def in_hand(home: Home) -> list[str]:
    return json.loads((home.folder / ".in-hand").read_text().partition("\n")[0])["in_hand"]


def test_which_workbook_is_open_is_noted_and_one_that_ended_a_night_comes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path)
    home.drop({"a.xlsx": TWO, "b.xlsx": ONE})
    ended(home, TWO, 1)
    opened: list[bytes] = []
    real = step.read_workbook

    def look(data: bytes) -> object:
        assert in_hand(home) == [sha256(data).hexdigest()]
        opened.append(data)
        return real(data)

    monkeypatch.setattr("flows.steps.receive.read_workbook", look)
    with Night(load_settings(home.folder)) as night:
        batch = receive(night)
    assert opened == [ONE, TWO]
    assert [one.name for one in batch.arrivals] == ["a.xlsx#Sessions", "a.xlsx#Suivi M6", "b.xlsx"]
    assert not (home.folder / ".in-hand").exists()


def test_one_during_which_two_nights_ended_is_not_opened_nor_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path)
    home.drop({"a.xlsx": ONE})
    ended(home, ONE, 2)
    monkeypatch.setattr("flows.steps.receive.read_workbook", lambda data: pytest.fail("it is opened"))
    with Night(load_settings(home.folder)) as night:
        batch = receive(night)
        verdicts = check(night, batch, read(night, batch))
        assert [(file.name, file.decision, [finding.rule for finding in file.findings]) for file in verdicts.files] == [("a.xlsx", "held", ["FIC-16"])]
        load(night, batch, verdicts)
    kept = [path.read_bytes() for folder in ("held", "archive") for path in (home.folder / folder).glob("??/*")]
    assert len(kept) == 1 and kept[0].startswith(b"contenu non conserve")


def test_a_workbook_larger_than_a_file_may_be_is_refused_and_not_kept(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (home.folder / "suivi.toml").write_text("max_file_mb = 0.001\n")
    home.drop({"a.xlsx": ONE})
    assert len(ONE) > 1_000
    with Night(load_settings(home.folder)) as night:
        batch = receive(night)
        verdicts = check(night, batch, read(night, batch))
        load(night, batch, verdicts)
    assert [finding.rule for finding in verdicts.files[0].findings] == ["FIC-09"]
    assert [path.read_bytes()[:20] for path in (home.folder / "archive").glob("??/*")] == [b"contenu non conserve"]


@pytest.mark.slow
def test_the_cells_of_a_workbook_may_be_more_than_it_was_packed(tmp_path: Path) -> None:
    """The limit is that of what was received: packed. What is read of it, and read again by a rebuild, may be larger."""
    home = Home(tmp_path, tells=False)
    (home.folder / "suivi.toml").write_text("max_file_mb = 0.022\n")
    data = with_openpyxl({"a": typed("depenses", *(f"piece=F{number}" for number in range(700)))})
    assert len(data) < 22_000 < sum(len(one.data) for one in sheets_of(arrival(data)))
    report = home.night({"a.xlsx": data})
    assert [(file["decision"], file["accepted"]) for file in report["files"]] == [("accepted", 700)]
    assert rebuild(load_settings(home.folder), verify=True).is_proven


def test_what_keeps_a_workbook_from_being_read_does_not_keep_the_night(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(data: bytes) -> object:
        raise RefusedWorkbook(WorkbookRefusal.DAMAGED) if data == TWO else MemoryError

    monkeypatch.setattr("flows.steps.receive.read_workbook", broken)
    assert [one.data for data in (ONE, TWO) for one in sheets_of(arrival(data))] == [WorkbookRefusal.CRASHED.notice, WorkbookRefusal.DAMAGED.notice]
