"""Builds the indicators: one SQL file a table, in the order that the SQL itself implies, each proven and commented."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

import sqlglot
from sqlglot import exp

from transforms.engines.engine import PUBLISHED_SCHEMAS, Engine, is_published
from transforms.engines.macros import macros
from transforms.models.audit_limits import audit_limits
from transforms.models.model_files import select_of, tables_with_a_file
from warehouse.published.published_tables import DETAIL, clean_tables
from warehouse.query_results import quoted, single_row
from warehouse.table_declarations import (
    QUALITY_FILES,
    QUALITY_FINDINGS,
    QUALITY_PROVIDER_SCORES,
    QUALITY_RATE_LEDGER,
    QUALITY_WAITING,
    Table,
)

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from transforms.models.earlier_sums import EarlierSums

#: schemas that are there before the build: a model may read only these and other models
GIVEN_SCHEMAS = ("clean", "reference", "quality", "history")
REFERENCE_DATE = "work.reference_date"
#: steps on the way that are there before the build
_GIVEN_STEPS = frozenset({REFERENCE_DATE, "work.rows_kept_out"})
#: what each session adds to the indicators: each row is made of the rows of its session alone, the reference date and the rules
SUMS = "sums"
#: steps that SQL cannot make: the table, what its rows are made of, and by what
STEPS_IN_PYTHON: Mapping[str, tuple[str, Callable[[Mapping[str, NDArray[Any]]], pa.Table]]] = {
    "work.audit_limits": ("work.audit_groups", audit_limits),
}
_FIELDS = ("what", "grain", "key", "unit", "excludes", "source", "definition")
_INDENT = "--     "


class BuildError(Exception):
    """A model that cannot be used, or a table that does not keep a promise of its model. Holds names, never a value."""


@dataclass(frozen=True)
class Model:
    """A table and the SELECT that makes it, with what its header says and promises.

    `sources` are the tables that the SQL reads, `proves` conditions that hold for every row. A view has no rows of its own, so
    nothing is proven of it.
    """

    table: str
    sql: str
    sources: frozenset[str]
    what: str
    grain: str
    key: tuple[str, ...]
    unit: str
    excludes: str
    definition: str
    proves: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    is_view: bool = False

    @property
    def is_published_view(self) -> bool:
        """Whether analysts see it, and it is computed when they ask."""
        return self.is_view and is_published(self.table)

    @property
    def comment(self) -> str:
        """The comment of the table."""
        return f"{self.what}. One row: {self.grain}. Unit: {self.unit}. Left out: {self.excludes}. {self.definition}"


def build(engine: Engine, as_of: date, earlier: EarlierSums | None = None) -> dict[str, int]:
    """Make the tables and views that analysts see (and those of `work` that they need) anew.

    Args:
        engine: runs the SELECTs, on the warehouse being built, with the schema `clean`, the whole of `reference` (places and
            rules), of `quality` what ledger and rules across returns say (files, overdue), work.rows_kept_out, and the attached
            database `history`.
        as_of: the reference date.
        earlier: the sums of an earlier warehouse, to be taken from there where a session has not moved.

    Returns: the rows of each of these tables, by its name with the schema; those of `work` are left out.

    Raises BuildError where a key is not unique or a promised identity does not hold; duckdb.Error or EngineFailed where SQL
    fails.
    """
    for schema in ("work", *PUBLISHED_SCHEMAS):
        engine.warehouse.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    engine.warehouse.execute(f"CREATE OR REPLACE TABLE {REFERENCE_DATE} AS SELECT CAST(? AS DATE) AS as_of", [as_of])
    if earlier:
        earlier.find_sessions_moved(engine.warehouse)
    engine.give(given_tables())
    rows = {}
    for model in models_in_order():
        for table, (source, made_of) in STEPS_IN_PYTHON.items():
            if table in model.sources:
                engine.take(table, made_of(engine.warehouse.execute(f"FROM {source}").fetchnumpy()))
        if model.is_view:
            _make_view(engine, model, as_of, earlier)
            continue
        count = _make(engine, model, earlier)
        if is_published(model.table):
            rows[model.table] = count
    return rows


def given_tables() -> tuple[str, ...]:
    """The tables that models read and none of them makes."""
    models = models_in_order()
    read = {source for model in models for source in model.sources}
    return tuple(sorted(read - {model.table for model in models} - STEPS_IN_PYTHON.keys()))


@cache
def models_in_order() -> tuple[Model, ...]:
    """Every model, each after those that it reads; the order is the same on every machine. Raises BuildError."""
    models = {model.table: model for model in _read_models("work", *PUBLISHED_SCHEMAS)}
    for model in models.values():
        for source in model.sources - models.keys() - _GIVEN_STEPS - STEPS_IN_PYTHON.keys():
            if _schema(source) not in GIVEN_SCHEMAS:
                raise BuildError(f"{model.table} reads {source}, which nothing makes")
    # sorted, so that the order does not hang on the file system
    graph = {table: sorted(_made_of(models[table]) & models.keys()) for table in sorted(models)}
    try:
        return tuple(models[table] for table in TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise BuildError(f"models read each other in a circle: {' -> '.join(error.args[1])}") from None


def _made_of(model: Model) -> set[str]:
    """The tables that must be there before it: what it reads, or what the steps that it reads are made of."""
    return {STEPS_IN_PYTHON[source][0] if source in STEPS_IN_PYTHON else source for source in model.sources}


@cache
def models_version() -> str:
    """What tells the SQL of the models and of their macros from that of other versions: 12 characters of its SHA-256."""
    tables = sorted(tables_with_a_file("history", "in_force", "clean", "work", *PUBLISHED_SCHEMAS))
    texts = [macros(), *map(select_of, tables)]
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]


def sums_alone() -> frozenset[str]:
    """The steps on the way of which nothing but `sums` is made: like them, they need only the sessions that have moved."""
    models, alone = models_in_order(), set[str]()
    for model in reversed(models):
        readers = [other for other in models if model.table in other.sources and not other.is_published_view]
        if readers and all(_schema(reader.table) == SUMS or reader.table in alone for reader in readers):
            alone.add(model.table)
    return frozenset(alone)


@cache
def declared_tables() -> dict[str, Table]:
    """The tables with a file whose columns and comments are declared in Python: by the contract, or for the ledger's tables.

    Their files say what they are made of; the build does not list their columns a second time in the header.
    """
    quality = (QUALITY_FILES, QUALITY_FINDINGS, QUALITY_PROVIDER_SCORES, QUALITY_RATE_LEDGER, QUALITY_WAITING)
    declared = (*clean_tables(), DETAIL, *quality)
    return {table.name: table for table in declared}


def read_model(table: str, text: str) -> Model:
    """A model from its file: a header of `-- name: value` lines, then one SELECT. Raises BuildError."""
    lines = text.split("\n")
    end = next((number for number, line in enumerate(lines) if not line.startswith("--")), len(lines))
    fields = _header(table, lines[:end])
    sql = "\n".join(lines[end:]).strip()
    for name in _FIELDS:
        if not fields.get(name):
            raise BuildError(f"{table}: the header lacks {name}")
    unknown = fields.keys() - {*_FIELDS, "proves", "columns", "view"}
    if unknown:
        raise BuildError(f"{table}: the header has {', '.join(sorted(unknown))}, which is not known")
    output, sources = _parsed(table, sql)
    stated = set(_listed(" ".join(fields["source"])))
    if stated != sources:
        raise BuildError(f"{table}: the header's source and the SQL differ in {', '.join(sorted(stated ^ sources))}")
    columns = tuple((name.strip(), text.strip()) for name, _, text in (line.partition(":") for line in fields.get("columns", [])))
    if is_published(table) and [name for name, _ in columns] != output:
        raise BuildError(f"{table}: the header's columns are not those of the SELECT, in its order")
    if table in declared_tables() and output != [column.name for column in declared_tables()[table].columns]:
        raise BuildError(f"{table}: its columns are declared elsewhere and differ: edit transforms/models/{_path(table)}")
    what, grain, unit, excludes, definition = (" ".join(fields[n]).rstrip(".") for n in _FIELDS if n not in ("key", "source"))
    return Model(table, sql, frozenset(sources), what, grain, _listed(" ".join(fields["key"])), unit, excludes,
                 f"{definition}.", tuple(fields.get("proves", [])), columns, fields.get("view") == ["yes"])  # fmt: skip


def _read_models(*schemas: str) -> Iterable[Model]:
    return (read_model(table, select_of(table)) for table in tables_with_a_file(*schemas))


def _header(table: str, lines: Sequence[str]) -> dict[str, list[str]]:
    """The header's fields, each as its lines; indented lines go on with the field above."""
    fields: dict[str, list[str]] = {}
    name = None
    for line in lines:
        if line.startswith(_INDENT) and name:
            fields[name].append(line.removeprefix(_INDENT).strip())
        elif match := re.match(r"-- (\w+):(.*)", line):
            name = match[1]
            fields[name] = [match[2].strip()] if match[2].strip() else []
        else:
            raise BuildError(f"{table}: a line of the header is neither `-- name: value` nor indented by five")
    return fields


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _parsed(table: str, sql: str) -> tuple[list[str], set[str]]:
    """The columns that a SELECT gives, and the tables that it reads."""
    try:
        statements = sqlglot.parse(sql, dialect="duckdb")
    except sqlglot.errors.SqlglotError:
        raise BuildError(f"{table}: the SQL cannot be parsed") from None
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise BuildError(f"{table}: a file holds one bare SELECT")
    query = statements[0]
    sources: set[str] = set()
    named = {cte.alias for cte in query.find_all(exp.CTE)}
    for found in query.find_all(exp.Table):
        if found.db:
            sources.add(f"{found.db}.{found.name}")
        elif found.name not in named:
            raise BuildError(f"{table}: {found.name} is neither a table with its schema nor a CTE")
    if any(isinstance(column, exp.Star) or column.is_star for column in query.selects):
        raise BuildError(f"{table}: the last SELECT lists its columns, without *")
    return query.named_selects, sources


def _make(engine: Engine, model: Model, earlier: EarlierSums | None) -> int:
    """Make one table and prove what it promises. Gives its rows."""
    engine.make_table(model.table, earlier.completed(model) if earlier else model.sql, model.key)
    rows = _prove(engine, model)
    if is_published(model.table):  # the others are dropped before anybody could read what they are
        _comment(engine, model)
    return rows


def _make_view(engine: Engine, model: Model, as_of: date, earlier: EarlierSums | None) -> None:
    """Make a view: one on the way as it is written, one for analysts without the steps on the way, which they do not have."""
    engine.make_view(model.table, earlier.completed(model) if earlier else model.sql)
    if model.is_published_view:
        engine.warehouse.execute(f"CREATE OR REPLACE VIEW {model.table} AS\n{_without_steps(model, as_of)}")
    _comment(engine, model)


def _without_steps(model: Model, as_of: date) -> str:
    """The SELECT of a model with those of the steps that it reads in their places. The steps use no macro of ours."""
    models = {other.table: other for other in models_in_order()}
    sql = model.sql
    for source in sorted(model.sources):
        if source == REFERENCE_DATE:
            sql = re.sub(rf"\b{source}\b", f"(select cast('{as_of}' as date) as as_of)", sql)
        elif _schema(source) == "work":
            step = _without_steps(models[source], as_of)
            sql = re.sub(rf"\b{source}\b", lambda _, step=step: f"(\n{step}\n)", sql)  # type: ignore[misc]
    return sql


def _comment(engine: Engine, model: Model) -> None:
    kind = "VIEW" if model.is_view else "TABLE"
    comments = [f"COMMENT ON {kind} {model.table} IS {quoted(model.comment)}"]
    comments += [f"COMMENT ON COLUMN {model.table}.\"{name}\" IS {quoted(text)}" for name, text in model.columns]
    engine.warehouse.execute(";\n".join(comments))


def _prove(engine: Engine, model: Model) -> int:
    """How many rows it has. BuildError unless the key is unique and without NULL, and every promised condition holds in each."""
    key = ", ".join(model.key)
    holes = " OR ".join(f"{column} IS NULL" for column in model.key)
    promises = {
        f"unique ({key})": f"count(*) - (SELECT count(*) FROM (SELECT DISTINCT {key} FROM {model.table}))",
        f"no NULL in ({key})": f"count(*) FILTER (WHERE {holes})",
        # a condition that is NULL is no failure: it speaks of a sum that the type could not hold
        **{condition: f"count(*) FILTER (WHERE NOT ({condition}))" for condition in model.proves},
    }
    rows, *failed = single_row(engine.warehouse, f"SELECT count(*), {', '.join(promises.values())} FROM {model.table}")
    for promise, failures in zip(promises, failed, strict=True):
        if failures:
            raise BuildError(f"{model.table}: {promise} does not hold in {failures} rows")
    return int(rows)


def _path(table: str) -> str:
    return f"{table.replace('.', '/')}.sql"


def _schema(table: str) -> str:
    return table.partition(".")[0]
