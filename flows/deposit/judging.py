"""Judges and marks files in processes of their own: one that hangs, dies or takes too much memory is replaced; the page goes on.

They are spawned, never forked: the server has threads. Great Expectations is imported by them alone, once each.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import queue
import resource
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

from expectations.findings import Findings
from flows.errors import described
from flows.settings import Settings, programme_of
from warehouse.paris_days import PARIS

log = logging.getLogger("suivi.deposit")

#: as many files are judged side by side, and so many more wait; whoever comes then is asked to come again
PROCESSES, MOST_WAITING = 2, 64
#: seconds that one file may take, that one waits for a process, and that a new process may take to be ready
DEADLINE, LONGEST_WAIT, START = 60.0, 90.0, 120.0
#: seconds that a process is given to leave by itself
_LEAVE = 5.0
#: A process that wants more than this beyond what it has at the start gets none, and the file is refused.
MORE_MEMORY = 3 << 29
#: the page answers before files are judged
_NICE = 2


_Answer = TypeVar("_Answer")


class Busy(Exception):
    """So many files wait already that this one cannot be judged in time."""


class NotJudged(Exception):
    """The file took too long, or ended the process that judged it."""


@dataclass(frozen=True)
class Question:
    """A file to be judged.

    `is_deposit` for one that is kept, which its receipt says. `home` is given where persons may have been erased, so that they
    are known; `known_sirets` and `taken` as for flows.steps.check.judge_files. `is_marked` asks for the workbook with the wrong
    cells marked, too; parts of it lie in `scratch` meanwhile.
    """

    name: str
    data: bytes = field(repr=False, default=b"")
    is_deposit: bool = False
    is_marked: bool = False
    scratch: Path | None = None
    home: Path | None = None
    known_sirets: frozenset[str] | None = None
    taken: Mapping[str, tuple[str | None, str | None]] | None = None


@dataclass(frozen=True)
class ToMark:
    """A file that was judged already, of which the workbook is wanted: what stands of it, and its bytes as they are kept."""

    findings: Findings = field(repr=False)
    data: bytes = field(repr=False, default=b"")
    scratch: Path | None = None


@dataclass(frozen=True)
class Marked:
    """A workbook with the wrong cells marked, or why there is none, in French."""

    workbook: bytes | None = field(repr=False)
    why_not: str = ""


@dataclass(frozen=True)
class Judged:
    """What the night would say of a file: its receipt as a page, and what was counted. Neither holds a cell's value.

    `marked` does, where it was asked for. A workbook may hold several returns: `kinds` and `sirets` are of all; `decision` is
    theirs, or `partial` where they differ.
    """

    page: str = field(repr=False)
    decision: str
    kinds: frozenset[str]
    sirets: frozenset[str]
    records: int
    accepted: int
    quarantined: int
    marked: Marked | None = None


class Judges:
    """The processes. `close` ends them.

    Args:
        settings: of the home, for the programme's rules and when a file is refused.
        processes: how many.
        most_waiting: how many files may wait for them.
        deadline: seconds that a file may take.
        more_memory: bytes that judging may take beyond what a process has when it is ready.
    """

    def __init__(
        self, settings: Settings, processes: int = PROCESSES, most_waiting: int = MOST_WAITING, deadline: float = DEADLINE,
        more_memory: int = MORE_MEMORY,
    ) -> None:  # fmt: skip
        self._start = lambda: _Judge(settings, deadline, more_memory)
        self._idle: queue.Queue[_Judge] = queue.Queue()
        self._places = threading.BoundedSemaphore(processes + most_waiting)
        self._is_closed = False
        #: how many files may be here at once
        self.most = processes + most_waiting
        self._judges = [self._start() for _ in range(processes)]
        for judge in self._judges:
            self._idle.put(judge)

    def judge(self, question: Question, read: Callable[[], bytes]) -> Judged:
        """The verdict on a file, whose bytes are read when it is its turn; blocks until then. Raises Busy, NotJudged."""
        with self._place(), self._one() as judge, _scratch(question.is_marked) as scratch:
            return judge.ask(replace(question, data=read(), scratch=scratch), Judged)

    def mark(self, question: ToMark, read: Callable[[], bytes]) -> Marked:
        """The workbook of a file that was judged, in the same way. Raises Busy, NotJudged."""
        with self._place(), self._one() as judge, _scratch(True) as scratch:
            return judge.ask(replace(question, data=read(), scratch=scratch), Marked)

    def close(self) -> None:
        """End the processes, whatever they do."""
        self._is_closed = True
        for judge in self._judges:
            judge.end()

    @contextlib.contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            yield
        finally:
            self._places.release()

    @contextlib.contextmanager
    def _one(self) -> Iterator[_Judge]:
        try:
            judge = self._idle.get(timeout=LONGEST_WAIT)
        except queue.Empty:
            raise Busy from None
        try:
            yield judge
        finally:
            if not judge.is_alive() and not self._is_closed:
                self._judges.remove(judge)
                judge = self._start()
                self._judges.append(judge)
            self._idle.put(judge)


@contextlib.contextmanager
def _scratch(is_wanted: bool) -> Iterator[Path | None]:
    """A folder for parts of a workbook, which are gone with it: it is not the process that makes them, which may be killed."""
    if not is_wanted:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="suivi-marked-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


class _Judge:
    """One process, and the connection to it."""

    def __init__(self, settings: Settings, deadline: float, more_memory: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._deadline, self._is_ready = deadline, False
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs, settings, more_memory), name="suivi-judge", daemon=True)
        self._process.start()
        theirs.close()  # so that its end is seen here

    def ask(self, question: Question | ToMark, kind: type[_Answer]) -> _Answer:
        try:
            with self._killed_after(self._deadline + (0 if self._is_ready else START)):
                if not self._is_ready:
                    self._connection.recv()
                    self._is_ready = True
                self._connection.send(question)
                answer = self._connection.recv()
        except (EOFError, OSError):
            self.kill()
            log.warning("a file was not judged: it took too long, or ended its process, which is replaced")
            raise NotJudged from None
        if isinstance(answer, kind):
            return answer
        log.error("a file was not judged: %s", answer)
        raise NotJudged

    def is_alive(self) -> bool:
        return self._process.is_alive()

    def end(self) -> None:
        """One that is idle sees that nobody asks any more, and tidies up behind it; any other is killed."""
        self._connection.close()
        self._process.join(_LEAVE)
        self.kill()

    def kill(self) -> None:
        self._process.kill()
        self._process.join()
        self._connection.close()

    @contextlib.contextmanager
    def _killed_after(self, seconds: float) -> Iterator[None]:
        """A process that does not even read what it is sent would hold up `send` for ever: only its death ends that."""
        timer = threading.Timer(seconds, self._process.kill)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _work(connection: Connection, settings: Settings, more_memory: int) -> None:
    """What a process does: it gets ready, then answers questions until nobody is there to ask any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server ends it, when it has ended itself
    os.nice(_NICE)
    logging.disable(logging.CRITICAL)  # names of files belong to whoever sent them
    judge = _ready_to_judge(settings)
    _limit_memory(more_memory)
    with contextlib.suppress(EOFError, OSError):
        connection.send("ready")
        while True:
            question = connection.recv()
            try:
                if isinstance(question, ToMark):
                    answer: Judged | Marked | str = _marked([(question.data, question.findings)], question.scratch)
                else:
                    answer = judge(question)
            except Exception as error:
                answer = described(error)
            connection.send(answer)


def _marked(returns: Sequence[tuple[bytes, Findings]], scratch: Path | None) -> Marked:
    from transforms.pages.receipt.marked_workbook import CannotBeMarked, marked_returns

    try:
        return Marked(marked_returns(returns, scratch))
    except CannotBeMarked as why_not:
        return Marked(None, str(why_not))


def _ready_to_judge(settings: Settings) -> Callable[[Question], Judged]:
    """All that is imported and read once; a first file makes Great Expectations ready too."""
    from expectations.catalogue import template
    from expectations.verdict.checked_file import RefusalLimits
    from expectations.verdict.decide import FileVerdict
    from flows.pages.receipts import check_page
    from flows.steps.check import judge_files
    from warehouse.erasure.erased_persons import ErasedPersons
    from warehouse.reference.places import load_places

    def workbook_of(verdicts: Sequence[FileVerdict], scratch: Path | None) -> Marked:
        return _marked([(one.archive_bytes, one.findings) for one in verdicts], scratch)

    places, programme = load_places(), programme_of(settings)
    limits = RefusalLimits(settings.refuse_above, settings.max_file_mb)

    def judge(question: Question) -> Judged:
        erased = ErasedPersons.of(question.home) if question.home else None
        verdicts = judge_files(
            [(question.name, question.data)], datetime.now(PARIS).date(), programme, places, limits=limits,
            known_sirets=question.known_sirets, taken=question.taken, erased=erased,
        )  # fmt: skip
        decisions = {str(one.decision) for one in verdicts}
        return Judged(
            check_page(verdicts, settings.steward_email, shown_on="deposit" if question.is_deposit else "check"),
            decisions.pop() if len(decisions) == 1 else "partial",
            frozenset(one.kind for one in verdicts if one.kind),
            frozenset(one.provider_siret for one in verdicts if one.provider_siret),
            records=sum(one.records for one in verdicts),
            accepted=sum(one.accepted for one in verdicts),
            quarantined=sum(one.quarantined for one in verdicts),
            marked=workbook_of(verdicts, question.scratch) if question.is_marked else None,
        )  # fmt: skip

    judge(Question("apprenants.csv", template("apprenants", example=True)))
    return judge


def _limit_memory(more: int) -> None:
    """Let the process take that many bytes beyond what it has. What is mapped without being used (RLIMIT_AS) says little here."""
    limit = _data_bytes() + more
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _data_bytes() -> int:
    """What the kernel counts against RLIMIT_DATA."""
    status: dict[str, Any] = dict(
        line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines() if ":" in line
    )
    return int(status["VmData"].split()[0]) * 1024
