"""The tables of rows as the contract declares them: the columns of rows in force, and those of `clean`, which analysts see.

The SELECT of each is a file in transforms/models, in the folder of its schema.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from expectations.contract import Return
from expectations.contract.returns import RETURNS
from warehouse.table_declarations import LEARNER_KEY, Table, TableColumn, table_column


@dataclass(frozen=True)
class AgeBand:
    """Completed years at entry, from `youngest` to `oldest`; None where there is no limit."""

    name: str
    youngest: int | None
    oldest: int | None


#: what is told of a learner's age, in the place of the birth date
AGE_BANDS = (
    AgeBand("under 18", None, 17),
    AgeBand("18-25", 18, 25),
    AgeBand("26-30", 26, 30),
    AgeBand("31-45", 31, 45),
    AgeBand("46-55", 46, 55),
    AgeBand("over 55", 56, None),
)
_OF_BIRTH = (
    TableColumn("birth_year", "INTEGER", True, "Year of birth"),
    TableColumn(
        "age_at_entry_band", "VARCHAR", True,
        f"Completed years at entry: {', '.join(band.name for band in AGE_BANDS)} (the birth date is not published)",
    ),
)  # fmt: skip
_OF_RESIDENCE = (
    TableColumn("epci_code", "VARCHAR", False, "EPCI of residence (SIREN); NULL abroad and outside any EPCI"),
    TableColumn("departement", "VARCHAR", False, "Department of residence; NULL abroad"),
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


def key_in_force(contract: Return) -> list[str]:
    """The columns that identify a row of a return, in force and published."""
    return ["learner_key" if name == "learner_ref" else name for name in contract.key]


def in_force_columns(contract: Return) -> list[TableColumn]:
    """What is known of a row in force; nothing personal."""
    columns = [
        TableColumn("submission_id", "BIGINT", True, "The file: quality.files.submission_id"),
        TableColumn("line", "INTEGER", True, "Physical line of the file, the first one is 1"),
    ]
    for column in contract.columns:
        if column.name == "learner_ref":
            columns.append(TableColumn("learner_key", "VARCHAR", True, LEARNER_KEY))
        elif column.name == "born_on":
            columns += _OF_BIRTH
        elif not column.personal:
            columns.append(table_column(column))
    return columns


def published_columns(contract: Return) -> list[TableColumn]:
    """What analysts see of a row that counts: of learners neither file and line, nor birth year and commune."""
    if "learner_key" not in key_in_force(contract):
        return in_force_columns(contract)
    columns: list[TableColumn] = []
    for column in in_force_columns(contract):
        if column.name == "commune_code":
            columns += _OF_RESIDENCE
        elif column.name not in ("submission_id", "line", "birth_year"):
            columns.append(column)
    return columns


def clean_tables() -> Sequence[Table]:
    """The tables of the schema `clean`."""
    return [
        Table(
            f"clean.{c.table}",
            f"The {c.table} that count: rows in force of the return {c.kind}, without anything personal",
            tuple(published_columns(c)),
        )
        for c in RETURNS.values()
    ]
