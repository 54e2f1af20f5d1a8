"""The script that makes the reference data, on two small invented vintages."""

import csv
import datetime as dt
import gzip
import json
import tomllib
from pathlib import Path

import pytest

from warehouse.reference.make_place_files import Span, history_spans, main, read_package


def commune(code: str, name: str, **more: object) -> dict[str, object]:
    kind = more.pop("type", "commune-actuelle")
    return {"code": code, "nom": name, "type": kind, "departement": code[:2], "region": "32", **more}


def package(folder: Path, version: str, communes: list, history: list | None = None) -> Path:
    members = [
        {"code": item["code"]} for item in communes if item["type"] == "commune-actuelle" and item["code"][:2] != "98"
    ]
    lists = {
        "communes": communes,
        "epci": [{"code": "200000001", "nom": "CC des Essais", "type": "CC", "membres": members}],
        "departements": [{"code": code, "nom": code, "region": "32"} for code in ("59", "62", "987")],
    }
    if history is not None:
        lists["historique-communes"] = history
    (folder / "data").mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps({"version": version}))
    for name, rows in lists.items():
        (folder / "data" / f"{name}.json").write_text(json.dumps(rows))
    return folder


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    history = [
        {"type": "COM", "code": "59001", "nom": "Un"},
        {"type": "COM", "code": "59002", "nom": "Deux"},
        {"type": "COM", "code": "59003", "nom": "Trois", "dateFin": "1972-07-01"},
        {"type": "COMA", "code": "59003", "nom": "Trois", "dateDebut": "1972-07-01"},
        {"type": "COM", "code": "59100", "nom": "Jadis", "dateFin": "1980-01-01"},
        {"type": "COM", "code": "62009", "nom": "Déménagé", "dateFin": "1950-01-01"},
        {"type": "COM", "code": "59200", "nom": "Naguère", "dateFin": "2018-01-01"},
        {"type": "COM", "code": "62200", "nom": "Parti", "dateFin": "2018-01-01"},
        {"type": "COMD", "code": "59300", "nom": "Jamais commune", "dateDebut": "2018-01-01"},
    ]
    old = [commune("59001", "Un", population=90), commune("59002", "Deux", population=5)]
    new = [
        commune("59001", "Un", population=100, codesPostaux=["59100", "59400", "98701"],
                anciensCodes=["59002", "59003", "59100", "59200", "59300", "62009", "62200"]),
        commune("59001", "Un la Vieille", type="commune-deleguee", chefLieu="59001"),
        commune("59003", "Trois", type="commune-associee", chefLieu="62001"),
        commune("62001", "Quatre", population=3000, codesPostaux=["59400", "59001", "62001"]),
        commune("98701", "Île", codesPostaux=["98700"]),
    ]  # fmt: skip
    return [package(tmp_path / "new", "6.0.0", new), package(tmp_path / "old", "0.7.0", old, history)]


def made(folders: list[Path], to: Path) -> dict[str, list[dict[str, str]]]:
    to.mkdir()
    main([*map(str, folders), "--to", str(to), "--date", "2026-01-31"])
    found = {
        "communes": list(csv.DictReader(gzip.decompress((to / "communes.csv.gz").read_bytes()).decode().splitlines()))
    }
    for name in ("epci", "departements", "postcodes"):
        found[name] = list(csv.DictReader((to / f"{name}.csv").read_text(encoding="utf-8").splitlines()))
    return found


def test_communes(folders: list[Path], tmp_path: Path) -> None:
    rows = {row["commune_code"]: row for row in made(folders, tmp_path / "out")["communes"]}
    facts = {
        code: (
            row["name"],
            row["kind"],
            row["current_commune_code"],
            row["valid_from"],
            row["valid_to"],
            row["population"],
        )
        for code, row in rows.items()
    }
    # 59100 is left out as a postcode of today, 62009 since it changed its department long ago.
    assert facts == {
        "59001": ("Un", "COMMUNE", "59001", "", "", "100"),
        "59002": ("Deux", "ANCIENNE", "59001", "", "2026-01-01", ""),
        "59003": ("Trois", "ASSOCIEE", "62001", "", "1972-07-01", ""),
        "59200": ("Naguère", "ANCIENNE", "59001", "", "2018-01-01", ""),
        "59300": ("Jamais commune", "ANCIENNE", "59001", "", "", ""),
        "62200": ("Parti", "ANCIENNE", "59001", "", "2018-01-01", ""),
        "62001": ("Quatre", "COMMUNE", "62001", "", "", "3000"),
        "98701": ("Île", "COMMUNE", "98701", "", "", "0"),
    }
    assert rows["59003"]["department_code"] == "62"
    assert rows["98701"]["department_code"] == "987"
    assert rows["98701"]["epci_code"] == ""


def test_the_other_files(folders: list[Path], tmp_path: Path) -> None:
    found = made(folders, tmp_path / "out")
    assert [tuple(row.values()) for row in found["epci"]] == [("200000001", "CC des Essais", "CC", "3100", "62", "True")]
    assert {row["department_code"]: row["population"] for row in found["departements"]} == {
        "59": "100",
        "62": "3000",
        "987": "0",
    }
    # 62001 serves no commune but its own.
    assert [tuple(row.values()) for row in found["postcodes"]] == [
        ("59001", "62001"),
        ("59100", "59001"),
        ("59400", "59001 62001"),
        ("98700", "98701"),
        ("98701", "59001"),
    ]
    source = tomllib.loads((tmp_path / "out" / "SOURCE.toml").read_text(encoding="utf-8"))
    assert source["version"] == "6.0.0"
    assert source["earlier_versions"] == ["0.7.0"]
    assert source["made_on"] == dt.date(2026, 1, 31)


def test_the_same_packages_make_the_same_bytes(folders: list[Path], tmp_path: Path) -> None:
    made(folders, tmp_path / "one")
    made(folders[::-1], tmp_path / "two")
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_spans_join_changes_of_name_and_keep_the_last_life() -> None:
    history = [
        {"type": "COM", "code": "76108", "nom": "Dé-fusionnée", "dateDebut": "2014-01-01"},
        {"type": "COM", "code": "76108", "nom": "Avant", "dateFin": "2012-01-01"},
        {"type": "COM", "code": "10001", "nom": "Nouveau nom", "dateDebut": "1960-05-01"},
        {"type": "COM", "code": "10001", "nom": "Ancien nom", "dateFin": "1960-05-01"},
    ]
    assert history_spans(history) == {
        "76108": Span("Dé-fusionnée", "2014-01-01", None),
        "10001": Span("Nouveau nom", None, None),
    }


def test_an_unknown_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="VINTAGES"):
        read_package(package(tmp_path / "odd", "9.9.9", []))
