"""Who may read what, whatever the umask: the owner alone, or the folder's group too."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from warehouse.durable_files import (
    bring_to_modes,
    make_home,
    passing_folder,
    remove_passing_folders,
    shared_folder,
    write_private,
    write_shared,
)


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def _umask(request: pytest.FixtureRequest):
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("_umask")
def test_modes_are_set_and_not_trusted_to_the_umask(tmp_path: Path) -> None:
    make_home(tmp_path / "home")
    private, shared = write_private(tmp_path / "a", "x", b"1"), write_shared(tmp_path / "b", "x", b"1")
    assert mode(tmp_path / "home") == 0o750
    assert (mode(private), mode(private.parent)) == (0o600, 0o700)
    assert (mode(shared), mode(shared.parent)) == (0o640, 0o750)


@pytest.mark.parametrize(
    ("before", "after"), [(0o755, 0o750), (0o777, 0o750), (0o700, 0o700), (0o2755, 0o2750), (0o770, 0o750)]
)
def test_a_home_that_is_there_is_closed_and_never_opened(tmp_path: Path, before: int, after: int) -> None:
    tmp_path.chmod(before)
    make_home(tmp_path)
    assert mode(tmp_path) == after


def test_a_group_that_a_folder_hands_on_stays(tmp_path: Path) -> None:
    tmp_path.chmod(0o2750)
    shared_folder(tmp_path)
    assert mode(tmp_path) == 0o2750


@pytest.mark.usefixtures("_umask")
def test_a_group_is_handed_on_to_a_new_folder_without_setting_a_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """RestrictSUIDSGID, which the units of deploy/ have, refuses to set a mode that has the bit."""
    tmp_path.chmod(0o2750)
    monkeypatch.setattr(Path, "chmod", lambda *_: pytest.fail("no mode is to be set"))
    shared_folder(tmp_path / "snapshots")
    assert mode(tmp_path / "snapshots") == 0o2750


def test_what_earlier_versions_left_is_brought_to_the_modes_of_today(tmp_path: Path) -> None:
    made = {
        "warehouse.duckdb": 0o644, "snapshots/2026-11-26.duckdb": 0o444, "reports/index.html": 0o644,
        "archive/programmes/abc.toml": 0o666, "suivi.toml": 0o644,
    }  # fmt: skip
    for name, bits in made.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
        (tmp_path / name).chmod(bits)
    (tmp_path / "reports" / "link.html").symlink_to(tmp_path / "suivi.toml")
    bring_to_modes(tmp_path)
    assert {name: mode(tmp_path / name) for name in made} == {
        "warehouse.duckdb": 0o640, "snapshots/2026-11-26.duckdb": 0o640, "reports/index.html": 0o640,
        "archive/programmes/abc.toml": 0o600, "suivi.toml": 0o644,
    }  # fmt: skip
    assert mode(tmp_path / "snapshots") == mode(tmp_path / "reports") == 0o750


@pytest.mark.usefixtures("_umask")
def test_a_passing_folder_begins_empty_is_private_and_goes_with_its_block(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), passing_folder(tmp_path, "work") as folder:
        (folder / "rows").touch()
        assert mode(folder) == 0o700
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    folder.mkdir()
    (folder / "of a process that was killed").touch()
    with passing_folder(tmp_path, "work") as again:
        assert again == folder
        assert list(again.iterdir()) == []


def test_what_a_killed_process_has_left_is_removed(tmp_path: Path) -> None:
    for name in (".passing-work", "kept"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "rows").touch()
    remove_passing_folders(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
