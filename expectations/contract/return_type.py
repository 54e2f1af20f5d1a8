"""A return: its columns, its key, what a new file of it replaces, and its checks."""

from __future__ import annotations

from dataclasses import dataclass

from expectations.contract.checks import CrossCheck, RowCheck
from expectations.contract.column import Column


@dataclass(frozen=True)
class Return:
    """One of the six kinds of return: what a CSV file of it holds, and how it is judged.

    `prefix` starts its rule ids (`APP`), `table` names its rows in English (`learners`). `key` and `scope` are field names: the
    key identifies a row, and a new file replaces all rows of the scopes that it names. `from_region` is True where the Region's
    own offices send it.
    """

    kind: str
    prefix: str
    table: str
    title: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    scope: tuple[str, ...]
    from_region: bool
    row_checks: tuple[RowCheck, ...]
    cross_checks: tuple[CrossCheck, ...]
    #: identifier columns (names, address, NIR ...) are dropped at the door for this kind
    refuses_identifiers: bool = False

    def column(self, name: str) -> Column:
        """The column with that field name. Raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)
