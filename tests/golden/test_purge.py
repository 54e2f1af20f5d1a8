"""What was kept long enough goes, its figures stay in the snapshots, and nothing brings it back or asks for it again."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from flows.privacy.purge import purge
from flows.rebuild import rebuild
from flows.settings import load_settings
from tests.golden.nights import Home
from tests.spec.paper import SIRET, csv_of

CANARY = "ZZCANARYOLD"
RECENT = "numero_session=S2 & debut=05/03/2026 & fin=28/09/2026"
ENTERED = "numero_session=S2 & entree_le=05/03/2026 & sortie_le=28/09/2026"
FILES = {
    "a.csv": csv_of("actions"),
    "b.csv": csv_of("sessions", "", RECENT),
    "c.csv": csv_of("apprenants", f"id_apprenant={CANARY}1", f"id_apprenant={CANARY}2 & sexe=??", f"{ENTERED} & id_apprenant=L1", f"{ENTERED} & id_apprenant=L2"),
    "d.csv": csv_of("suivi", f"id_apprenant={CANARY}1"),
}


def holding(folder: Path, text: str) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and text.encode() in p.read_bytes()}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home in which a session that ended in 2018 and one of 2026 were sent in one file."""
    made = Home(tmp_path_factory.mktemp("home"))
    made.night(FILES)
    (made.folder / "snapshots").rename(made.folder / "put-away")
    return made


def test_a_purge(home: Home) -> None:
    settings = load_settings(home.folder)
    assert purge(settings, today=date(2024, 11, 28)).sessions == ()  # 74 months after the last day
    looked = purge(settings, dry_run=True, today=date(2024, 11, 29))
    assert looked.sessions == (f"{SIRET}/S1",)
    assert holding(home.folder, CANARY)

    done = purge(settings, today=date(2024, 11, 29))
    assert (done.sessions, done.forgotten.rows["rows_learners"]) == (looked.sessions, 1)
    assert holding(home.folder, CANARY) == set()
    assert home.rows("SELECT session_id, count(*) FROM clean.learners GROUP BY ALL") == [("S2", 2)]
    assert home.row("SELECT leavers FROM indicators.positive_exit WHERE level = 'programme' AND horizon = 'M6' AND cohort = 'all'") == (2,)
    (snapshot,) = (home.folder / "snapshots").iterdir()
    with duckdb.connect(str(snapshot), read_only=True) as con:
        kept = con.execute("SELECT leavers FROM indicators.positive_exit WHERE level = 'programme' AND horizon = 'M6' AND cohort = 'all'")
        assert kept.fetchall() == [(3,)], "the figures of before stay"
        assert con.execute("SELECT DISTINCT session_id FROM clean.learners").fetchall() == [("S2",)]
        ((noted,),) = con.execute("SELECT rows FROM meta.row_counts WHERE table_name = 'clean.learners'").fetchall()
        assert noted == 2
    assert rebuild(settings, verify=True).is_proven
    assert purge(settings, today=date(2024, 11, 29)).forgotten.is_nothing

    report = home.night({"again.csv": csv_of("apprenants", f"id_apprenant={CANARY}1", f"id_apprenant={CANARY}3")})
    assert report["files"][0]["accepted"] == 2
    assert holding(home.folder, CANARY) == set()
    assert home.rows("SELECT * FROM quality.overdue WHERE rule = 'RET-01'") == [], "it is not asked for again"


def test_of_old_files_what_cannot_be_attributed_goes_too(tmp_path: Path) -> None:
    home = Home(tmp_path)
    damaged = csv_of("apprenants", "id_apprenant=L1", "id_apprenant=L2").decode().replace("L2;", f'"{CANARY}"x;')
    home.night(
        {"a.csv": csv_of("actions"), "b.csv": csv_of("sessions", RECENT.replace("S2", "S1")), "c.csv": damaged.encode(),
         "refused.csv": csv_of("suivi", f"id_apprenant={CANARY} & observe_le=hier")},
        on=date(2018, 4, 1),
    )  # fmt: skip
    settings = load_settings(home.folder)
    assert purge(settings, today=date(2024, 6, 1)).forgotten.originals == []
    assert len(purge(settings, today=date(2024, 6, 2)).forgotten.originals) == 2
    assert holding(home.folder, CANARY) == set()
    assert home.rows("SELECT count(*) FROM clean.learners") == [(1,)], "its session has not ended long ago"
