"""Makes departement_shapes.csv from an unpacked `@gouvfr/dsfr-chart` package; run by hand, hardly ever.

    python -m warehouse.reference.make_shapes PACKAGE

The package draws the departments of France as SVG paths on one grid; those of the region are kept. docs/reference-data.md says
under which licence. Their borders have not moved since 1790: there is no vintage to follow.
"""

import argparse
import csv
import datetime as dt
import hashlib
import json
import re
from pathlib import Path

from warehouse.reference.make_place_files import REGION, csv_bytes

FILE = "departement_shapes.csv"
_MAP = Path("dist") / "MapChart" / "MapChart.js"


def shapes_of(script: str) -> dict[str, str]:
    """The path of every department that the package's script draws, by its code."""
    return dict(re.findall(r'class: "FR-(\w+)",\s+style:[^\n]*\n\s+d: "([^"]+)"', script))


def make(package: Path, departements: Path, made_on: dt.date) -> tuple[bytes, str]:
    """The file and what SHAPES.toml says of it. OSError or KeyError where something is missing."""
    shapes = shapes_of((package / _MAP).read_text(encoding="utf-8"))
    with departements.open(encoding="utf-8", newline="") as lines:
        codes = [row["department_code"] for row in csv.DictReader(lines) if row["region_code"] == REGION]
    data = csv_bytes(("department_code", "path"), [(code, shapes[code]) for code in sorted(codes)])
    version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    said = [
        "# Written by make_shapes.py: where departement_shapes.csv comes from. See docs/reference-data.md.",
        'source = "npm package @gouvfr/dsfr-chart, the map of departments (MapChart)"',
        f'version = "{version}"',
        'author = "DINUM, Service d\'information du Gouvernement (Système de design de l\'État)"',
        'licence = "MIT, Copyright (c) 2021 DINUM"',
        'script = "warehouse/reference/make_shapes.py"',
        f"made_on = {made_on}",
        "",
        "[sha256]",
        f'"{FILE}" = "{hashlib.sha256(data).hexdigest()}"',
    ]
    return data, "\n".join(said) + "\n"


def main() -> None:
    """Writes the file and SHAPES.toml beside this script."""
    parser = argparse.ArgumentParser(description="Makes departement_shapes.csv from an unpacked package.")
    parser.add_argument("package", type=Path, help="folder of the unpacked package")
    options = parser.parse_args()
    here = Path(__file__).parent
    data, said = make(options.package, here / "departements.csv", dt.datetime.now(dt.UTC).date())
    (here / FILE).write_bytes(data)
    (here / "SHAPES.toml").write_text(said, encoding="utf-8")


if __name__ == "__main__":
    main()
