"""Runs every signal on a warehouse being built: makes quality.signals and reference.signals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from typing import Any

import duckdb
import pyarrow as pa

from expectations.programme.rules import Programme, SignalRule, in_force
from expectations.signals.catalogue import Signal, all_signals
from expectations.signals.compare_shares import Count, compare_shares
from warehouse.query_results import read_sql
from warehouse.table_declarations import QUALITY_SIGNALS, REFERENCE_SIGNALS, comment_statements, create_table

_SQL_PACKAGE = "expectations.signals"


def make_signals(con: duckdb.DuckDBPyConnection, as_of: date, programme: Programme) -> None:
    """Make quality.signals, and reference.signals, what they mean.

    Args:
        con: the warehouse being built, with `clean`, `sums`, `indicators`, `work`, `quality` (waiting, findings), and `history`
            attached.
        as_of: the reference date.
        programme: its thresholds are those in force on that day.
    """
    con.execute(read_sql(_SQL_PACKAGE, "count_answers"))
    rule = in_force(programme.signal_rules, as_of)
    rows = [*_of_shares(con, rule), *_of_thresholds(con, rule)]
    for table, content in ((QUALITY_SIGNALS, [(*row, as_of) for row in rows]), (REFERENCE_SIGNALS, list(_catalogue()))):
        con.execute(create_table(table))
        if content:
            columns = zip(*sorted(content, key=str), strict=True)
            con.register("signals_found", pa.table(list(map(pa.array, columns)), [column.name for column in table.columns]))
            con.execute(f"INSERT INTO {table.name} FROM signals_found")
            con.unregister("signals_found")
        con.execute(";\n".join(comment_statements(table)))


def date_signals(con: duckdb.DuckDBPyConnection, since: pa.Table) -> None:
    """Say in quality.signals since when each signal stands, where an earlier night has found it too.

    Args:
        con: the warehouse being built, after make_signals.
        since: signal, level, level_id and since.
    """
    con.register("signals_since", since)
    try:
        con.execute(read_sql(_SQL_PACKAGE, "date_signals"))
    finally:
        con.unregister("signals_since")


def thresholds_of(signal: Signal, rule: SignalRule) -> dict[str, float]:
    """What programme.toml says of a signal, by the names there: the thresholds of its SQL, or the least difference of its share."""
    if signal.is_share:
        return {signal.name: dict(rule.least_difference)[signal.name]}
    names = dict.fromkeys(re.findall(r"\$(\w+)", _file(f"thresholds/{signal.name}")))
    return {name: value for name, value in rule.thresholds if name in names}


def _of_shares(con: duckdb.DuckDBPyConnection, rule: SignalRule) -> Iterator[tuple[Any, ...]]:
    signals = {signal.name: signal for signal in all_signals().values() if signal.is_share}
    counts = [
        Count(name, siret, part, int(k), int(n))
        for name in signals
        for siret, part, k, n in con.execute(_file(f"shares/{name}")).fetchall()
    ]
    differences = dict(rule.least_difference)
    found = compare_shares(
        counts, fewest=rule.fewest, least_difference=differences, false_discovery_rate=rule.false_discovery_rate
    )
    for excess in found.found:
        count, signal = excess.count, signals[excess.count.signal]
        yield _row(signal, "provider", count.provider_siret, count.k, count.n, excess.others, excess.p_value,
                   differences[signal.name], found.tests)  # fmt: skip


def _of_thresholds(con: duckdb.DuckDBPyConnection, rule: SignalRule) -> Iterator[tuple[Any, ...]]:
    for signal in all_signals().values():
        if signal.is_share:
            continue
        found = con.execute(_file(f"thresholds/{signal.name}"), thresholds_of(signal, rule)).fetchall()
        for level, level_id, value, of, threshold in found:
            yield _row(signal, level, level_id, float(value), of, None, None, float(threshold), None)


def _row(
    signal: Signal, level: str, level_id: str, value: float, of: int | None, others: float | None, p_value: float | None,
    threshold: float, tests: int | None,
) -> tuple[Any, ...]:  # fmt: skip
    sentence = signal.told(value=value, of=of, programme_value=others, threshold=threshold)
    return (signal.id, level, level_id, value, of, others, p_value, threshold, tests, signal.severity.value, sentence)


def _catalogue() -> Iterator[tuple[Any, ...]]:
    for signal in all_signals().values():
        yield signal.id, signal.severity.value, signal.weight, signal.sentence, signal.question, signal.definition


def _file(name: str) -> str:
    return (files(_SQL_PACKAGE) / f"{name}.sql").read_text(encoding="utf-8")
