"""Random programmes: whatever an outsider computes of what is hidden of them is as wide as it must be, and no more is hidden."""

from __future__ import annotations

import os

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.programme import load_programme
from tests.unit.transforms.publication.outsider import violations
from tests.unit.transforms.publication.programmes import Session, people, programme_of
from tests.unit.transforms.publication.test_suppression import spare
from transforms.publication.counts import Counts
from transforms.publication.suppression import suppress

RULE = load_programme().publication_rules[0]
#: each takes seconds
some = settings(max_examples=max(settings.default.max_examples // 12, 2) if settings.default else 2)
#: the period of the first of two releases; the second is of the next, or a correction
FIRST = "2026-Q3"
periods = st.sampled_from(["2026-Q4", "2026-Q4", FIRST])
shares = st.sampled_from([0.0, 0.05, 0.3, 0.5, 0.95, 1.0])


@st.composite
def programmes(draw: st.DrawFn, most: int = 4) -> list[Session]:
    """Sessions of 1 to 60, with columns in which nobody is, or all are, in any places."""
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    share = {name: draw(shares) for name in ("audience", "left", "positive", "known")}
    sessions = []
    for number in range(draw(st.integers(1, most))):
        provider = draw(st.sampled_from("PQR"))
        departement, epci = draw(st.sampled_from([("59", "E"), ("59", "F"), ("62", "G"), ("62", "E"), ("59", ""), ("", "")]))
        counts = people(draw(st.sampled_from([1, 4, 8, 12, 24, 60])), chance, share)
        action = f"{provider}/{draw(st.sampled_from('AB'))}"
        sessions.append(Session(f"{provider}/S{number}", epci, departement, action, counts, draw(st.integers(0, 3))))
    return sessions


def later(sessions: list[Session], seed: int) -> list[Session]:
    """A quarter on: a few more people in some sessions."""
    chance = np.random.default_rng(seed)
    return [
        Session(one.level_id, one.epci, one.departement, one.action, {
            name: value + more.get(name, 0) for name, value in one.counts.items()
        }, one.undetermined)
        for one in sessions
        for more in [people(int(chance.integers(0, 7)), chance) if chance.random() < 0.6 else {}]
    ]  # fmt: skip


def judge(counts: Counts, earlier: list[Counts], most: int | None) -> None:
    """Each release in turn; of what is hidden without being small, `most` cells are published to see that somebody notices.

    Not of a correction, which hides again what was hidden.
    """
    told = []
    for number, one in enumerate([*earlier, counts]):
        found = suppress(one, list(told), RULE, str(number))
        published = found.published.counts
        assert (published.isna() | (published == one.counts.loc[published.index])).all(axis=None)
        told.append(found.published)
        assert violations(told, one, RULE) == []
        if one.period not in [before.period for before in told[:-1]]:
            assert spare(one, told[-1], told[:-1], most) == []
        else:
            assert (published.isna() | told[-2].counts.notna().reindex(published.index, fill_value=True)).all(axis=None)


@some
@given(programmes())
def test_nothing_hidden_is_told_and_all_that_is_hidden_must_be(sessions: list[Session]) -> None:
    judge(programme_of(sessions), [], 5)


@some
@given(programmes(most=2), st.integers(0, 2**32 - 1), periods)
def test_nor_by_two_releases_together(sessions: list[Session], seed: int, period: str) -> None:
    judge(programme_of(later(sessions, seed), period), [programme_of(sessions, FIRST)], 5)


@some
@given(programmes(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(sessions: list[Session], random: object) -> None:
    counts = programme_of(sessions)
    turned = Counts(counts.period, counts.units.sample(frac=1, random_state=7), counts.counts[::-1], counts.verdicts[::-1])
    pd.testing.assert_frame_equal(suppress(turned, [], RULE).published.counts, suppress(counts, [], RULE).published.counts)


@pytest.mark.attack
@settings(max_examples=int(os.environ.get("HIERARCHIES", "4")))
@given(programmes(most=6), st.booleans(), st.integers(0, 2**32 - 1), periods)
def test_random_hierarchies(sessions: list[Session], is_later: bool, seed: int, period: str) -> None:
    if is_later:
        judge(programme_of(later(sessions[:3], seed), period), [programme_of(sessions[:3], FIRST)], None)
    else:
        judge(programme_of(sessions), [], None)
