"""What `frictionless validate` says of a release and of each of its files."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.command import ROOT
from tests.unit.transforms.publication.releases import PERIOD, make
from tests.unit.transforms.publication.test_release_files import NAMES, written

pytestmark = pytest.mark.frictionless
#: the venv of its own that `make test-open` makes: what it needs is not what we pin
FRICTIONLESS = Path(os.environ.get("FRICTIONLESS", ROOT / ".venv-frictionless" / "bin" / "frictionless"))


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not FRICTIONLESS.is_file():
        pytest.fail("frictionless is missing: run `make test-open`", pytrace=False)
    return written(make().files(), tmp_path_factory.mktemp("open") / PERIOD)


def validated(folder: Path, *arguments: str) -> dict[str, Any]:
    """What it says, as JSON."""
    done = subprocess.run([FRICTIONLESS, "validate", *arguments, "--json"], cwd=folder, capture_output=True, text=True, check=False)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def errors(report: dict[str, Any]) -> Sequence[tuple[str, str]]:
    return [(task["name"], error["message"]) for task in report["tasks"] for error in task["errors"]]


def test_the_data_package_and_every_file_in_it(release: Path) -> None:
    report = validated(release, "datapackage.json")
    assert (report["valid"], errors(report), report["errors"]) == (True, [], [])
    assert {task["place"] for task in report["tasks"]} == {
        f"{folder}/{name}.{ending}" for name in NAMES for folder, ending in (("data", "csv"), ("csv-fr", "csv"), ("parquet", "parquet"))
    }


@pytest.mark.parametrize("name", NAMES)
def test_each_csv_by_its_schema_and_each_parquet(name: str, release: Path) -> None:
    for arguments in ((f"parquet/{name}.parquet",), *([(f"data/{name}.csv", "--schema", f"schemas/{name}.json")] * (name == "subventions"))):
        report = validated(release, *arguments)
        assert (report["valid"], errors(report)) == (True, [])


def test_it_sees_a_figure_that_was_changed(release: Path, tmp_path: Path) -> None:
    copy = written({path.relative_to(release).as_posix(): path.read_bytes() for path in release.rglob("*.*") if path.is_file()}, tmp_path / PERIOD)
    path = copy / "data" / "audiences.csv"
    path.write_bytes(path.read_bytes().replace(b",27,", b",28,", 1))
    assert not validated(copy, "datapackage.json")["valid"]
