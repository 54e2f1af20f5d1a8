"""What was measured as tables in Markdown, and as a curve: least of all repetitions first, the median behind it."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from statistics import median

from tests.bench.contest.contenders import Outcome
from tests.bench.contest.returns import Returns

NIGHT, FLOOR, DBT, PANDAS = "suivi nightly", "floor", "dbt-duckdb", "pandas + Great Expectations"
#: contender -> rows -> runs
Runs = Mapping[str, Mapping[int, Sequence[Outcome]]]
Small = Mapping[str, Sequence[Outcome]]
#: what is divided by what, and at most how much it should be
SMALL_RATIOS = (
    ("24 rows more, full home", "24 rows more, empty home", 1.3),
    ("small night, home used before", "imports of a night", 1.4),
    ("small night, new home", "imports of a night", 2.0),
    ("check of a small file", "imports of a check", 1.3),
)
#: contender -> rows -> at most so many times as long as it
GOALS: Mapping[str, Mapping[int, str]] = {
    DBT: {100_000: "1.6", 1_000_000: "1.6", 10_000_000: "1"}, PANDAS: {100_000: "1", 1_000_000: "0.2"},
}  # fmt: skip
Measure = Callable[[Outcome], float]


def machine() -> str:
    """Processor, cores, memory, system and Python."""
    about = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = [line.partition(":")[2].strip() for line in about if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()},"
        f" Python {platform.python_version()}"
    )


def tables(command: str, returns: Mapping[int, Returns], runs: Runs, small: Small) -> str:
    """All of it, as it stands in docs/performance.md."""
    parts = [f"`{command}`, {date.today()}; {machine()}.", _processes(returns, runs), _ratios(runs, small), _steps(runs)]
    if small:
        parts.append(_small_runs(small))
    return "\n\n".join(parts)


def _wall(outcome: Outcome) -> float:
    return outcome.cost.wall


def _cpu(outcome: Outcome) -> float:
    return outcome.cost.cpu


def _least(runs: Sequence[Outcome], measure: Measure = _wall) -> float:
    return min(map(measure, runs))


def _both(runs: Sequence[Outcome], measure: Measure = _wall) -> str:
    least, middle = _least(runs, measure), median(map(measure, runs))
    return f"{least:.2f}" if len(runs) == 1 else f"{least:.2f} ({middle:.2f})"


def _table(titles: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (titles, ["---"] * len(titles), *rows))


def _processes(returns: Mapping[int, Returns], runs: Runs) -> str:
    def rows() -> Iterator[Sequence[str]]:
        for size, written in returns.items():
            for name, some in ((name, by_size[size]) for name, by_size in runs.items() if size in by_size):
                peak = max(outcome.cost.peak for outcome in some) / 2**20
                yield f"{size:,}", str(written.truth.files), name, _both(some), _both(some, _cpu), f"{peak:,.0f}"

    return _table(("rows", "files", "who", "wall, s", "processor, s", "memory, MiB"), rows())


def _ratios(runs: Runs, small: Small) -> str:
    def rows() -> Iterator[Sequence[str]]:
        night, floor = runs[NIGHT], runs[FLOOR]
        base, *larger = sorted(night)
        for size in larger:
            more = [_more(night[size], night[base], by) / _more(floor[size], floor[base], by) for by in (_wall, _cpu)]
            yield f"marginal cost at {size:,} rows / the floor's", *(f"{ratio:.1f}" for ratio in more), "6"
        for name, goals in GOALS.items():
            for size in sorted(runs.get(name, ())):
                yield f"night / {name}, {size:,} rows", *_quotients(night[size], runs[name][size]), goals.get(size, "")
        # A night on the smallest returns is the small night of a new home.
        named = {**small, "small night, new home": night[base]}
        for above, below, goal in SMALL_RATIOS if small else ():
            yield f"{above} / {below}", *_quotients(named[above], named[below]), f"{goal:g}"

    return _table(("figure", "wall", "processor", "at most"), rows())


def _more(larger: Sequence[Outcome], smaller: Sequence[Outcome], measure: Measure) -> float:
    return _least(larger, measure) - _least(smaller, measure)


def _quotients(above: Sequence[Outcome], below: Sequence[Outcome]) -> tuple[str, str]:
    return f"{_least(above) / _least(below):.2f}", f"{_least(above, _cpu) / _least(below, _cpu):.2f}"


def _steps(runs: Runs) -> str:
    fastest = {size: min(outcomes, key=_wall) for size, outcomes in sorted(runs[NIGHT].items())}
    steps = list(dict.fromkeys(step for outcome in fastest.values() for step in outcome.seconds))

    def rows() -> Iterator[Sequence[str]]:
        for step in steps:
            yield step, *(f"{outcome.seconds.get(step, 0):.2f}" for outcome in fastest.values())
        rest = (_wall(outcome) - sum(outcome.seconds.values()) for outcome in fastest.values())
        yield "the rest: imports, Prefect", *(f"{seconds:.2f}" for seconds in rest)

    return _table(("seconds of the fastest night by step", *(f"{size:,} rows" for size in fastest)), rows())


def _small_runs(small: Small) -> str:
    rows = ((name, _both(some), _both(some, _cpu)) for name, some in small.items())
    return _table(("what is small", "wall, s", "processor, s"), rows)


def curve(runs: Runs) -> str:
    """Seconds by rows of each contender, both axes logarithmic, as SVG."""
    import altair
    import vl_convert

    points = [
        {"who": name, "rows": size, "seconds": _least(some)} for name, by_size in runs.items() for size, some in by_size.items()
    ]
    log, colours = altair.Scale(type="log"), altair.Scale(range=["#00449e", "#6f6f80", "#c4560a", "#1d7a4c"])
    chart = (
        altair.Chart(altair.Data(values=points), title="Seconds of a whole process, least of all runs")
        .mark_line(point=True)
        .encode(
            x=altair.X("rows:Q", scale=log, title="rows of apprenants and suivi", axis=altair.Axis(format="~s")),
            y=altair.Y("seconds:Q", scale=log, title="seconds", axis=altair.Axis(format="~g")),
            color=altair.Color("who:N", title=None, sort=list(runs), scale=colours),
            strokeDash=altair.StrokeDash("who:N", sort=list(runs), legend=None),
        )
        .properties(width=520, height=320, background="white")
    )
    return str(vl_convert.vegalite_to_svg(chart.to_dict(validate=False)))
