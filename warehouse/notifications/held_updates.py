"""What there is to say of files that were set aside, of the steward's answers, and of files that replaced others' rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import duckdb

from warehouse.intake.senders import Senders
from warehouse.query_results import read_sql


@dataclass(frozen=True)
class Replacement:
    """Lines of one file that another file replaced: which file the other one is, and how many lines."""

    file_name: str
    sender: str
    received_at: datetime
    lines: int


@dataclass(frozen=True)
class HeldFileUpdate:
    """A file that is set aside: nothing of it counts until the steward answers.

    `message` says why; `replaced_by` are the files that have replaced what the same bytes brought before (FIC-18).
    """

    submission_id: int
    file_name: str
    sender: str
    kind: str | None
    provider_siret: str | None
    received_at: datetime
    rule: str
    message: str
    is_new: bool = True
    replaced_by: tuple[Replacement, ...] = ()


@dataclass(frozen=True)
class RejectedFileUpdate:
    """A file that was set aside and that the steward has rejected."""

    file_name: str
    sender: str
    received_at: datetime


@dataclass(frozen=True)
class ReplacingFileUpdate:
    """A file taken in a provider's name that replaced rows, and is not one of the usual sender replacing its own rows."""

    submission_id: int
    file_name: str
    sender: str
    received_at: datetime
    replaced: tuple[Replacement, ...]


def unanswered_held_files(con: duckdb.DuckDBPyConnection) -> list[HeldFileUpdate]:
    """The files that wait for the steward's answer, the first ones first; after pending.find_pending."""
    rows = con.execute(read_sql("warehouse.notifications", "unanswered_held_files")).fetchall()
    if not rows:
        return []
    replacements = replacements_of_held_files(con, rows[0][0], rows[-1][0])
    return [replace(HeldFileUpdate(*row), replaced_by=replacements.get(row[0], ())) for row in rows]


def newly_rejected_files(con: duckdb.DuckDBPyConnection) -> list[tuple[str | None, RejectedFileUpdate]]:
    """The files of whose rejection their provider was not notified yet, each after its SIRET; after pending.find_pending."""
    rows = con.execute(read_sql("warehouse.notifications", "newly_rejected_files")).fetchall()
    return [(siret, RejectedFileUpdate(*file)) for siret, _, *file in rows]


def replacing_files(con: duckdb.DuckDBPyConnection, senders: Senders) -> list[tuple[str, ReplacingFileUpdate]]:
    """The files that replaced rows in a provider's name, of which it was not notified yet, each after its SIRET.

    Files of a usual sender of the provider that replaced rows of its own files alone are left out. After pending.find_pending.
    """
    files: dict[int, tuple[str, str, str, datetime, list[Replacement]]] = {}
    rows = con.execute(read_sql("warehouse.notifications", "replacing_files")).fetchall()
    for siret, number, name, sender, at, *replaced in rows:
        files.setdefault(number, (siret, name, sender, at, []))[4].append(Replacement(*replaced))
    return [
        (siret, ReplacingFileUpdate(number, name, sender, at, tuple(replacements)))
        for number, (siret, name, sender, at, replacements) in files.items()
        if sender not in senders.usual_senders(None, siret) or any(one.sender != sender for one in replacements)
    ]


def replacements_of_held_files(con: duckdb.DuckDBPyConnection, first: int, last: int) -> dict[int, tuple[Replacement, ...]]:
    """What replaced the rows that the same bytes had brought before, by number of the held files from `first` to `last`.

    A held file whose bytes brought nothing before, or were not replaced, is left out.
    """
    query = read_sql("warehouse.notifications", "replacements_of_held_files")
    found: dict[int, list[Replacement]] = {}
    for number, *replacement in con.execute(query, {"first": first, "last": last}).fetchall():
        found.setdefault(number, []).append(Replacement(*replacement))
    return {number: tuple(files) for number, files in found.items()}
