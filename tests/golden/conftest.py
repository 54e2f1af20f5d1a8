"""Homes that several modules look at, made once a process; whoever changes one works on a copy."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from tests.golden.history import lived
from tests.golden.nights import Home
from transforms.synth.demo import demo_nights
from warehouse.paris_days import PARIS


@dataclass(frozen=True)
class Demo:
    """The demo's home after its two nights, the warehouse of the first one as a home of its own, and the files of each."""

    home: Home
    after_first: Home
    nights: tuple[dict[str, bytes], ...]


@pytest.fixture(scope="session")
def demo_told(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Not to be changed by a test."""
    nights = tuple(dict(files) for files in demo_nights(datetime.now(PARIS).date()))
    home, after_first = (Home(tmp_path_factory.mktemp(name)) for name in ("demo", "demo-after-first"))
    home.night(nights[0])
    shutil.copy(home.folder / "warehouse.duckdb", after_first.folder)
    home.night(nights[1])
    return Demo(home, after_first, nights)


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a home with a few nights behind it: see tests.golden.history."""
    return lived(tmp_path_factory.mktemp("history") / "home").folder
