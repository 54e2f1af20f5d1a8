"""What is true of the returns of the bench: records by kind, and the figures that every contender must find."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass
class Truth:
    """Counted while the returns are drawn. `rows`: of apprenants and suivi together. `records`, `quarantined`: by kind."""

    rows: int
    as_of: date
    records: Counter[str] = field(default_factory=Counter)
    quarantined: Counter[str] = field(default_factory=Counter)
    sums: Counter[str] = field(default_factory=Counter)
    cents: Counter[str] = field(default_factory=Counter)
    files: int = 0

    def count(self, kind: str, records: int, quarantined: int) -> None:
        """A file more."""
        self.files += 1
        self.records[kind] += records
        self.quarantined[kind] += quarantined

    def add(self, **masks: NDArray[np.bool_]) -> None:
        """Rows more that count under these names."""
        for name, mask in masks.items():
            self.sums[name] += int(np.count_nonzero(mask))

    @property
    def figures(self) -> dict[str, float]:
        """What everybody must find: heads, euros, and the two rates, of the exits at six months and of the priority audiences."""
        sums = self.sums
        return {
            **{name: sums[name] for name in ("entrants", "priority", "leavers", "known", "positive")},
            "rate": sums["positive"] / (sums["leavers"] - sums["neutralised"]),
            "priority_share": sums["priority"] / sums["entrants"],
            "justified": self.cents["justified"] / 100,
            "paid": self.cents["paid"] / 100,
        }

    def save(self, directory: Path) -> None:
        """Write truth.json. Raises OSError."""
        said = {
            "rows": self.rows, "as_of": self.as_of.isoformat(), "files": self.files,
            "records": dict(self.records), "quarantined": dict(self.quarantined), "figures": self.figures,
        }  # fmt: skip
        (directory / "truth.json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")


def saved_truth(directory: Path) -> dict[str, Any]:
    """What `Truth.save` wrote there. Raises OSError."""
    said: dict[str, Any] = json.loads((directory / "truth.json").read_text(encoding="utf-8"))
    return said
