"""The SELECTs of the models in the words of Spark: the same text, its macros written out, translated by sqlglot."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import sqlglot
from sqlglot import exp

from transforms.engines.macros import macros


def spark_sql(select: str) -> str:
    """A SELECT as Spark reads it; each table by its name in view_name().

    sqlglot.errors.SqlglotError where it cannot be parsed.
    """
    query = sqlglot.parse_one(select, dialect="duckdb").transform(_written_out)
    for table in query.find_all(exp.Table):
        if table.db:
            table.set("this", exp.to_identifier(view_name(f"{table.db}.{table.name}")))
            table.set("db", None)
    return query.sql(dialect="spark")


def view_name(table: str) -> str:
    """What a table named with its schema is called there: views of a session have no schemas."""
    return table.replace(".", "__")


def _written_out(node: exp.Expression) -> exp.Expression:
    """The formula of a macro in the place of its call, with the arguments of the call."""
    macro = _formulas().get(node.name.lower()) if isinstance(node, exp.Anonymous) else None
    if macro is None:
        return node
    parameters, formula = macro
    arguments = dict(zip(parameters, node.expressions, strict=True))
    return exp.paren(formula.transform(lambda part: _argument(part, arguments))).transform(_written_out)


def _argument(part: exp.Expression, arguments: Mapping[str, exp.Expression]) -> exp.Expression:
    if isinstance(part, exp.Column) and not part.table and part.name in arguments:
        return exp.paren(arguments[part.name].copy())
    return part


@cache
def _formulas() -> Mapping[str, tuple[tuple[str, ...], exp.Expression]]:
    """Parameters and formula of each macro."""
    made = [statement for statement in sqlglot.parse(macros(), dialect="duckdb") if isinstance(statement, exp.Create)]
    return {one.this.this.name.lower(): (tuple(p.name for p in one.this.expressions), one.expression) for one in made}
