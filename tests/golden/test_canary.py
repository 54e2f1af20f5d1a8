"""Personal values planted in every personal column and in identifier columns appear nowhere but where they may."""

from __future__ import annotations

import email
import email.policy
import io
import json
import logging
import re
from email.message import EmailMessage

import pytest

from expectations.contract.returns import RETURNS
from tests.golden.nights import Home
from tests.spec.paper import csv_of
from warehouse.notifications.outbox import Outbox
from warehouse.store.store import Store

REFERENCE, NATIONAL, BORN, NAME = "ZZCANARYREF", "ZZCANARYINE", "17/03/1991", "ZZCANARYNAME"
BORN_FORMS = (BORN, "1991-03-17")
CANARIES = (REFERENCE, NATIONAL, BORN, "1991-03-17", NAME)
#: where a personal value of the contract may be; a name under an identifier's title may be nowhere at all
ALLOWED = re.compile(r"archive/.*|store\.duckdb|receipts/[^/]+/[^/]+\.csv")
NAME_ALLOWED = re.compile(r"archive/.*|receipts/[^/]+/[^/]+-d\.csv")


def with_identifiers(file: bytes) -> bytes:
    """The file with a column of names, a damaged record that holds one, and a row in error."""
    header, *rows = file.decode().splitlines()
    rows = [f"{row};{NAME}" for row in rows]
    return "\n".join([f"{header};Nom de naissance", *rows, f"cut;{NAME}", rows[0].replace("REF1", "REF4").replace(";F;", ";??;")]).encode() + b"\n"


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, str]:
    """A home after a night on planted files, and all that the night said: its report and whatever anybody logged."""
    home = Home(tmp_path_factory.mktemp("planted"))
    (home.folder / "suivi.toml").write_text('steward_email = "donnees@region.example"\nsender = "suivi@region.example"\n')
    personal = f"id_apprenant={REFERENCE}1 & identifiant_national={NATIONAL} & naissance={BORN}"
    learners = csv_of("apprenants", personal, personal.replace("REF1", "REF2"), personal.replace("REF1", "REF3"))
    followups = csv_of("suivi", f"id_apprenant={REFERENCE}1", f"id_apprenant={REFERENCE}9 & situation={NAME}")
    logged, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(logged), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        night = home.night(
            {
                "a.csv": csv_of("actions"),
                "b.csv": csv_of("sessions"),
                "c.csv": with_identifiers(learners),
                "d.csv": followups,
                "refused.csv": f"siret;numero_session;nom\n1;2;{NAME}\n".encode(),
            }
        )
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    return home, json.dumps(night, default=str) + logged.getvalue()


def test_every_personal_column_is_planted() -> None:
    personal = {c.name for r in RETURNS.values() for c in r.columns if c.personal}
    assert personal == {"learner_ref", "national_ref", "born_on"}


def test_the_canaries_stay_where_they_may(planted: tuple[Home, str]) -> None:
    home, said = planted
    assert home.row("select count(*) from clean.learners")[0] >= 2
    found: dict[str, set[str]] = {canary: set() for canary in CANARIES}
    for path in sorted(p for p in home.folder.rglob("*") if p.is_file()):
        data, name = path.read_bytes(), path.relative_to(home.folder).as_posix()
        for canary in CANARIES:
            if canary.encode() in data:
                found[canary].add(name)
    for canary, places in found.items():
        allowed = NAME_ALLOWED if canary == NAME else ALLOWED
        assert [place for place in places if not allowed.fullmatch(place)] == [], canary
        assert canary not in said
    # The list of rejected lines has them, for the sender alone.
    assert any(place.startswith("receipts/") for place in found[REFERENCE])
    assert {path.stat().st_mode & 0o777 for path in (home.folder / "receipts").rglob("*") if path.is_dir()} == {0o700}


def test_the_log_names_file_rule_and_line(planted: tuple[Home, str]) -> None:
    _, said = planted
    for line in ("c.csv: partial, 3 of 5 records accepted", "c.csv: error APP-05L at line 6", "d.csv: error SUI-06L at line 3"):
        assert line in said.splitlines()


def test_no_mail_holds_a_canary(planted: tuple[Home, str]) -> None:
    home, _ = planted
    with Store.open(home.folder, read_only=True) as store:
        outbox = Outbox(store)
        mails = [outbox.content(mail.message_id) for mail in outbox.mails()]
    assert len(mails) >= 2, "one to the provider, one to the steward"
    for content in mails:
        mail = email.message_from_bytes(content, EmailMessage, policy=email.policy.default)
        parts = [str(part.get_content()) for part in mail.walk() if not part.is_multipart()]
        text = "\n".join([*(str(value) for value in mail.values()), *parts])
        assert [canary for canary in CANARIES if canary in text] == []


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
