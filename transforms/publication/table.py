"""What a published table is: its columns as anyone is told of them, its rows, and the symbol in the place of what is hidden."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Secret(Enum):
    """What stands in a cell whose figure exists and is not shown."""

    HIDDEN = "s"


HIDDEN = Secret.HIDDEN
#: the symbol of the national statistical institutes for what statistical secrecy hides; the only one
SYMBOL = HIDDEN.value


@dataclass(frozen=True)
class Field:
    """A column: its name in the file, French title and description, its type and constraints in the words of Table Schema.

    `can_be_hidden` says that the symbol may stand in it. `more` are further properties, such as the words for true and false.
    """

    name: str
    title: str
    description: str
    type: str = "string"
    constraints: Mapping[str, Any] = field(default_factory=dict)
    can_be_hidden: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ForeignKey:
    """Columns whose values are found in columns of another table; `table` is '' for the table itself."""

    fields: tuple[str, ...]
    table: str
    in_fields: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table of a release: the name of its files, and what it tells. `about` are further properties of its schema."""

    name: str
    title: str
    description: str
    fields: tuple[Field, ...]
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns, in order."""
        return tuple(column.name for column in self.fields)

    @property
    def missing_values(self) -> tuple[str, ...]:
        """What a cell without a value holds: nothing, and the symbol where something may be hidden."""
        return ("", SYMBOL) if any(column.can_be_hidden for column in self.fields) else ("",)


@dataclass(frozen=True)
class FilledTable:
    """A table with its rows: texts, numbers, days, booleans, None for no value, HIDDEN; in the order of `table.fields`."""

    table: Table
    rows: Sequence[Sequence[Any]]

    def records(self) -> Iterator[dict[str, Any]]:
        """The rows by the names of their columns."""
        return (dict(zip(self.table.names, row, strict=True)) for row in self.rows)
