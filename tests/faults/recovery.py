"""One more night after a fault, and the account of very many faults at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.faults.homes import NEXT, Scene
from tests.faults.processes import night_process
from tests.faults.states import faults_of

#: at once: as many as CI has processors
AT_ONCE = 2

#: one fault of a scene: what was hit, and all that is wrong after the next night
RecordOutcome = tuple[str, list[str]]


def recovered(scene: Scene, folder: Path) -> list[str]:
    """Run one more night; what is then not as it should be."""
    after = night_process(folder, NEXT)
    if not after.is_done:
        return [f"the next night fails {after.place}, exit code {after.exit_code}: {after.error} {after.message}"]
    return faults_of(folder, scene.after)


def outcomes(numbers: Iterable[int], fault: Callable[[int], RecordOutcome]) -> Counter[str]:
    """What each of these faults hit. AssertionError with what is wrong after any of them."""
    numbers = list(numbers)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = dict(zip(numbers, pool.map(fault, numbers), strict=True))
    wrong = [f"{number}, {what}: {found}" for number, (what, found) in done.items() if found]
    assert not wrong, "\n".join([f"{len(wrong)} of {len(done)} do not end as they should:", *wrong[:10]])
    return Counter(what for what, _ in done.values())


def told(what: str, hit: Counter[str]) -> str:
    """What was proven, in a line."""
    shown = ", ".join(f"{place} {count}" for place, count in sorted(hit.items(), key=lambda item: (-item[1], item[0])))
    return f"{what}: {hit.total()} of {hit.total()} end identical after the next night ({shown})"
