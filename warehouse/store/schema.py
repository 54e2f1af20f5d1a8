"""The tables of the private store: the ledger, what was found, what people were notified of, and the rows of every return."""

from __future__ import annotations

from expectations.contract.returns import RETURNS
from warehouse.table_declarations import Table, plain_table, store_table, stored_columns

#: Raised whenever the store's tables change; a store of another version is refused, never guessed at.
SCHEMA_VERSION = 6

_STORE_TABLES = (
    plain_table(
        "meta", "What this store is",
        ("schema_version", "INTEGER", "Version of the tables"),
        ("created_at", "TIMESTAMPTZ", "When the store was made"),
        ("key_fingerprint", "VARCHAR", "Tells whether the key of the pseudonyms is still the same one"),
    ),
    plain_table(
        "nights", "One row per night",
        ("run_id", "VARCHAR", "The night"),
        ("started_at", "TIMESTAMPTZ", "When it began"),
        ("finished_at", "TIMESTAMPTZ?", "When it ended; NULL while it runs, and after a kill"),
        ("as_of", "DATE", "Reference date"),
        ("state", "VARCHAR", "running, then what it ended as"),
    ),
    plain_table(
        "night_rules", "Under which rules each night judged what came; no row for nights of before this was noted",
        ("run_id", "VARCHAR", "The night"),
        ("suivi_version", "VARCHAR", "Version of the code"),
        ("programme_version", "VARCHAR", "The programme file: first 12 characters of its sha256"),
        ("refuse_above", "DOUBLE", "The share of records in error above which a file was refused"),
        ("max_file_mb", "DOUBLE", "The size above which a file was refused, in millions of bytes"),
    ),
    plain_table(
        "examinations", "When each night noted what it found across returns",
        ("run_id", "VARCHAR", "The night"),
        ("noted_at", "TIMESTAMPTZ", "The moment that it noted: cross_findings.opened_at, cross_resolutions.resolved_at"),
    ),
    plain_table(
        "submissions", "One row per file received, refused ones and duplicates too; in the order in which files count",
        ("submission_id", "BIGINT", "1, 2, 3 … in the order in which files count"),
        ("run_id", "VARCHAR", "The night that took it"),
        ("file_name", "VARCHAR", "Path relative to the inbox"),
        ("kind", "VARCHAR?", "Kind of return; NULL if not recognised"),
        ("provider_siret", "VARCHAR?", "Provider, its folder's where it names none; NULL for the Region's files, and nobody's"),
        ("received_at", "TIMESTAMPTZ", "Moment of reception"),
        ("received_on", "DATE", "Day of reception in Europe/Paris; never before that of an earlier file"),
        ("sha256", "VARCHAR", "Hash of the bytes received"),
        ("decision", "VARCHAR", "accepted, partial, refused, duplicate or held"),
        ("records", "BIGINT", "Records of the file"),
        ("accepted", "BIGINT", "Records taken"),
        ("quarantined", "BIGINT", "Records in error"),
        ("blank_lines", "BIGINT", "Blank lines"),
        ("identity", "VARCHAR?", "Which file of the inbox it was, to know it again after a kill"),
        ("sender", "VARCHAR", "Who sent it: the first folder below the inbox, '' for the inbox itself"),
        ("released_from", "BIGINT?", "The held file that the steward has accepted, and that counts as this one"),
    ),
    plain_table(
        "held_answers", "What the steward answered about held files; the last answer about a file counts",
        ("submission_id", "BIGINT", "The held file"),
        ("answer", "VARCHAR", "accepted or rejected"),
        ("answered_at", "TIMESTAMPTZ", "When"),
    ),
    plain_table(
        "bound_senders", "Who may speak for whom because the steward has said so of a held file, beside whoever spoke first",
        ("sender", "VARCHAR", "The folder"),
        ("provider_siret", "VARCHAR?", "For this provider; NULL for the Region's kinds of return"),
        ("bound_at", "TIMESTAMPTZ", "When"),
    ),
    plain_table(
        "contact_confirmations", "Changed addresses of providers that the steward has confirmed",
        ("provider_siret", "VARCHAR", "Provider"),
        ("address", "VARCHAR", "The address that is right"),
        ("confirmed_at", "TIMESTAMPTZ", "When"),
    ),
    plain_table(
        "quarantined_rows", "Rows in error: what they were about, where that could be read; their values are in the archive",
        ("submission_id", "BIGINT", "The file"),
        ("line", "INTEGER", "Physical line"),
        ("row_key", "VARCHAR?", "What identifies the row; NULL if it could not be read"),
    ),
    plain_table(
        "erased_scopes", "What accepted records named of which nothing is kept, because somebody was erased: it had arrived",
        ("submission_id", "BIGINT", "The file"),
        ("kind", "VARCHAR", "Kind of return"),
        ("scope", "VARCHAR", "What it replaced, and of which it is no longer awaited"),
    ),
    plain_table(
        "closings", "From which file on a row is no longer in force, because it was replaced or retired",
        ("kind", "VARCHAR", "Kind of return"),
        ("submission_id", "BIGINT", "The row's file"),
        ("line", "INTEGER", "The row's line"),
        ("closed_by", "BIGINT", "The later file"),
    ),
    plain_table(
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
    plain_table(
        "resolutions", "Findings that a later file has settled",
        ("finding_id", "BIGINT", "The finding"),
        ("resolved_by", "BIGINT", "The later file"),
        ("resolved_at", "TIMESTAMPTZ", "When it was received"),
    ),
    plain_table(
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
    plain_table(
        "cross_resolutions", "Findings across returns that a later night no longer saw",
        ("finding_id", "BIGINT", "The finding"),
        ("resolved_at", "TIMESTAMPTZ", "That night"),
    ),
    plain_table(
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
    plain_table(
        "overdue_ends", "Overdue returns that a later night found no longer overdue",
        ("notice_id", "BIGINT", "The notice"),
        ("ended_at", "TIMESTAMPTZ", "That night"),
    ),
    plain_table(
        "notified", "What people have been notified of, or need not be; written in one transaction with the mails that tell it",
        ("what", "VARCHAR", "submission, (cross_)finding or _resolution, overdue, overdue_end, signal, night, mail, contact"),
        ("number", "BIGINT?", "Its number"),
        ("name", "VARCHAR?", "Its name: run_id of a night, Message-ID of a mail given up, SIRET/submission_id of an address"),
        ("message_id", "VARCHAR?", "The mail that tells it; NULL where nothing had to be said"),
        ("notified_at", "TIMESTAMPTZ", "When the mail was written"),
    ),
    plain_table(
        "outbox", "Mails to deliver, never changed once written",
        ("message_id", "VARCHAR", "Message-ID"),
        ("run_id", "VARCHAR", "The night, or the run of reminders, that wrote it"),
        ("topic", "VARCHAR", "night, digest, failure, reminder or reminders"),
        ("thread", "VARCHAR", "Which conversation it belongs to: a SIRET, region, or steward"),
        ("recipient", "VARCHAR", "Address"),
        ("subject", "VARCHAR", "Subject"),
        ("asks_for_returns", "BOOLEAN", "It names returns that are awaited: it counts as the week's reminder"),
        ("content", "BLOB", "The whole mail"),
        ("created_at", "TIMESTAMPTZ", "When it was written"),
    ),
    plain_table(
        "deliveries", "What became of each try to deliver a mail; the last one is the mail's state",
        ("message_id", "VARCHAR", "The mail"),
        ("attempt", "INTEGER", "1, 2, 3 …"),
        ("attempted_at", "TIMESTAMPTZ", "When it was tried"),
        ("state", "VARCHAR", "waiting (to be tried again), sent, given_up, or file (written to outbox/)"),
        ("reply_code", "INTEGER?", "The mail server's reply; NULL if it gave none"),
        ("reply", "VARCHAR?", "Its words, or why there were none"),
        ("next_attempt_at", "TIMESTAMPTZ?", "Not before; NULL once settled"),
    ),
    plain_table(
        "digest_figures", "What each digest said of each rule, for the trend of the next one",
        ("message_id", "VARCHAR", "The digest"),
        ("rule", "VARCHAR", "Id of the rule"),
        ("providers", "BIGINT", "Providers concerned"),
        ("lines", "BIGINT", "Lines, or returns overdue"),
    ),
    plain_table(
        "signal_notices", "Signals that a night found, from the first night that did; another row where one has grown",
        ("notice_id", "BIGINT", "1, 2, 3 …"),
        ("signal", "VARCHAR", "Id of the signal"),
        ("level", "VARCHAR", "As in quality.signals"),
        ("level_id", "VARCHAR", "As in quality.signals"),
        ("value", "DOUBLE?", "Its value that night"),
        ("noted_on", "DATE", "Reference date of that night"),
        ("noted_at", "TIMESTAMPTZ", "That night"),
    ),
    plain_table(
        "signal_ends", "Signals that a later night no longer found",
        ("notice_id", "BIGINT", "The notice, the last one of this signal and unit"),
        ("ended_at", "TIMESTAMPTZ", "That night"),
    ),
)  # fmt: skip


def store_tables() -> list[Table]:
    """Every table of the store."""
    rows = [
        Table(store_table(c), f"{c.title} : {c.description}, every version", tuple(stored_columns(c)))
        for c in RETURNS.values()
    ]
    return [*_STORE_TABLES, *rows]
