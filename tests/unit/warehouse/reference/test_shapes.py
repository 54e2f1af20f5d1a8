"""The outlines of departments: those of the region, from the source that is noted, and made the same way again."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from datetime import date
from pathlib import Path

import warehouse.reference
from warehouse.reference.make_shapes import FILE, make
from warehouse.reference.shapes import LABELS, VIEW_BOX, load_shapes

FOLDER = Path(warehouse.reference.__file__).parent
OF_THE_REGION = {"02", "59", "60", "62", "80"}
DRAWN = """
      x("path", {{
        class: "FR-{0}",
        style: D({{ display: n.config.displayDep["FR-{0}"] }}),
        d: "{1}",
        onClick: e[0]
"""


def test_the_file_is_that_of_the_source() -> None:
    source = tomllib.loads((FOLDER / "SHAPES.toml").read_text(encoding="utf-8"))
    assert source["licence"].startswith("MIT")
    assert source["sha256"] == {FILE: hashlib.sha256((FOLDER / FILE).read_bytes()).hexdigest()}


def test_each_department_of_the_region_has_its_outline_and_its_label_on_the_map() -> None:
    assert load_shapes().keys() == LABELS.keys() == OF_THE_REGION
    left, top, width, height = VIEW_BOX
    for code, path in load_shapes().items():
        start = re.match(r"m(\d+) (\d+)", path)
        assert start, code
        for x, y in (LABELS[code], (int(start[1]), int(start[2]))):
            assert left <= x <= left + width and top <= y <= top + height, code


def test_they_are_made_from_the_package(tmp_path: Path) -> None:
    package = tmp_path / "package"
    (package / "dist" / "MapChart").mkdir(parents=True)
    (package / "package.json").write_text(json.dumps({"version": "9.9.9"}))
    paths = {code: f"m{number} 1h1v1z" for number, code in enumerate([*sorted(OF_THE_REGION), "75"])}
    script = "".join(DRAWN.format(code, path) for code, path in paths.items())
    (package / "dist" / "MapChart" / "MapChart.js").write_text(script)
    data, said = make(package, FOLDER / "departements.csv", date(2026, 1, 31))
    lines = data.decode().splitlines()
    assert lines == ["department_code,path", *(f"{code},{paths[code]}" for code in sorted(OF_THE_REGION))]
    assert tomllib.loads(said)["version"] == "9.9.9"
    assert tomllib.loads(said)["made_on"] == date(2026, 1, 31)
