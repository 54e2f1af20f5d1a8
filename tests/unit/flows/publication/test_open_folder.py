"""The folder `open/`: whole releases or none, as they were published or not used at all, and the list of them."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from flows.publication.open_folder import (
    ReleaseRefused,
    published_releases,
    put_in_place,
    remove_unfinished,
    write_list,
    write_unfinished,
)
from transforms.publication.read_release import ReleaseName

FIRST, SECOND = ReleaseName("2026-Q2"), ReleaseName("2026-Q3")


def publish(folder: Path, name: ReleaseName) -> Path:
    earlier = [{"name": str(one.name), "sha256sums": one.sums} for one in published_releases(folder)]
    package = {"lastDay": "2026-06-30", "created": "2026-07-09T10:00:00+02:00", "earlierReleases": earlier}
    files = {"datapackage.json": json.dumps(package).encode(), "data/units.csv": b"level\r\n", "index.html": b"<p>"}
    return put_in_place(write_unfinished(folder, name, files))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "open"
    publish(found, FIRST)
    publish(found, SECOND)
    return found


def test_a_release_is_there_whole_and_read_only(folder: Path) -> None:
    assert [str(one.name) for one in published_releases(folder)] == ["2026-Q2", "2026-Q3"]
    release = folder / "2026-Q3"
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, release, *release.rglob("*"))}
    assert {mode for name, mode in modes.items() if "." in name or name == "SHA256SUMS"} == {0o440}
    assert (modes["open"], modes["2026-Q3"], modes["data"]) == (0o750, 0o750, 0o750)
    assert sorted(path.name for path in folder.iterdir()) == ["2026-Q2", "2026-Q3"]


def test_what_a_killed_release_leaves_is_no_release_and_goes(folder: Path) -> None:
    write_unfinished(folder, ReleaseName("2026-Q4"), {"index.html": b"half"})
    assert len(published_releases(folder)) == 2
    remove_unfinished(folder)
    assert sorted(path.name for path in folder.iterdir()) == ["2026-Q2", "2026-Q3"]


def test_there_is_none_yet(tmp_path: Path) -> None:
    assert published_releases(tmp_path / "open") == []


def changed(folder: Path) -> None:
    path = folder / "2026-Q2" / "data" / "units.csv"
    path.chmod(0o640)
    path.write_bytes(b"other\r\n")


def removed(folder: Path) -> None:
    (folder / "2026-Q2" / "index.html").unlink()


def added(folder: Path) -> None:
    (folder / "2026-Q2" / "data" / "more.csv").write_bytes(b"")


def forged(folder: Path) -> None:
    """As it would be if the hashes were made anew with it: the next release knows better."""
    changed(folder)
    sums = folder / "2026-Q2" / "SHA256SUMS"
    sums.chmod(0o640)
    old, new = sha256(b"level\r\n").hexdigest(), sha256(b"other\r\n").hexdigest()
    sums.write_text(sums.read_text().replace(old, new))


def gone(folder: Path) -> None:
    (folder / "2026-Q2").rename(folder.parent / "elsewhere")


def without_sums(folder: Path) -> None:
    (folder / "2026-Q2" / "SHA256SUMS").unlink()


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (changed, "data/units.csv was changed"), (removed, "index.html is missing"), (added, "data/more.csv was added"),
        (forged, "not as 2026-Q3 knew it"), (gone, "not as 2026-Q3 knew it"), (without_sums, "cannot be read as a release"),
    ],
)  # fmt: skip
def test_a_release_that_is_not_as_it_was_published_is_refused(
    folder: Path, damage: Callable[[Path], None], told: str
) -> None:
    damage(folder)
    with pytest.raises(ReleaseRefused, match=told) as refusal:
        published_releases(folder)
    assert "2026-Q2" in str(refusal.value)
    assert refusal.value.exit_code == 1


def test_the_list_is_written_when_it_is_not_right(folder: Path) -> None:
    publish(folder, ReleaseName("2026-Q3", 2))
    write_list(folder, published_releases(folder), "Région")
    text = (folder / "index.html").read_text()
    assert [text.index(f'href="{name}/index.html"') for name in ("2026-Q3-v2", "2026-Q3", "2026-Q2")] == sorted(
        text.index(f'href="{name}/index.html"') for name in ("2026-Q3-v2", "2026-Q3", "2026-Q2")
    )
    assert text.count("remplacée par une version plus récente") == 1
    before = (folder / "index.html").stat().st_mtime_ns
    write_list(folder, published_releases(folder), "Région")
    assert (folder / "index.html").stat().st_mtime_ns == before
