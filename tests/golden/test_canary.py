"""Personal values planted in every personal column and in identifier columns appear nowhere but where they may."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from expectations.contract.returns import RETURNS
from tests.golden.nights import Home
from tests.spec.paper import csv_of

REFERENCE, NATIONAL, BORN, NAME = "ZZCANARYREF", "ZZCANARYINE", "17/03/1991", "ZZCANARYNAME"
BORN_FORMS = (BORN, "1991-03-17")
#: where a personal value of the contract may be; an identifier's may be nowhere at all
ALLOWED = ("archive/", "store.duckdb")


def with_identifiers(file: bytes) -> bytes:
    """The file with a column of names, a damaged record that holds one, and a row in error."""
    header, *rows = file.decode().splitlines()
    rows = [f"{row};{NAME}" for row in rows]
    return "\n".join([f"{header};Nom de naissance", *rows, f"cut;{NAME}", rows[0].replace("REF1", "REF4").replace(";F;", ";??;")]).encode() + b"\n"


@pytest.fixture
def planted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> tuple[Home, str]:
    home = Home(tmp_path)
    personal = f"id_apprenant={REFERENCE}1 & identifiant_national={NATIONAL} & naissance={BORN}"
    learners = csv_of("apprenants", personal, personal.replace("REF1", "REF2"), personal.replace("REF1", "REF3"))
    followups = csv_of("suivi", f"id_apprenant={REFERENCE}1", f"id_apprenant={REFERENCE}9 & situation={NAME}")
    with caplog.at_level(logging.DEBUG):
        night = home.night(
            {
                "a.csv": csv_of("actions"),
                "b.csv": csv_of("sessions"),
                "c.csv": with_identifiers(learners),
                "d.csv": followups,
                "refused.csv": f"siret;numero_session;nom\n1;2;{NAME}\n".encode(),
            }
        )
    return home, json.dumps(night, default=str) + caplog.text


def test_every_personal_column_is_planted() -> None:
    personal = {c.name for r in RETURNS.values() for c in r.columns if c.personal}
    assert personal == {"learner_ref", "national_ref", "born_on"}


def test_the_canaries_stay_where_they_may(planted: tuple[Home, str]) -> None:
    home, said = planted
    assert home.row("select count(*) from clean.learners")[0] >= 2
    found: dict[str, set[str]] = {}
    for path in sorted(p for p in home.folder.rglob("*") if p.is_file()):
        data, name = path.read_bytes(), path.relative_to(home.folder).as_posix()
        for canary in (REFERENCE, NATIONAL, *BORN_FORMS, NAME):
            if canary.encode() in data:
                found.setdefault(canary, set()).add(name)
    assert NAME not in found or all(p.startswith("archive/") for p in found[NAME]), found
    for canary in (REFERENCE, NATIONAL, *BORN_FORMS):
        assert all(place.startswith(ALLOWED) for place in found.get(canary, ())), found
        assert canary not in said
    assert NAME not in said


def test_an_identifier_is_in_no_archived_file_that_has_its_column(planted: tuple[Home, str]) -> None:
    home, _ = planted
    for path in (home.folder / "archive").rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        if b"Nom de naissance" in data or b"numero_session;nom" in data:
            assert NAME.encode() not in data


def test_no_text_of_the_warehouse_holds_a_canary(planted: tuple[Home, str]) -> None:
    home, _ = planted
    tables = home.rows("select schema_name || '.' || table_name from duckdb_tables() where not internal")
    for (table,) in tables:
        text = repr(home.rows(f"from {table}"))
        assert not [c for c in (REFERENCE, NATIONAL, NAME) if c in text], table
        assert "datetime.date(1991, 3, 17)" not in text, table
