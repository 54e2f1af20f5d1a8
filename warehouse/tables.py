"""From the contract to tables: their columns and comments, in the private store and in what analysts open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from expectations.contract import Column, Return
from expectations.contract.returns import RETURNS

#: Raised whenever the store's tables change; a store of another version is refused, never guessed at.
SCHEMA_VERSION = 3


@dataclass(frozen=True)
class TableColumn:
    """A column of a table: name, DuckDB type, whether it must be filled, and what it holds."""

    name: str
    sql_type: str
    required: bool
    comment: str


@dataclass(frozen=True)
class Table:
    """A table of a database, its name qualified by the schema."""

    name: str
    comment: str
    columns: tuple[TableColumn, ...]


def store_table(contract: Return) -> str:
    """The store's table of a return's rows."""
    return f"rows_{contract.table}"


def stored_columns(contract: Return) -> list[TableColumn]:
    """What the store keeps of a row, in order: where it came from, the contract's columns, the learner's pseudonym."""
    columns = [
        TableColumn("submission_id", "BIGINT", True, "The file: submissions.submission_id"),
        TableColumn("line", "INTEGER", True, "Physical line of the file, the first one is 1"),
        TableColumn("scope", "VARCHAR", True, f"What a later file replaces: {', '.join(contract.scope)}"),
        TableColumn("row_key", "VARCHAR", True, f"What identifies the row: {', '.join(contract.key)}"),
        *(_column(c, _NATIONAL_HASH if c.name == "national_ref" else c.description) for c in contract.columns),
    ]
    if _has_learner(contract):
        columns.append(TableColumn("learner_key", "VARCHAR", True, _LEARNER_KEY))
    return columns


def published_columns(contract: Return) -> list[tuple[TableColumn, str]]:
    """What analysts see of a row, each with the SQL expression that makes it of the store's row; nothing personal."""
    columns = [
        (TableColumn("submission_id", "BIGINT", True, "The file: quality.files.submission_id"), "submission_id"),
        (TableColumn("line", "INTEGER", True, "Physical line of the file, the first one is 1"), "line"),
    ]
    for column in contract.columns:
        if column.name == "learner_ref":
            columns.append((TableColumn("learner_key", "VARCHAR", True, _LEARNER_KEY), "learner_key"))
        elif column.name == "born_on":
            birth_year = TableColumn("birth_year", "INTEGER", True, "année de naissance (la date n'est pas publiée)")
            columns.append((birth_year, "CAST(year(born_on) AS INTEGER)"))
        elif not column.personal:
            columns.append((_column(column, column.description), column.name))
    return columns


def published_key(contract: Return) -> list[str]:
    """The columns that identify a row of a return in the warehouse."""
    return ["learner_key" if name == "learner_ref" else name for name in contract.key]


_LEARNER_KEY = "pseudonyme de l'apprenant dans la session : le même dans tous les retours"
_NATIONAL_HASH = "identifiant national : empreinte à clé, jamais la valeur"


def _has_learner(contract: Return) -> bool:
    return any(column.name == "learner_ref" for column in contract.columns)


def _column(column: Column, comment: str) -> TableColumn:
    return TableColumn(column.name, column.sql_type, not column.optional, comment)


def _plain(name: str, comment: str, *columns: tuple[str, str, str]) -> Table:
    """A table whose column types end in '?' where the column may be empty."""
    return Table(
        name,
        comment,
        tuple(TableColumn(c, t.rstrip("?"), not t.endswith("?"), text) for c, t, text in columns),
    )


_STORE_TABLES = (
    _plain(
        "meta", "What this store is",
        ("schema_version", "INTEGER", "Version of the tables"),
        ("created_at", "TIMESTAMPTZ", "When the store was made"),
        ("key_fingerprint", "VARCHAR", "Tells whether the key of the pseudonyms is still the same one"),
    ),
    _plain(
        "nights", "One row per night",
        ("run_id", "VARCHAR", "The night"),
        ("started_at", "TIMESTAMPTZ", "When it began"),
        ("finished_at", "TIMESTAMPTZ?", "When it ended; NULL while it runs, and after a kill"),
        ("as_of", "DATE", "Reference date"),
        ("state", "VARCHAR", "running, then what it ended as"),
    ),
    _plain(
        "night_rules", "Under which rules each night judged what came; no row for nights of before this was noted",
        ("run_id", "VARCHAR", "The night"),
        ("suivi_version", "VARCHAR", "Version of the code"),
        ("programme_version", "VARCHAR", "The programme file: first 12 characters of its sha256"),
        ("refuse_above", "DOUBLE", "The share of records in error above which a file was refused"),
        ("max_file_mb", "DOUBLE", "The size above which a file was refused, in millions of bytes"),
    ),
    _plain(
        "examinations", "When each night noted what it found across returns",
        ("run_id", "VARCHAR", "The night"),
        ("noted_at", "TIMESTAMPTZ", "The moment that it noted: cross_findings.opened_at, cross_resolutions.resolved_at"),
    ),
    _plain(
        "submissions", "One row per file received, refused ones and duplicates too; in the order in which files count",
        ("submission_id", "BIGINT", "1, 2, 3 … in the order in which files count"),
        ("run_id", "VARCHAR", "The night that took it"),
        ("file_name", "VARCHAR", "Path relative to the inbox"),
        ("kind", "VARCHAR?", "Kind of return; NULL if not recognised"),
        ("provider_siret", "VARCHAR?", "Provider; NULL for the Region's files"),
        ("received_at", "TIMESTAMPTZ", "Moment of reception"),
        ("received_on", "DATE", "Day of reception in Europe/Paris; never before that of an earlier file"),
        ("sha256", "VARCHAR", "Hash of the bytes received"),
        ("decision", "VARCHAR", "accepted, partial, refused or duplicate"),
        ("records", "BIGINT", "Records of the file"),
        ("accepted", "BIGINT", "Records taken"),
        ("quarantined", "BIGINT", "Records in error"),
        ("blank_lines", "BIGINT", "Blank lines"),
        ("identity", "VARCHAR?", "Which file of the inbox it was, to know it again after a kill"),
    ),
    _plain(
        "quarantined_rows", "Rows in error: what they were about, where that could be read; their values are in the archive",
        ("submission_id", "BIGINT", "The file"),
        ("line", "INTEGER", "Physical line"),
        ("row_key", "VARCHAR?", "What identifies the row; NULL if it could not be read"),
    ),
    _plain(
        "erased_scopes", "What accepted records named of which nothing is kept, because somebody was erased: it had arrived",
        ("submission_id", "BIGINT", "The file"),
        ("kind", "VARCHAR", "Kind of return"),
        ("scope", "VARCHAR", "What it replaced, and of which it is no longer awaited"),
    ),
    _plain(
        "closings", "From which file on a row is no longer in force, because it was replaced or retired",
        ("kind", "VARCHAR", "Kind of return"),
        ("submission_id", "BIGINT", "The row's file"),
        ("line", "INTEGER", "The row's line"),
        ("closed_by", "BIGINT", "The later file"),
    ),
    _plain(
        "findings", "What was found in files taken one by one; never a value, but row_key names learners",
        ("finding_id", "BIGINT", "1, 2, 3 …"),
        ("submission_id", "BIGINT", "The file"),
        ("line", "INTEGER?", "Physical line; NULL for the file as a whole"),
        ("column_name", "VARCHAR?", "English field name"),
        ("rule", "VARCHAR", "Id of the rule"),
        ("severity", "VARCHAR", "error, warning or info"),
        ("message", "VARCHAR", "French sentence"),
        ("row_key", "VARCHAR?", "What identifies the row, where it could be read"),
        ("first_seen", "TIMESTAMPTZ", "Since when this is so of this row, earlier files included"),
    ),
    _plain(
        "resolutions", "Findings that a later file has settled",
        ("finding_id", "BIGINT", "The finding"),
        ("resolved_by", "BIGINT", "The later file"),
        ("resolved_at", "TIMESTAMPTZ", "When it was received"),
    ),
    _plain(
        "cross_findings", "What was found across returns, from the first night that saw it",
        ("finding_id", "BIGINT", "1, 2, 3 …"),
        ("submission_id", "BIGINT", "The row's file"),
        ("line", "INTEGER?", "The row's line"),
        ("kind", "VARCHAR?", "Kind of return"),
        ("provider_siret", "VARCHAR?", "Provider"),
        ("column_name", "VARCHAR?", "English field name"),
        ("rule", "VARCHAR", "Id of the rule"),
        ("severity", "VARCHAR", "error, warning or info"),
        ("message", "VARCHAR", "French sentence"),
        ("row_key", "VARCHAR?", "What identifies the row"),
        ("first_seen", "TIMESTAMPTZ", "Since when this is so of this row, earlier files included"),
        ("opened_at", "TIMESTAMPTZ", "The first night that saw it on this line"),
    ),
    _plain(
        "cross_resolutions", "Findings across returns that a later night no longer saw",
        ("finding_id", "BIGINT", "The finding"),
        ("resolved_at", "TIMESTAMPTZ", "That night"),
    ),
    _plain(
        "overdue_notices", "Returns that a night found overdue, from the first night that did",
        ("notice_id", "BIGINT", "1, 2, 3 …"),
        ("provider_siret", "VARCHAR", "Provider"),
        ("kind", "VARCHAR", "The return awaited"),
        ("level", "VARCHAR", "session or action"),
        ("level_id", "VARCHAR", "SIRET/session_id or SIRET/action_id"),
        ("horizon", "VARCHAR?", "The horizon whose answers are awaited"),
        ("rule", "VARCHAR", "Id of the rule"),
        ("due_on", "DATE", "Last day on which it was not late"),
        ("noted_at", "TIMESTAMPTZ", "That night"),
    ),
    _plain(
        "overdue_ends", "Overdue returns that a later night found no longer overdue",
        ("notice_id", "BIGINT", "The notice"),
        ("ended_at", "TIMESTAMPTZ", "That night"),
    ),
    _plain(
        "told", "What people have been told, or need not be; written in one transaction with the mails that tell it",
        ("what", "VARCHAR", "submission, (cross_)finding, (cross_)resolution, overdue, overdue_end, night or mail"),
        ("number", "BIGINT?", "Its number"),
        ("name", "VARCHAR?", "Its name: run_id of a night, Message-ID of a mail given up"),
        ("message_id", "VARCHAR?", "The mail that tells it; NULL where nothing had to be said"),
        ("told_at", "TIMESTAMPTZ", "When the mail was written"),
    ),
    _plain(
        "outbox", "Mails to deliver, never changed once written",
        ("message_id", "VARCHAR", "Message-ID"),
        ("run_id", "VARCHAR", "The night, or the run of reminders, that wrote it"),
        ("topic", "VARCHAR", "night, digest, failure or reminder"),
        ("thread", "VARCHAR", "Which conversation it belongs to: a SIRET, region, or steward"),
        ("recipient", "VARCHAR", "Address"),
        ("subject", "VARCHAR", "Subject"),
        ("asks_for_returns", "BOOLEAN", "It names returns that are awaited: it counts as the week's reminder"),
        ("content", "BLOB", "The whole mail"),
        ("created_at", "TIMESTAMPTZ", "When it was written"),
    ),
    _plain(
        "deliveries", "What became of each try to deliver a mail; the last one is the mail's state",
        ("message_id", "VARCHAR", "The mail"),
        ("attempt", "INTEGER", "1, 2, 3 …"),
        ("attempted_at", "TIMESTAMPTZ", "When it was tried"),
        ("state", "VARCHAR", "waiting (to be tried again), sent, given_up, or file (written to outbox/)"),
        ("reply_code", "INTEGER?", "The mail server's reply; NULL if it gave none"),
        ("reply", "VARCHAR?", "Its words, or why there were none"),
        ("next_attempt_at", "TIMESTAMPTZ?", "Not before; NULL once settled"),
    ),
    _plain(
        "digest_figures", "What each digest said of each rule, for the trend of the next one",
        ("message_id", "VARCHAR", "The digest"),
        ("rule", "VARCHAR", "Id of the rule"),
        ("providers", "BIGINT", "Providers concerned"),
        ("lines", "BIGINT", "Lines, or returns overdue"),
    ),
)  # fmt: skip


def store_tables() -> list[Table]:
    """Every table of the store."""
    rows = [
        Table(store_table(c), f"{c.title} : {c.description}, every version", tuple(stored_columns(c)))
        for c in RETURNS.values()
    ]
    return [*_STORE_TABLES, *rows]


QUALITY_FILES = _plain(
    "quality.files", "One row per file received by the reference date",
    ("submission_id", "BIGINT", "1, 2, 3 … in the order in which files count"),
    ("file_name", "VARCHAR", "Path relative to the inbox"),
    ("kind", "VARCHAR?", "Kind of return; NULL if not recognised"),
    ("provider_siret", "VARCHAR?", "Provider; NULL for the Region's files"),
    ("received_at", "TIMESTAMPTZ", "Moment of reception"),
    ("sha256", "VARCHAR", "Hash of the bytes received"),
    ("decision", "VARCHAR", "accepted, partial, refused or duplicate"),
    ("records", "BIGINT", "Records of the file: accepted + quarantined"),
    ("accepted", "BIGINT", "Records taken"),
    ("quarantined", "BIGINT", "Records in error, not taken"),
    ("blank_lines", "BIGINT", "Blank lines"),
)  # fmt: skip

QUALITY_FINDINGS = _plain(
    "quality.findings", "What was found in the returns and across them; never a value",
    ("submission_id", "BIGINT", "The file: quality.files.submission_id"),
    ("provider_siret", "VARCHAR?", "Provider; NULL for what concerns a file of the Region as a whole"),
    ("kind", "VARCHAR?", "Kind of return; NULL if not recognised"),
    ("line", "INTEGER?", "Physical line; NULL for the file as a whole"),
    ("column_name", "VARCHAR?", "Field name"),
    ("rule", "VARCHAR", "Id of the rule: see `suivi rules`"),
    ("severity", "VARCHAR", "error: not counted; warning: counted (or waiting) and reported; info: reported"),
    ("message", "VARCHAR", "French sentence: what is wrong and what to do"),
    ("first_seen", "TIMESTAMPTZ", "Since when this is so of this row, earlier files included"),
    ("resolved_at", "TIMESTAMPTZ?", "When a later file or night settled it; NULL while it stands"),
)  # fmt: skip

QUALITY_OVERDUE = _plain(
    "quality.overdue", "Returns that are awaited and late at the reference date",
    ("provider_siret", "VARCHAR", "Provider"),
    ("kind", "VARCHAR", "The return awaited"),
    ("level", "VARCHAR", "session or action"),
    ("level_id", "VARCHAR", "SIRET/session_id or SIRET/action_id"),
    ("horizon", "VARCHAR?", "The horizon whose answers are awaited; NULL for other returns than suivi"),
    ("rule", "VARCHAR", "Id of the rule: see `suivi rules`"),
    ("due_on", "DATE", "Last day on which it was not late; of several learners, that of the earliest"),
    ("days_overdue", "BIGINT", "Days from due_on to the reference date"),
)  # fmt: skip

QUALITY_DUE_SOON = _plain(
    "quality.due_soon", "Returns that are awaited and due within 14 days of the reference date; the closing of a window too",
    ("provider_siret", "VARCHAR", "Provider"),
    ("kind", "VARCHAR", "The return awaited"),
    ("level", "VARCHAR", "session or action"),
    ("level_id", "VARCHAR", "SIRET/session_id or SIRET/action_id"),
    ("horizon", "VARCHAR?", "The horizon whose answers are awaited; NULL for other returns than suivi"),
    ("rule", "VARCHAR", "The rule that it will break"),
    ("closes_on", "DATE?", "Last day to observe in, of the earliest learner; NULL for other returns than suivi"),
    ("due_on", "DATE", "Last day on which it is not late; of several learners, that of the earliest"),
)  # fmt: skip

QUALITY_PROVIDER_SCORES = _plain(
    "quality.provider_scores", "How good each provider's returns are; only files that were taken or refused",
    ("provider_siret", "VARCHAR", "Provider: of an action in force, or of a file"),
    ("files", "BIGINT", "Files received, duplicates left out"),
    ("records", "BIGINT", "Records in them"),
    ("accepted", "BIGINT", "Records taken"),
    ("quarantined", "BIGINT", "Records in error"),
    ("accepted_share", "DOUBLE?", "accepted / records, from 0 to 1; NULL without records"),
    ("open_errors", "BIGINT", "Errors that stand"),
    ("open_warnings", "BIGINT", "Warnings that stand"),
    ("overdue", "BIGINT", "Returns overdue: rows of quality.overdue"),
)  # fmt: skip

QUALITY_CHANGES = _plain(
    "quality.changes",
    "What changed in the indicators since meta.release.changes_since, and why. Both sides are computed by the code of this"
    " warehouse, so what new code changes is not here. A unit that is new, or gone, has its values other than 0",
    ("indicator", "VARCHAR", "Table of the schema indicators"),
    ("level", "VARCHAR", "programme, departement, epci, provider, action, session or call"),
    ("level_id", "VARCHAR", "'' for the programme, the code, SIRET, SIRET/action_id, SIRET/session_id or call_id"),
    ("cohort", "VARCHAR?", "The indicator's cohort; NULL if it has none"),
    ("horizon", "VARCHAR?", "The indicator's horizon; NULL if it has none"),
    ("column_name", "VARCHAR", "Column of the indicator"),
    ("before", "VARCHAR?", "Its value then, as text; NULL where it had none, or there was no such unit"),
    ("after", "VARCHAR?", "Its value now, as text; NULL where it has none, or there is no such unit"),
    ("difference", "DOUBLE?", "after - before; NULL unless both are numbers"),
    (
        "cause", "VARCHAR",
        "returns, programme (its rules), both, or date where nothing else can be; the date may have had a part in the others",
    ),
    ("submissions", "BIGINT[]", "Files since, of returns that the indicator reads, with rows changed in this unit"),
)  # fmt: skip

META_RELEASE = _plain(
    "meta.release", "What this warehouse was made of: one row",
    ("run_id", "VARCHAR?", "The night"),
    ("as_of", "DATE", "Reference date"),
    ("created_at", "TIMESTAMPTZ", "When it was built"),
    ("suivi_version", "VARCHAR?", "Version of the code"),
    ("duckdb_version", "VARCHAR", "Version of DuckDB"),
    ("programme_version", "VARCHAR?", "The programme file: first 12 characters of its sha256"),
    ("submissions", "BIGINT", "Files received by the reference date"),
    ("last_submission_id", "BIGINT?", "The last of them"),
    ("changes_since", "DATE?", "Reference date of the release that quality.changes compares with; NULL if there is none"),
)  # fmt: skip

META_ROW_COUNTS = _plain(
    "meta.row_counts", "How many rows each table of this warehouse has",
    ("table_name", "VARCHAR", "Table, with its schema"),
    ("rows", "BIGINT", "Rows"),
)  # fmt: skip


def create_table(table: Table, *, schema: str = "") -> str:
    """The statement that makes a table. Keys are proven by queries instead: in DDL they cost five times an insert."""
    columns = ", ".join(f"{_name(c.name)} {c.sql_type}{' NOT NULL' if c.required else ''}" for c in table.columns)
    return f"CREATE TABLE {schema}{table.name} ({columns})"


def comment_statements(table: Table) -> Iterable[str]:
    """The statements that describe a table and its columns."""
    yield f"COMMENT ON TABLE {table.name} IS {quoted(table.comment)}"
    yield from (f"COMMENT ON COLUMN {table.name}.{_name(c.name)} IS {quoted(c.comment)}" for c in table.columns)


def clean_tables() -> Sequence[Table]:
    """The tables of the schema `clean`."""
    return [
        Table(
            f"clean.{c.table}",
            f"{c.title} : {c.description} ; lignes en vigueur qui comptent, sans donnée personnelle",
            tuple(column for column, _ in published_columns(c)),
        )
        for c in RETURNS.values()
    ]


def quoted(text: str) -> str:
    """The text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _name(name: str) -> str:
    return f'"{name}"'
