"""A column of a return: its names, its type and what is known of it, declared once."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from expectations.contract.codes import CodeList
from expectations.contract.in_english import MEANINGS


class ValueType(StrEnum):
    """How the text of a cell is read (docs/spec/returns.md, "Reading a value")."""

    DATE = "date"
    AMOUNT = "amount"
    WHOLE_NUMBER = "whole_number"
    YES_NO = "yes_no"
    YES_NO_UNKNOWN = "yes_no_unknown"
    SIRET = "siret"
    COMMUNE = "commune"
    DIPLOMA = "diploma"
    SEX = "sex"
    ID = "id"
    TEXT = "text"
    EMAIL = "email"
    CODE = "code"
    CERTIFICATION_CODE = "certification_code"
    ROME = "rome"
    CALL = "call"


SQL_TYPES = {
    ValueType.DATE: "DATE",
    ValueType.AMOUNT: "DECIMAL(14,2)",
    ValueType.WHOLE_NUMBER: "INTEGER",
    ValueType.YES_NO: "BOOLEAN",
}


@dataclass(frozen=True)
class Column:
    """One column of a return.

    `number` makes the ids of the column's own rules and is never reused. `optional` means that the
    cell may be empty and the column absent from the file. A `personal` column never leaves the store. In a commune that
    `may_be_abroad` stands 99 and three digits for a place outside France.
    """

    number: int
    name: str
    header: str
    type: ValueType
    description: str
    example: str
    aliases: tuple[str, ...] = ()
    optional: bool = False
    personal: bool = False
    may_be_abroad: bool = False
    codes: CodeList | None = field(default=None, compare=False)

    @property
    def sql_type(self) -> str:
        """The DuckDB type of the parsed value."""
        return SQL_TYPES.get(self.type, "VARCHAR")

    @property
    def meaning(self) -> str:
        """What it holds, in English. KeyError where nobody has said it."""
        return MEANINGS[self.name]

    @property
    def must_name_nobody(self) -> bool:
        """True where the cell refers to a person, and must not itself tell who that is."""
        return self.personal and self.type is ValueType.ID

    @property
    def empty_means_unknown(self) -> bool:
        """True where an empty cell is read as NSP instead of missing."""
        return self.type is ValueType.YES_NO_UNKNOWN
