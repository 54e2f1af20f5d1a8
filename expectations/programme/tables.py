"""The tables of the schema `reference` that hold the programme's rules and the contract's code lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from expectations.contract.codes import code_list
from expectations.programme.rules import AUDIENCES, MEASURES, Programme, V, Version

if TYPE_CHECKING:
    import duckdb

#: The first version of a rule is in force from here on, so that nothing that was observed before the programme vanishes.
BEGINNING = date(1, 1, 1)

_VALIDITY = (
    ("adopted_on", "DATE", "First day of this version in the programme file"),
    ("valid_from", "DATE", "First day on which it counts; 0001-01-01 for the first version (not of targets)"),
    ("valid_to", "DATE", "First day on which it does not count any more; NULL if still in force"),
)
Columns = tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class _Table:
    """A table of rules; each column is (name, SQL type, comment). Those of the schema `work` are not published."""

    name: str
    comment: str
    columns: Columns
    schema: str = "reference"

    @property
    def full_name(self) -> str:
        """The name with the schema."""
        return f"{self.schema}.{self.name}"


_CALLS = _Table("calls", "Calls for projects: envelope, and the cap of a grant", (
    ("call_id", "VARCHAR", "The call's code"),
    ("envelope_eur", "DECIMAL(14,2)", "What the call can grant in all"),
    ("cap_share_numerator", "INTEGER", "A grant is at most numerator/denominator of the total cost"),
    ("cap_share_denominator", "INTEGER", "See cap_share_numerator"),
    ("cap_eur", "DECIMAL(14,2)", "And at most this"),
    *_VALIDITY,
))  # fmt: skip
_HORIZONS = _Table("horizons", "Windows of the follow-up horizons; the one valid on the day of leaving counts", (
    ("horizon", "VARCHAR", "SORTIE, M3, M6, M12"),
    ("opens_after_days", "INTEGER", "First day of the window after leaving"),
    ("closes_after_days", "INTEGER", "Last day of the window after leaving"),
    *_VALIDITY,
))  # fmt: skip
_SITUATIONS = _Table("situation_classes", "What a situation counts as; the version valid on observed_on counts", (
    ("situation", "VARCHAR", "The situation's code"),
    ("class", "VARCHAR", "durable, other_employment, training, other, neutralised or unknown"),
    ("is_positive", "BOOLEAN", "A positive exit"),
    ("is_positive_strict", "BOOLEAN", "A positive exit in the strict sense"),
    ("is_neutralised", "BOOLEAN", "Leaves numerator and denominator"),
    ("is_unknown", "BOOLEAN", "Counts as no answer"),
    ("is_employment", "BOOLEAN", "Durable or other employment"),
    ("is_durable", "BOOLEAN", "Durable employment"),
    ("is_training", "BOOLEAN", "Training"),
    *_VALIDITY,
))  # fmt: skip
_AUDIENCES = _Table("audience_rules", "Priority audiences; the version valid when a session starts counts", (
    ("target_numerator", "INTEGER", "At least numerator/denominator of each session's learners"),
    ("target_denominator", "INTEGER", "See target_numerator"),
    ("far_from_employment_months", "INTEGER", "Months without a job that make a learner far from employment"),
    *((f"counts_{name}", "BOOLEAN", "Whether this audience has priority") for name in AUDIENCES),
    *_VALIDITY,
))  # fmt: skip
_POSTS = _Table("unfilled_posts", "Digital posts that stay unfilled in the region, always shown as a range", (
    ("posts_low", "INTEGER", "Lower end of the range"),
    ("posts_high", "INTEGER", "Upper end of the range"),
    *_VALIDITY,
))  # fmt: skip
_REPORTING = _Table("reporting_rules", "Under how few heads or payments a figure is not shown", (
    ("fewest_heads", "INTEGER", "Under this many heads there is no cost per head"),
    ("fewest_payments", "INTEGER", "Under this many payments there is no forecast"),
    *_VALIDITY,
))  # fmt: skip
_PUBLICATION = _Table("publication_rules", "How few people are not told in open figures", (
    ("smallest_count", "INTEGER", "Fewer people than this are not told, nor all but fewer"),
    ("smallest_disabled_in_district", "INTEGER", "The same, of people with disabilities who live in a priority district"),
    ("smallest_denominator", "INTEGER", "There is no rate of fewer people than this"),
    *_VALIDITY,
))  # fmt: skip
_TARGETS = _Table("targets", "What the Region wants to reach, in force from its first day on; empty where it has set nothing", (
    ("measure", "VARCHAR", "positive_exit or response: a share of the leavers at M6"),
    ("target_numerator", "INTEGER", "At least numerator/denominator"),
    ("target_denominator", "INTEGER", "See target_numerator"),
    *_VALIDITY,
))  # fmt: skip
_AWAITED = _Table("awaited_rules", "When a return is late; the version valid on the day from which days are counted", (
    ("learners_days", "INTEGER", "Days after the first day of a session by which its learners are awaited"),
    ("answers_days", "INTEGER", "Days after the window of a horizon has closed by which its answers are awaited"),
    ("expenses_days", "INTEGER", "Days after the last day of an action's last session by which its expenses are awaited"),
    ("announced_days", "INTEGER", "Days in which it is announced before; the version valid on the reference date"),
    *_VALIDITY,
), schema="work")  # fmt: skip
_PLAUSIBILITY = _Table("plausibility_rules", "From where on what a return says is questioned", (
    ("entry_outside_session_days", "INTEGER", "Days before or after the session; the version valid when the session starts"),
    ("headcount_drop_numerator", "INTEGER", "A session may lose numerator/denominator of its learners with one file; the version"
     " valid on the reference date"),
    ("headcount_drop_denominator", "INTEGER", "See headcount_drop_numerator"),
    ("learners_of_one_situation", "INTEGER", "From so many learners on they do not all have one situation; the version valid"
     " on the reference date"),
    *_VALIDITY,
), schema="work")  # fmt: skip
_CODE_LISTS = _Table("code_lists", "Every code of the returns with its French label", (
    ("code_list", "VARCHAR", "The list's name"),
    ("code", "VARCHAR", "The code"),
    ("label", "VARCHAR", "Its label, in French"),
    ("position", "INTEGER", "Its place in the list, from 1"),
))  # fmt: skip

#: the tables that load_rules makes and that are published
RULE_TABLES = (_CALLS, _HORIZONS, _SITUATIONS, _AUDIENCES, _POSTS, _REPORTING, _PUBLICATION, _TARGETS, _CODE_LISTS)


def load_rules(con: duckdb.DuckDBPyConnection, programme: Programme) -> None:
    """Make the schemas `reference` and `work` if need be, and the tables of the rules anew, with rows and comments.

    Each version is a row with valid_from (inclusive) and valid_to (exclusive, NULL if open): exactly one is valid on any
    day. Other tables of the schemas are left alone. duckdb.Error if the database cannot be written.
    """
    for schema in ("reference", "work"):
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    _write(con, _CALLS, [
        (rule.call_id, rule.envelope_eur, *rule.cap_share, rule.cap_eur, *validity)
        for call_id in programme.calls() for rule, validity in _dated(programme.call_versions(call_id))
    ])  # fmt: skip
    _write(con, _HORIZONS, [
        (horizon, *window, *validity)
        for rule, validity in _dated(programme.followup_rules) for horizon, window in rule.windows
    ])  # fmt: skip
    _write(con, _SITUATIONS, [
        (situation, name, situation in rule.positive, situation in rule.positive_strict, name == "neutralised",
         name == "unknown", name in ("durable", "other_employment"), name == "durable", name == "training", *validity)
        for rule, validity in _dated(programme.situation_rules) for situation, name in rule.classes
    ])  # fmt: skip
    _write(con, _AUDIENCES, [
        (*rule.target, rule.far_from_employment_months, *(name in rule.priority for name in AUDIENCES), *validity)
        for rule, validity in _dated(programme.audience_rules)
    ])  # fmt: skip
    _write(con, _POSTS, [(*rule.unfilled_posts, *validity) for rule, validity in _dated(programme.skills_gap_rules)])
    _write(con, _REPORTING, [
        (rule.fewest_heads, rule.fewest_payments, *validity) for rule, validity in _dated(programme.reporting_rules)
    ])  # fmt: skip
    _write(con, _PUBLICATION, [
        (rule.smallest_count, rule.smallest_disabled_in_district, rule.smallest_denominator, *validity)
        for rule, validity in _dated(programme.publication_rules)
    ])  # fmt: skip
    _write(con, _AWAITED, [
        (rule.learners_days, rule.answers_days, rule.expenses_days, rule.announced_days, *validity)
        for rule, validity in _dated(programme.awaited_rules)
    ])  # fmt: skip
    _write(con, _PLAUSIBILITY, [
        (rule.entry_outside_session_days, *rule.headcount_drop, rule.learners_of_one_situation, *validity)
        for rule, validity in _dated(programme.plausibility_rules)
    ])  # fmt: skip
    _write(con, _TARGETS, [
        (measure, *rule.share, rule.adopted_on, rule.adopted_on, valid_to)
        for measure in MEASURES
        for rule, (_, _, valid_to) in _dated([rule for rule in programme.target_rules if rule.measure == measure])
    ])  # fmt: skip
    _write(con, _CODE_LISTS, list(_codes()))


def _dated(versions: Sequence[V]) -> Iterable[tuple[V, tuple[date, date, date | None]]]:
    """Each version with (adopted_on, valid_from, valid_to)."""
    nexts: list[Version | None] = [*versions[1:], None]
    for number, (version, following) in enumerate(zip(versions, nexts, strict=False)):
        valid_from = version.adopted_on if number else BEGINNING
        yield version, (version.adopted_on, valid_from, following.adopted_on if following else None)


def _codes() -> Iterable[tuple[str, str, str, int]]:
    folder = files("expectations.contract") / "code_lists"
    for name in sorted(entry.name.removesuffix(".csv") for entry in folder.iterdir() if entry.name.endswith(".csv")):
        for position, (code, label) in enumerate(code_list(name).labels.items(), 1):
            yield name, code, label, position


def _write(con: duckdb.DuckDBPyConnection, table: _Table, rows: list[tuple[Any, ...]]) -> None:
    columns = ", ".join(f"{name} {sql_type}" for name, sql_type, _ in table.columns)
    con.execute(f"CREATE OR REPLACE TABLE {table.full_name} ({columns})")
    if rows:
        con.executemany(f"INSERT INTO {table.full_name} VALUES ({', '.join('?' * len(table.columns))})", rows)
    con.execute(f"COMMENT ON TABLE {table.full_name} IS '{_quoted(table.comment)}'")
    for name, _, comment in table.columns:
        con.execute(f"COMMENT ON COLUMN {table.full_name}.{name} IS '{_quoted(comment)}'")


def _quoted(comment: str) -> str:
    return comment.replace("'", "''")
