"""What it costs to read and parse a folder of returns here, and in two processes of a task runner of Prefect (python -m tests.bench.readers).

    python -m tests.bench.readers INBOX here|processes|dask|ray

`dask` needs prefect-dask, `ray` prefect-ray, installed with our pins as constraints. Workers get paths and give back the path of a
file in a private folder with what they read, as a night would hand it over.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

WORKERS = 2


def read_and_parse(paths: Sequence[str], handed_over: str | None) -> tuple[float, float, float]:
    """Seconds of reading, parsing and handing over; imports, which a worker of a night pays too, are not among them."""
    from expectations.contract.returns import RETURNS
    from expectations.programme import load_programme
    from expectations.verdict.checked_file import CheckedFile, RefusalLimits, RulesOfDay
    from flows.steps.check import _stacks, _with_typed_rows, read_files
    from warehouse.reference.places import load_places
    from warehouse.store.submission import Arrival

    rules, places, began = RulesOfDay(date(2026, 11, 24), load_programme(), RefusalLimits()), load_places(), time.perf_counter()
    arrivals = []
    for path in map(Path, paths):
        data = path.read_bytes()
        arrivals.append(Arrival(path.name, path, data, hashlib.sha256(data).hexdigest(), datetime.now(UTC), size=len(data)))
    files = read_files([(arrival, rules, None) for arrival in arrivals])
    read, parsed = time.perf_counter(), []
    for (kind, calls), batches in _stacks(files).items():
        for batch in batches:
            checked = [CheckedFile(files[n].arrival, rules, files[n].content, None) for n in batch]
            typed, rows = _with_typed_rows(RETURNS[kind], checked, places, calls, None)
            parsed.append((kind, rows, [file.content for file in typed]))
    ended = time.perf_counter()
    if handed_over is not None:
        with open(handed_over, "wb") as file:
            pickle.dump(parsed, file, pickle.HIGHEST_PROTOCOL)
    return read - began, ended - read, time.perf_counter() - ended


def shares(inbox: Path, count: int) -> list[list[str]]:
    """The returns of a folder in so many shares of about the same size."""
    found: list[list[str]] = [[] for _ in range(count)]
    sizes = [0] * count
    for path in sorted(inbox.rglob("*.csv"), key=lambda path: -path.stat().st_size):
        least = sizes.index(min(sizes))
        sizes[least] += path.stat().st_size
        found[least].append(str(path))
    return found


def runner(name: str) -> Any:
    """A task runner with two workers of one thread."""
    if name == "dask":
        from prefect_dask import DaskTaskRunner

        alone = {"dashboard_address": None, "host": "127.0.0.1"}
        return DaskTaskRunner(cluster_kwargs={"n_workers": WORKERS, "threads_per_worker": 1, **alone})
    if name == "ray":
        from prefect_ray import RayTaskRunner

        return RayTaskRunner(init_kwargs={"num_cpus": WORKERS, "include_dashboard": False, "_node_ip_address": "127.0.0.1"})
    from prefect.task_runners import ProcessPoolTaskRunner

    return ProcessPoolTaskRunner(max_workers=WORKERS)


def main(inbox: str, name: str) -> None:
    """Print the seconds of each part."""
    import flows.steps.check  # noqa: F401  (a night has it imported by then)

    if name == "here":
        print("read, parse: {:.2f} {:.2f}".format(*read_and_parse(shares(Path(inbox), 1)[0], None)))
        return
    from prefect import flow, task
    from prefect.cache_policies import NO_CACHE

    with tempfile.TemporaryDirectory() as folder:
        submit = task(cache_policy=NO_CACHE, persist_result=False)(read_and_parse).submit

        @flow
        def warm() -> None:
            pass

        @flow(task_runner=runner(name))
        def fan_out() -> None:
            began = time.perf_counter()
            pending = [submit(share, f"{folder}/{n}") for n, share in enumerate(shares(Path(inbox), WORKERS))]
            for parts in (future.result() for future in pending):
                print("worker: read, parse, hand over: {:.2f} {:.2f} {:.2f}".format(*parts))
            ended = time.perf_counter()
            for path in Path(folder).iterdir():
                pickle.loads(path.read_bytes())
            print(f"tasks {ended - began:.2f}, taken over {time.perf_counter() - ended:.2f}")

        warm()  # a night's server has started by then
        began = time.perf_counter()
        fan_out()
        print(f"with the runner's start and end {time.perf_counter() - began:.2f}")


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = os.getcwd()  # for workers, which start elsewhere
    main(*sys.argv[1:])
