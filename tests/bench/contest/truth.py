"""What is true of the returns of the bench: records by kind, and the figures that every contender must find."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass
class Truth:
    """Counted while the returns are drawn. `rows`: of apprenants and suivi together. `records`, `quarantined`: by kind."""

    rows: int
    as_of: date
    files: int = 0
    records: Counter[str] = field(default_factory=Counter)
    quarantined: Counter[str] = field(default_factory=Counter)
    sums: Counter[str] = field(default_factory=Counter)

    def count(self, kind: str, records: int, quarantined: int) -> None:
        """A file more."""
        self.files += 1
        self.records[kind] += records
        self.quarantined[kind] += quarantined

    def add(self, **masks: NDArray[np.bool_]) -> None:
        """Rows more that count under these names."""
        for name, mask in masks.items():
            self.sums[name] += int(np.count_nonzero(mask))

    def with_more(self, other: Truth) -> Truth:
        """What is true where both sets of returns came in; their keys differ."""
        return Truth(
            self.rows + other.rows, self.as_of, self.files + other.files, self.records + other.records,
            self.quarantined + other.quarantined, self.sums + other.sums,
        )  # fmt: skip

    @property
    def figures(self) -> dict[str, float]:
        """What everybody must find: heads, euros, and the two rates, of the exits at six months and of the priority audiences."""
        sums = self.sums
        return {
            **{name: sums[name] for name in ("entrants", "priority", "leavers", "known", "positive")},
            "rate": sums["positive"] / (sums["leavers"] - sums["neutralised"]),
            "priority_share": sums["priority"] / sums["entrants"],
            "justified": sums["justified_cents"] / 100,
            "paid": sums["paid_cents"] / 100,
        }

    def save(self, path: Path) -> None:
        """Write it as JSON. Raises OSError."""
        said = {**vars(self), "as_of": self.as_of.isoformat()}
        if self.sums["leavers"]:
            said["figures"] = self.figures
        path.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
