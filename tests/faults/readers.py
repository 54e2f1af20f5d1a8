"""Analysts at work in processes of their own while a night runs: one keeps a connection open, one connects for each question."""

from __future__ import annotations

import contextlib
import os
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType

import duckdb

from tests.faults.processes import LONGEST_NIGHT, context, in_process
from warehouse.published.publish import open_read_only

_RUN = "SELECT run_id FROM meta.release"


class Reader:
    """Both of them. They read from `__enter__`, which returns once each has its first answer, until `end` or `kill`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> Reader:
        self._ends, self._processes = [], []
        for target in (_hold, _ask_anew):
            ours, theirs = context().Pipe()
            self._processes.append(in_process(target, theirs, self.folder))
            theirs.close()
            self._ends.append(ours)
        self._first = [self._answer(end) for end in self._ends]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.kill()
        for end in self._ends:
            end.close()

    def seen_by_held(self) -> list[str]:
        """The night that the one with the open connection has seen first."""
        return [self._first[0]]

    def end(self) -> tuple[list[str], list[str], list[str]]:
        """Let them end: the nights that the one with the open connection has seen, those that the other has, and what was torn."""
        for end in self._ends:
            end.send("end")
        held, (seen, torn) = (self._answer(end) for end in self._ends)
        return held, seen, torn

    def kill(self) -> None:
        """Kill them, wherever they are."""
        for process in self._processes:
            process.kill()
            process.join()

    def _answer(self, end: Connection) -> object:
        assert end.poll(LONGEST_NIGHT), "an analyst waits for an answer"
        return end.recv()


def _hold(parent: Connection, folder: Path) -> None:
    with contextlib.closing(open_read_only(folder)) as con:
        seen = [_run_of(con)]
        parent.send(seen[0])
        while not parent.poll(0.05):
            seen.append(_run_of(con))
        con.execute("SELECT count(*) FROM clean.learners").fetchall()  # what was not read before is still there, too
        seen.append(_run_of(con))
    parent.send(seen)


def _ask_anew(parent: Connection, folder: Path) -> None:
    seen: list[str] = []
    torn: list[str] = []
    while not (seen and parent.poll()):
        try:
            with contextlib.closing(open_read_only(folder)) as con:
                seen.append(_run_of(con))
                counts = con.execute("SELECT table_name, rows FROM meta.row_counts").fetchall()
                torn += [name for name, rows in counts if con.execute(f"SELECT count(*) FROM {name}").fetchall() != [(rows,)]]
        except duckdb.Error as error:
            torn.append(str(error))
        if len(seen) == 1:
            parent.send(seen[0])
        os.sched_yield()
    parent.send((seen, torn))


def _run_of(con: duckdb.DuckDBPyConnection) -> str:
    ((run_id,),) = con.execute(_RUN).fetchall()
    return str(run_id)
