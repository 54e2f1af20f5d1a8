"""Nights with workbooks among the files: the same figures as with CSVs, and nothing kept but the cells of returns."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from flows.recovery.rebuild import rebuild
from flows.settings import load_settings
from tests.golden.nights import Home
from tests.spec.paper import csv_of
from tests.workbooks import texts, typed, with_open_document, with_openpyxl, with_xlsxwriter
from warehouse.compare_databases import dump

CANARY = "ZZCANARY"
LEARNERS = tuple(f"id_apprenant=L{number}" for number in range(1, 6))
ANSWERS = ("id_apprenant=L1", "id_apprenant=L2 & situation=RECHERCHE", "id_apprenant=L3 & situation=CDD_6P", "id_apprenant=L4 & situation=ZZ")
EXPENSES = ("", "piece=F2 & montant=12,5", "piece=F3 & montant=zz")
CSVS = {
    "a.csv": csv_of("actions"), "b.csv": csv_of("sessions"), "c.csv": csv_of("apprenants", *LEARNERS),
    "d.csv": csv_of("suivi", *ANSWERS), "e.csv": csv_of("depenses", *EXPENSES), "f.csv": csv_of("financements"),
}  # fmt: skip
#: tables of figures, whose rows name no file
FIGURES = ("positive_exit", "exits_by_audience", "audience_mix", "certification", "coverage", "spend_by_action", "spend_by_provider")


def with_names(table: list[list[Any]]) -> list[list[Any]]:
    """The same table, with a line above that names somebody, a column of names, and a cell beyond the last title."""
    header, *rows = table
    return [[f"Liste de {CANARY}"], [*header, "Nom"], *([*row, CANARY, CANARY] for row in rows)]


def workbooks() -> dict[str, bytes]:
    """The same returns: three in one workbook, beside sheets that are none, one in another, and CSVs."""
    several = with_xlsxwriter(
        {
            "Mode d'emploi": [["Remplissez les feuilles"]], "Sessions": typed("sessions"),
            "Apprenants": with_names(typed("apprenants", *LEARNERS)), "Contacts": [["Nom", "Courriel"], [CANARY, f"{CANARY}@exemple.fr"]],
            "Suivi": texts("suivi", *ANSWERS),
        }
    )  # fmt: skip
    return {
        "a.csv": CSVS["a.csv"], "b.xlsx": several, "e.ods": with_open_document({CANARY: with_names(typed("depenses", *EXPENSES))}),
        "f.csv": CSVS["f.csv"], "g.xlsx": with_openpyxl({CANARY: [[CANARY, "Prénom"], [CANARY, "Léa"]]}), "h.xlsx": several[:4000],
    }  # fmt: skip


def figures(home: Home) -> dict[str, list[tuple[Any, ...]]]:
    return {table: home.rows(f"SELECT * FROM indicators.{table} ORDER BY ALL") for table in FIGURES}


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Mapping[str, Any], Home]:
    """A home after a night on workbooks, what that night reported, and one after a night on the same values in CSV."""
    home, other = Home(tmp_path_factory.mktemp("workbooks")), Home(tmp_path_factory.mktemp("csv"), tells=False)
    report = home.night(workbooks())
    other.night(CSVS)
    return home, report, other


@pytest.mark.slow
def test_the_figures_are_those_of_the_same_night_in_csv(homes: tuple[Home, Mapping[str, Any], Home]) -> None:
    home, report, other = homes
    found = figures(home)
    assert found == figures(other)
    assert all(found.values()), "there are figures to compare"
    assert [(file["name"], file["decision"]) for file in report["files"]] == [
        ("a.csv", "accepted"), ("b.xlsx#Sessions", "accepted"), ("b.xlsx#Apprenants", "accepted"), ("b.xlsx#Suivi", "partial"),
        ("e.ods", "partial"), ("f.csv", "accepted"), ("g.xlsx", "refused"), ("h.xlsx", "refused"),
    ]  # fmt: skip
    assert not list((home.folder / "inbox").iterdir())


@pytest.mark.slow
def test_nothing_is_kept_but_the_cells_of_returns(homes: tuple[Home, Mapping[str, Any], Home]) -> None:
    home, report, _ = homes
    files = [path for path in home.folder.rglob("*") if path.is_file()]
    assert len(list(home.folder.glob("archive/??/*"))) == 8
    assert [path for path in files if CANARY.encode() in path.read_bytes() or CANARY in str(path)] == []
    assert CANARY not in str(report)
    for path in home.folder.glob("archive/??/*"):
        assert path.read_bytes().isascii() or path.read_bytes().decode("utf-8")
        assert not path.read_bytes().startswith((b"PK", b"\xd0\xcf"))


@pytest.mark.slow
def test_a_rebuilt_home_is_the_same(homes: tuple[Home, Mapping[str, Any], Home]) -> None:
    home, *_ = homes
    settings = load_settings(home.folder)
    before = [list(dump(home.folder / name)) for name in ("store.duckdb", "warehouse.duckdb")]
    rebuild(settings)
    assert [list(dump(home.folder / name)) for name in ("store.duckdb", "warehouse.duckdb")] == before


@pytest.mark.slow
def test_a_workbook_that_is_sent_again_changes_nothing_and_a_corrected_one_replaces(tmp_path: Path) -> None:
    home = Home(tmp_path, tells=False)
    files = workbooks()
    home.night({name: files[name] for name in ("a.csv", "b.xlsx", "e.ods")})
    again = home.night({"copie.xlsx": files["b.xlsx"], "copie.ods": files["e.ods"]})
    assert [file["decision"] for file in again["files"]] == ["duplicate"] * 4
    corrected = with_openpyxl({"Suivi": typed("suivi", *(answer.replace("ZZ", "CDI") for answer in ANSWERS))})
    report = home.night({"corrigé.xlsx": corrected})
    assert [(file["name"], file["decision"], file["accepted"]) for file in report["files"]] == [("corrigé.xlsx", "accepted", 4)]


def test_a_night_that_could_not_empty_the_inbox_takes_no_sheet_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path, tells=False)
    monkeypatch.setattr("tests.golden.nights.compute", lambda night: None)
    monkeypatch.setattr("tests.golden.nights.publish", lambda night, computed: [])
    with monkeypatch.context() as away:
        away.setattr("warehouse.intake.inbox.remove", lambda arrival: False)
        assert len(home.night({"b.xlsx": workbooks()["b.xlsx"]})["files"]) == 3
    assert [path.name for path in (home.folder / "inbox").iterdir()] == ["b.xlsx"]
    assert home.night()["files"] == []
    assert not list((home.folder / "inbox").iterdir())
