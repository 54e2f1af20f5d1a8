"""What was kept long enough goes, its figures stay in the snapshots, and nothing brings it back or asks for it again."""

from __future__ import annotations

import io
import json
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from flows.cli import main
from flows.erasure.purge import purge, reopen
from flows.recovery.rebuild import rebuild
from flows.settings import load_settings
from tests.golden.nights import Home
from tests.spec.paper import SIRET, csv_of
from transforms.models.rows_in_force import lake_of_store
from warehouse.store.store import Store

CANARY = "ZZCANARYOLD"
RECENT = "numero_session=S2 & debut=05/03/2026 & fin=28/09/2026"
ENTERED = "numero_session=S2 & entree_le=05/03/2026 & sortie_le=28/09/2026"
#: the session of 2018 is done with by then: the answers of its last horizon came in 2019
OLD = {
    "a.csv": csv_of("actions"),
    "b.csv": csv_of("sessions"),
    "c.csv": csv_of("apprenants", f"id_apprenant={CANARY}1", f"id_apprenant={CANARY}2 & sexe=??", f"id_apprenant={CANARY}3"),
    "d.csv": csv_of("suivi", f"id_apprenant={CANARY}1"),
}
NEW = {"e.csv": csv_of("sessions", RECENT), "f.csv": csv_of("apprenants", f"{ENTERED} & id_apprenant=L1", f"{ENTERED} & id_apprenant=L2")}
CAME = date(2019, 4, 2)
#: the nights of one day, which midnight at Paris must not part: what has changed is told since the day before
LATELY = date(2026, 11, 27)


def holding(folder: Path, text: str) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and text.encode() in p.read_bytes()}


def sessions_of_lake(folder: Path) -> list[str]:
    """The sessions of learners of whom anything lies in the lake."""
    with duckdb.connect() as con:
        query = f"SELECT DISTINCT session_id FROM read_parquet('{folder}/lake/learners/*/*/*.parquet') ORDER BY ALL"
        return [session for (session,) in con.execute(query).fetchall()]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home in which a session of 2018 was followed to its end, and one of 2026 has come."""
    made = Home(tmp_path_factory.mktemp("home"))
    made.night(OLD, on=CAME)
    made.night(NEW, on=LATELY)
    (made.folder / "snapshots").rename(made.folder / "put-away")
    return made


@pytest.mark.attack
def test_a_purge(home: Home) -> None:
    settings = load_settings(home.folder)
    assert purge(settings, today=date(2025, 6, 2)).sessions == ()  # 74 months after the last day on which anything came
    looked = purge(settings, dry_run=True, today=date(2025, 6, 3))
    assert looked.sessions == (f"{SIRET}/S1",)
    assert [(one.latest, one.learners) for one in looked.past] == [(CAME, 2)]
    assert holding(home.folder, CANARY)
    with Store.open(home.folder) as store:
        lake_of_store(store, home.folder, date(2100, 1, 1))
    assert sessions_of_lake(home.folder) == ["S1", "S2"]

    done = purge(settings, today=date(2025, 6, 3))
    assert (done.sessions, done.removed.rows["rows_learners"]) == (looked.sessions, 2)
    assert {name for name in holding(home.folder, CANARY) if not name.startswith("put-away/")} == set()
    assert sessions_of_lake(home.folder) == ["S2"]
    assert home.rows("SELECT session_id, count(*) FROM clean.learners GROUP BY ALL") == [("S2", 2)]
    assert home.row("SELECT leavers FROM indicators.positive_exit WHERE level = 'programme' AND horizon = 'M6' AND cohort = 'all'") == (2,)
    (snapshot,) = (home.folder / "snapshots").iterdir()
    with duckdb.connect(str(snapshot), read_only=True) as con:
        kept = con.execute("SELECT leavers FROM indicators.positive_exit WHERE level = 'programme' AND horizon = 'M6' AND cohort = 'all'")
        assert kept.fetchall() == [(4,)], "the figures of before stay"
        assert con.execute("SELECT DISTINCT session_id FROM clean.learners").fetchall() == [("S2",)]
        ((noted,),) = con.execute("SELECT rows FROM meta.row_counts WHERE table_name = 'clean.learners'").fetchall()
        assert noted == 2
    assert rebuild(settings, verify=True).is_proven
    assert purge(settings, today=date(2025, 6, 3)).is_nothing

    again = csv_of("apprenants", f"id_apprenant={CANARY}1", f"id_apprenant={CANARY}3", f"id_apprenant={CANARY}9")
    report = home.night({"again.csv": again}, on=LATELY)
    assert report["files"][0]["accepted"] == 3
    assert not holding(home.folder / "archive", CANARY)
    assert home.rows("SELECT * FROM quality.overdue WHERE rule = 'RET-01'") == [], "it is not asked for again"
    (page,) = (home.folder / "receipts" / SIRET).glob("*-again.html")
    said = " ".join(page.read_text().split())
    assert "rien n'en est gardé" in said.replace("&#39;", "'")
    assert "vous n'avez rien à faire" not in said.replace("&#39;", "'").lower()

    # purged by mistake it can be sent again, once that is said
    reopening = ["purge", "--home", str(home.folder), "--reopen"]
    assert [main([*reopening, f"{SIRET}/{number}"]) for number in ("S9", "S1")] == [2, 0]
    home.night({"a-new-export.csv": csv_of("apprenants", f"id_apprenant={CANARY}1", f"id_apprenant={CANARY}3")}, on=LATELY)
    assert home.rows("SELECT count(*) FROM clean.learners WHERE session_id = 'S1'") == [(2,)]
    proof = rebuild(settings, verify=True)
    assert (proof.originals, proof.store, proof.warehouse) == ((), (), ())


@pytest.mark.attack
def test_of_old_files_what_cannot_be_attributed_goes_too(tmp_path: Path) -> None:
    home = Home(tmp_path)
    still_there = "sortie_le= & fin_de_parcours= & certification="
    damaged = csv_of("apprenants", f"id_apprenant=L1 & {still_there}", f"id_apprenant=L2 & {still_there}").decode().replace("L2;", f'"{CANARY}"x;')
    home.night(
        {"a.csv": csv_of("actions"), "b.csv": csv_of("sessions", RECENT.replace("S2", "S1")), "c.csv": damaged.encode(),
         "refused.csv": csv_of("suivi", f"id_apprenant={CANARY} & observe_le=hier")},
        on=date(2018, 4, 1),
    )  # fmt: skip
    settings = load_settings(home.folder)
    assert purge(settings, today=date(2024, 6, 1)).removed.originals == []
    assert len(purge(settings, today=date(2024, 6, 2)).removed.originals) == 2
    assert holding(home.folder, CANARY) == set()
    assert home.rows("SELECT count(*) FROM clean.learners") == [(1,)], "its session has not ended long ago"


@pytest.fixture(scope="module")
def two_slips(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """S3: 2016 typed for 2025, its learners came this year. S4: announced once as ending in 2099, put right since, over in 2018."""
    made = Home(tmp_path_factory.mktemp("slips"))
    made.night({"b.csv": csv_of("sessions", "numero_session=S4 & fin=28/09/2099")}, on=date(2018, 3, 6))
    made.night(
        {"b2.csv": csv_of("sessions", "numero_session=S4"), "c.csv": csv_of("apprenants", "numero_session=S4", "numero_session=S4 & id_apprenant=L2")},
        on=date(2018, 10, 1),
    )  # fmt: skip
    current = "numero_session=S3 & entree_le=05/03/2026 & sortie_le= & fin_de_parcours= & certification="
    made.night({
        "d.csv": csv_of("sessions", "numero_session=S3 & debut=05/03/2016 & fin=28/09/2016"),
        "e.csv": csv_of("apprenants", *(f"{current} & id_apprenant=L{number}" for number in range(24))),
    }, on=date(2026, 4, 1))  # fmt: skip
    return made


def test_a_slip_in_a_year_neither_ends_nor_keeps_a_session(two_slips: Home) -> None:
    found = purge(load_settings(two_slips.folder), dry_run=True, today=date(2026, 11, 27))
    assert [(str(one), one.latest, one.learners) for one in found.past] == [(f"{SIRET}/S4", date(2018, 10, 1), 2)]


@pytest.mark.parametrize("kept", ["c.csv", "s.csv"])
def test_whatever_comes_of_a_session_keeps_it(tmp_path: Path, kept: str) -> None:
    """Also a record in error, and the session's own return."""
    home = Home(tmp_path, tells=False)
    home.night({"b.csv": csv_of("sessions", "numero_session=S4"), "a.csv": csv_of("apprenants", "numero_session=S4")}, on=date(2018, 10, 1))
    files = {"c.csv": csv_of("apprenants", "numero_session=S4 & sexe=??", "numero_session=S5"), "s.csv": csv_of("sessions", "numero_session=S4")}
    home.night({kept: files[kept] + b"\n"}, on=date(2021, 1, 1))
    assert purge(load_settings(home.folder), dry_run=True, today=date(2026, 11, 27)).sessions == ()
    assert f"{SIRET}/S4" in purge(load_settings(home.folder), dry_run=True, today=date(2027, 3, 2)).sessions


@pytest.mark.attack
def test_it_lists_and_asks(
    two_slips: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(two_slips.folder, tmp_path / "home")
    two_slips = Home(tmp_path / "home")
    purging = ["purge", "--home", str(two_slips.folder)]
    assert main(purging) == 2
    out, err = capsys.readouterr()
    assert (out, len(err.strip().splitlines())) == ("", 1)
    assert "--yes" in err
    assert main([*purging, "--dry-run"]) == 0
    assert f"  {SIRET}/S4: 2 learners, last heard of on 2018-10-01" in capsys.readouterr().out.splitlines()

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    assert main(purging) == 0
    out, err = capsys.readouterr()
    assert f"{SIRET}/S4" in err and "nothing was changed" in err
    assert two_slips.rows("SELECT count(*) FROM quality.files") == [(5,)]
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert main([*purging, "--yes", "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["past"] == [{"session": f"{SIRET}/S4", "latest": "2018-10-01", "learners": 2}]
    assert purge(load_settings(two_slips.folder), today=date(2026, 11, 27)).is_nothing
    with pytest.raises(Exception, match="was not purged"):
        reopen(load_settings(two_slips.folder), SIRET, "S3")
