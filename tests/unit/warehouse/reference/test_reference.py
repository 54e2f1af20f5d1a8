"""The committed reference data: known facts, keys, sums, and the two ways of loading them."""

import hashlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

import warehouse.reference
from warehouse.reference import REFERENCE_TABLES, load_places, load_reference, reference_sources

FOLDER = Path(warehouse.reference.__file__).parent
REGION_DEPARTMENTS = ("02", "59", "60", "62", "80")


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        load_reference(connection)
        yield connection


def rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[tuple]:
    return con.execute(sql).fetchall()


@pytest.mark.parametrize(
    ("code", "current"),
    [
        ("59512", "59512"),  # Roubaix
        ("59350", "59350"),  # Lille
        ("80021", "80021"),  # Amiens
        ("02691", "02691"),  # Saint-Quentin, leading zero
        ("2A004", "2A004"),  # Ajaccio
        ("2B033", "2B033"),  # Bastia
        ("97411", "97411"),  # Saint-Denis, La Réunion
        ("98818", "98818"),  # Nouméa
        ("75056", "75056"),
        ("75101", "75056"),
        ("69381", "69123"),
        ("13216", "13055"),
        ("59355", "59350"),  # Lomme, associated with Lille in 2000
        ("59298", "59350"),  # Hellemmes
        ("60455", "60694"),  # Neuville-Garnier: its present parent, not the one of the list of old codes
    ],
)
def test_known_codes_lead_to_the_present_commune(code: str, current: str) -> None:
    places = load_places()
    assert places.is_commune(code)
    assert places.current(code) == current
    assert not places.is_postcode(code)


@pytest.mark.parametrize(
    "code",
    [
        "59000",  # Lille
        "80000",  # Amiens
        "62110",  # Hénin-Beaumont; the code of Berguette until 1996
        "59540",  # Caudry; the code of Saint-Pol-sur-Mer until 2010
        "60300",  # Senlis; the code of a commune until 2019
        "75001",  # Paris; the code of Alfortville until 1968
        "20000",
        "97400",
    ],
)
def test_postcodes_are_no_communes(code: str) -> None:
    places = load_places()
    assert places.is_postcode(code)
    assert not places.is_commune(code)


@pytest.mark.parametrize("code", ["", "59999", "2a004", "1001", "20004", " 59512", "59512\n", "2C001", "commune_code"])
def test_anything_else_is_unknown(code: str) -> None:
    places = load_places()
    assert not places.is_commune(code)
    assert not places.is_postcode(code)
    with pytest.raises(KeyError):
        places.current(code)


def test_a_code_that_is_both_is_a_commune() -> None:
    places = load_places()
    assert places.is_commune("59100")  # Bousignies, and the postcode of Roubaix
    assert not places.is_postcode("59100")
    assert places.is_postcode_of_larger("59100")


def test_a_code_is_told_as_a_postcode_where_that_serves_a_larger_commune() -> None:
    places = load_places()
    assert all(map(places.is_postcode_of_larger, ("59100", "59200", "62100", "02100", "69001")))
    assert not any(map(places.is_postcode_of_larger, ("59512", "75116", "59000", "59999", "59650")))
    assert all(places.is_postcode(code) != places.is_postcode_of_larger(code) for code in places.postcodes)


def test_a_postcode_names_its_communes() -> None:
    assert load_places().postcodes["59000"] == ("59350",)
    assert "62427" in load_places().postcodes["62110"]
    assert "59512" not in load_places().postcodes


def test_places_are_read_once_and_agree_with_the_table(con: duckdb.DuckDBPyConnection) -> None:
    places = load_places()
    assert load_places() is places
    assert dict(rows(con, "SELECT commune_code, current_commune_code FROM reference.communes")) == places.current_codes
    assert all(re.fullmatch(r"\d{5}", postcode) for postcode in places.postcodes)
    served = {code for codes in places.postcodes.values() for code in codes}
    assert all(places.current(code) == code for code in served)


def test_codes_have_the_shape_of_codes() -> None:
    assert all(re.fullmatch(r"\d[\dAB]\d{3}", code) for code in load_places().current_codes)


def test_every_code_leads_to_a_present_commune_and_carries_its_places(con: duckdb.DuckDBPyConnection) -> None:
    wrong = """
        SELECT c.commune_code
        FROM reference.communes c LEFT JOIN reference.communes p ON p.commune_code = c.current_commune_code
        WHERE p.is_current IS NOT TRUE OR p.current_commune_code <> p.commune_code
           OR c.is_current <> (c.commune_code = c.current_commune_code) OR c.is_current <> (c.kind = 'COMMUNE')
           OR c.is_current <> (c.population IS NOT NULL)
           OR (c.department_code, c.region_code) <> (p.department_code, p.region_code)
           OR c.epci_code IS DISTINCT FROM p.epci_code OR coalesce(c.name, '') = ''
           OR c.valid_from > c.valid_to OR (c.is_current AND c.valid_to IS NOT NULL)
    """
    assert rows(con, wrong) == []


def test_places_belong_together(con: duckdb.DuckDBPyConnection) -> None:
    assert (
        rows(
            con, "SELECT commune_code FROM reference.communes ANTI JOIN reference.departements USING (department_code)"
        )
        == []
    )
    no_epci = "SELECT commune_code FROM reference.communes ANTI JOIN reference.epci USING (epci_code) WHERE {}"
    assert rows(con, no_epci.format("region_code = '32' OR epci_code IS NOT NULL")) == []
    islands = [code for (code,) in rows(con, no_epci.format("is_current AND department_code < '97'"))]
    assert sorted(islands) == ["22016", "29083", "29155", "85113"]
    departments = """
        SELECT commune_code FROM reference.communes
        WHERE is_current AND department_code <> left(commune_code, CASE WHEN commune_code >= '97' THEN 3 ELSE 2 END)
    """
    assert rows(con, departments) == []


def test_populations_add_up(con: duckdb.DuckDBPyConnection) -> None:
    total = rows(con, "SELECT sum(population) FROM reference.communes")[0][0]
    assert 68_000_000 < total < 71_000_000
    assert rows(con, "SELECT sum(population) FROM reference.departements")[0][0] == total
    for table, key in (("epci", "epci_code"), ("departements", "department_code")):
        wrong = f"""
            SELECT {key} FROM reference.{table} t
            WHERE population <> (SELECT coalesce(sum(c.population), 0) FROM reference.communes c WHERE c.{key} = t.{key})
        """
        assert rows(con, wrong) == []


def test_the_region(con: duckdb.DuckDBPyConnection) -> None:
    departments = rows(con, "SELECT department_code FROM reference.departements WHERE region_code = '32' ORDER BY 1")
    assert tuple(code for (code,) in departments) == REGION_DEPARTMENTS
    assert rows(con, "SELECT count(*) FROM reference.epci WHERE is_in_region") == [(92,)]
    across = "SELECT DISTINCT department_code FROM reference.epci WHERE is_in_region ORDER BY 1"
    assert [code for (code,) in rows(con, across)] == sorted([*REGION_DEPARTMENTS, "76"])
    lille = "SELECT e.* FROM reference.communes c JOIN reference.epci e USING (epci_code) WHERE commune_code = '59512'"
    code, name, kind, population, department, is_in_region = rows(con, lille)[0]
    assert (code, name, kind, department) == ("200093201", "Métropole Européenne de Lille", "METRO", "59")
    assert is_in_region
    assert 1_150_000 < population < 1_250_000


def test_days_of_former_communes(con: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        con,
        "SELECT valid_to::VARCHAR, kind FROM reference.communes WHERE commune_code IN ('59355', '59350') ORDER BY 1",
    )
    assert found == [("2000-02-27", "ASSOCIEE"), (None, "COMMUNE")]
    late = "SELECT count(*) FROM reference.communes WHERE NOT is_current AND valid_to >= DATE '2019-01-02'"
    assert 50 < rows(con, late)[0][0] < 200


def test_tables_are_commented_and_loaded_anew(con: duckdb.DuckDBPyConnection) -> None:
    counts = (
        "SELECT table_name, estimated_size, comment FROM duckdb_tables() WHERE schema_name = 'reference' ORDER BY 1"
    )
    con.execute("CREATE TABLE IF NOT EXISTS reference.calls (call_id VARCHAR)")
    before = rows(con, counts)
    load_reference(con)
    assert rows(con, counts) == before
    con.execute("DROP TABLE reference.calls")
    assert {name for name, _, comment in rows(con, counts) if comment} == set(reference_sources())
    uncommented = (
        "SELECT column_name FROM duckdb_columns() WHERE schema_name = 'reference' AND coalesce(comment, '') = ''"
    )
    assert rows(con, uncommented) == []


def test_files_are_those_of_the_source_and_small() -> None:
    source = tomllib.loads((FOLDER / "SOURCE.toml").read_text(encoding="utf-8"))
    assert source["version"] == "6.0.0"
    assert source["vintage"] == 2026
    assert "Licence Ouverte" in source["licence_of_the_data"]
    for name, digest in source["sha256"].items():
        data = (FOLDER / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == digest, name
        assert len(data) < 1024 * 1024
    assert set(source["sha256"]) == {table.file_name for table in REFERENCE_TABLES} | {"postcodes.csv"}
