"""The golden values (docs/spec/indicators.md, "Golden values"), from CSV files in an inbox through `suivi nightly` to the tables that analysts read.

That night is a real one, so here is also what else it leaves: Prefect's records, its log, no process.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from expectations.contract.returns import RETURNS
from tests.command import processes_of, run_suivi, task_runs
from tests.golden.nights import Home, sirets
from tests.spec.paper import csv_of
from warehouse.store.store import Store

pytestmark = pytest.mark.slow

ROUBAIX, GAPS, MIX_A, MIX_B, MIX_C, MIX_D, MONEY = sirets(7)
COSTS = {"A1": "50000", "A2": "250000", "A3": "250000,01", "A4": "400000"}
LEFT, AT_M6 = "28/09/2018", "01/04/2019"


def learners(siret: str, priority: int, others: int, unknown: int = 0) -> bytes:
    """A session's learners: `priority` from a priority district, `others` from no audience, `unknown` with one NSP."""
    base = f"siret={siret} & sexe=M & eloigne_emploi=NON & mois_sans_emploi=0"
    rows = [f"{base} & id_apprenant=P{i} & qpv=OUI" for i in range(priority)]
    rows += [f"{base} & id_apprenant=O{i}" for i in range(others)]
    rows += [f"{base} & id_apprenant=U{i} & handicap=NSP" for i in range(unknown)]
    return csv_of("apprenants", *rows)


def followups(siret: str, refs: list[str], situations: list[str], digital: str = "OUI") -> bytes:
    rows = [
        f"siret={siret} & id_apprenant={ref} & observe_le={AT_M6} & situation={situation} & numerique={digital}"
        for ref, situation in zip(refs, situations, strict=True)
    ]
    return csv_of("suivi", *rows)


@dataclass(frozen=True)
class Ran:
    """The home after its night, and what the command printed."""

    home: Home
    done: CompletedProcess[str]
    report: dict[str, Any]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Every story in one home: only Roubaix's jobs are digital, and only the actions of the envelope have a grant."""
    home = Home(tmp_path_factory.mktemp("golden"))
    everyone = (ROUBAIX, GAPS, MIX_A, MIX_B, MIX_C, MIX_D)
    actions = [f"siret={siret} & subvention=0" for siret in everyone]
    actions += [f"siret={MONEY} & numero_action={a} & cout_total={cost} & subvention=0" for a, cost in COSTS.items()]
    actions += [f"siret={MONEY} & numero_action=B{i} & cout_total=250000 & subvention=100000" for i in range(15)]
    files = {"actions.csv": csv_of("actions", *actions)}
    for siret in everyone:
        files[f"{siret}/sessions.csv"] = csv_of("sessions", f"siret={siret} & places=30")
    refs = [f"P{i}" for i in range(24)]
    for siret in (ROUBAIX, GAPS):
        files[f"{siret}/apprenants.csv"] = learners(siret, 24, 0)
    files[f"{ROUBAIX}/suivi.csv"] = followups(ROUBAIX, refs, ["CDI"] * 22 + ["RECHERCHE"] * 2)
    files[f"{GAPS}/suivi.csv"] = followups(GAPS, refs[:20], ["CDI"] * 10 + ["STAGE"] * 8 + ["RECHERCHE"] * 2, "NON")
    files[f"{MIX_A}/apprenants.csv"] = learners(MIX_A, 12, 12)
    files[f"{MIX_B}/apprenants.csv"] = learners(MIX_B, 12, 13)
    files[f"{MIX_C}/apprenants.csv"] = learners(MIX_C, 13, 12)
    files[f"{MIX_D}/apprenants.csv"] = learners(MIX_D, 11, 11, 2)
    files |= {f"{kind}.csv": csv_of(kind, f"siret={MONEY}") for kind in ("depenses", "financements")}
    files["classeur.csv"] = b"PK\x03\x04 CANARI"
    home.drop(files)
    (home.folder / "inbox" / "lien.csv").symlink_to("/etc/hostname")
    # A server of someone else's is not asked, nor is a proxy.
    done = run_suivi(
        "nightly", "--home", home.folder, "--format", "json", cwd=home.folder,
        PREFECT_API_URL="http://127.0.0.1:9/api", HTTP_PROXY="http://127.0.0.1:9", http_proxy="http://127.0.0.1:9",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return Ran(home, done, json.loads(done.stdout))


@pytest.fixture
def home(ran: Ran) -> Home:
    return ran.home


# ------------------------------------------------------------------------------------------------------------ the values


EXIT_COLUMNS = ("rate", "rate_known", "wilson_low", "wilson_high", "bound_low", "bound_high", "response_rate")


@pytest.mark.parametrize(
    ("siret", "expected"),
    [
        (ROUBAIX, (0.916667, 0.916667, 0.741512, 0.976841, 0.916667, 0.916667, 1.0)),
        (GAPS, (0.75, 0.9, None, None, 0.75, 0.916667, 0.833333)),
    ],
)
def test_positive_exits(home: Home, siret: str, expected: tuple[float | None, ...]) -> None:
    found = home.row(
        f"select {', '.join(EXIT_COLUMNS)} from indicators.positive_exit"
        " where level = 'session' and level_id = ? and cohort = 'all' and horizon = 'M6'",
        f"{siret}/S1",
    )
    for value, wanted in zip(found, expected, strict=True):
        assert wanted is None or value == pytest.approx(wanted, abs=5e-7)


@pytest.mark.parametrize(
    ("siret", "verdict"), [(MIX_A, "met"), (MIX_B, "not_met"), (MIX_C, "met"), (MIX_D, "undetermined")]
)
def test_audience_verdicts(home: Home, siret: str, verdict: str) -> None:
    where = "where level = 'session' and level_id = ? and cohort = 'all'"
    assert home.row(f"select verdict from indicators.audience_mix {where}", f"{siret}/S1") == (verdict,)


def test_skills_gap_of_22(home: Home) -> None:
    low, high = home.row("select share_low, share_high from indicators.skills_gap")
    assert round(low, 4) == 0.0073
    assert round(high, 4) == 0.044


def test_caps(home: Home) -> None:
    caps = home.rows(
        "select action_id, cap from indicators.spend_by_action where provider_siret = ? and action_id like 'A%' order by 1", MONEY
    )
    assert caps == [("A1", Decimal(20000)), ("A2", Decimal(100000)), ("A3", Decimal(100000)), ("A4", Decimal(100000))]


def test_envelope(home: Home) -> None:
    envelope = home.row("select committed, remaining, committed_share, actions_over_cap from indicators.envelope")
    assert envelope == (Decimal(1500000), Decimal(0), 1.0, 0)


# ------------------------------------------------------------------------------------------------------- the night itself


def of_prefect(home: Home, query: str) -> list[tuple[Any, ...]]:
    """What Prefect's own database has."""
    con = sqlite3.connect(home.folder / ".prefect" / "prefect.db")
    try:
        return con.execute(query).fetchall()
    finally:
        con.close()


def test_every_file_is_accounted_for(ran: Ran) -> None:
    files = ran.report["files"]
    assert {file["kind"] for file in files if file["decision"] == "accepted"} == set(RETURNS)
    assert [file["name"] for file in files if file["decision"] != "accepted"] == ["classeur.csv"]
    assert ran.home.row("select count(*) from quality.files") == (len(files),)
    assert [path.name for path in (ran.home.folder / "inbox").rglob("*") if not path.is_dir()] == ["lien.csv"]
    assert "lien.csv: ni fichier ni dossier" in ran.done.stderr


def test_nothing_is_left_running_and_nothing_cries(ran: Ran) -> None:
    assert processes_of(ran.home.folder) == []
    assert "Traceback" not in ran.done.stderr
    assert "leaked" not in ran.done.stderr


def test_prefect_has_the_night_its_steps_and_its_log(ran: Ran) -> None:
    steps = ["receive", "read", "check", "load", "compute", "publish", "report"]
    assert task_runs(ran.home.folder) == [(name, "COMPLETED") for name in steps]
    assert {*steps} <= set(ran.report["seconds"])
    assert of_prefect(ran.home, "SELECT name, state_type FROM flow_run") == [(ran.report["run_id"], "COMPLETED")]
    logged = "\n".join(message for (message,) in of_prefect(ran.home, "SELECT message FROM log"))
    assert "classeur.csv: refused" in logged
    assert "classeur.csv: error FIC-24" in logged
    assert "CANARI" not in logged


def test_operators_find_files_tables_and_dashboard_in_prefect(ran: Ran) -> None:
    artifacts = {key: json.loads(data) for key, data in of_prefect(ran.home, "SELECT key, data FROM artifact WHERE key IS NOT NULL")}
    assert set(artifacts) == {"night-files", "night-tables", "night-dashboard"}
    assert artifacts["night-files"].splitlines()[4].startswith("| classeur&#46;csv | ? |  | **refused** | 0 | 0 | 0 | FIC-24")
    assert all(f"| `{table['name']}` | {table['rows']} |" in artifacts["night-tables"] for table in ran.report["tables"])
    dashboard = ran.home.folder / "reports" / "index.html"
    assert dashboard.is_file()
    assert dashboard.as_uri() in artifacts["night-dashboard"]
    assert "CANARI" not in str(artifacts)


@pytest.mark.attack
def test_the_next_night_fails_in_one_line_and_is_recorded(ran: Ran, tmp_path: Path) -> None:
    home = Home(shutil.copytree(ran.home.folder, tmp_path / "home", symlinks=True))
    # The new warehouse cannot be put in place: a folder has its name.
    (home.folder / "warehouse.duckdb").unlink()
    (home.folder / "warehouse.duckdb" / "kept").mkdir(parents=True)
    home.drop({"sessions.csv": csv_of("sessions", f"siret={MONEY}")})
    done = run_suivi("nightly", "--home", home.folder, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("suivi: the night failed at step publish: ")
    assert [state for name, state in task_runs(home.folder) if name == "publish"] == ["COMPLETED", "FAILED"]
    assert processes_of(home.folder) == []
    with Store.open(home.folder, read_only=True) as store:
        assert [night["state"] for night in store.nights()] == ["failed", "done"]
