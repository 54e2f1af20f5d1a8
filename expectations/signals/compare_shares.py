"""Compares a share of each provider with that of all the others: exact binomial tests, held together by Benjamini and Hochberg.

Y. Benjamini, Y. Hochberg, "Controlling the false discovery rate", J. R. Statist. Soc. B 57 (1995), 289-300.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Count:
    """`k` of `n` of a provider; `part` tells apart what is compared only with itself, such as the horizons of one signal."""

    signal: str
    provider_siret: str
    part: str
    k: int
    n: int


@dataclass(frozen=True)
class Excess:
    """A share that is above that of the others by more than chance and honest differences explain; `others` is theirs."""

    count: Count
    others: float
    p_value: float


@dataclass(frozen=True)
class Comparison:
    """What was found in a night, and how many shares were compared (signal and provider; parts of a signal are one)."""

    found: Sequence[Excess]
    tests: int


def compare_shares(
    counts: Iterable[Count], *, fewest: int, least_difference: Mapping[str, float], false_discovery_rate: float
) -> Comparison:
    """Find the shares that are too high.

    Each share is tested against that of all other providers together (half of one is added to theirs, so that nobody is
    compared with nothing at all), by the two-sided exact binomial test: twice the smaller tail, at most 1. Where a signal has
    several parts, the least p-value times their number counts. A share that is not `least_difference` above that of the others
    can be no signal, and has a p-value of 1: that only makes the procedure stricter.

    Args:
        counts: of every provider, 0 where it has none.
        fewest: a share of fewer is not tested.
        least_difference: by signal, between 0 and 1.
        false_discovery_rate: over all tests, between 0 and 1.
    """
    everybody: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    by_unit: dict[tuple[str, str], list[Count]] = defaultdict(list)
    for count in counts:
        total = everybody[count.signal, count.part]
        total[0] += count.k
        total[1] += count.n
        by_unit[count.signal, count.provider_siret].append(count)
    tests, candidates = 0, list[Excess]()
    for own in by_unit.values():
        excesses, parts = list[Excess](), 0
        for count in own:
            k, n = everybody[count.signal, count.part]
            if count.n < fewest or n == count.n:
                continue
            parts += 1
            others = (k - count.k + 0.5) / (n - count.n + 1)
            if count.k / count.n - others >= least_difference[count.signal]:
                excesses.append(Excess(count, others, _p_value(count.k, count.n, others)))
        tests += parts > 0
        if excesses:
            least = min(excesses, key=lambda excess: (excess.p_value, excess.count.part))
            candidates.append(Excess(least.count, least.others, min(1.0, least.p_value * parts)))
    return Comparison(_discoveries(candidates, tests, false_discovery_rate), tests)


def _discoveries(candidates: Sequence[Excess], tests: int, rate: float) -> Sequence[Excess]:
    ranked = sorted(candidates, key=lambda excess: excess.p_value)
    last = max((rank for rank, excess in enumerate(ranked, 1) if excess.p_value <= rank * rate / tests), default=0)
    return ranked[:last]


def _p_value(k: int, n: int, p: float) -> float:
    # a quarter of a second to import: only a night with a share that stands out pays for it
    from scipy.special import betainc

    at_least = float(betainc(k, n - k + 1, p)) if k else 1.0
    at_most = 1.0 if k == n else float(1 - betainc(k + 1, n - k, p))
    return min(1.0, 2 * min(at_least, at_most))
