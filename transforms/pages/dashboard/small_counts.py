"""Which figures of exits are suppressed because they are of too few people: pages travel further than they are meant to."""

from __future__ import annotations

from math import ceil

from transforms.pages.dashboard.read import Row

#: no figure about fewer people than this is shown
LEAST_PEOPLE = 5
#: what is shown in the place of a suppressed figure for which no bound can be given
SUPPRESSED = "·"
_EXIT_FIGURES = frozenset({"positive", "rate", "floor_rate", "ceiling_rate", "rate_known", "wilson_low", "wilson_high"})
_ANSWER_FIGURES = frozenset({"known", "response_rate", "coverage"})
_HEAD_COUNTS = frozenset({"leavers", "mature"})


def suppressed_columns(row: Row | None) -> frozenset[str]:
    """The columns of a row of exits that say something of fewer than five people, or from which that can be worked out.

    - Where fewer than five leavers are mature, every figure is suppressed.
    - Where fewer than five have answered, so are the number of answers and all figures made from them.
    - Where fewer than five have a positive exit, so are their number and every rate. Few exits that are not positive suppress
      nothing: 22 of 24 is a figure about 24 people.
    - Where fewer than five are expected, so is their number. How many of more are missing tells of nobody: the neutralised among
      them, the vanished and those without an exit are one number.
    - Where one to four are neutralised (a death, a long illness), so are the numbers of people from which theirs follows.

    That somebody did not answer says nothing about them, so that the number of those who did not is shown. All figures of the
    programme as a whole are shown; those of one of its quarters are treated as those of any other unit.
    """
    if row is None or (row.level == "programme" and row.cohort == "all"):
        return frozenset()
    found = frozenset({"expected"}) if row.expected < LEAST_PEOPLE else frozenset()
    if row.mature < LEAST_PEOPLE:
        return found | _EXIT_FIGURES | _ANSWER_FIGURES | _HEAD_COUNTS
    if row.known < LEAST_PEOPLE:
        found |= _EXIT_FIGURES | _ANSWER_FIGURES
    elif row.positive < LEAST_PEOPLE:
        found |= _EXIT_FIGURES
    if 0 < row.neutralised < LEAST_PEOPLE:
        found |= _HEAD_COUNTS
    return found


def instead_of(row: Row, column: str) -> str:
    """What is shown in the place of a suppressed figure: of rate and floor `≤ 17`, what they are if four had a positive exit."""
    if column == "floor_rate" and row.expected >= LEAST_PEOPLE:
        return f"≤ {ceil(100 * (LEAST_PEOPLE - 1) / row.expected)}"
    if column == "rate" and "known" not in suppressed_columns(row):
        return f"≤ {ceil(100 * (LEAST_PEOPLE - 1) / (row.known + row.unknown))}"
    return SUPPRESSED
