"""The tables of the schema `reference` that describe places, and how they are loaded into DuckDB."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.query_results import quoted

if TYPE_CHECKING:
    import duckdb

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class ReferenceTable:
    """A table and the file it comes from; each column is (name, SQL type, comment), the first one is the key."""

    name: str
    file_name: str
    comment: str
    columns: tuple[tuple[str, str, str], ...]

    @property
    def path(self) -> Path:
        """The CSV file, with a header and the columns in this order."""
        return _FOLDER / self.file_name


REFERENCE_TABLES = (
    ReferenceTable(
        "communes",
        "communes.csv.gz",
        "Commune codes of France, present and former; join on commune_code for today's commune, department, EPCI",
        (
            ("commune_code", "VARCHAR", "INSEE code, five characters"),
            (
                "current_commune_code",
                "VARCHAR",
                "INSEE code of the commune it is part of today; itself if is_current",
            ),
            ("is_current", "BOOLEAN", "Whether it is a commune's code today"),
            ("kind", "VARCHAR", "COMMUNE, ARRONDISSEMENT (Paris, Lyon, Marseille), DELEGUEE, ASSOCIEE or ANCIENNE"),
            ("valid_from", "DATE", "First day as a commune; NULL before 1943 or unknown"),
            (
                "valid_to",
                "DATE",
                "First day on which it was no commune any more; NULL if still or never one, or unknown",
            ),
            ("department_code", "VARCHAR", "Department today, of the commune it is part of"),
            ("region_code", "VARCHAR", "INSEE code of the region today; 32 is Hauts-de-France"),
            ("epci_code", "VARCHAR", "SIREN of today's EPCI; NULL on a few islands and in overseas collectivities"),
            (
                "population",
                "BIGINT",
                "Inhabitants (population municipale); NULL unless is_current: sums are right",
            ),
            ("name", "VARCHAR", "Name"),
        ),
    ),
    ReferenceTable(
        "epci",
        "epci.csv",
        "Groups of communes with their own taxation (EPCI à fiscalité propre)",
        (
            ("epci_code", "VARCHAR", "SIREN of the EPCI"),
            ("name", "VARCHAR", "Name"),
            ("kind", "VARCHAR", "CC, CA, CU, METRO, or MET69 (Lyon)"),
            ("population", "BIGINT", "Inhabitants: the sum of its communes'"),
            ("department_code", "VARCHAR", "Department in which most of its inhabitants live"),
            ("is_in_region", "BOOLEAN", "At least one of its communes is in Hauts-de-France"),
        ),
    ),
    ReferenceTable(
        "departements",
        "departements.csv",
        "Departments, and overseas collectivities in their place",
        (
            ("department_code", "VARCHAR", "First two characters of its communes' codes, three overseas"),
            ("name", "VARCHAR", "Name"),
            ("region_code", "VARCHAR", "INSEE code of the region; 32 is Hauts-de-France"),
            ("population", "BIGINT", "Inhabitants: the sum of its communes'"),
        ),
    ),
)


def reference_sources() -> dict[str, Path]:
    """The file of each table, by the table's name without its schema."""
    return {table.name: table.path for table in REFERENCE_TABLES}


def load_reference(con: duckdb.DuckDBPyConnection) -> None:
    """Makes the schema `reference` if need be and these tables anew, with their rows and comments.

    Other tables of the schema are left alone. duckdb.Error if a file is damaged or the database cannot be written.
    """
    con.execute("CREATE SCHEMA IF NOT EXISTS reference")
    for table in REFERENCE_TABLES:
        key = table.columns[0][0]
        columns = ", ".join(f"{name} {sql_type}" for name, sql_type, _ in table.columns)
        types = ", ".join(f"'{name}': '{sql_type}'" for name, sql_type, _ in table.columns)
        con.execute(f"CREATE OR REPLACE TABLE reference.{table.name} ({columns}, PRIMARY KEY ({key}))")
        con.execute(
            f"INSERT INTO reference.{table.name} SELECT * FROM read_csv(?, columns = {{{types}}}, header = true, "
            "delim = ',', quote = '\"', escape = '\"', nullstr = '', auto_detect = false)",
            [str(table.path)],
        )
        con.execute(f"COMMENT ON TABLE reference.{table.name} IS {quoted(table.comment)}")
        for name, _, comment in table.columns:
            con.execute(f"COMMENT ON COLUMN reference.{table.name}.{name} IS {quoted(comment)}")
