"""What the indicators cost on each engine, by rows and workers: python -m tests.bench.engines --home DIR [--home DIR …].

`suivi compute` of each home, on DuckDB, then on a standalone master of Spark with one and with two workers of one core, all on
this machine; the tables of each are held against DuckDB's. Needs what `make test-spark` installs. A home without a lake has it
made first, so that all find one.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import duckdb

from tests.bench.contest.measure import Cost, measured
from tests.bench.contest.returns import AS_OF
from tests.command import ROOT
from tests.spark.clusters import Cluster, standalone
from tests.spark.tables import differing

DUCKDB = "DuckDB"


def main() -> None:
    """Print a table of the figures. Exit 1 where the tables differ."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--home", type=Path, action="append", required=True, help="a home whose files were taken; several may be named")
    parser.add_argument("--workers", default="1,2", help="how many workers, one after the other")
    parser.add_argument("--as-of", default=AS_OF.isoformat())
    asked = parser.parse_args()
    engines = {DUCKDB: 0} | {f"Spark, {count} worker{'s' * (count > 1)}": count for count in map(int, asked.workers.split(","))}
    print("| rows | engine | wall, s | of DuckDB | memory of suivi, MiB |\n| --- | --- | --- | --- | --- |")
    for home in asked.home:
        with tempfile.TemporaryDirectory() as folder:
            scratch, costs = Path(folder), dict[str, Cost]()
            for name, workers in engines.items():
                place = scratch / str(workers)  # no name with a comma: Spark takes one of its folders for several
                place.mkdir()
                cluster: AbstractContextManager[Cluster | None] = standalone(place, workers) if workers else nullcontext()
                with cluster as running:
                    master = ("--engine", "spark", "--spark-master", running.master) if running else ("--engine", "duckdb")
                    if workers and not (home / "lake").is_dir():
                        _compute(home, scratch / "first", asked.as_of, master)
                    costs[name] = _compute(home, place / "out", asked.as_of, master)
                if found := differing(scratch / "0" / "out", place / "out"):
                    sys.exit(f"{name}: other tables than {DUCKDB}: {found}")
                cost = costs[name]
                ratio = cost.wall / costs[DUCKDB].wall
                print(f"| {_rows(scratch / '0' / 'out'):,} | {name} | {cost.wall:.1f} | {ratio:.1f} | {cost.peak >> 20:,} |", flush=True)


def _compute(home: Path, out: Path, as_of: str, engine: tuple[str, ...]) -> Cost:
    command = [sys.executable, "-W", "ignore", "-m", "flows.cli", "compute", "--home", str(home), "--out", str(out), "--as-of", as_of]
    cost, _ = measured([*command, *engine], ROOT, {"SPARK_LOCAL_IP": "127.0.0.1"})
    return cost


def _rows(folder: Path) -> int:
    count = "SELECT (SELECT count(*) FROM '{0}/clean.learners.parquet') + (SELECT count(*) FROM '{0}/clean.followups.parquet')"
    return int(duckdb.execute(count.format(folder)).fetchall()[0][0])


if __name__ == "__main__":
    main()
