"""What is hidden of small programmes, and that an outsider who knows all sums learns nothing of it."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pandas as pd
import pytest

from expectations.programme import load_programme
from tests.unit.transforms.publication.outsider import Outsider, violations
from tests.unit.transforms.publication.programmes import Session, programme_of
from transforms.publication.counts import COUNT_COLUMNS, Counts, PublishedCounts
from transforms.publication.suppression import suppress

RULE = load_programme().publication_rules[0]
#: nothing of it is small
LARGE = {
    "entrants": 100, "women": 50, "dropouts": 30, "far_from_employment": 40, "qpv_residents": 40, "rural_residents": 25, "disabled": 30,
    "disabled_qpv": 15, "priority": 80, "leavers": 90, "completed": 70, "dropped_out": 12, "presented": 60, "certified": 45,
    "eligible": 80, "known": 60, "positive": 40,
}  # fmt: skip


def session(number: int, action: str = "P/A", epci: str = "E", departement: str = "59", /, **changes: int) -> Session:
    return Session(f"{action.partition('/')[0]}/S{number}", epci, departement, action, {**LARGE, **changes})


def drawn(level_id: str, epci: str, departement: str, counts: list[int]) -> Session:
    return Session(level_id, epci, departement, f"{level_id[0]}/A", dict(zip(COUNT_COLUMNS, counts, strict=True)))


def hidden(published: PublishedCounts) -> set[tuple[str, str, str]]:
    return {(level, level_id, column) for (level, level_id), row in published.counts.isna().iterrows() for column in COUNT_COLUMNS if row[column]}


def spare(counts: Counts, published: PublishedCounts, earlier: list[PublishedCounts], most: int | None = None) -> list[tuple[str, str, str]]:
    """The hidden cells that are not small, and could be published all the same; of many, `most` are tried."""
    found = []
    large = [
        (level, level_id, column) for level, level_id, column in sorted(hidden(published))
        if int(counts.counts.loc[(level, level_id), column]) >= (11 if column == "disabled_qpv" else 5)
    ]
    for level, level_id, column in Random(0).sample(large, min(len(large), len(large) if most is None else most)):
        told = published.counts.copy()
        told.loc[(level, level_id), column] = counts.counts.loc[(level, level_id), column]
        if not violations([*earlier, replace(published, counts=told)], counts, RULE, first_in=column):
            found.append((level, level_id, column))
    return found


def test_nothing_is_hidden_where_nothing_is_small() -> None:
    found = suppress(programme_of([session(0), session(1)]), [], RULE)
    assert hidden(found.published) == set()
    assert found.published.verdicts["verdict"].to_list() == ["met", "met"]
    assert found.problems == 0


SMALL = {
    "one provider, one session": [session(0, certified=3)],
    "two sessions of an action": [session(0, women=2), session(1)],
    "in three actions": [session(0, women=2), session(1, "P/B", women=30), session(2, "Q/A", "F")],
    "zeros": [session(0, dropped_out=0), session(1, dropped_out=0), session(2, "Q/A", dropped_out=0)],
    "a one": [session(0, disabled=1, disabled_qpv=0), session(1, "Q/A", "F", "62")],
    "all but two": [session(0, entrants=24, women=6, dropouts=8, far_from_employment=10, qpv_residents=6, rural_residents=5, disabled=5,
                            disabled_qpv=0, priority=22, leavers=20, completed=15, dropped_out=5, presented=12, certified=6, eligible=20,
                            known=12, positive=6), session(1, "Q/A", "F")],
    "all": [session(0, positive=80, known=80), session(1, "Q/A")],
    "eleven disabled in districts": [session(0, disabled_qpv=11), session(1, "Q/A", "F", disabled_qpv=10)],
    "a verdict tells": [session(0, entrants=9, women=4, dropouts=4, far_from_employment=4, qpv_residents=4, rural_residents=0, disabled=0,
                                disabled_qpv=0, priority=5, leavers=0, completed=0, dropped_out=0, presented=0, certified=0, eligible=0,
                                known=0, positive=0), session(1, "Q/A")],
    "no EPCI": [session(0, "P/A", "", certified=2), session(1, "P/A", "E"), session(2, "P/A", "", "")],
    "an EPCI over the border": [session(0, "P/A", "E", "59", known=42, positive=40), session(1, "Q/A", "E", "62"), session(2, "Q/A", "F", "62")],
}  # fmt: skip


@pytest.mark.parametrize("name", SMALL)
def test_small_counts_are_hidden_with_what_would_tell_them_and_no_more(name: str) -> None:
    counts = programme_of(SMALL[name])
    found = suppress(counts, [], RULE)
    assert hidden(found.published)
    assert violations([found.published], counts, RULE) == []
    assert spare(counts, found.published, []) == []
    told = found.published.counts
    assert (told.isna() | (told == counts.counts.loc[told.index])).all(axis=None)
    assert ((found.hidden != "") == told.isna()).all(axis=None)


def test_hiding_small_counts_alone_is_caught() -> None:
    counts = programme_of(SMALL["two sessions of an action"])
    naive = suppress(counts, [], RULE)
    told = naive.published.counts.where(naive.hidden == "primary", counts.counts.loc[naive.hidden.index])
    assert violations([replace(naive.published, counts=told)], counts, RULE)


def test_a_session_of_few_has_no_verdict() -> None:
    found = suppress(programme_of([session(0, **{**dict.fromkeys(LARGE, 4), "dropped_out": 0}), session(1, "Q/A")]), [], RULE)
    assert found.published.verdicts["verdict"].isna().to_list() == [True, False]


def test_the_order_of_rows_does_not_matter() -> None:
    counts = programme_of(SMALL["in three actions"])
    first = suppress(counts, [], RULE).published
    turned = Counts(counts.period, counts.units[::-1], counts.counts.sample(frac=1, random_state=1), counts.verdicts[::-1])
    again = suppress(turned, [], RULE).published
    pd.testing.assert_frame_equal(again.counts, first.counts)
    pd.testing.assert_frame_equal(again.verdicts, first.verdicts)
    pd.testing.assert_frame_equal(again.units.reset_index(drop=True), first.units.reset_index(drop=True))


LATER = {
    "one more entrant": ([session(0), session(1, "Q/A", "F")], [session(0, entrants=101), session(1, "Q/A", "F")]),
    "one more leaver, certified": ([session(0), session(1, "Q/A", "F")], [session(0, leavers=91, certified=46), session(1, "Q/A", "F")]),
    "a new session": ([session(0)], [session(0), session(1, "P/A", "F", women=3)]),
    "a correction": ([session(0), session(1, "Q/A")], [session(0, women=48), session(1, "Q/A")]),
    "a correction of what was hidden": ([session(0, women=4), session(1, "Q/A")], [session(0, women=1), session(1, "Q/A", women=40)]),
    "what cannot have changed where others have": (
        [drawn("P/S0", "F", "59", [1] * 10 + [0, 1, 0, 0, 0, 0, 0]), drawn("R/S1", "", "", [60] * 10 + [47, 9, 42, 34, 58, 0, 0]),
         drawn("Q/S2", "E", "59", [8] * 10 + [4, 4, 1, 1, 0, 0, 0])],
        [drawn("P/S0", "F", "59", [1] * 10 + [0, 1, 0, 0, 0, 0, 0]),
         drawn("R/S1", "", "", [62, 61, 60, 61, 60, 61, 60, 60, 61, 62, 49, 9, 44, 36, 60, 2, 1]),
         drawn("Q/S2", "E", "59", [11, 9, 9, 9, 9, 8, 9, 8, 11, 9, 5, 4, 2, 2, 1, 1, 1])],
    ),
    "what cannot have changed until more is hidden": (
        [drawn("R/S0", "", "59", [60, 0, 3, 3, 5, 5, 4, 0, 19, 58, 44, 12, 34, 27, 54, 54, 54]),
         drawn("R/S1", "G", "62", [1, 0, 0, 0, 0, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 1, 1])],
        [drawn("R/S0", "", "59", [64, 1, 4, 7, 5, 5, 4, 0, 23, 62, 47, 13, 36, 29, 58, 56, 56]),
         drawn("R/S1", "G", "62", [1, 0, 0, 0, 0, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 1, 1])],
    ),
    "the same once more": ([session(0, known=3, positive=3), session(1, "Q/A")], [session(0, known=3, positive=3), session(1, "Q/A")]),
}  # fmt: skip


@pytest.mark.parametrize("name", LATER)
def test_a_later_release_does_not_tell_what_changed(name: str) -> None:
    before, after = (programme_of(sessions, period) for sessions, period in zip(LATER[name], ("2026-Q2", "2026-Q3"), strict=True))
    first = suppress(before, [], RULE).published
    second = suppress(after, [first], RULE).published
    assert violations([first, second], after, RULE) == []
    assert spare(after, second, [first]) == []


@pytest.mark.parametrize("name", LATER)
def test_a_correction_does_not_either_and_hides_again_what_was_hidden(name: str) -> None:
    before, after = (programme_of(sessions, "2026-Q2") for sessions in LATER[name])
    first = suppress(before, [], RULE).published
    second = suppress(after, [first], RULE, "2026-Q2-v2").published
    assert violations([first, second], after, RULE) == []
    assert hidden(first) <= hidden(second)


def test_one_more_leaver_is_told_by_two_releases_that_do_not_know_of_each_other() -> None:
    before, after = (programme_of(sessions) for sessions in LATER["one more leaver, certified"])
    apart = [suppress(one, [], RULE).published for one in (before, after)]
    assert violations(apart, after, RULE)


FEW = {
    "one session": [session(0, certified=3)],
    "two of an action": [session(0, women=2), session(1, women=12)],
    "two providers": [session(0, women=3), session(1, "Q/A", women=11)],
    "a zero": [session(0, dropouts=0), session(1, dropouts=13)],
}  # fmt: skip


@pytest.mark.parametrize("name", FEW)
def test_trying_all_whole_numbers_gives_the_intervals_of_the_linear_problem(name: str) -> None:
    outsider = Outsider([suppress(programme_of(FEW[name]), [], RULE).published])
    assert 0 < len(outsider.hidden) <= 12
    points = np.array(list(outsider.solutions(most=25)))
    for number, cell in enumerate(outsider.hidden):
        low, high = outsider.interval({cell: 1.0})
        assert points[:, number].min() == np.ceil(low - 1e-6)
        assert high > 25 or points[:, number].max() == np.floor(high + 1e-6)
