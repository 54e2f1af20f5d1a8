"""Who may read what a night leaves: every file and folder of its home, under the widest umask and the narrowest."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import ROOT
from tests.spec.paper import csv_of

pytestmark = pytest.mark.attack

#: what the home's group may read; everything else is the owner's alone
SHARED = {
    ".": 0o750, "inbox": 0o750, "reports": 0o750, "reports/index.html": 0o640, "snapshots": 0o750, "warehouse.duckdb": 0o640,
    "reports/argent.csv": 0o640, "reports/mixite.csv": 0o640, "reports/sorties.csv": 0o640,  # the figures of the page, beside it
}  # fmt: skip
RUN = "import sys; from flows.cli import main; sys.exit(main())"


@pytest.mark.parametrize("umask", [0o000, 0o077], ids=oct)
def test_every_file_of_a_night_has_its_mode_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    home = tmp_path / "home"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "SUIVI_"))}

    def suivi(*arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, "-c", RUN, *arguments, "--home", str(home)], env={**kept, "PYTHONPATH": str(ROOT)}, umask=umask,
            capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    (home / "inbox").mkdir(parents=True)
    for folder in (home, home / "inbox"):
        folder.chmod(0o750)
    (home / "inbox" / "actions.csv").write_bytes(csv_of("actions"))
    (home / "inbox" / "refuse.csv").write_bytes(b"rien\n")
    suivi("nightly")
    suivi("backfill", "--from", "2018-01-01", "--to", "2018-01-01", "--every", "day")
    suivi("erase", "--again")
    modes = {
        str(path.relative_to(home)): (path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in (home, *home.rglob("*"))
    }  # fmt: skip
    assert {
        "warehouse.duckdb",
        "store.duckdb",
        "reports/index.html",
        "audit.jsonl",
        ".prefect/prefect.db",
    } <= modes.keys()
    snapshots = {name for name in modes if name.startswith("snapshots/")}
    assert {modes[name] for name in snapshots} == {(False, 0o640)}
    assert {name: modes[name][1] for name in SHARED} == SHARED
    rest = {name: mode for name, (_, mode) in modes.items() if name not in SHARED and name not in snapshots}
    assert {name: oct(mode) for name, mode in rest.items() if mode & 0o077} == {}
    assert any(name.startswith("archive/programmes/") for name in rest)


def test_a_new_home_is_its_group_s_to_read_and_hands_its_group_on(tmp_path: Path) -> None:
    from flows.night import Night
    from flows.settings import load_settings
    from tests.golden.nights import Home

    before = os.umask(0o077)
    try:
        with Night(load_settings(tmp_path / "new")):
            pass
    finally:
        os.umask(before)
    assert {stat.S_IMODE((tmp_path / "new" / name).stat().st_mode) for name in (".", "inbox")} == {0o750}
    group = next((group for group in os.getgroups() if group != os.getegid()), 12_345 if os.geteuid() == 0 else None)
    if group is None:
        pytest.skip("this user has but one group to give")
    home = Home(tmp_path / "home")
    os.chown(home.folder, -1, group)
    home.folder.chmod(0o2750)
    for _ in range(2):
        home.night({"actions.csv": csv_of("actions")})
    published = ("warehouse.duckdb", "reports", "reports/index.html", "snapshots")
    assert {(home.folder / name).stat().st_gid for name in published} == {group}
    assert stat.S_IMODE(home.folder.stat().st_mode) == 0o2750
