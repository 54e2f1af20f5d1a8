"""Who does the job: the night, the floor and the peers, each as one process whose answer is held against the truth."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isclose
from pathlib import Path
from typing import Any

import duckdb

from tests.bench.contest.measure import Cost, measured
from tests.bench.contest.returns import Returns
from tests.bench.contest.truth import Truth

ROOT = Path(__file__).resolve().parents[3]
PEERS = Path(__file__).parent / "peers"
_FIGURES_OF_WAREHOUSE = (Path(__file__).parent / "figures_of_warehouse.sql").read_text(encoding="utf-8")


class WrongFigure(Exception):
    """Somebody found something else than the truth."""


@dataclass(frozen=True)
class Outcome:
    """What a run cost, and for a night the seconds of each step."""

    cost: Cost
    seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Night:
    """Runs nights of the code in `tree`, with this Python."""

    tree: Path = ROOT

    def run(self, home: Path, came: Truth, holds: Truth | None = None) -> Outcome:
        """A night that finds in its inbox what `came` says, after which the home holds that, or what `holds` says.

        Raises ProcessFailed, and WrongFigure.
        """
        asked = ("nightly", "--home", str(home), "--format", "json", "--as-of", came.as_of.isoformat())
        cost, said = measured(self.command(*asked), self.tree)
        report = json.loads(said)
        records: Counter[str] = Counter()
        quarantined: Counter[str] = Counter()
        for file in report["files"]:
            if file["decision"] not in ("accepted", "partial"):
                raise WrongFigure(f"{file['name']} is {file['decision']}: {file['reasons']}")
            records[file["kind"]] += file["records"]
            quarantined[file["kind"]] += file["quarantined"]
        _compare("records", records, came.records)
        _compare("quarantined", quarantined, came.quarantined)
        holds = holds or came
        if holds.sums["leavers"]:
            _compare("figures", figures_of_warehouse(home), holds.figures)
        return Outcome(cost, report["seconds"])

    def command(self, *arguments: str) -> list[str]:
        """The command line of `suivi` with these arguments."""
        return [sys.executable, "-m", "flows.cli", *arguments]


def dropped(home: Path, files: Path) -> Path:
    """The home, with a copy of these files in its inbox as if they had lain there for a while."""
    inbox = home / "inbox"
    shutil.copytree(files, inbox, dirs_exist_ok=True)
    before = time.time() - 3600
    for path in inbox.rglob("*"):
        os.utime(path, (before, before))
    return home


def figures_of_warehouse(home: Path) -> dict[str, float]:
    """What a home's warehouse says of the programme."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        answer = con.execute(_FIGURES_OF_WAREHOUSE)
        names = [column[0] for column in answer.description]
        return dict(zip(names, map(float, answer.fetchone()), strict=True))


def night(returns: Returns, scratch: Path, tree: Path = ROOT) -> Outcome:
    """`suivi nightly` on a new home, with its defaults."""
    return Night(tree).run(dropped(scratch / "home", returns.folder / "inbox"), returns.truth)


def peer(script: str, python: str | Path = sys.executable) -> Callable[[Returns, Path], Outcome]:
    """The contender that is a script of `peers/`, under a Python of its own."""

    def run(returns: Returns, scratch: Path) -> Outcome:
        command = (Path(python).absolute(), PEERS / script, returns.folder / "inbox", returns.folder / "spellings.csv")
        cost, said = measured([*map(str, command)], scratch)
        _compare(script, json.loads(said.splitlines()[-1]), returns.truth.figures)
        return Outcome(cost)

    return run


def _compare(what: str, found: Mapping[str, Any], true: Mapping[str, Any]) -> None:
    for name, value in true.items():
        if not isclose(found.get(name, 0), value, rel_tol=1e-12):
            raise WrongFigure(f"{what}: {name} is {found.get(name)}, and truly {value}")
