"""A whole night against the floor and against what others would use: `make bench`, or `python -m tests.bench.contest --help`.

Every run is a process of its own; contenders alternate; each answer is held against the truth, and a wrong one ends it
without a ratio. Peers get what spares them work: file names that say the kind, one header, a list of all spellings. They drop
what is damaged without a word to anybody, and keep no history.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.bench.contest.contenders import ROOT, Outcome, WrongFigure, night, peer
from tests.bench.contest.measure import ProcessFailed
from tests.bench.contest.report import DBT, FLOOR, NIGHT, PANDAS, curve, tables
from tests.bench.contest.returns import Returns, write
from tests.bench.contest.small import SmallRuns

PAGE, CURVE = ROOT / "docs" / "performance.md", ROOT / "docs" / "performance.svg"
SECTION = re.compile(r"(?<=<!-- bench: written by make bench WRITE=--write -->\n).*?(?=\n<!-- end -->)", re.DOTALL)
#: over a home larger than this nothing little is measured
FULL_HOME_ROWS = 1_000_000


def main() -> None:
    """Measure and print; with --write put it into docs/performance.md. Exit 1 where somebody failed or found something else."""
    asked = _arguments()
    contenders: dict[str, Callable[[Returns, Path], Outcome]] = {
        NIGHT: partial(night, tree=asked.tree),
        FLOOR: peer("floor.py"),
        **({} if asked.without_peers else {
            DBT: peer("dbt_duckdb.py", asked.dbt_python), PANDAS: peer("pandas_gx.py", asked.pandas_python),
        }),
    }  # fmt: skip
    runs: dict[str, dict[int, list[Outcome]]] = {name: defaultdict(list) for name in contenders}
    small: dict[str, list[Outcome]] = defaultdict(list)
    full_homes: dict[int, Path] = {}
    with tempfile.TemporaryDirectory(dir=asked.scratch) as folder:
        scratch = Path(folder)
        returns = {size: _written(scratch / f"{size}", size) for size in asked.sizes}
        for size, some in returns.items():
            for repetition in range(asked.runs):
                for name, by_size in runs.items():
                    if name == PANDAS and size > asked.largest_for_pandas:
                        continue
                    with tempfile.TemporaryDirectory(dir=scratch) as place:
                        by_size[size].append(contenders[name](some, Path(place)))
                        _say(name, size, by_size[size][-1])
                        if name == NIGHT and not repetition and size <= FULL_HOME_ROWS:
                            full_homes[size] = (Path(place) / "home").rename(scratch / f"home {size}")
        if full_homes and not asked.without_small:
            size = max(full_homes)
            ready = SmallRuns(returns[min(returns)], returns[size], full_homes[size], scratch, asked.tree)
            for _ in range(asked.runs):
                for name, outcome in ready.run():
                    small[name].append(outcome)
                    _say(name, size, outcome)
    command = f"make bench SIZES={','.join(map(str, asked.sizes))} RUNS={asked.runs}"
    text = tables(command, returns, runs, small)
    print(f"\n{text}")
    if asked.write:
        page, times = SECTION.subn(lambda _: text, PAGE.read_text(encoding="utf-8"))
        if times != 1:
            sys.exit(f"{PAGE.name} has no section of the bench")
        PAGE.write_text(page, encoding="utf-8")
        CURVE.write_text(curve(runs), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", type=lambda text: sorted(map(int, text.split(","))), default=[1_000, 100_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--without-peers", action="store_true", help="the night and the floor alone")
    parser.add_argument("--largest-for-pandas", type=int, default=1_000_000, help="with more rows it would take a quarter of an hour")
    parser.add_argument("--without-small", action="store_true", help="leave out the small nights and checks")
    parser.add_argument("--tree", type=Path, default=ROOT, help="another checkout whose nights are measured")
    parser.add_argument("--scratch", help="a folder for returns and homes, some 5 GB at ten million rows")
    parser.add_argument("--pandas-python", type=Path, default=sys.executable, help="the Python that has pandas_gx.txt")
    parser.add_argument("--dbt-python", type=Path, default=sys.executable, help="the Python that has dbt_duckdb.txt")
    parser.add_argument("--write", action="store_true", help="put the results into docs/performance.md")
    return parser.parse_args()


def _written(folder: Path, size: int) -> Returns:
    written = write(folder, size)
    damaged = sum(written.truth.quarantined.values())
    print(f"{size:,} rows in {written.truth.files} files, {damaged:,} records damaged", flush=True)
    return written


def _say(name: str, size: int, outcome: Outcome) -> None:
    cost = outcome.cost
    print(f"{size:>12,} {name:32} {cost.wall:8.2f} s {cost.cpu:8.2f} s of CPU {cost.peak / 2**20:8,.0f} MiB", flush=True)


if __name__ == "__main__":
    try:
        main()
    except (ProcessFailed, WrongFigure) as error:
        sys.exit(f"{type(error).__name__}: {error}")
