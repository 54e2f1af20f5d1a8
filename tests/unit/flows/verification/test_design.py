"""Whom an audit draws: as many as are asked for, each by the probability that was meant, some of every provider where there are enough."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from flows.verification.design import REPORTED, Leaver, draw, probabilities

PROVIDERS = ["A", "B", "C", "D", "E"]
populations = st.dictionaries(st.sampled_from(PROVIDERS), st.lists(st.integers(0, 9), min_size=4, max_size=4).filter(any), min_size=1)
weighing = st.dictionaries(st.sampled_from(PROVIDERS), st.integers(0, 5))


def leavers(population: dict[str, list[int]]) -> list[Leaver]:
    return [
        Leaver(siret, "S1", str(number), reported)
        for siret, counts in population.items() for reported, count in zip(REPORTED, counts, strict=True)
        for number in range(count)
    ]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(populations, weighing, st.integers(0, 10**6), st.data())
def test_a_draw(population: dict[str, list[int]], weights: dict[str, int], seed: int, data: st.DataObject) -> None:
    everybody = leavers(population)
    size = data.draw(st.integers(1, len(everybody)))
    counts = {siret: sum(numbers) for siret, numbers in population.items()}
    chances = probabilities(counts, weights, size)
    assert sum(chances[siret] * count for siret, count in counts.items()) == size
    assert all(0 < chance <= 1 for chance in chances.values())
    drawn = list(draw(everybody, chances, str(seed)))
    assert len(drawn) == len(set(drawn)) == size
    assert drawn == list(draw(everybody[::-1], chances, str(seed))), "the order in which they are given does not matter"
    of_provider = Counter(one.provider_siret for one in drawn)
    assert size < len(counts) or all(of_provider[siret] >= 1 for siret in counts)
    of_stratum = Counter((one.provider_siret, one.reported) for one in drawn)
    for siret, numbers in population.items():  # of each stratum what is due to it, up or down to a whole number
        for reported, number in zip(REPORTED, numbers, strict=True):
            assert abs(of_stratum[siret, reported] - chances[siret] * number) < 1


def test_each_is_drawn_as_often_as_was_meant() -> None:
    everybody = leavers({"A": [3, 3, 0, 0], "B": [5, 0, 4, 1], "C": [20, 10, 0, 5]})
    chances = probabilities({"A": 6, "B": 10, "C": 35}, {"A": 2}, 8)
    assert chances["B"] == Fraction(1, 10), "one of each provider at least"
    times = Counter(one for seed in range(2000) for one in draw(everybody, chances, str(seed)))
    assert all(abs(times[one] / 2000 - chances[one.provider_siret]) < 0.04 for one in everybody)


def test_half_by_chance_and_half_by_signals() -> None:
    assert probabilities({"A": 50, "B": 50}, {}, 10) == {"A": Fraction(1, 10), "B": Fraction(1, 10)}
    assert probabilities({"A": 50, "B": 50}, {"A": 3}, 10) == {"A": Fraction(3, 20), "B": Fraction(1, 20)}
    assert probabilities({"A": 40, "B": 40, "C": 20}, {"A": 1, "B": 3}, 20) == {
        "A": Fraction(1, 10) + Fraction(1, 16), "B": Fraction(1, 10) + Fraction(3, 16), "C": Fraction(1, 10),
    }  # fmt: skip
    assert probabilities({"A": 3, "B": 97}, {"A": 9}, 20) == {"A": 1, "B": Fraction(17, 97)}, "nobody is drawn twice"
