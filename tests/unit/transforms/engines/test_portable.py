"""The SQL of the models keeps to what every engine answers alike: no construct that is known to differ, silently or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
import sqlglot
from sqlglot import exp

from expectations.contract.returns import RETURNS
from transforms.engines.macros import macros
from transforms.models.build import models_in_order
from transforms.models.model_files import select_of

Found = Callable[[exp.Expression], bool]


def called(*names: str) -> Found:
    """A call of a function of one of these names."""

    def found(node: exp.Expression) -> bool:
        known = (node.name,) if isinstance(node, exp.Anonymous) else node.sql_names() if isinstance(node, exp.Func) else ()
        return any(name.lower() in names for name in known)

    return found


def _has(node: exp.Expression, *kinds: type[exp.Expression]) -> bool:
    return node.find(*kinds) is not None


#: what must not be written -> how it is found
CONSTRUCTS: Mapping[str, Found] = {
    "date_diff of anything but days": lambda n: isinstance(n, exp.DateDiff) and n.text("unit").lower() != "day",
    "a list in an order": lambda n: isinstance(n, exp.ArrayAgg | exp.GroupConcat) and _has(n, exp.Order),
    "a week's days or weeks": called("isodow", "dayofweek", "dayofweek_iso", "dow", "week", "weekofyear", "isoyear"),
    "a quantile": called("percentile_cont", "percentile_disc", "quantile_cont", "quantile_disc", "quantile", "median", "mode"),
    "GROUP BY ALL or ORDER BY ALL": lambda n: (isinstance(n, exp.Group) and bool(n.args.get("all")))
        or (isinstance(n, exp.Ordered | exp.Group) and any(one.name.upper() == "ALL" for one in n.find_all(exp.Column))),
    "a number times an interval": lambda n: isinstance(n, exp.Mul) and any(isinstance(one.unnest(), exp.Interval) for one in (n.left, n.right)),
    "PIVOT": lambda n: isinstance(n, exp.Pivot),
    "ASOF JOIN": lambda n: isinstance(n, exp.Join) and n.method.upper() == "ASOF",
    "UNION BY NAME": lambda n: isinstance(n, exp.SetOperation) and bool(n.args.get("by_name")),
    "strip_accents": called("strip_accents"),
    "a whole number cast from a division": lambda n: isinstance(n, exp.Cast) and n.is_type(*exp.DataType.INTEGER_TYPES) and isinstance(n.this.unnest(), exp.Div),
    "a whole number of 128 bits": lambda n: isinstance(n, exp.DataType) and n.this in (exp.DataType.Type.INT128, exp.DataType.Type.UINT128),
    "a named window with more than its name": lambda n: isinstance(n, exp.Window) and bool(n.args.get("alias") and (n.args.get("spec") or n.args.get("order") or n.args.get("partition_by"))),
    "HAVING on grouping()": lambda n: isinstance(n, exp.Having) and any(called("grouping")(one) for one in n.find_all(exp.Func)),
    "a hash": called("hash", "md5_number"),
    "whichever row comes first": called("any_value", "first", "last", "arbitrary"),
    "rowid": lambda n: isinstance(n, exp.Column) and n.name.lower() == "rowid",
}  # fmt: skip
EXAMPLES = {
    "date_diff of anything but days": "date_diff('month', a.x, a.y)",
    "a list in an order": "list(a.x ORDER BY a.y)",
    "a week's days or weeks": "isodow(a.x)",
    "a quantile": "percentile_cont(0.5) WITHIN GROUP (ORDER BY a.x)",
    "GROUP BY ALL or ORDER BY ALL": "a.x FROM t AS a GROUP BY ALL",
    "a number times an interval": "a.x + 3 * INTERVAL 1 MONTH",
    "PIVOT": "a.x FROM (PIVOT t ON y USING sum(z)) AS a",
    "ASOF JOIN": "a.x FROM t AS a ASOF JOIN u AS b ON a.x >= b.x",
    "UNION BY NAME": "a.x FROM t AS a UNION BY NAME SELECT b.x FROM u AS b",
    "strip_accents": "strip_accents(a.x)",
    "a whole number cast from a division": "CAST(a.x / 2 AS INTEGER)",
    "a whole number of 128 bits": "CAST(a.x AS HUGEINT)",
    "a named window with more than its name": "sum(a.x) OVER (w ROWS UNBOUNDED PRECEDING) FROM t AS a WINDOW w AS (ORDER BY a.x)",
    "HAVING on grouping()": "a.x FROM t AS a GROUP BY ROLLUP (a.x) HAVING grouping(a.x) = 1",
    "a hash": "hash(a.x)",
    "whichever row comes first": "any_value(a.x)",
    "rowid": "a.rowid",
}
SELECTS = {
    **{model.table: model.sql for model in models_in_order()},
    **{f"clean.{contract.table}": select_of(f"clean.{contract.table}") for contract in RETURNS.values()},
    "macros": macros(),
}


def constructs(sql: str) -> list[str]:
    """Which of CONSTRUCTS a text holds."""
    nodes = [node for statement in sqlglot.parse(sql, dialect="duckdb") if statement for node in statement.walk()]
    return [name for name, is_found in CONSTRUCTS.items() if any(map(is_found, nodes))]


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_a_construct_is_found(name: str) -> None:
    assert name in constructs(f"SELECT {EXAMPLES[name]}")


@pytest.mark.parametrize("table", SELECTS)
def test_no_model_holds_one(table: str) -> None:
    assert constructs(SELECTS[table]) == []
