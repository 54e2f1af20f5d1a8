"""What there is to say of files that were set aside, of the steward's answers, and of files that replaced others' rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import duckdb

from warehouse.intake.senders import Senders


@dataclass(frozen=True)
class Replacing:
    """A later file that replaced some lines of an earlier one, or an earlier one of which it did."""

    file_name: str
    sender: str
    received_at: datetime
    lines: int


@dataclass(frozen=True)
class HeldNews:
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
    replaced_by: tuple[Replacing, ...] = ()


@dataclass(frozen=True)
class RejectedNews:
    """A file that was set aside and that the steward has rejected."""

    file_name: str
    sender: str
    received_at: datetime


@dataclass(frozen=True)
class ReplacedNews:
    """A file taken in a provider's name that replaced rows, and is not the usual sender's replacing its own."""

    submission_id: int
    file_name: str
    sender: str
    received_at: datetime
    replaced: tuple[Replacing, ...]


# A file waits until the steward has answered, whatever the answer: an accepted one counts from the next night on.
_WAITING = """
    SELECT
        s.submission_id, s.file_name, s.sender, s.kind, s.provider_siret, s.received_at, f.rule, f.message,
        u.submission_id IS NOT NULL AS is_new
    FROM submissions AS s
    JOIN findings AS f ON f.submission_id = s.submission_id
    LEFT JOIN untold_files AS u ON u.submission_id = s.submission_id
    ANTI JOIN held_answers AS h ON h.submission_id = s.submission_id
    ANTI JOIN resolutions AS r ON r.finding_id = f.finding_id
    WHERE s.decision = 'held' AND f.line IS NULL
    QUALIFY row_number() OVER (PARTITION BY s.submission_id ORDER BY f.finding_id) = 1
    ORDER BY s.submission_id
"""
_REJECTED = """
    SELECT DISTINCT sender, submission_id, file_name, folder, received_at
    FROM untold_settled WHERE is_held AND is_rejected ORDER BY submission_id
"""
_REPLACED = """
    SELECT
        u.provider_siret, u.submission_id, u.file_name, u.sender, u.received_at, b.file_name, b.sender, b.received_at, count(*)
    FROM untold_files AS u
    JOIN closings AS c ON c.kind = u.kind AND c.closed_by = u.submission_id
    JOIN submissions AS b ON b.submission_id = c.submission_id
    WHERE u.provider_siret IS NOT NULL
    GROUP BY ALL
    ORDER BY u.submission_id, b.received_at, b.file_name
"""
# Of the same bytes the file that was taken last is the one that counted; what closed its rows since has replaced it.
_REPLACED_BY = """
    WITH
    asked AS (
        SELECT submission_id, sha256 FROM submissions
        WHERE submission_id BETWEEN $first AND $last AND decision = 'held'
    ),
    counted AS (
        SELECT a.submission_id, t.submission_id AS taken, t.kind
        FROM asked AS a
        JOIN submissions AS t
            ON t.sha256 = a.sha256 AND t.submission_id < a.submission_id AND t.decision IN ('accepted', 'partial')
        QUALIFY row_number() OVER (PARTITION BY a.submission_id ORDER BY t.submission_id DESC) = 1
    )
    SELECT k.submission_id, l.file_name, l.sender, l.received_at, count(*)
    FROM counted AS k
    JOIN closings AS c ON c.kind = k.kind AND c.submission_id = k.taken AND c.closed_by < k.submission_id
    JOIN submissions AS l ON l.submission_id = c.closed_by
    GROUP BY k.submission_id, l.submission_id, l.file_name, l.sender, l.received_at
    ORDER BY k.submission_id, l.submission_id
"""


def waiting_files(con: duckdb.DuckDBPyConnection) -> list[HeldNews]:
    """The files that wait for the steward's answer, the first ones first; after untold.look_up."""
    rows = con.execute(_WAITING).fetchall()
    if not rows:
        return []
    replaced = replaced_by(con, rows[0][0], rows[-1][0])
    return [replace(HeldNews(*row), replaced_by=replaced.get(row[0], ())) for row in rows]


def rejected_files(con: duckdb.DuckDBPyConnection) -> list[tuple[str | None, RejectedNews]]:
    """The provider of each file whose rejection nobody was told of, and the file; after untold.look_up."""
    return [(siret, RejectedNews(*rest)) for siret, _, *rest in con.execute(_REJECTED).fetchall()]


def replacing_files(
    con: duckdb.DuckDBPyConnection, senders: Senders
) -> list[tuple[str, ReplacedNews]]:
    """Provider and file of what replaced rows in its name and is untold, unless a usual sender replaced its own alone."""
    files: dict[int, tuple[str, str, str, datetime, list[Replacing]]] = {}
    for siret, number, name, sender, at, *rest in con.execute(_REPLACED).fetchall():
        files.setdefault(number, (siret, name, sender, at, []))[4].append(Replacing(*rest))
    return [
        (siret, ReplacedNews(number, name, sender, at, tuple(before)))
        for number, (siret, name, sender, at, before) in files.items()
        if sender not in senders.usual_senders(None, siret) or any(one.sender != sender for one in before)
    ]


def replaced_by(con: duckdb.DuckDBPyConnection, first: int, last: int) -> dict[int, tuple[Replacing, ...]]:
    """By number of the held files between these: what replaced the rows that the same bytes brought before, if they did."""
    found: dict[int, list[Replacing]] = {}
    for number, *rest in con.execute(_REPLACED_BY, {"first": first, "last": last}).fetchall():
        found.setdefault(number, []).append(Replacing(*rest))
    return {number: tuple(files) for number, files in found.items()}
