"""The outlines of the region's departments, to be drawn on a map; see docs/reference-data.md for source and licence."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

#: the part of the plane in which they lie: left, top, width, height
VIEW_BOX = (430, -4, 205, 232)
#: where a department's name is written: inside of its outline
LABELS = {"02": (588, 158), "59": (560, 78), "60": (505, 176), "62": (493, 56), "80": (503, 116)}


@cache
def load_shapes() -> dict[str, str]:
    """An SVG path by department code."""
    path = Path(__file__).parent / "departement_shapes.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["department_code"]: row["path"] for row in csv.DictReader(lines)}
