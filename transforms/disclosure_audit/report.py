"""What an audit says: what could be worked out, and how much was looked at. Messages name units and quantities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

#: what can be wrong with a quantity or a file; `Violation.wrong` is one of these
KNOWN = "known"
TIGHT = "tighter than allowed"
NOT_PROVEN = "not proven"
TOO_SMALL = "a published count below the threshold"
UNTRUE = "a published count is not the true one"
DOES_NOT_ADD_UP = "counts do not add up"
CONTRADICTS = "counts contradict one another"
VERDICT = "verdict contradicts"
RATE_OF_HIDDEN = "a rate from a hidden count"
RATE_OF_FEW = "a rate of too few"
RATE_WRONG = "a rate is not that of its counts"
COST_OF_HIDDEN = "a cost per head from a hidden count"
COVERAGE_DIFFERS = "coverage differs from the audiences"
FORMATS_DIFFER = "formats differ"
UNKNOWN_FILE = "a file or column that no audit knows"
CHANGED = "an earlier release was changed"
UNREADABLE = "cannot be read"


@dataclass(frozen=True)
class Violation:
    """One thing that must not be published so.

    `release` names the release, `level` and `level_id` the unit ('' where the whole is meant), `quantity` the column, the
    complement ("entrants - women"), the change ("women since 2026-Q2"), or the file. `low` and `high` are the bounds that
    anyone can work out, None where the matter is none of bounds. They come near a hidden count: show them to nobody but the
    one who repairs.
    """

    release: str
    level: str
    level_id: str
    quantity: str
    wrong: str
    low: float | None = None
    high: float | None = None


@dataclass
class Figures:
    """How much an audit looked at: counts and hidden ones of the release, quantities bounded (of all releases), linear programs
    solved, pairs of counts dropped because published figures contradict that they do not fall, and seconds.
    """

    counts: int = 0
    hidden: int = 0
    bounded: int = 0
    programs: int = 0
    dropped: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class AuditReport:
    """What is wrong (nothing, if the release may be published), and how much was looked at."""

    violations: Sequence[Violation]
    figures: Figures = field(default_factory=Figures)

    @property
    def safe(self) -> bool:
        """Whether nothing is wrong."""
        return not self.violations

    @property
    def bounded(self) -> int:
        """Hidden quantities whose bounds were looked at."""
        return self.figures.bounded
