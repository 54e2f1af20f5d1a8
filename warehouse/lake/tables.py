"""Which tables the lake holds, and into which partitions their rows go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from expectations.contract.returns import RETURNS
from warehouse.published.published_tables import in_force_columns
from warehouse.query_results import quoted, read_sql
from warehouse.table_declarations import TableColumn, plain_table

#: the providers' partitions: the first digit of the MD5 of the SIRET modulo this
PROVIDER_HASHES = 8
#: what stands for NULL in the name of a partition's folder, by Hive's custom
_NULL = "__HIVE_DEFAULT_PARTITION__"
#: a row's own date. Not its session's, which may be corrected later: a row is written once, and stays where it is.
_DATES = {
    "actions": "agreed_on", "sessions": "starts_on", "learners": "entered_on", "followups": "observed_on", "expenses": "spent_on",
    "fundings": "decided_on",
}  # fmt: skip
CLOSINGS = "closings"


@dataclass(frozen=True)
class LakeTable:
    """A table of the lake.

    Attributes:
        name: also its folder.
        columns: what its files hold.
        arrived: the column that says by which submission a row came.
        partition_by: the folders of its partitions below its own, outermost first: name, and SQL on the columns.
        writes_keys: whether the files hold the columns of `partition_by` too.
    """

    name: str
    columns: tuple[TableColumn, ...]
    arrived: str
    partition_by: Mapping[str, str]
    writes_keys: bool = False

    @property
    def partition(self) -> str:
        """SQL for the folder of a row's partition, below that of the lake."""
        folders = (f"'/{name}=' || coalesce(cast({sql} as varchar), '{_NULL}')" for name, sql in self.partition_by.items())
        return f"'{self.name}' || {' || '.join(folders)}"


@cache
def lake_tables() -> tuple[LakeTable, ...]:
    """A table for each return, with every version of every row, and `closings`: which file put which row out of force."""
    provider_hash = f"cast('0x' || substr(md5(provider_siret), 1, 1) as integer) % {PROVIDER_HASHES}"
    closings = plain_table(
        CLOSINGS, "Rows that are no longer in force",
        ("table", "VARCHAR", "The row's table"),
        ("submission_id", "BIGINT", "The row's file"),
        ("line", "INTEGER", "The row's line"),
        ("closed_by", "BIGINT", "The later file"),
    )  # fmt: skip
    return (
        *(
            LakeTable(
                contract.table, tuple(in_force_columns(contract)), "submission_id",
                {"provider_hash": provider_hash, "year": f"year({_DATES[contract.table]})"},
            )
            for contract in RETURNS.values()
        ),
        LakeTable(CLOSINGS, closings.columns, "closed_by", {"table": '"table"'}, writes_keys=True),
    )  # fmt: skip


def select_closings() -> str:
    """The SELECT of `closings`, from the store attached as `private`."""
    names = ", ".join(f"{quoted(contract.kind)}: {quoted(contract.table)}" for contract in RETURNS.values())
    return read_sql("warehouse.lake", "closings", table_of_kind=f"map {{{names}}}")


def lake_folder(home: Path) -> Path:
    """Where the lake of a home lies, if it has one."""
    return home / "lake"
