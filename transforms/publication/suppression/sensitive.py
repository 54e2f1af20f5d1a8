"""Which counts, and which differences of counts, must not be told: the small ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from expectations.programme.rules import AUDIENCES, PublicationRule
from transforms.publication.counts import COUNT_COLUMNS

#: count and what it is a part of: what is missing from the whole is as telling as the part
WHOLES = (
    *((name, "entrants") for name in (*AUDIENCES, "priority")),
    ("completed", "leavers"), ("dropped_out", "leavers"), ("presented", "leavers"), ("certified", "presented"),
    ("known", "eligible"), ("positive", "eligible"), ("positive", "known"),
    ("eligible", "leavers"),
)  # fmt: skip
#: An interval narrower than this gives a hidden count away, whatever its size.
LEAST_WIDTH = 5
#: A change, and what is missing from a whole, are sensitive up to this, and so must seem possible up to it.
SMALL = 4
COLUMN = {name: number for number, name in enumerate(COUNT_COLUMNS)}


@dataclass(frozen=True)
class Sensitive:
    """What must not be told of a table of counts: a row a unit, a column a count.

    `highest` is for each count that is sensitive the value up to which it must seem possible, -1 for the others. `rests` are what
    is missing from wholes and sensitive, as (unit, column of the part, column of the whole).
    """

    highest: npt.NDArray[np.int64]
    rests: list[tuple[int, int, int]]


def find_sensitive(counts: npt.NDArray[np.int64], rule: PublicationRule) -> Sensitive:
    """The counts under the thresholds, 0 included, and the parts that lack fewer than that of their whole."""
    smallest = np.full(len(COUNT_COLUMNS), rule.smallest_count)
    smallest[COLUMN["disabled_qpv"]] = rule.smallest_disabled_in_district
    highest = np.where(counts < smallest, SMALL, -1)
    rests = []
    for part, whole in WHOLES:
        missing = counts[:, COLUMN[whole]] - counts[:, COLUMN[part]]
        # that nobody is missing among the eligible says that the calendar has run, and that nobody is neutralised
        fewest = 1 if part == "eligible" else 0
        found = np.flatnonzero((missing >= fewest) & (missing < rule.smallest_count))
        rests += [(int(unit), COLUMN[part], COLUMN[whole]) for unit in found]
    return Sensitive(highest, rests)
