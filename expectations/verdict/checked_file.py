"""A file once it was read and checked: all that is known of it which hangs on no other file. Its verdict is made of this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from expectations.contract import Return
from expectations.programme import Programme
from transforms.parse.rows import TypedRow
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


@dataclass(frozen=True)
class CheckedFile(ReadFile):
    """The same with its typed rows, and the ids of the rules that each row (by its place among them) breaks.

    `crash` is type and place of an exception, where one kept the file from being read or checked.
    """

    rows: Sequence[TypedRow] = field(default=(), repr=False)
    broken: Mapping[int, Sequence[str]] = field(default_factory=dict, repr=False)
    crash: str | None = None

    @property
    def records(self) -> int:
        """How many records the file holds, damaged and erased ones included."""
        return len(self.rows) + len(self.content.damaged) + len(self.content.marks)

    @property
    def sirets(self) -> list[str]:
        """The valid SIRETs of the file, each once, in the order of the file."""
        at = {row.line: row.values.get("provider_siret") for row in self.rows}
        at |= {mark.line: mark.scope[0] for mark in self.content.marks}
        return list(dict.fromkeys(siret for _, siret in sorted(at.items()) if siret))
