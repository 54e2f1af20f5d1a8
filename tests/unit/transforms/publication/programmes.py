"""Counts of programmes: small ones written by hand, and believable ones drawn by chance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from transforms.publication.counts import COUNT_COLUMNS, LEVELS, Counts, in_order


@dataclass(frozen=True)
class Session:
    """A session with its place, its action, and its counts by name; those that are not given are 0."""

    level_id: str
    epci: str
    departement: str
    action: str
    counts: Mapping[str, int] = field(default_factory=dict)
    undetermined: int = 0

    @property
    def provider(self) -> str:
        return self.action.partition("/")[0]


def programme_of(sessions: Iterable[Session], period: str = "2026-Q3") -> Counts:
    """The counts of every unit above these sessions. An EPCI of two departments hangs below none."""
    listed = list(sessions)
    table = pd.DataFrame([{name: one.counts.get(name, 0) for name in COUNT_COLUMNS} for one in listed])
    places = pd.DataFrame(
        [{"session": one.level_id, "epci": one.epci, "departement": one.departement, "provider": one.provider, "action": one.action} for one in listed]
    )
    units, counts = [], []
    for level in LEVELS:
        ids = places[level] if level in places else pd.Series([""] * len(listed))
        for level_id in sorted(set(ids) - ({""} if level != "programme" else set())):
            own = ids == level_id
            above = {"departement": "", "epci": "", "provider": "", "action": ""}
            known = {"epci": ["departement"], "action": ["provider"], "session": list(above)}.get(level, [])
            above |= {name: places.loc[own, name].iloc[0] if places.loc[own, name].nunique() == 1 else "" for name in known}
            units.append({"level": level, "level_id": level_id, "label": level_id, **above})
            counts.append(table[own].sum())
    ordered = in_order(pd.DataFrame(units))
    index = pd.MultiIndex.from_frame(pd.DataFrame(units)[["level", "level_id"]])
    numbers = pd.DataFrame(counts, columns=list(COUNT_COLUMNS)).set_index(index).astype("int64")
    verdicts = pd.DataFrame(
        [(one.level_id, 1, 2, _verdict(one)) for one in listed], columns=["level_id", "target_numerator", "target_denominator", "verdict"]
    )
    return Counts(period, ordered, numbers.loc[pd.MultiIndex.from_frame(ordered[["level", "level_id"]])], verdicts.set_index("level_id").sort_index())


def _verdict(session: Session) -> str:
    entrants, priority = session.counts.get("entrants", 0), session.counts.get("priority", 0)
    if 2 * priority >= entrants:
        return "met"
    return "not_met" if 2 * (priority + session.undetermined) < entrants else "undetermined"


def believable(providers: int, sessions: int = 5, seed: int = 0) -> list[Session]:
    """Sessions S0, S1 … of each provider, of 8 to 24 learners in about 60 EPCIs of 5 departments, 1 to 3 actions a provider."""
    chance = np.random.default_rng(seed)
    epcis = [(f"2{number:08}", ("02", "59", "60", "62", "80")[number % 5]) for number in range(max(2, min(60, providers // 4 + 1)))]
    weights = chance.dirichlet(np.full(len(epcis), 1.0))
    drawn = []
    for provider in range(providers):
        siret = f"{10**13 + provider}"
        actions = int(chance.integers(1, 4))
        homes = chance.choice(len(epcis), size=min(3, len(epcis)), p=weights)
        for number in range(sessions):
            epci, departement = epcis[homes[int(chance.integers(len(homes)))]]
            number_of_people = int(chance.integers(8, 25))
            own = people(number_of_people, chance)
            drawn.append(Session(f"{siret}/S{number}", epci, departement, f"{siret}/A{int(chance.integers(actions))}", own))
    return drawn


def people(number: int, chance: np.random.Generator, share: Mapping[str, float] | None = None) -> dict[str, int]:
    """Learners one by one, so that whatever holds of people holds of their counts; `share` where it is not believable."""
    shares = {"women": 0.35, "dropouts": 0.2, "far_from_employment": 0.4, "qpv_residents": 0.25, "rural_residents": 0.2, "disabled": 0.07}
    own = share or {}
    if share:
        shares = dict.fromkeys(shares, share["audience"])
    flags = {name: chance.random(number) < share for name, share in shares.items()}
    left = chance.random(number) < own.get("left", 1.0 if chance.random() < 0.75 else 0.1)
    completed = left & (chance.random(number) < 0.8)
    dropped_out = left & ~completed & (chance.random(number) < 0.8)
    presented = completed & (chance.random(number) < 0.85)
    eligible = left & (chance.random(number) < 0.97) if chance.random() < 0.8 else left & False
    known = eligible & (chance.random(number) < own.get("known", 0.85))
    found = {
        "entrants": np.full(number, True), **flags, "disabled_qpv": flags["disabled"] & flags["qpv_residents"],
        "priority": np.logical_or.reduce(list(flags.values())), "leavers": left, "completed": completed, "dropped_out": dropped_out,
        "presented": presented, "certified": presented & (chance.random(number) < 0.75), "eligible": eligible, "known": known,
        "positive": known & (chance.random(number) < own.get("positive", 0.6)),
    }  # fmt: skip
    return {name: int(who.sum()) for name, who in found.items()}
