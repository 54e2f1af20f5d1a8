"""What analysts see of the rows that count: the schemas `clean` and `detail`, made of what is in force.

Nothing here tells a learner's row of a file: neither the file nor the line, nor the order of the rows. Birth date and commune
are told as age band, EPCI and département, by which few learners stand alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from expectations.contract import Return
from expectations.contract.returns import RETURNS
from warehouse.contract_tables import Table, TableColumn
from warehouse.published.in_force import in_force_columns, key_in_force

_PLACE = "(SELECT {} FROM reference.communes AS c WHERE c.commune_code = i.commune_code)"
#: as sessions' sites are counted, and NULL abroad
_DEPARTEMENT = (
    "CASE WHEN left(c.commune_code, 2) IN ('97', '98') THEN left(c.commune_code, 3) ELSE left(c.commune_code, 2) END"
)
_RESIDENCE = (
    (
        TableColumn("epci_code", "VARCHAR", False, "EPCI de résidence (SIREN) ; NULL à l'étranger et hors EPCI"),
        _PLACE.format("c.epci_code"),
    ),
    (
        TableColumn("departement", "VARCHAR", False, "département de résidence ; NULL à l'étranger"),
        _PLACE.format(_DEPARTEMENT),
    ),
)
#: what schema `detail` adds, where the setting analysts_detail wants it
DETAIL = Table(
    "detail.learners",
    "Birth year and commune of the learners of clean.learners, where the setting analysts_detail is true: many are alone with"
    " theirs, so whoever reads this may recognise people",
    (
        TableColumn("learner_key", "VARCHAR", True, "Learner: clean.learners.learner_key"),
        TableColumn("birth_year", "INTEGER", True, "Year of birth"),
        TableColumn("commune_code", "VARCHAR", True, "INSEE code of the commune of residence; 99 and three digits abroad"),
    ),
)


def published_columns(contract: Return) -> list[tuple[TableColumn, str]]:
    """What analysts see of a row, each with the SQL expression that makes it of `i`, the row in force."""
    is_about_learners = "learner_key" in key_in_force(contract)
    columns: list[tuple[TableColumn, str]] = []
    for column in in_force_columns(contract):
        if is_about_learners and column.name in ("submission_id", "line", "birth_year"):
            continue
        if is_about_learners and column.name == "commune_code":
            columns += _RESIDENCE
        else:
            columns.append((column, f"i.{column.name}"))
    return columns


def published_order(contract: Return) -> list[str]:
    """The columns by which rows lie: those of learners by what says nothing of their order in the file."""
    key = key_in_force(contract)
    return key if "learner_key" in key else ["submission_id", "line"]


def select_published(contract: Return) -> str:
    """The query that makes the rows of `clean` of those in force, as `SELECT … FROM … AS i`; conditions are added to it."""
    shown = ", ".join(f"{expression} AS {column.name}" for column, expression in published_columns(contract))
    return f"SELECT {shown} FROM in_force.{contract.table} AS i"


def write_detail(con: duckdb.DuckDBPyConnection) -> None:
    """Make the schema `detail`, of what is in force and counts."""
    con.execute("CREATE SCHEMA detail")
    con.execute(
        f"CREATE TABLE {DETAIL.name} AS SELECT {', '.join(f'i.{column.name}' for column in DETAIL.columns)}"
        " FROM in_force.learners AS i SEMI JOIN clean.learners AS l ON l.learner_key = i.learner_key ORDER BY i.learner_key"
    )


def clean_tables() -> Sequence[Table]:
    """The tables of the schema `clean`."""
    return [
        Table(
            f"clean.{c.table}",
            f"{c.title} : {c.description} ; lignes en vigueur qui comptent, sans donnée personnelle",
            tuple(column for column, _ in published_columns(c)),
        )
        for c in RETURNS.values()
    ]
