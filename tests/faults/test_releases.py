"""A release that is killed at each change to the disk, or cannot write: it is there whole or not at all, and the next one mends the rest."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest

from flows.publication.open_folder import published_releases
from tests.faults.processes import How
from tests.faults.releases import publish, publish_in_process

pytestmark = [pytest.mark.faults, pytest.mark.slow]


@pytest.mark.parametrize("how", [How.FAILS_ONCE, How.DISK_FULL, How.KILLED, How.KILLED_HALFWAY])
def test_every_change_that_fails(how: How, tmp_path: Path) -> None:
    before = tmp_path / "before"
    publish(before, "2026-Q2")
    found: set[tuple[str, ...]] = set()
    for number in itertools.count(1):
        folder = tmp_path / "open"
        shutil.copytree(before, folder)
        hits, _ = publish_in_process(folder, "2026-Q3", number, how)
        there = tuple(str(one.name) for one in published_releases(folder))
        assert there in (("2026-Q2",), ("2026-Q2", "2026-Q3")), number
        found.add(there)
        publish(folder, "2026-Q4")
        assert [str(one.name) for one in published_releases(folder)] == [*there, "2026-Q4"]
        assert sorted(path.name for path in folder.iterdir()) == [*there, "2026-Q4", "index.html"]
        text = (folder / "index.html").read_text()
        assert [name for name in ("2026-Q2", "2026-Q3", "2026-Q4") if f'"{name}/index.html"' in text] == [*there, "2026-Q4"]
        shutil.rmtree(folder)
        if not hits:
            break
    assert number > 30
    assert found == {("2026-Q2",), ("2026-Q2", "2026-Q3")}
