"""Whom an audit draws, by which probability: a function of the leavers, the signals and the seed, exact on every machine.

Systematic sampling with unequal probabilities (Madow 1949; Särndal, Swensson and Wretman, Model Assisted Survey Sampling, 3.6):
the leavers lie in a row, provider by provider, and in each by what was reported; each takes as much room as its probability, and
the places 1 apart from a random start are drawn. So each leaver's probability is what it was meant to be, as many are drawn as
were asked for, and of each stratum as many as are due to it, up or down to a whole number.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

#: what may have been reported of a leaver, in the order in which they lie
REPORTED = ("positive", "not_positive", "unknown", "neutralised")


@dataclass(frozen=True)
class Leaver:
    """A leaver who may be drawn; `reported` is one of REPORTED."""

    provider_siret: str
    session_id: str
    learner_key: str
    reported: str


def probabilities(leavers: Mapping[str, int], weights: Mapping[str, int], size: int) -> dict[str, Fraction]:
    """For each provider the probability by which each of its leavers is drawn.

    Half of the draw is shared out evenly over all leavers, half by the weights of their providers (all of it evenly where none
    has one). Of each provider one leaver at least is due, if as many are drawn as there are providers; nobody is drawn twice.

    Args:
        leavers: how many each provider has, all above 0.
        weights: by provider; one that is not named has none.
        size: how many are to be drawn, at most all of them.

    Returns: numbers above 0, at most 1; times the leavers, they add up to `size`.
    """
    everybody = sum(leavers.values())
    weighed = sum(weights.get(provider, 0) * count for provider, count in leavers.items())
    due = {}
    for provider, count in leavers.items():
        by_chance = Fraction(count, everybody)
        by_signals = Fraction(weights.get(provider, 0) * count, weighed) if weighed else by_chance
        due[provider] = (by_chance + by_signals) / 2
    least = 1 if size >= len(leavers) else 0
    scale = _scale(due, leavers, least, size)
    return {one: _held(scale * due[one], least, count) / count for one, count in leavers.items()}


def _scale(due: Mapping[str, Fraction], most: Mapping[str, int], least: int, size: int) -> Fraction:
    """By what the shares due are to be multiplied, so that, each held between `least` and its `most`, they add up to `size`."""
    turns = sorted({Fraction(bound) / due[one] for one in due for bound in (least, most[one])})

    def together(scale: Fraction) -> Fraction:
        return sum((_held(scale * due[one], least, most[one]) for one in due), Fraction(0))

    low, high = 0, len(turns) - 1  # the sum grows with the scale, in a straight line between two turns
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if together(turns[middle]) < size else (low, middle)
    after = turns[low]
    before = turns[low - 1] if low else after
    missing = together(after) - size
    slope = (together(after) - together(before)) / (after - before) if missing else Fraction(1)
    return after - missing / slope


def _held(value: Fraction, least: int, most: int) -> Fraction:
    return min(max(value, Fraction(least)), Fraction(most))


def draw(leavers: Sequence[Leaver], chances: Mapping[str, Fraction], seed: str) -> Iterator[Leaver]:
    """The leavers drawn, in the order of the row.

    Args:
        leavers: all who may be drawn, each once, in any order.
        chances: as `probabilities` gives them.
        seed: what the order of providers, that of the leavers of a stratum and the start hang on: all that is random.
    """
    by_provider: dict[str, list[Leaver]] = {}
    for one in leavers:
        by_provider.setdefault(one.provider_siret, []).append(one)
    next_place = Fraction(_number(seed, "start"), 1 << 256)
    begin = Fraction(0)
    for turn, provider in enumerate(sorted(by_provider, key=lambda one: _number(seed, "provider", one))):
        # what was reported lies forwards and backwards in turn, so that the like of two providers meet: fewer strata are cut
        row = sorted(by_provider[provider], key=lambda one: _place(one, seed), reverse=turn % 2 == 1)
        chance = chances[provider]
        end = begin + chance * len(row)
        while next_place < end:
            yield row[math.floor((next_place - begin) / chance)]
            next_place += 1
        begin = end


def _place(one: Leaver, seed: str) -> tuple[int, int]:
    return REPORTED.index(one.reported), _number(seed, "leaver", one.provider_siret, one.session_id, one.learner_key)


def _number(*parts: str) -> int:
    """A number below 2^256 that nobody can tell without the parts."""
    return int.from_bytes(hashlib.sha256("\x1f".join(parts).encode()).digest())
