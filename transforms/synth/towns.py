"""Where sessions are held and learners live: real communes of Hauts-de-France, drawn by their number of inhabitants."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from random import Random

from warehouse.reference import reference_sources

HAUTS_DE_FRANCE = "32"
_SITES = 40  # sessions are held in towns


@dataclass(frozen=True)
class _Drawn:
    codes: tuple[str, ...]
    cumulated: tuple[int, ...]

    def draw(self, rng: Random) -> str:
        return rng.choices(self.codes, cum_weights=self.cumulated)[0]


@dataclass(frozen=True)
class Towns:
    """The region's towns as sites, and all its communes by department as homes."""

    sites: _Drawn
    homes: dict[str, _Drawn]
    everywhere: _Drawn

    def site(self, rng: Random) -> str:
        """The commune code of a session's site."""
        return self.sites.draw(rng)

    def home(self, rng: Random, site: str) -> str:
        """The commune code of a learner's home: the site itself, its department, or anywhere in the region."""
        chance = rng.random()
        if chance < 0.35:
            return site
        return (self.homes[site[:2]] if chance < 0.92 else self.everywhere).draw(rng)


def _drawn(rows: list[tuple[str, int]]) -> _Drawn:
    return _Drawn(tuple(code for code, _ in rows), tuple(accumulate(people for _, people in rows)))


@cache
def load_towns() -> Towns:
    """The communes of Hauts-de-France from the reference files."""
    rows: list[tuple[str, int]] = []
    with gzip.open(reference_sources()["communes"], "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["region_code"] == HAUTS_DE_FRANCE and row["kind"] == "COMMUNE" and int(row["population"] or 0) > 0:
                rows.append((row["commune_code"], int(row["population"])))
    by_department: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for code, people in rows:
        by_department[code[:2]].append((code, people))
    largest = sorted(rows, key=lambda row: (-row[1], row[0]))[:_SITES]
    return Towns(_drawn(largest), {name: _drawn(part) for name, part in by_department.items()}, _drawn(rows))
