"""Whatever a provider does to its figures, the floor stays at or below the truth, or a signal names it; the honest have none."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.golden.gaming.experiment import CASES, STARTS_ON, Seen, files_of, honest_files, judge, seen
from tests.golden.gaming.write import DOCUMENT, honest_store, played
from tests.golden.nights import Home
from tests.simulation.as_files import live
from tests.simulation.as_tables import Store
from tests.simulation.cheats import Cheat
from tests.simulation.providers import FIRST_DAY

cases = pytest.mark.parametrize("cheat", CASES.values(), ids=CASES)


@pytest.fixture(scope="module")
def store() -> Store:
    return honest_store()


def judge_and_compare(case: Seen) -> None:
    judge(case)
    assert case.line() in DOCUMENT.read_text(encoding="utf-8"), f"{DOCUMENT.name} is to say {case.line()}: python -m tests.golden.gaming.write"


@pytest.mark.slow
@cases
def test_a_cheat_is_seen_in_tables(store: Store, cheat: Cheat) -> None:
    judge_and_compare(played(store, cheat))


# ------------------------------------------------------------------------------------------------------ as homes, from files


@pytest.fixture(scope="module")
def honest_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the twelve honest providers' nights behind it."""
    home = Home(tmp_path_factory.mktemp("honest") / "home", tells=False)
    files = honest_files()
    last = max(file.day for file in files)
    assert last < STARTS_ON
    # a night when a session is told to end on another day, for it matters whether that is in time
    first = {(row["provider_siret"], row["session_id"]): file.day for file in reversed(files) if file.kind == "sessions" for row in file.rows}
    moved = {file.day for file in files if file.kind == "sessions" and file.day not in first.values()}
    live(home, "", files, sorted({*moved, *every_sixty_days(FIRST_DAY, last), last}))
    return home.folder


def every_sixty_days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=60 * number) for number in range((last - first).days // 60 + 1)]


@pytest.mark.simulate
@pytest.mark.slow
@cases
def test_a_cheat_is_seen_in_a_home(honest_home: Path, tmp_path: Path, cheat: Cheat, record_property: Callable[[str, object], None]) -> None:
    home = Home(shutil.copytree(honest_home, tmp_path / "home"), tells=False)
    files, last = files_of(cheat)
    live(home, "gaudi", files, [*every_sixty_days(STARTS_ON, last - timedelta(days=1)), last])
    case = seen(cheat, home.rows)
    record_property("gaming", case.cells())
    judge_and_compare(case)
