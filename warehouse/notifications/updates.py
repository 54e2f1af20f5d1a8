"""What has changed for each provider since it was last told: read within the transaction that writes the mails."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import duckdb

from warehouse.intake.senders import LEARN, Senders
from warehouse.notifications.contacts import Change, contacts
from warehouse.notifications.held_updates import HeldNews, RejectedNews, ReplacedNews, rejected_files, replacing_files


@dataclass(frozen=True)
class FileNews:
    """A file, and whether it has come since its sender was last told.

    `released_from` is the number of the file that was set aside and that the steward accepted as this one.
    """

    submission_id: int
    file_name: str
    kind: str | None
    received_at: datetime
    decision: str
    records: int
    accepted: int
    quarantined: int
    is_new: bool
    released_from: int | None = None


@dataclass(frozen=True)
class FindingNews:
    """An error or a warning that stands. One that is not new was told of the same row in an earlier file."""

    submission_id: int
    file_name: str
    kind: str | None
    line: int | None
    column: str | None
    rule: str
    severity: str
    message: str
    is_new: bool


@dataclass(frozen=True)
class SettledNews:
    """What was told to be wrong and is so no more: on how many lines, or files, of a kind of return."""

    kind: str | None
    column: str | None
    rule: str
    rows: int


@dataclass(frozen=True)
class LateNews:
    """A return that is overdue, or was: `number` is that of the session or action."""

    kind: str
    level: str
    number: str
    horizon: str | None
    rule: str
    due_on: date
    is_new: bool = True


@dataclass(frozen=True)
class News:
    """What there is to say to one sender; `siret` is None for the Region and for whoever could not be told from the file.

    `name` and `addresses` are its contact's (see warehouse.notifications.contacts), as is the change of address while both get
    mail. `held` are its files that were set aside, `rejected` those that the steward has rejected, `replaced` those that replaced
    rows in its name and are not its usual sender's.
    """

    siret: str | None
    name: str | None = None
    addresses: tuple[str, ...] = ()
    files: list[FileNews] = field(default_factory=list)
    findings: list[FindingNews] = field(default_factory=list)
    settled: list[SettledNews] = field(default_factory=list)
    late: list[LateNews] = field(default_factory=list)
    arrived: list[LateNews] = field(default_factory=list)
    open_findings: int = 0
    held: list[HeldNews] = field(default_factory=list)
    rejected: list[RejectedNews] = field(default_factory=list)
    replaced: list[ReplacedNews] = field(default_factory=list)
    changed: Change | None = None

    @property
    def refused(self) -> list[FileNews]:
        """The files of which nothing was taken."""
        return [file for file in self.files if file.is_new and file.decision == "refused"]

    @property
    def released(self) -> list[FileNews]:
        """The files that had been set aside and that the steward has accepted."""
        return [file for file in self.files if file.is_new and file.released_from is not None]

    @property
    def is_worth_a_mail(self) -> bool:
        """Whether anything changed for it: a file in which all is right, or sent twice, is no news."""
        changed = any(finding.is_new for finding in self.findings) or any(late.is_new for late in self.late)
        has_moved = self.changed is not None and self.changed.is_new
        answered = self.held or self.released or self.rejected or self.replaced
        return changed or has_moved or bool(self.refused or self.settled or self.arrived or answered)


@dataclass(frozen=True)
class RuleFigures:
    """How often a rule is broken now: providers concerned, and lines, whole files or overdue returns."""

    rule: str
    providers: int
    lines: int


def read_news(
    con: duckdb.DuckDBPyConnection, at: datetime, held: Sequence[HeldNews] = (), senders: Senders | None = None
) -> list[News]:
    """What is untold, by sender, the Region first, after untold.note_overdue and untold.look_up; see is_worth_a_mail.

    Args:
        con: a connection to the store.
        at: the night's moment.
        held: the files that wait for the steward's answer.
        senders: who may speak for whom; None for whoever spoke first.
    """
    senders = senders or Senders.of(con, LEARN, ())
    who = contacts(con, at, senders.entries)
    news: dict[str | None, News] = {}

    def of(siret: str | None) -> News:
        if siret not in news:
            known = who.get(siret or "")
            news[siret] = News(siret, known.name, known.addresses, changed=known.changed) if known else News(siret)
        return news[siret]

    for sender, *row in _rows(con, _NEWS_FINDINGS):
        of(sender).findings.append(FindingNews(*row))
    for sender, *row in _rows(con, _NEWS_FILES):
        of(sender).files.append(FileNews(*row))
    for sender, *row in _rows(con, _NEWS_SETTLED):
        of(sender).settled.append(SettledNews(*row))
    for sender, *row in _rows(con, _NEWS_LATE):
        of(sender).late.append(_late(row))
    for sender, *row in _rows(con, _NEWS_ARRIVED):
        if row.pop():
            of(sender).arrived.append(_late([*row, True]))
        else:
            of(sender)
    for (sender,) in _rows(con, "SELECT DISTINCT sender FROM untold_settled"):
        of(sender)
    for file in held:
        if file.is_new:
            of(file.provider_siret).held.append(file)
    for sender, rejected in rejected_files(con):
        of(sender).rejected.append(rejected)
    for siret, replaced in replacing_files(con, senders):
        of(siret).replaced.append(replaced)
    for siret, contact in who.items():
        if contact.changed is not None and contact.changed.is_new:
            of(siret)
    standing = dict(_rows(con, _STANDING))
    return [
        News(**{**vars(one), "open_findings": standing.get(siret, 0)})
        for siret, one in sorted(news.items(), key=lambda item: item[0] or "")
    ]


def rule_figures(con: duckdb.DuckDBPyConnection) -> list[RuleFigures]:
    """Every rule that is broken now, warnings and errors and what is overdue, by its id."""
    return [RuleFigures(*row) for row in _rows(con, _FIGURES)]


def last_figures(con: duckdb.DuckDBPyConnection) -> dict[str, RuleFigures] | None:
    """What the last digest said, None if there was none."""
    if not _rows(con, "SELECT 1 FROM outbox WHERE topic = 'digest' LIMIT 1"):
        return None
    return {row[0]: RuleFigures(*row) for row in _rows(con, _LAST_FIGURES)}


def _late(row: Iterable[Any]) -> LateNews:
    kind, level, level_id, horizon, rule, due_on, is_new = row
    return LateNews(kind, level, level_id.partition("/")[2], horizon, rule, due_on, is_new)


def _rows(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return con.execute(query).fetchall()


_NEWS_FINDINGS = """
    SELECT sender, submission_id, file_name, kind, line, column_name, rule, severity, message, is_new
    FROM untold_findings WHERE NOT is_settled AND NOT is_held
    ORDER BY submission_id, severity, rule, column_name, line
"""
_NEWS_FILES = """
    SELECT provider_siret, submission_id, file_name, kind, received_at, decision, records, accepted, quarantined, TRUE AS is_new,
        released_from
    FROM untold_files
    UNION ALL
    SELECT
        s.provider_siret, s.submission_id, s.file_name, s.kind, s.received_at, s.decision, s.records, s.accepted,
        s.quarantined, FALSE, NULL
    FROM submissions AS s
    SEMI JOIN (SELECT submission_id FROM untold_findings WHERE is_new AND NOT is_held) AS f ON f.submission_id = s.submission_id
    ANTI JOIN untold_files AS u ON u.submission_id = s.submission_id
    ORDER BY submission_id
"""
# A row that was sent wrong three times is settled once; two lines of one file that clashed are two.
_NEWS_SETTLED = """
    WITH
    of_file AS (
        SELECT
            sender, kind, column_name, rule, coalesce(row_key, concat_ws(':', submission_id, line)) AS thing,
            count(DISTINCT coalesce(line, 0)) AS lines
        FROM untold_settled WHERE is_new AND NOT is_held
        GROUP BY sender, kind, column_name, rule, thing, submission_id
    ),
    of_row AS (
        SELECT sender, kind, column_name, rule, thing, max(lines) AS lines
        FROM of_file GROUP BY sender, kind, column_name, rule, thing
    )
    SELECT sender, kind, column_name, rule, CAST(sum(lines) AS BIGINT)
    FROM of_row GROUP BY sender, kind, column_name, rule
    ORDER BY kind, rule, column_name
"""
_NEWS_LATE = """
    SELECT
        n.provider_siret, n.kind, n.level, n.level_id, n.horizon, n.rule, coalesce(l.due_on, n.due_on) AS due,
        u.notice_id IS NOT NULL
    FROM standing_notices AS n
    LEFT JOIN untold_notices AS u ON u.notice_id = n.notice_id
    LEFT JOIN late_now AS l
        ON l.provider_siret = n.provider_siret AND l.level_id = n.level_id AND l.rule = n.rule
        AND l.horizon IS NOT DISTINCT FROM n.horizon
    ORDER BY n.provider_siret, n.rule, due, n.level_id, n.horizon
"""
_NEWS_ARRIVED = """
    SELECT provider_siret, kind, level, level_id, horizon, rule, due_on, is_new
    FROM untold_ends ORDER BY rule, level_id, horizon
"""
_FIGURES = """
    SELECT rule, count(DISTINCT provider_siret), count(DISTINCT (submission_id, line))
    FROM all_findings WHERE NOT is_settled AND NOT is_held GROUP BY rule
    UNION ALL
    SELECT rule, count(DISTINCT provider_siret), count(*) FROM standing_notices GROUP BY rule
    ORDER BY rule
"""
_LAST_FIGURES = """
    WITH last AS (
        SELECT message_id FROM outbox WHERE topic = 'digest' ORDER BY created_at DESC, message_id DESC LIMIT 1
    )
    SELECT f.rule, f.providers, f.lines FROM digest_figures AS f JOIN last AS l ON l.message_id = f.message_id
"""
_STANDING = "SELECT sender, count(*) FROM all_findings WHERE NOT is_settled AND NOT is_held GROUP BY sender"
