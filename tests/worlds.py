"""Small worlds of clean rows: rows with what matters to a test, the rest filled in, put into DuckDB and built."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from expectations.contract.returns import RETURNS
from expectations.programme import Programme, load_programme, load_rules
from transforms.engines.on_this_machine import DuckDBEngine
from transforms.models.build import build
from transforms.models.earlier_sums import EarlierSums
from warehouse.published.published_tables import in_force_columns, published_columns
from warehouse.query_results import arrow_table
from warehouse.table_declarations import QUALITY_FILES, QUALITY_OVERDUE, create_table

Row = dict[str, Any]
A, B = "20003456500013", "90012345600007"
#: commune -> EPCI: two EPCIs in one department, one elsewhere in the region, overseas, Corsica, an island in no EPCI
COMMUNES = {"59512": "245900410", "59350": "245900410", "59178": "200044618", "80021": "248000531",
            "97411": "249740119", "2A004": "242010056", "29083": None}  # fmt: skip
EPCI = {"245900410": True, "200044618": True, "248000531": True, "200033579": True, "249740119": False, "242010056": False}
DEPARTEMENTS = {"02": 32, "59": 32, "60": 32, "62": 32, "80": 32, "974": 4, "2A": 94, "29": 53, "75": 11}

DEFAULTS: dict[str, Row] = {
    "actions": {
        "provider_siret": A, "provider_name": "Numérique pour tous", "contact_email": "contact@exemple.fr", "action_id": "A1",
        "title": "Développeur web", "gen_labelled_on": date(2018, 1, 15), "free_of_charge": True, "diploma_required": False,
        "call_id": "ERN-2017", "total_cost_eur": Decimal(50000), "grant_eur": Decimal(20000), "agreed_on": date(2018, 3, 1),
    },
    "sessions": {
        "provider_siret": A, "action_id": "A1", "session_id": "S1", "commune_code": "59512", "starts_on": date(2018, 3, 5),
        "ends_on": date(2018, 9, 28), "seats": 24,
    },
    "learners": {
        "provider_siret": A, "session_id": "S1", "learner_key": "L1", "sex": "M", "age_at_entry_band": "18-25",
        "epci_code": "245900410", "departement": "59", "diploma_level": "3", "is_dropout": "NON", "is_far_from_employment": "NON", "is_qpv_resident": "NON",
        "is_rural_resident": "NON", "is_disabled": "NON", "months_without_job": 8, "entered_on": date(2018, 3, 5),
        "left_on": date(2018, 9, 28), "completion": "TERMINE", "certification": "OBTENUE",
    },
    "followups": {
        "provider_siret": A, "session_id": "S1", "learner_key": "L1", "horizon": "M6", "observed_on": date(2019, 4, 1),
        "situation": "CDI", "is_digital_job": "OUI", "source": "DECLARATIF",
    },
    "expenses": {
        "provider_siret": A, "action_id": "A1", "document_ref": "F1", "spent_on": date(2018, 4, 30),
        "cost_category": "PERSONNEL", "amount_eur": Decimal(1000),
    },
    "fundings": {
        "provider_siret": A, "action_id": "A1", "reference": "V1", "funder": "Région", "funder_type": "REGION",
        "status": "VERSE", "decided_on": date(2018, 6, 15), "amount_eur": Decimal(10000),
    },
}  # fmt: skip


@dataclass
class World:
    """The rows of the six clean tables, and what the ledger and the rules across returns say beside them."""

    actions: list[Row] = field(default_factory=list)
    sessions: list[Row] = field(default_factory=list)
    learners: list[Row] = field(default_factory=list)
    followups: list[Row] = field(default_factory=list)
    expenses: list[Row] = field(default_factory=list)
    fundings: list[Row] = field(default_factory=list)
    #: rows of quality.files and quality.overdue, with the columns that matter
    files: list[Row] = field(default_factory=list)
    overdue: list[Row] = field(default_factory=list)
    #: reference dates of earlier nights: every row came with the first of them
    nights: list[date] = field(default_factory=list)

    def add(self, table: str, **changes: Any) -> Row:
        """One more row of this table: the default one with these changes."""
        unknown = changes.keys() - {*DEFAULTS[table], "certification_code", "rome_code"}
        assert not unknown, unknown
        row = {**DEFAULTS[table], **changes}
        getattr(self, table).append(row)
        return row

    def cohort(self, situations: Iterable[str | None], session_id: str = "S1", **changes: Any) -> None:
        """A session's learners with their M6 situations; None for no answer."""
        for number, situation in enumerate(situations):
            self.add("learners", session_id=session_id, learner_key=f"L{number}", **changes)
            if situation:
                self.add("followups", session_id=session_id, learner_key=f"L{number}", situation=situation)


def one_session() -> World:
    """An action with one session, nobody in it."""
    world = World()
    world.add("actions")
    world.add("sessions")
    return world


def columns_of(kind: str) -> dict[str, str]:
    """The columns of the clean table of this kind of return, with their types."""
    return {column.name: column.sql_type for column in published_columns(RETURNS[kind])}


def programme_of(tmp_path: Path, change: Callable[[str], str]) -> Programme:
    """The programme with its file changed."""
    from importlib.resources import files

    text = (files("expectations.programme") / "programme.toml").read_text(encoding="utf-8")
    path = tmp_path / "programme.toml"
    path.write_text(change(text), encoding="utf-8")
    return load_programme(path)


def built(
    world: World, as_of: date, programme: Programme | None = None, earlier: duckdb.DuckDBPyConnection | None = None
) -> duckdb.DuckDBPyConnection:
    """A database in memory with these rows, its indicators built, with the sums of an earlier one if given."""
    con = duckdb.connect()
    con.execute("CREATE SCHEMA clean")
    for kind, contract in RETURNS.items():
        columns = columns_of(kind)
        con.execute(f"CREATE TABLE clean.{contract.table} ({', '.join(f'{n} {t}' for n, t in columns.items())})")
        rows = [
            [{"submission_id": 1, "line": number, **row}.get(name) for name in columns]
            for number, row in enumerate(getattr(world, contract.table), 2)
        ]
        if rows:
            places = f"({', '.join('?' * len(columns))})"
            con.execute(
                f"INSERT INTO clean.{contract.table} VALUES {', '.join([places] * len(rows))}", [v for row in rows for v in row]
            )
    con.execute("CREATE SCHEMA quality")
    for declared, name in ((QUALITY_FILES, "files"), (QUALITY_OVERDUE, "overdue")):
        con.execute(create_table(declared))
        for row in getattr(world, name):
            con.execute(f"INSERT INTO {declared.name} BY NAME SELECT {', '.join(f'? AS {n}' for n in row)}", list(row.values()))
    _make_history(con, [*world.nights, as_of])
    load_places(con)
    load_rules(con, programme or load_programme())
    build(DuckDBEngine(con), as_of, _sums_of(earlier, con) if earlier else None)
    return con


def _make_history(con: duckdb.DuckDBPyConnection, nights: Sequence[date]) -> None:
    """A history in which all rows came with one file, in the first night, and have counted since."""
    con.execute("ATTACH ':memory:' AS history")
    for kind, contract in RETURNS.items():
        names = [column.name for column in in_force_columns(contract)]
        clean = columns_of(kind)
        given = ", ".join(name if name in clean else f"{'1' if name == 'submission_id' else 'NULL'} AS {name}" for name in names)
        con.execute(
            f"CREATE TABLE history.main.{contract.table} AS"
            f" SELECT {given}, CAST(NULL AS BIGINT) AS closed_by FROM clean.{contract.table}"
        )
    con.execute("CREATE TABLE history.main.nights AS SELECT DISTINCT unnest(CAST(? AS DATE[])) AS night", [list(nights)])
    con.execute(
        "CREATE TABLE history.main.received AS"
        " SELECT CAST(1 AS BIGINT) AS submission_id, min(night) AS received_on, min(night) AS night FROM history.main.nights"
    )
    for name, columns in _HISTORY.items():
        con.execute(f"CREATE TABLE history.main.{name} ({columns})")
    con.execute("CREATE SCHEMA work")
    con.execute("CREATE TABLE work.rows_kept_out (submission_id BIGINT, line INTEGER)")


#: what nothing is known of where every row has counted since it came
_HISTORY = {
    "audit_strata": "audit INTEGER, quarter VARCHAR, horizon VARCHAR, reported_on DATE, provider_siret VARCHAR, reported VARCHAR,"
    " population BIGINT, probability DOUBLE",
    "audit_items": "audit INTEGER, number INTEGER, provider_siret VARCHAR, reported VARCHAR, is_erased BOOLEAN, observed_on DATE,"
    " finding VARCHAR, found_situation VARCHAR, found_on DATE",
    "kept_out": "submission_id BIGINT, line INTEGER, rule VARCHAR, from_night DATE, until_night DATE",
    "changed_learners": "provider_siret VARCHAR, session_id VARCHAR, learner_number BIGINT, learner_key VARCHAR, is_in_force BOOLEAN,"
    " is_set_aside BOOLEAN, earliest_left_on DATE, was_entrant BOOLEAN, announced_in BIGINT, is_another_learner BOOLEAN",
}  # fmt: skip


def _sums_of(earlier: duckdb.DuckDBPyConnection, con: duckdb.DuckDBPyConnection) -> EarlierSums:
    """The sums of a database in memory, attached to another one."""
    con.execute("ATTACH ':memory:' AS earlier")
    for schema, name in earlier.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE schema_name IN ('clean', 'sums')"
    ).fetchall():
        con.register("rows_of_table", arrow_table(earlier, f"from {schema}.{name}"))
        con.execute(f"CREATE SCHEMA IF NOT EXISTS earlier.{schema}")
        con.execute(f"CREATE TABLE earlier.{schema}.{name} AS FROM rows_of_table")
        con.unregister("rows_of_table")
    return EarlierSums("earlier", only(earlier, "work.reference_date")["as_of"])


def load_places(con: duckdb.DuckDBPyConnection) -> None:
    """A few places, in tables with the columns that the indicators read of the real ones."""
    con.execute("CREATE SCHEMA IF NOT EXISTS reference")
    con.execute("CREATE TABLE reference.communes (commune_code VARCHAR, epci_code VARCHAR, name VARCHAR)")
    con.execute("CREATE TABLE reference.epci (epci_code VARCHAR, name VARCHAR, population BIGINT, is_in_region BOOLEAN)")
    con.execute(
        "CREATE TABLE reference.departements (department_code VARCHAR, name VARCHAR, region_code VARCHAR, population BIGINT)"
    )
    con.executemany("INSERT INTO reference.communes VALUES (?, ?, NULL)", list(COMMUNES.items()))
    con.executemany("INSERT INTO reference.epci VALUES (?, 'E' || ?, 20000, ?)", [(e, e, i) for e, i in EPCI.items()])
    con.executemany(
        "INSERT INTO reference.departements VALUES (?, 'D' || ?, ?, 500000)", [(d, d, f"{r:02}") for d, r in DEPARTEMENTS.items()]
    )


def table(con: duckdb.DuckDBPyConnection, name: str, where: str = "true") -> list[Row]:
    """The rows of a table, as it lies there."""
    cursor = con.execute(f"SELECT * FROM {name} WHERE {where}")
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def only(con: duckdb.DuckDBPyConnection, name: str, where: str = "true") -> Row:
    """The one row of a table for which that holds."""
    (row,) = table(con, name, where)
    return row
