"""A file in hand when two nights died is set aside by the third; one death changes nothing but who is examined with whom."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from expectations.programme import load_programme
from expectations.verdict.checked_file import RulesOfDay
from expectations.verdict.decide import FileVerdict, decide
from flows.steps import check, read
from tests.spec.paper import csv_of
from tests.typed_rows import comparable
from warehouse.intake.being_read import FilesBeingRead
from warehouse.reference.places import load_places
from warehouse.store.submission import Arrival

GOOD, POISON, OTHER = csv_of("depenses"), csv_of("depenses", "piece=POISON"), csv_of("depenses", "piece=F3")
NAMED = {"named": csv_of("depenses").replace(b"montant\n", b"montant;nom\n").replace(b"1000,00\n", b"1000,00;POISON\n")}
FILES = {"good": GOOD, "poison": POISON, "other": OTHER}

Batches = list[list[str]]


def shown(file: bytes) -> str:
    return next(name for name, data in {**FILES, **NAMED}.items() if data == file)


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> Batches:
    """The names of the files whose rows were examined together."""
    found: Batches = []
    real = check._with_breaches

    def with_breaches(contract: Any, files: Any, *rest: Any) -> Any:
        found.append([one.arrival.name for one in files])
        return real(contract, files, *rest)

    monkeypatch.setattr(check, "_with_breaches", with_breaches)
    return found


def night(home: Path, files: dict[str, bytes] | None = None) -> dict[str, FileVerdict]:
    """What a night makes of these files."""
    rules, now, being_read = RulesOfDay(date(2026, 11, 24), load_programme()), datetime.now(UTC), FilesBeingRead(home)
    arrivals = [
        Arrival(name, home / name, data, sha256(data).hexdigest(), now) for name, data in (FILES if files is None else files).items()
    ]
    files_read = read.read_files([(arrival, rules, None) for arrival in arrivals], being_read=being_read)
    return {file.name: file for file in decide(check.check_files(files_read, load_places(), being_read=being_read))}


@pytest.fixture
def deadly(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Whoever reads the poison dies, as by Ctrl-C; called, it is harmless again."""
    real = read.read_and_redact

    def read_and_redact(data: bytes, *rest: Any) -> Any:
        if b"POISON" in data:
            raise KeyboardInterrupt
        return real(data, *rest)

    monkeypatch.setattr(read, "read_and_redact", read_and_redact)
    return lambda: monkeypatch.setattr(read, "read_and_redact", real)


def dies(home: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        night(home)


def test_the_third_night_sets_it_aside_and_does_the_rest(home: Path, deadly: Callable[[], None]) -> None:
    dies(home)
    dies(home)
    for _ in range(2):  # and again, if the same bytes come again
        files = night(home)
        assert {name: file.decision for name, file in files.items()} == {"good": "accepted", "poison": "held", "other": "accepted"}
        assert [finding.rule for finding in files["poison"].findings] == ["FIC-16"]
        assert files["poison"].archive_bytes == POISON


def test_one_death_changes_nothing_but_the_batches(
    home: Path, tmp_path: Path, deadly: Callable[[], None], batches: Batches
) -> None:
    dies(home)
    deadly()
    files = night(home)
    assert batches == [["good", "other"], ["poison"]]
    assert [comparable(file) for file in files.values()] == [comparable(file) for file in night(tmp_path).values()]
    assert not (home / ".in-hand").exists()
    batches.clear()
    night(home)
    assert batches == [["good", "poison", "other"]]


def test_a_death_while_all_are_examined_makes_each_a_suspect(
    home: Path, batches: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    import expectations.suites.run as validating

    real = validating.validate

    def validate(contract: Any, rows: Any, *rest: Any) -> Any:
        if "POISON" in rows.columns["document_ref"].values().to_pylist():
            raise KeyboardInterrupt
        return real(contract, rows, *rest)

    monkeypatch.setattr(validating, "validate", validate)
    dies(home)
    dies(home)
    assert batches == [["good", "poison", "other"], ["good"], ["poison"]]
    assert {name: file.decision for name, file in night(home).items()}["poison"] == "held"
    assert ["other"] in batches


def test_what_a_program_can_tell_of_is_no_death(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr(check, "_check_together", broken)
    with pytest.raises(RuntimeError):
        night(home)
    assert not (home / ".in-hand").exists()


def test_a_file_that_was_released_is_read_again(home: Path, deadly: Callable[[], None]) -> None:
    dies(home)
    dies(home)
    night(home)
    deadly()
    FilesBeingRead(home).allow_again(sha256(POISON).hexdigest())
    assert night(home)["poison"].decision == "accepted"
    assert not (home / ".in-hand").exists()


def test_of_one_with_titles_of_names_only_a_notice_is_kept(home: Path) -> None:
    for _ in range(2):
        FilesBeingRead(home).begin([sha256(NAMED["named"]).hexdigest()])
    file = night(home, NAMED)["named"]
    assert file.decision == "held"
    assert b"POISON" not in file.archive_bytes and file.archive_bytes


@pytest.mark.parametrize("left", [b"", b"{", b'{"in_hand": ["a', b"[]\n", b'{"in_hand": 3, "deaths": []}\n', b"\xff\n", b"null\n"])
def test_a_note_that_cannot_be_read_says_nothing(home: Path, left: bytes) -> None:
    (home / ".in-hand").write_bytes(left)
    assert {file.decision for file in night(home).values()} == {"accepted"}
    assert not (home / ".in-hand").exists()


def test_a_note_is_whole_though_a_longer_one_was_there(home: Path) -> None:
    one = FilesBeingRead(home)
    one.begin(["a" * 64, "b" * 64])
    one.begin(["c" * 64])
    assert json.loads((home / ".in-hand").read_bytes().partition(b"\n")[0])["in_hand"] == ["c" * 64]
    assert [FilesBeingRead(home).nights_ended_by(letter * 64) for letter in "abc"] == [0, 0, 1]


def test_a_note_that_cannot_be_written_stops_nothing(home: Path) -> None:
    (home / ".in-hand").mkdir()
    assert {file.decision for file in night(home).values()} == {"accepted"}
