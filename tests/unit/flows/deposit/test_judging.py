"""The processes that judge: a file that hangs, dies or eats memory costs its own answer, and nothing else."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from expectations.catalogue import template
from flows.deposit.judging import Busy, Judges, NotJudged, Question
from flows.settings import settings_without_home
from tests.spec.paper import csv_of

GOOD = csv_of("depenses")
SETTINGS = settings_without_home({})
#: slow: each death is paid for with a new process. What is judged, the other tests of this folder see.
pytestmark = pytest.mark.attack


@pytest.fixture(scope="module")
def one() -> Iterator[Judges]:
    """One process with little time, for whom only one may wait."""
    made = Judges(SETTINGS, processes=1, most_waiting=1, deadline=3.0)
    made.judge(Question("x.csv"), lambda: GOOD)  # ready: from now on only files take time
    yield made
    made.close()


def judged(judges: Judges, data: bytes = GOOD) -> str:
    return judges.judge(Question("x.csv"), lambda: data).decision


def process(judges: Judges):  # type: ignore[no-untyped-def]
    return judges._judges[0]._process


def test_a_file_is_judged_as_the_night_would(one: Judges) -> None:
    found = one.judge(Question("x.csv"), lambda: GOOD)
    assert (found.decision, found.kinds, found.records, found.accepted) == ("accepted", {"depenses"}, 1, 1)
    assert judged(one, b"") == "refused"
    assert judged(one, template("sessions")) == "accepted"


def test_a_process_that_dies_is_replaced(one: Judges) -> None:
    def dying() -> bytes:
        process(one).kill()
        process(one).join()
        return GOOD

    before = process(one).pid
    with pytest.raises(NotJudged):
        one.judge(Question("x.csv"), dying)
    assert process(one).pid != before
    assert judged(one) == "accepted"


def test_a_file_that_takes_too_long_ends_its_process(one: Judges) -> None:
    def stopping() -> bytes:
        os.kill(process(one).pid, signal.SIGSTOP)
        return GOOD * 100_000  # more than fits into the pipe: even the sending would wait for ever

    began = time.monotonic()
    with pytest.raises(NotJudged):
        one.judge(Question("x.csv"), stopping)
    assert time.monotonic() - began < 60
    assert judged(one) == "accepted"


def test_whoever_cannot_wait_is_told_so(one: Judges) -> None:
    asked, go = threading.Event(), threading.Event()

    def slow() -> bytes:
        asked.set()
        go.wait(30)
        return GOOD

    found: list[str] = []

    def ask(read: Callable[[], bytes]) -> threading.Thread:
        thread = threading.Thread(target=lambda: found.append(one.judge(Question("x.csv"), read).decision))
        thread.start()
        return thread

    first = ask(slow)
    assert asked.wait(30)
    second = ask(lambda: GOOD)
    deadline = time.monotonic() + 30
    while True:  # until the second one waits too
        try:
            judged(one)
        except Busy:
            break
        assert time.monotonic() < deadline
    go.set()
    first.join(60)
    second.join(60)
    assert found == ["accepted", "accepted"]


def test_a_file_that_cannot_be_read_costs_no_place(one: Judges) -> None:
    def broken() -> bytes:
        raise OSError("gone")

    for _ in range(5):
        with pytest.raises(OSError, match="gone"):
            one.judge(Question("x.csv"), broken)
    assert judged(one) == "accepted"


def test_no_file_gets_more_memory_than_there_is_to_be() -> None:
    judges = Judges(SETTINGS, processes=1, more_memory=8_000_000)
    try:
        answer = "not judged"
        with contextlib.suppress(NotJudged):
            answer = judged(judges, csv_of("depenses", *[f"piece=F{number}" for number in range(100_000)]))
        assert answer in ("refused", "not judged")
        assert judged(judges) == "accepted"
    finally:
        judges.close()
