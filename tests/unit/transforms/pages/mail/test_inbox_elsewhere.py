"""What the steward reads of an inbox on another machine."""

from __future__ import annotations

import pytest

from transforms.pages.mail.inbox_elsewhere import visits_in_words
from warehouse.intake.elsewhere.bring import NO_ROOM, Visit
from warehouse.intake.elsewhere.names import UNUSABLE_NAME
from warehouse.intake.elsewhere.remote import Cause, InboxUnreachable
from warehouse.intake.inbox import NOT_REGULAR, STILL_WRITTEN, UNFINISHED_NAME


@pytest.mark.parametrize(
    "visit",
    [Visit(), Visit(brought=3, size=1), Visit(deferred=[("a.csv.part", UNFINISHED_NAME)], ignored=[("link", NOT_REGULAR)])],
)
def test_of_a_visit_without_trouble_nothing_is_said(visit: Visit) -> None:
    assert visits_in_words([visit, Visit()]) == ()


@pytest.mark.parametrize("cause", Cause)
def test_why_it_was_not_read_is_said_once_and_in_french_alone(cause: Cause) -> None:
    away = Visit(broken_off=InboxUnreachable(cause, "for operators: /etc/suivi/key"))
    (said,) = visits_in_words([away, away])
    assert cause.value[1] in said and "suivi doctor" in said
    assert cause.value[0] not in said and "/etc" not in said


def test_a_disk_that_refuses_is_ours() -> None:
    (said,) = visits_in_words([Visit(broken_off=OSError(28, "No space left on device"))])
    assert "le disque de suivi les refuse" in said


def test_what_stayed_there_is_named_by_reason() -> None:
    visit = Visit(
        deferred=[(f"opale/{number}.csv", STILL_WRITTEN) for number in range(7)] + [("large.csv", NO_ROOM)],
        ignored=[("opale/a\nb »\x1b.csv", UNUSABLE_NAME)], not_removed=["rubis/b.csv"],
    )  # fmt: skip
    growing, room, name, kept = visits_in_words([visit])
    assert growing.startswith("7 fichiers sont restés") and "et 2 autres" in growing
    assert room.startswith("1 fichier est resté") and "pas assez de place" in room
    assert "\x1b" not in name and "\n" not in name and name.count("»") == 2  # the reason quotes « .. », the name cannot end its own
    assert "rubis/b.csv" in kept.replace("\u200b", "") and "refuse de les retirer" in kept
