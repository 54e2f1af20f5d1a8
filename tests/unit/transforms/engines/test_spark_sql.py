"""The words of another engine: macros written out, tables by names without a schema."""

from __future__ import annotations

import pytest

from transforms.engines.spark_sql import spark_sql


@pytest.mark.parametrize(("select", "words"), [
    ("select t.a from work.units as t", "SELECT t.a FROM work__units AS t"),
    ("with e as (select t.a from sums.x as t) select e.a from e", "WITH e AS (SELECT t.a FROM sums__x AS t) SELECT e.a FROM e"),
    # an argument is one thing, whatever stands in it
    ("select rate(a.x + 1, a.y) as r from t.t as a",
     "SELECT (CASE WHEN (a.y) > 0 THEN CAST((a.x + 1) AS DOUBLE) / CAST((a.y) AS DOUBLE) END) AS r FROM t__t AS a"),
    # a macro in a macro, and a macro in an argument
    ("select total_where(a.x, a.y) as n from t.t as a",
     "SELECT ((CAST(COALESCE(SUM((CASE WHEN (a.y) THEN (a.x) END)), 0) AS BIGINT))) AS n FROM t__t AS a"),
    ("select is_none(total(a.x)) as n from t.t as a", "SELECT (((CAST(COALESCE(SUM((a.x)), 0) AS BIGINT))) < 1e-12) AS n FROM t__t AS a"),
    ("select a.x // 12 as n from t.t as a", "SELECT a.x DIV 12 AS n FROM t__t AS a"),
])  # fmt: skip
def test_in_the_words_of_the_engine(select: str, words: str) -> None:
    assert spark_sql(select) == words
