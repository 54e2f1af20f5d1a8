"""What is true of a set of synthetic returns: file by file, and what the indicators must come to."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from transforms.synth.plan import Row
from transforms.synth.return_file import FileTruth

_FAR_MONTHS = 12
_FLAGS = ("is_dropout", "is_far_from_employment", "is_qpv_resident", "is_rural_resident", "is_disabled")


@dataclass(frozen=True)
class Meaning:
    """The programme's windows after leaving, in days, and the situations of each class, on the day of reference."""

    windows: Mapping[str, tuple[int, int]]
    employed: frozenset[str]
    durable: frozenset[str]
    positive: frozenset[str]
    neutralised: frozenset[str]
    unknown: frozenset[str]


@dataclass
class Expected:
    """Counts over the whole programme that follow from the rows that count (accepted, and their parents too)."""

    today: date
    meaning: Meaning
    sessions: int = 0
    sums: Counter[str] = field(default_factory=Counter)
    exits: dict[str, Counter[str]] = field(default_factory=dict)
    eur: dict[str, Decimal] = field(
        default_factory=lambda: dict.fromkeys(("committed", "justified", "paid"), Decimal(0))
    )

    def __post_init__(self) -> None:
        """A counter for each horizon, be it empty."""
        self.exits = {horizon: Counter() for horizon in self.meaning.windows}

    def learner(self, row: Row, answers: Mapping[str, str]) -> None:
        """Count a learner whose session counts; `answers` are the accepted situations by horizon."""
        if row["completion"] == "ANNULE" or row["entered_on"] > self.today:
            return
        flags = [row[name] for name in _FLAGS]
        if (row["months_without_job"] or 0) >= _FAR_MONTHS:
            flags[1] = "OUI"
        self.sums["entrants"] += 1
        self.sums["women"] += row["sex"] == "F"
        self.sums["priority"] += row["sex"] == "F" or "OUI" in flags
        self.sums["priority_strict"] += "OUI" in flags
        if row["left_on"] is None or row["left_on"] > self.today:
            return
        self.sums["leavers"] += 1
        self.sums["completed"] += row["completion"] == "TERMINE"
        self.sums["certified"] += row["certification"] == "OBTENUE"
        for horizon, (_, last) in self.meaning.windows.items():
            count = self.exits[horizon]
            count["leavers"] += 1
            if row["left_on"] + timedelta(days=last) >= self.today:
                continue
            count["mature"] += 1
            situation = answers.get(horizon)
            if situation is None or situation in self.meaning.unknown:
                count["unknown"] += 1
            elif situation in self.meaning.neutralised:
                count["neutralised"] += 1
            else:
                count["known"] += 1
                count["positive"] += situation in self.meaning.positive
                count["employed"] += situation in self.meaning.employed
                count["durable"] += situation in self.meaning.durable

    def as_json(self) -> dict[str, Any]:
        """Plain numbers; amounts in EUR as text, so that no cent is lost."""
        return {
            "as_of": self.today.isoformat(),
            "sessions": self.sessions,
            **dict(self.sums),
            "positive_exit": {horizon: dict(count) for horizon, count in self.exits.items()},
            "eur": {name: f"{amount:.2f}" for name, amount in self.eur.items()},
        }


@dataclass
class Truth:
    """Everything that is true of what `write` wrote. `rows` counts the undamaged rows by kind."""

    seed: int
    today: date
    dirty: float
    providers: int
    learners: int
    expected: Expected
    rows: Counter[str] = field(default_factory=Counter)
    files: dict[str, FileTruth] = field(default_factory=dict)

    def as_json(self) -> str:
        """The content of truth.json."""
        files = {
            name: {
                "kind": file.kind,
                "provider_siret": file.provider_siret,
                "decision": "partial" if file.quarantined else "accepted",
                "records": file.records,
                "accepted": file.accepted,
                "quarantined": file.quarantined,
                "blank_lines": file.blank_lines,
                "in_force": file.in_force,
                "damaged": dict(sorted(file.sorts.items())),
                "style": asdict(file.style),
            }
            for name, file in self.files.items()
        }
        about = {"seed": self.seed, "today": self.today.isoformat(), "dirty": self.dirty}
        sizes = {"providers": self.providers, "learners": self.learners}
        whole = {**about, **sizes, "rows": dict(self.rows), "expected": self.expected.as_json(), "files": files}
        return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"
