"""Whole nights on synthetic returns: the warehouse comes to what their truth says, and the demo to what it promises."""

import math
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from tests.golden.conftest import Demo
from tests.golden.nights import Home
from transforms.synth import write
from warehouse.paris_days import PARIS

pytestmark = pytest.mark.slow


def _today():
    return datetime.now(PARIS).date()


@pytest.mark.parametrize(("seed", "dirty"), [(1, 0.0), (2, 0.15)])
def test_the_warehouse_comes_to_what_the_truth_says(tmp_path: Path, seed, dirty):
    truth = write(tmp_path / "synth", providers=6, learners=400, seed=seed, dirty=dirty, today=_today())
    home = Home(tmp_path / "home", tells=False)
    report = home.night({name: (tmp_path / "synth" / name).read_bytes() for name in truth.files})
    told = {file["name"]: file for file in report["files"]}
    for name, file in truth.files.items():
        counts = (file.records, file.accepted, file.quarantined, file.blank_lines)
        assert tuple(told[name][key] for key in ("records", "accepted", "quarantined", "blank_lines")) == counts, name

    expected = truth.expected
    assert home.row("SELECT count(*) FROM clean.sessions") == (expected.sessions,)
    columns = ("leavers", "mature", "neutralised", "known", "unknown", "positive", "employed", "durable")
    for horizon, counts in expected.exits.items():
        query = (
            f"SELECT {', '.join(columns)} FROM indicators.positive_exit WHERE level = 'programme' AND cohort = 'all'"
        )
        assert home.row(f"{query} AND horizon = ?", horizon) == tuple(counts[name] for name in columns), horizon
    sums = expected.sums
    assert home.row(
        "SELECT entrants, women, priority, priority_strict FROM indicators.audience_mix WHERE level = 'programme' AND cohort = 'all'"
    ) == tuple(sums[name] for name in ("entrants", "women", "priority", "priority_strict"))
    assert home.row(
        "SELECT leavers, completed, certified FROM indicators.certification WHERE level = 'programme' AND cohort = 'all'"
    ) == tuple(sums[name] for name in ("leavers", "completed", "certified"))
    money = tuple(expected.eur[name] for name in ("committed", "paid", "justified"))
    assert home.row("SELECT committed, paid, justified FROM indicators.envelope") == money


def test_the_demo_comes_to_what_it_promises(demo_told: Demo):
    home = demo_told.after_first
    learners = home.row("SELECT count(*) FROM clean.learners")[0]
    session = "level = 'session' AND cohort = 'all'"
    positive, known, rate, low, high = home.row(
        "SELECT positive, known, rate, wilson_low, wilson_high FROM indicators.positive_exit"
        f" WHERE {session} AND horizon = 'M6' AND level_id LIKE '%/ROUBAIX-1'"
    )
    assert (positive, known) == (22, 24)
    assert all(math.isclose(*pair, abs_tol=5e-7) for pair in ((rate, 0.916667), (low, 0.741512), (high, 0.976841)))
    not_met = home.rows(
        f"SELECT level_id, priority, entrants FROM indicators.audience_mix WHERE {session} AND verdict = 'not_met'"
    )
    assert [(name.split("/")[1], *counts) for name, *counts in not_met] == [("DOUAI-MIXITE", 12, 25)]
    assert home.rows("SELECT cap_headroom FROM indicators.spend_by_action WHERE over_cap") == [(-5000,)]
    committed, envelope = home.row("SELECT committed, envelope FROM indicators.envelope")
    assert 0.5 * float(envelope) < committed < envelope
    overdue = {
        (rule, level_id.split("/")[-1]) for rule, level_id in home.rows("SELECT rule, level_id FROM quality.overdue")
    }
    assert ("RET-01", "COMPIEGNE-OUBLI") in overdue
    assert {rule for rule, _ in overdue} == {"RET-01", "RET-02", "RET-03"}
    assert home.row("SELECT count(*) FROM clean.followups WHERE session_id = 'CALAIS-7'") == (0,)
    waiting = "SELECT count(*) FROM quality.findings AS f JOIN quality.files AS s USING (submission_id) WHERE f.rule = 'SUI-51'"
    assert home.row(f"{waiting} AND s.file_name LIKE '%Calais%' AND f.resolved_at IS NULL") == (12,)

    home, second = demo_told.home, demo_told.nights[1]
    resent = next(name for name in second if "corrigé" in name)
    (after,) = home.row("SELECT count(*) FROM clean.learners")
    with duckdb.connect(str(home.folder / "store.duckdb"), read_only=True) as con:  # analysts cannot tell a file's learners
        in_force = (
            "SELECT count(*) FROM rows_learners AS r JOIN submissions USING (submission_id)"
            " ANTI JOIN closings AS c ON c.kind = 'apprenants' AND c.submission_id = r.submission_id AND c.line = r.line"
            " WHERE file_name = ?"
        )
        ((taken,),) = con.execute(in_force, [resent]).fetchall()
    assert taken == second[resent].count(b"\n") - 1  # less the header
    assert after > learners - 1
    assert home.row("SELECT count(*) FROM quality.findings WHERE rule = 'APP-01I' AND resolved_at IS NOT NULL")[0] > 0
