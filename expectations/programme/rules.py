"""The programme's rules as they are used: frozen versions with the day of their adoption, and the answer for a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Protocol, TypeVar

AUDIENCES = ("women", "dropouts", "far_from_employment", "qpv_residents", "rural_residents", "disabled")
CLASSES = ("durable", "other_employment", "training", "other", "neutralised", "unknown")
#: what a target can be set for
MEASURES = ("positive_exit", "response")
#: shares of a provider that are compared with those of the other providers (expectations/signals/catalogue.py)
COMPARED_SHARES = (
    "vanished", "cancelled", "neutralised", "neutralised_after_search", "known_gone_unknown", "one_situation",
    "stage_or_incubation", "not_presented", "sex_not_stated", "qpv_residents", "rural_residents", "answers_before_window",
    "declared_only", "one_observation_date",
)  # fmt: skip
#: from where on something is a signal; those that end in _share are shares, the others whole numbers
SIGNAL_THRESHOLDS = (
    "late_exit_days", "late_exit_share", "unexited_days", "unexited_share", "moved_end_days", "same_person_share",
    "unreadable_days", "unreadable_rows", "repeated_expenses_share", "justified_share", "no_learner_days", "few_entrants_share",
    "diploma_of_dropouts_share", "waiting_days", "waiting_rows", "shortened_steps", "fewest_people",
)  # fmt: skip
CENT = Decimal("0.01")


class Version(Protocol):
    """One version of a rule."""

    @property
    def adopted_on(self) -> date:
        """The first day of this version, as the programme file has it."""
        ...


V = TypeVar("V", bound=Version)


@dataclass(frozen=True)
class CallRule:
    """A call for projects: its envelope, and the cap of a grant (`cap_share` of the cost, at most `cap_eur`), in EUR."""

    adopted_on: date
    call_id: str
    envelope_eur: Decimal
    cap_share: tuple[int, int]
    cap_eur: Decimal


@dataclass(frozen=True)
class AudienceRule:
    """Which audiences have priority, and the share of a session's learners that must be of them."""

    adopted_on: date
    target: tuple[int, int]
    priority: tuple[str, ...]
    far_from_employment_months: int


@dataclass(frozen=True)
class FollowUpRule:
    """The windows of the horizons: first and last day, counted from the day of leaving."""

    adopted_on: date
    windows: tuple[tuple[str, tuple[int, int]], ...]


@dataclass(frozen=True)
class SituationRule:
    """What each situation counts as: one class each, and whether it is a positive exit."""

    adopted_on: date
    classes: tuple[tuple[str, str], ...]
    positive: frozenset[str]
    positive_strict: frozenset[str]


@dataclass(frozen=True)
class SkillsGapRule:
    """The range of digital posts that stay unfilled in the region."""

    adopted_on: date
    unfilled_posts: tuple[int, int]


@dataclass(frozen=True)
class ReportingRule:
    """Under how many heads no cost per head is shown, and under how many payments no forecast is made."""

    adopted_on: date
    fewest_heads: int
    fewest_payments: int


@dataclass(frozen=True)
class PublicationRule:
    """How few people are not told in open figures, alone and as what is missing from a whole, and of how few there is no rate."""

    adopted_on: date
    smallest_count: int
    smallest_disabled_in_district: int
    smallest_denominator: int


@dataclass(frozen=True)
class AwaitedRule:
    """After how many days a return that has not come is late, and how many days before that it is announced."""

    adopted_on: date
    learners_days: int
    answers_days: int
    expenses_days: int
    announced_days: int


@dataclass(frozen=True)
class PlausibilityRule:
    """From where on what a return says is questioned: entries in days, a fall in headcount as a share, equal answers."""

    adopted_on: date
    entry_outside_session_days: int
    headcount_drop: tuple[int, int]
    learners_of_one_situation: int


@dataclass(frozen=True)
class SignalRule:
    """From where on the steward is asked to look at something.

    `false_discovery_rate` holds over all tests of a night; a share of fewer than `fewest` is not tested; `least_difference` gives
    for each of COMPARED_SHARES how far it must be from that of the others, `thresholds` each of SIGNAL_THRESHOLDS.
    """

    adopted_on: date
    false_discovery_rate: float
    fewest: int
    least_difference: tuple[tuple[str, float], ...]
    thresholds: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class TargetRule:
    """What the Region wants to reach: a share of the leavers at six months."""

    adopted_on: date
    measure: str
    share: tuple[int, int]


@dataclass(frozen=True)
class Programme:
    """The versions of every rule, oldest first. The first version counts for every day before it, too (not of targets).

    `fingerprint` tells one programme file from another: the first 12 characters of its sha256. `source` is the file.
    """

    call_rules: tuple[CallRule, ...]
    audience_rules: tuple[AudienceRule, ...]
    followup_rules: tuple[FollowUpRule, ...]
    situation_rules: tuple[SituationRule, ...]
    skills_gap_rules: tuple[SkillsGapRule, ...]
    reporting_rules: tuple[ReportingRule, ...]
    publication_rules: tuple[PublicationRule, ...]
    awaited_rules: tuple[AwaitedRule, ...]
    plausibility_rules: tuple[PlausibilityRule, ...]
    target_rules: tuple[TargetRule, ...]
    signal_rules: tuple[SignalRule, ...]
    fingerprint: str = field(compare=False)
    source: bytes = field(default=b"", compare=False, repr=False)

    def calls(self) -> tuple[str, ...]:
        """The ids of the calls for projects, in the order of the file."""
        return tuple(dict.fromkeys(rule.call_id for rule in self.call_rules))

    def grant_cap(self, call_id: str, total_cost_eur: Decimal, on: date) -> Decimal:
        """The largest grant of an action in EUR, rounded down to the cent.

        Args:
            call_id: the call for projects.
            total_cost_eur: the action's total cost.
            on: the day of the grant agreement.

        Raises KeyError for a call that the programme does not have.
        """
        rule = in_force(self.call_versions(call_id), on)
        cents = int(total_cost_eur.scaleb(2).to_integral_value(ROUND_FLOOR))
        share = Decimal(cents * rule.cap_share[0] // rule.cap_share[1]).scaleb(-2)
        return min(share.quantize(CENT), rule.cap_eur)

    def call_versions(self, call_id: str) -> tuple[CallRule, ...]:
        """The versions of one call. Raises KeyError where there is none."""
        versions = tuple(rule for rule in self.call_rules if rule.call_id == call_id)
        if not versions:
            raise KeyError(call_id)
        return versions

    @property
    def horizons(self) -> tuple[str, ...]:
        """Every horizon that any version knows, in the order of the file."""
        return tuple(dict.fromkeys(name for rule in self.followup_rules for name, _ in rule.windows))

    def window(self, horizon: str, on: date) -> tuple[int, int]:
        """First and last day of a horizon's window for who left on that day. KeyError where there was no such horizon."""
        return dict(in_force(self.followup_rules, on).windows)[horizon]


def in_force(versions: Sequence[V], on: date) -> V:
    """The last version adopted by that day, or else the first one."""
    return next((version for version in reversed(versions) if version.adopted_on <= on), versions[0])
