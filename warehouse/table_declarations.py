"""From the contract to tables: their columns and comments, in the private store and in what analysts open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from expectations.contract import Column, Return
from warehouse.query_results import quoted


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
        *map(table_column, contract.columns),
    ]
    if _has_learner(contract):
        columns.append(TableColumn("learner_key", "VARCHAR", True, LEARNER_KEY))
    return columns


LEARNER_KEY = "Pseudonym of the learner in the session: the same in all returns"


def _has_learner(contract: Return) -> bool:
    return any(column.name == "learner_ref" for column in contract.columns)


def table_column(column: Column) -> TableColumn:
    """A column of the contract as one of a table."""
    return TableColumn(column.name, column.sql_type, not column.optional or column.empty_means_unknown, column.meaning)


def plain_table(name: str, comment: str, *columns: tuple[str, str, str]) -> Table:
    """A table whose column types end in '?' where the column may be empty."""
    return Table(
        name,
        comment,
        tuple(TableColumn(c, t.rstrip("?"), not t.endswith("?"), text) for c, t, text in columns),
    )


QUALITY_FILES = plain_table(
    "quality.files", "One row per file received by the reference date",
    ("submission_id", "BIGINT", "1, 2, 3 … in the order in which files count"),
    ("file_name", "VARCHAR", "Path relative to the inbox"),
    ("kind", "VARCHAR?", "Kind of return; NULL if not recognised"),
    ("provider_siret", "VARCHAR?", "Provider; NULL for the Region's files"),
    ("received_at", "TIMESTAMP", "Moment of reception, on the clocks of Paris"),
    ("sha256", "VARCHAR", "Hash of the bytes received"),
    ("decision", "VARCHAR", "accepted, partial, refused, duplicate or held (kept aside: nothing of it counts)"),
    ("records", "BIGINT", "Records of the file: accepted + quarantined"),
    ("accepted", "BIGINT", "Records taken"),
    ("quarantined", "BIGINT", "Records in error, not taken"),
    ("blank_lines", "BIGINT", "Blank lines"),
)  # fmt: skip

QUALITY_FINDINGS = plain_table(
    "quality.findings", "What was found in the returns and across them; never a value",
    ("submission_id", "BIGINT", "The file: quality.files.submission_id"),
    ("provider_siret", "VARCHAR?", "Provider; NULL for what concerns a file of the Region as a whole"),
    ("kind", "VARCHAR?", "Kind of return; NULL if not recognised"),
    ("line", "INTEGER?", "Physical line; NULL for the file as a whole"),
    ("column_name", "VARCHAR?", "Field name"),
    ("rule", "VARCHAR", "Id of the rule: see `suivi rules`"),
    ("severity", "VARCHAR", "error: not counted; warning: counted (or waiting) and reported; info: reported"),
    ("message", "VARCHAR", "French sentence: what is wrong and what to do"),
    ("first_seen", "TIMESTAMP", "Since when this is so of this row, earlier files included; on the clocks of Paris"),
    ("resolved_at", "TIMESTAMP?", "When a later file or night settled it, on the clocks of Paris; NULL while it stands"),
)  # fmt: skip

QUALITY_OVERDUE = plain_table(
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

QUALITY_DUE_SOON = plain_table(
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

QUALITY_WAITING = plain_table(
    "quality.waiting", "Rows that wait for another return and do not count before it has come; a row here is a file, a rule and"
    " what is awaited. The rows themselves are in quality.findings",
    ("submission_id", "BIGINT", "The file: quality.files.submission_id"),
    ("provider_siret", "VARCHAR", "Provider"),
    ("kind", "VARCHAR", "Return of the rows that wait"),
    ("rule", "VARCHAR", "Id of the rule: reference.rules.id"),
    ("waits_for", "VARCHAR", "The return awaited"),
    ("level", "VARCHAR", "session or action"),
    ("level_id", "VARCHAR", "What it is to be about: SIRET/session_id or SIRET/action_id"),
    ("rows", "BIGINT", "Rows that wait"),
    ("waiting_since", "TIMESTAMP", "Since when the first of them waits, in Paris"),
)  # fmt: skip

REFERENCE_RULES = plain_table(
    "reference.rules", "Every rule by which returns are judged",
    ("id", "VARCHAR", "The rule: quality.findings.rule"),
    ("severity", "VARCHAR", "error, warning or info"),
    ("sentence", "VARCHAR", "French sentence: what is wrong and what to do"),
)  # fmt: skip

QUALITY_PROVIDER_SCORES = plain_table(
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
    ("open_refusals", "BIGINT", "Files refused as a whole that no later file has made good"),
)  # fmt: skip

QUALITY_RATE_LEDGER = plain_table(
    "quality.rate_ledger",
    "What each night changed in the positive exits of each unit, and why: added up, the changes are positive and known + unknown"
    " of indicators.positive_exit, cohort all. Rows of people erased since are in no night",
    ("level", "VARCHAR", "programme, departement, epci, provider, action or session"),
    ("level_id", "VARCHAR", "'' for the programme, the code, SIRET, SIRET/action_id or SIRET/session_id"),
    ("horizon", "VARCHAR", "SORTIE, M3, M6 or M12"),
    ("night", "DATE", "Reference date of the night; what failed nights would have changed is in the next one"),
    (
        "cause", "VARCHAR",
        "matured (the window has closed; negative: the exit was put off), answered (nothing was known before), corrected_up,"
        " corrected_down (another answer, or none), added (came when the window had closed), retired (no longer in the file),"
        " cancelled (ANNULE), neutralised, set_aside (waits, or is in error across returns), returned",
    ),
    ("positive_change", "BIGINT", "Positive exits more than before"),
    ("eligible_change", "BIGINT", "Leavers more than before in the denominator, known + unknown"),
)  # fmt: skip

QUALITY_SIGNALS = plain_table(
    "quality.signals",
    "What the steward is asked to look at: signs, in the whole history of the returns, that figures may have been polished. No"
    " proof, and no accusation: see reference.signals, and docs/signals.md",
    ("signal", "VARCHAR", "Id of the signal: reference.signals.id"),
    ("level", "VARCHAR", "provider, action or session"),
    ("level_id", "VARCHAR", "SIRET, SIRET/action_id or SIRET/session_id"),
    ("value", "DOUBLE", "What was seen: people, answers, rows, files, days or EUR, as the signal says"),
    ("of", "BIGINT?", "Of how many; NULL where it is of none"),
    ("programme_value", "DOUBLE?", "The share among the other providers; NULL where nothing is compared"),
    ("p_value", "DOUBLE?", "Two-sided exact binomial test of value out of `of` against it; NULL where nothing is compared"),
    ("threshold", "DOUBLE", "From where on it is a signal: the least difference of shares, or what the programme says"),
    ("tests", "BIGINT?", "How many shares were compared that night, all signals together; NULL where nothing is compared"),
    ("severity", "VARCHAR", "warning: it may move a published figure; info: worth a question"),
    ("sentence", "VARCHAR", "French sentence with its figures"),
    ("since", "DATE", "Reference date of the first night that found it, without a break to this one"),
)  # fmt: skip

REFERENCE_SIGNALS = plain_table(
    "reference.signals", "Every signal that the steward may be asked to look at",
    ("id", "VARCHAR", "The signal: quality.signals.signal"),
    ("severity", "VARCHAR", "warning or info"),
    ("weight", "INTEGER", "The graver, the higher: the order in which they are shown"),
    ("sentence", "VARCHAR", "French sentence, the places of its figures in braces"),
    ("question", "VARCHAR", "French: what to ask the provider"),
    ("definition", "VARCHAR", "What is counted; the names are those of programme.toml"),
    ("of_people", "BOOLEAN", "Whether quality.signals.value counts people or their answers"),
)  # fmt: skip

QUALITY_CHANGES = plain_table(
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
    ("file_names", "VARCHAR[]", "Their names, in the same order"),
)  # fmt: skip

META_RELEASE = plain_table(
    "meta.release", "What this warehouse was made of: one row",
    ("run_id", "VARCHAR?", "The night"),
    ("as_of", "DATE", "Reference date"),
    ("created_at", "TIMESTAMP", "When it was built, on the clocks of Paris"),
    ("suivi_version", "VARCHAR?", "Version of the code"),
    ("duckdb_version", "VARCHAR", "Version of DuckDB"),
    ("programme_version", "VARCHAR?", "The programme file: first 12 characters of its sha256"),
    ("models_version", "VARCHAR", "The SQL of the indicators: first 12 characters of its sha256"),
    ("submissions", "BIGINT", "Files received by the reference date"),
    ("last_submission_id", "BIGINT?", "The last of them"),
    ("changes_since", "DATE?", "Reference date of the release that quality.changes compares with; NULL if there is none"),
)  # fmt: skip

META_ROW_COUNTS = plain_table(
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


def _name(name: str) -> str:
    return f'"{name}"'
