"""Simulated returns as the private store would hold them, and the warehouse of any day computed from that as a night does, less the files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from expectations.across_returns import run_rules_across_returns
from expectations.contract.returns import RETURNS
from expectations.programme import Programme, load_programme, load_rules
from expectations.rule_registry import write_rules
from expectations.signals.run import make_signals
from tests.simulation.cheats import BROKEN
from tests.simulation.providers import Row, Sent
from transforms.engines.on_this_machine import DuckDBEngine
from transforms.models.build import build
from transforms.models.quality_tables import (
    make_files,
    make_findings,
    make_provider_scores,
    make_rate_ledger,
    make_waiting,
)
from transforms.models.rows_in_force import make_history_of_people, make_rows_in_force
from warehouse.published.unfinished_file import STORE_ALIAS
from warehouse.reference.tables import REFERENCE_TABLES, load_reference
from warehouse.store.corrections import correct_rows
from warehouse.store.schema import store_tables
from warehouse.table_declarations import create_table, stored_columns

_EPOCH = date(2017, 1, 1)
_KEY_SEPARATOR = chr(31)


class Store:
    """A private store in memory, and the warehouse of a day computed from it: `con` has them as `private` and `warehouse`."""

    def __init__(self) -> None:
        self.con = duckdb.connect(config={"threads": 1})
        self.con.execute("SET TimeZone = 'UTC'")
        self.con.execute(f"ATTACH ':memory:' AS {STORE_ALIAS}")
        self.con.execute(f"USE {STORE_ALIAS}")
        for table in store_tables():
            self.con.execute(create_table(table))
        self.con.execute("USE memory")
        load_reference(self.con)
        self._files_of_day: dict[date, int] = {}

    def take(self, files: Iterable[Sent]) -> None:
        """Put files into the store, as if nothing of these providers were there: what later ones close of earlier ones is noted."""
        submissions, broken, findings = [], [], []
        rows: dict[str, list[Row]] = {kind: [] for kind in RETURNS}
        for file in files:
            place = self._files_of_day[file.day] = self._files_of_day.get(file.day, 0) + 1
            number = (file.day - _EPOCH).days * 10_000 + place
            at = datetime.combine(file.day, time(3), UTC)
            taken = []
            for line, values in enumerate(file.rows, 2):
                row = _stored(file.kind, number, line, values)
                if in_error := _column_in_error(values, file.day):
                    key = None if in_error == "learner_ref" else row["row_key"]
                    broken.append({"submission_id": number, "line": line, "row_key": key})
                    findings.append({
                        "finding_id": number * 1000 + line, "submission_id": number, "line": line, "column_name": in_error, "rule": "APP-00I", "severity": "error",
                        "message": "", "row_key": key, "first_seen": at,
                    })  # fmt: skip
                else:
                    taken.append(row)
            rows[file.kind] += taken
            submissions.append({
                "submission_id": number, "run_id": "", "file_name": f"{file.siret}/{file.kind}.csv", "kind": file.kind,
                "provider_siret": file.siret if file.kind not in ("actions", "financements") else None, "received_at": at, "received_on": file.day,
                "sha256": str(number), "decision": "partial" if len(taken) < len(file.rows) else "accepted", "records": len(file.rows), "accepted": len(taken),
                "quarantined": len(file.rows) - len(taken), "blank_lines": file.blank_lines, "identity": None, "sender": file.siret, "released_from": None,
            })  # fmt: skip
        self._insert("submissions", submissions)
        self._insert("quarantined_rows", broken)
        self._insert("findings", findings)
        for kind, contract in RETURNS.items():
            self._insert(f"rows_{contract.table}", rows[kind])

    def close(self) -> None:
        """Note which rows are put out of force: the store's own corrections, of all files at once."""
        self.con.execute(f"USE {STORE_ALIAS}")
        self.con.execute("DELETE FROM closings")
        for contract in RETURNS.values():
            correct_rows(self.con, contract, 0)
        self.con.execute("USE memory")

    def forget(self, *providers: str) -> None:
        """Take out whatever these providers sent."""
        for contract in RETURNS.values():
            self.con.execute(f"DELETE FROM {STORE_ALIAS}.rows_{contract.table} WHERE list_contains(?, provider_siret)", [list(providers)])
        for table in ("quarantined_rows", "findings"):
            self.con.execute(
                f"DELETE FROM {STORE_ALIAS}.{table} USING {STORE_ALIAS}.submissions AS s"
                f" WHERE s.submission_id = {table}.submission_id AND list_contains(?, s.sender)", [list(providers)]
            )  # fmt: skip
        self.con.execute(f"DELETE FROM {STORE_ALIAS}.submissions WHERE list_contains(?, sender)", [list(providers)])

    def compute(self, as_of: date, nights: Sequence[date], programme: Programme | None = None) -> None:
        """Make the warehouse of that day, in the database `warehouse`, in the place of the one that was there.

        Args:
            as_of: the reference date.
            nights: reference dates of the nights before.
            programme: the programme's rules; those of the project if None.
        """
        con, programme = self.con, programme or load_programme()
        con.execute("USE memory")
        for name in ("warehouse", "in_force", "history"):
            con.execute(f"DETACH DATABASE IF EXISTS {name}")
        con.execute(f"DELETE FROM {STORE_ALIAS}.nights")
        self._insert("nights", [
            {"run_id": str(n), "started_at": datetime.combine(n, time(3), UTC), "finished_at": None, "as_of": n, "state": "done"} for n in nights if n < as_of
        ])  # fmt: skip
        con.execute("ATTACH ':memory:' AS warehouse; USE warehouse")
        for schema in ("clean", "work", "quality", "meta"):
            con.execute(f"CREATE SCHEMA {schema}")
        make_rows_in_force(con, as_of)
        make_history_of_people(con, as_of)
        make_files(con, as_of)
        con.execute("CREATE SCHEMA reference")
        for table in REFERENCE_TABLES:
            con.execute(f"CREATE VIEW reference.{table.name} AS FROM memory.reference.{table.name}")
        load_rules(con, programme)
        write_rules(con)
        run_rules_across_returns(con, as_of)
        build(DuckDBEngine(con), as_of)
        make_findings(con, as_of)
        make_waiting(con)
        make_provider_scores(con)
        make_rate_ledger(con)
        make_signals(con, as_of, programme)

    def _insert(self, table: str, rows: list[Row]) -> None:
        if rows:
            self.con.register("simulated_rows", pa.Table.from_pylist(rows))
            self.con.execute(f"INSERT INTO {STORE_ALIAS}.{table} BY NAME FROM simulated_rows")
            self.con.unregister("simulated_rows")


def _stored(kind: str, number: int, line: int, values: Row) -> Row:
    contract = RETURNS[kind]
    row: dict[str, Any] = {column.name: values.get(column.name) for column in stored_columns(contract)}
    row |= {
        "submission_id": number, "line": line, "scope": _KEY_SEPARATOR.join(str(values[name]) for name in contract.scope),
        "row_key": _KEY_SEPARATOR.join(str(values[name]) for name in contract.key),
    }  # fmt: skip
    if "learner_ref" in values:
        row["learner_key"] = learner_key(values)
    return row


def learner_key(values: Row) -> str:
    """The pseudonym of the learner whom a row is about."""
    names = ("provider_siret", "session_id", "learner_ref")
    return hashlib.sha256(_KEY_SEPARATOR.join(str(values[name]) for name in names).encode()).hexdigest()[:16]


def _column_in_error(values: Row, day: date) -> str | None:
    """Of what is simulated: a cell that cannot be read, an exit that is still to come; None where the row is taken."""
    left_on = values.get("left_on")
    if left_on is not None and left_on > day:
        return "left_on"
    return next((name for name in ("learner_ref", "born_on") if values.get(name) == BROKEN), None)


def weekly_nights(first: date, last: date) -> list[date]:
    """A night every week."""
    return [first + timedelta(days=7 * week) for week in range((last - first).days // 7 + 1)]
