"""Which figures of exits are of too few people to be shown below the programme as a whole: pages travel further than meant."""

from __future__ import annotations

from math import ceil

from transforms.pages.dashboard.read import Row

#: fewer than so many people are not told of
LEAST_PEOPLE = 5
#: what stands in the place of a figure that is not told and of which no bound can be
SUPPRESSED = "·"
_OUTCOMES = frozenset({"positive", "rate", "bound_high", "rate_known", "wilson_low", "wilson_high"})
_ANSWERS = frozenset({"known", "response_rate"})
_PEOPLE = frozenset({"leavers", "mature"})


def suppressed_columns(row: Row | None) -> frozenset[str]:
    """The columns of a row of exits that would tell of fewer than five people, or let that be worked out from the others.

    Told are: of those who are due, that they are, if they are five; of those who answered, how many, if they are; who has a
    positive exit and every rate, if five have one: 22 of 24 is a figure of 24 people. Where somebody is neutralised (a death, a
    long illness), and fewer than five are, the numbers of people from which that could be taken are not told. That somebody did
    not answer is nothing about them. Of the programme as a whole everything is told; of a quarter of it, no more than of others.
    """
    if row is None or (row.level == "programme" and row.cohort == "all"):
        return frozenset()
    if row.mature < LEAST_PEOPLE:
        return _OUTCOMES | _ANSWERS | _PEOPLE
    found: frozenset[str] = frozenset()
    if row.known < LEAST_PEOPLE:
        found |= _OUTCOMES | _ANSWERS
    elif row.positive < LEAST_PEOPLE:
        found |= _OUTCOMES
    if 0 < row.neutralised < LEAST_PEOPLE:
        found |= _PEOPLE
    return found


def instead_of_rate(row: Row) -> str:
    """What is shown of a rate that is not told: `≤ 17`, in per cent: no more than that so few have a positive exit."""
    if "known" in suppressed_columns(row):
        return SUPPRESSED
    return f"≤ {ceil(100 * (LEAST_PEOPLE - 1) / (row.known + row.unknown))}"
