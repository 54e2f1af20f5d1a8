"""Homes before the night that has a fault: what lies in them, what waits in the inbox, and what the night must come to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from flows.night import Night
from flows.settings import load_settings
from tests.faults.processes import night_process
from tests.faults.states import State, state_of
from tests.golden.history import BASE, CORRECTION
from tests.golden.nights import Home, all_steps
from transforms.synth.demo import demo_nights
from warehouse.paris_days import PARIS

FAULTY = datetime(2026, 3, 12, 4, 0, 0, tzinfo=PARIS)
#: the night after, on the same day: else days overdue and snapshots would differ, as they must
NEXT = FAULTY + timedelta(seconds=20)
_BEFORE = FAULTY - timedelta(days=2)
_SETTINGS = 'steward_email = "pilotage@region.example"\n'


@dataclass(frozen=True)
class Scene:
    """A home as it is before the night, what an undisturbed night makes of it, and how long that takes and how much it changes."""

    before: Path
    after: State
    seconds: float
    changes: int
    boundaries: int

    @contextmanager
    def home(self) -> Iterator[Path]:
        """A copy of its own of the home before the night, for the block."""
        with TemporaryDirectory(prefix="suivi-fault-", dir=self.before.parent) as folder:
            yield copied(self.before, Path(folder) / "home")


def night(folder: Path, now: datetime) -> None:
    """A night in this very process. Raises what it raises."""
    with Night(load_settings(folder), now=now) as one:
        all_steps(one)


def copied(source: Path, target: Path) -> Path:
    """A copy of a home; files in its inbox keep their times, in which they count."""
    return Path(shutil.copytree(source, target, copy_function=shutil.copy2))


def scene(folder: Path, came: Mapping[str, bytes], before: Mapping[str, bytes] | None) -> Scene:
    """A scene in that folder: `came` lies in the inbox; the home has had a night with `before`, none if None."""
    home = Home(folder / "before")
    (home.folder / "suivi.toml").write_text(_SETTINGS, encoding="utf-8")
    if before is not None:
        home.drop(before)
        assert night_process(home.folder, _BEFORE).is_done
    home.drop(came)
    # Two at once: as slow as the nights to be disturbed will be, of which two run at once as well; and a proof that what is
    # compared does not differ by itself.
    copies = [copied(home.folder, folder / name) for name in ("undisturbed", "undisturbed-too")]
    with ThreadPoolExecutor(len(copies)) as pool:
        nights = list(pool.map(lambda copy: night_process(copy, FAULTY), copies))
    assert all(night.is_done for night in nights), nights
    return Scene(
        home.folder, state_of(copies[0]), sum(night.seconds for night in nights) / len(nights), nights[0].changes,
        len(nights[0].steps),
    )  # fmt: skip


def demo_scene(folder: Path) -> Scene:
    """The demo's first night, in a home with a history."""
    came, _ = demo_nights(FAULTY.date())
    return scene(folder, came, BASE)


def small_scene(folder: Path) -> Scene:
    """A correction, a file sent twice, a refused one: the shortest night that does all that a night does, in a home with a history."""
    return scene(folder, {name: CORRECTION[name] for name in ("c2.csv", "again.csv", "refused.csv")}, BASE)


def first_scene(folder: Path) -> Scene:
    """The very first night of a home, with little to take."""
    return scene(folder, BASE, None)
