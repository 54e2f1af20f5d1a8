"""A file once it was read and checked: all that is known of it which hangs on no other file. Its verdict is made of this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from expectations.contract import Return
from expectations.programme import Programme
from expectations.suites.breaches import NO_BREACHES, Breaches
from transforms.parse.columns import NO_ROWS, TypedRows
from transforms.redaction.read_and_redact import FileContent
from warehouse.store.submission import Arrival

#: the rule of a file that is not read, because nights that were reading it died
UNREAD = "FIC-16"


@dataclass(frozen=True)
class RefusalLimits:
    """When a file as a whole is refused: the share of rows in error above which, and its size in megabytes."""

    refuse_above: float = 0.5
    max_file_mb: float = 50.0


@dataclass(frozen=True)
class RulesOfDay:
    """By what a file is judged: the day it was received (Europe/Paris), the programme's rules, when it is refused whole."""

    received_on: date
    programme: Programme
    limits: RefusalLimits = field(default_factory=RefusalLimits)


@dataclass(frozen=True)
class ReadFile:
    """A file as it came, what was read of it, and by which rules it will be judged.

    `number` is the ledger's, None for a file that has just come.
    """

    arrival: Arrival = field(repr=False)
    rules_of_day: RulesOfDay = field(repr=False)
    content: FileContent = field(repr=False)
    number: int | None = None

    @property
    def contract(self) -> Return | None:
        """The return that the file is, None where it has no header of one."""
        return self.content.header.contract if self.content.header else None

    @property
    def is_unread(self) -> bool:
        """Whether nobody looked into the file, because nights that did died."""
        return self.content.refusal is not None and self.content.refusal.rule == UNREAD


@dataclass(frozen=True, eq=False)
class CheckedFile(ReadFile):
    """The same with its typed rows, and which rules they break.

    `resembling` are the places of rows that resemble somebody erased, each with the last file of before. `mis_decoded_elsewhere`
    are the lines of rows with text in a wrong encoding in a column that the contract does not know. `crash` is type and place of
    an exception, where one kept the file from being read or checked.
    """

    rows: TypedRows = field(default=NO_ROWS, repr=False)
    breaches: Breaches = field(default=NO_BREACHES, repr=False)
    resembling: Mapping[int, int] = field(default_factory=dict, repr=False)
    mis_decoded_elsewhere: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32), repr=False)
    crash: str | None = None

    @property
    def records(self) -> int:
        """How many records the file holds, damaged and erased ones included."""
        return len(self.rows) + len(self.content.damaged) + len(self.content.marks)

    @cached_property
    def sirets(self) -> list[str]:
        """The valid SIRETs of the file, each once, in the order of the file."""
        at = {mark.line: mark.scope[0] for mark in self.content.marks}
        if column := self.rows.columns.get("provider_siret"):
            codes, first = np.unique(column.codes, return_index=True)
            at |= zip(self.rows.lines[first].tolist(), column.cells.values.take(pa.array(codes)).to_pylist(), strict=True)
        return list(dict.fromkeys(siret for _, siret in sorted(at.items()) if siret))
