"""Whether a piece of work grows with the length of what it is given, and no faster, on a machine that does other things too."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

#: at eight times the length linear work takes eight times as long, quadratic work 64 times: what lies between the two is far from
#: both, so that neither the machine's other work nor its caches decide
FACTOR = 8
BOUND = 20
#: what else the machine does makes work seem to grow faster now and then, but not every time
TRIES = 5


def _fastest(use: Callable[[T], object], given: T, enough: float) -> float:
    """The processor time of one use in seconds, at its fastest: of several rounds, each of as many uses as take `enough` seconds."""
    times, rounds = 1, []
    while True:
        began = time.process_time()
        for _ in range(times):
            use(given)
        taken = time.process_time() - began
        if taken >= enough:
            rounds.append(taken / times)
            if len(rounds) == 3:
                return min(rounds)
        else:
            times *= 2


def _growth(use: Callable[[T], object], make: Callable[[int], T], longest: int) -> float:
    """How many times as long it takes at FACTOR times the length, at a length at which it takes a while, if ever it does."""
    length, a_while = 1_000, 0.002
    while length * FACTOR * 2 <= longest and _fastest(use, make(length), 0.0005) < a_while:
        length *= 2
    return _fastest(use, make(FACTOR * length), a_while) / _fastest(use, make(length), a_while)


def is_linear(use: Callable[[T], object], make: Callable[[int], T], longest: int = 128_000) -> bool:
    """Whether `use` of what `make` makes of a length takes time in proportion to it, up to the `longest` length."""
    return any(_growth(use, make, longest) <= BOUND for _ in range(TRIES))
