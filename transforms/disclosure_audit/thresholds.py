"""How few people may not be told: the audit's own numbers, given by its caller."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """How few people are not told: a count below `smallest_count` (of people with disabilities in priority districts, below
    `smallest_disabled_in_district`), and no rate of fewer than `smallest_denominator`.

    What is hidden and not itself so small must be uncertain by `smallest_count` as well, and a change by one less.
    """

    smallest_count: int = 5
    smallest_disabled_in_district: int = 11
    smallest_denominator: int = 20

    def of(self, column: str) -> int:
        """The smallest count of a column that may be told."""
        return self.smallest_disabled_in_district if column == "disabled_qpv" else self.smallest_count


#: what applies where nothing else is said
DEFAULT = Thresholds()
