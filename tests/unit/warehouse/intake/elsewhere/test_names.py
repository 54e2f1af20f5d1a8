"""Names of a server that may answer what it likes: none leads out of the folder, none is taken for another."""

from __future__ import annotations

from pathlib import Path

import pytest

from warehouse.intake.elsewhere.names import free_path, is_unfinished, is_usable, original_path, probe_name, taken_name


@pytest.mark.parametrize("path", ["a.csv", "opale/a.csv", "opale/2026/é à (1).csv", "opale/…", "a/..b", "x" * 255])
def test_names_that_may_be_below_a_folder(path: str) -> None:
    assert is_usable(path)


@pytest.mark.parametrize(
    "path",
    ["", "/etc/passwd", "../a.csv", "opale/../../a.csv", "opale/..", "./a.csv", "opale//a.csv", "opale/", "a\0.csv", "a\n.csv",
     "a\x1b[2J.csv", "a\x85.csv", "x" * 256, "é" * 128, "/".join(["x" * 200] * 6)],
)  # fmt: skip
def test_names_that_may_not(path: str) -> None:
    assert not is_usable(path)


@pytest.mark.parametrize("name", ["a.csv", "é à.csv", ".suivi-0123456789ab.a.csv"])
def test_a_taken_file_keeps_the_name_that_it_was_sent_under(name: str) -> None:
    taken = taken_name(name)
    assert taken is not None and taken.startswith(".suivi-") and taken != taken_name(name)
    assert original_path(f"opale/{taken}") == f"opale/{name}"


def test_a_name_as_long_as_names_may_be_is_not_taken_by_another() -> None:
    assert taken_name("é" * 127) is None


@pytest.mark.parametrize("path", ["a.csv", ".suivi-a.csv", ".suivi-0123456789ab", ".suivi-0123456789ab.", ".suivi-0123456789xy.a.csv", "o/.suivi-0123456789AB.a"])
def test_other_names_stay_as_they_are(path: str) -> None:
    assert original_path(path) == path


def test_what_rights_are_tried_with_is_never_taken() -> None:
    probe = probe_name()
    assert original_path(probe) == probe and is_unfinished(probe)


def test_names_of_unfinished_files() -> None:
    assert [is_unfinished(path) for path in ("a.csv.part", "o/.a.csv.x", "o/~$a.csv", "o.tmp/a.csv")] == [True, True, True, False]


def test_a_file_beside_one_of_its_name_gets_the_next_number(tmp_path: Path) -> None:
    assert free_path(tmp_path, "opale/a.csv") == tmp_path / "opale" / "a.csv"
    (tmp_path / "opale").mkdir()
    (tmp_path / "opale" / "a.csv").touch()
    (tmp_path / "opale" / "a (2).csv").symlink_to("nowhere")
    assert free_path(tmp_path, "opale/a.csv") == tmp_path / "opale" / "a (3).csv"
    longest = "é" * 125 + ".csv"
    (tmp_path / longest).touch()
    free = free_path(tmp_path, longest).name
    assert free.endswith("é (2).csv") and len(free.encode()) <= 255
