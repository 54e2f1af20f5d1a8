"""Builds what the store takes in, by hand and small, and reads what is in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import duckdb

from expectations.contract.checks import Severity
from expectations.contract.returns import RETURNS
from expectations.findings import Finding, Findings
from tests.typed_rows import quarantined_rows, typed_rows
from transforms.models.rows_in_force import make_rows_in_force
from warehouse.published.unfinished_file import store_attached
from warehouse.store.stage import row_key
from warehouse.store.store import Store
from warehouse.store.submission import DecidedFile, Submission

SIRET = "20003456500013"
OTHER_SIRET = "90012000700019"
FIRST_DAY = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)

VALUES: dict[str, dict[str, Any]] = {
    "actions": {
        "provider_siret": SIRET, "provider_name": "Numérique pour tous", "contact_email": "a@exemple.fr", "action_id": "A1",
        "title": "Développeur web", "certification_code": None, "rome_code": None, "gen_labelled_on": date(2018, 1, 15),
        "free_of_charge": True, "diploma_required": False, "call_id": "ERN-2017", "total_cost_eur": Decimal("50000"),
        "grant_eur": Decimal("20000.00"), "agreed_on": date(2018, 3, 1),
    },
    "sessions": {
        "provider_siret": SIRET, "action_id": "A1", "session_id": "S1", "commune_code": "59512",
        "starts_on": date(2018, 3, 5), "ends_on": date(2018, 9, 28), "seats": 24,
    },
    "apprenants": {
        "provider_siret": SIRET, "session_id": "S1", "learner_ref": "L1", "national_ref": None, "sex": "F",
        "born_on": date(1994, 7, 14), "commune_code": "59512", "diploma_level": "3", "is_dropout": "NON",
        "is_far_from_employment": "OUI", "is_qpv_resident": "NSP", "is_rural_resident": "NON", "is_disabled": "NON",
        "months_without_job": 8, "entered_on": date(2018, 3, 5), "left_on": None, "completion": None, "certification": None,
    },
    "suivi": {
        "provider_siret": SIRET, "session_id": "S1", "learner_ref": "L1", "horizon": "M6", "observed_on": date(2019, 4, 1),
        "situation": "CDI", "is_digital_job": "OUI", "source": None,
    },
    "depenses": {
        "provider_siret": SIRET, "action_id": "A1", "document_ref": "F1", "spent_on": date(2018, 4, 30),
        "cost_category": "PERSONNEL", "amount_eur": Decimal("1000.5"),
    },
    "financements": {
        "provider_siret": SIRET, "action_id": "A1", "reference": "V1", "funder": "Région", "funder_type": "REGION",
        "status": "VERSE", "decided_on": date(2018, 6, 15), "amount_eur": Decimal("10000"),
    },
}  # fmt: skip

_numbers = count(1)


def values(kind: str, **changes: Any) -> dict[str, Any]:
    """A valid row of that kind, changed."""
    return {**VALUES[kind], **changes}


def day(number: int) -> datetime:
    """The moment of the night `number` (0 is the first)."""
    return FIRST_DAY + timedelta(days=number)


def submission(
    kind: str | None,
    rows: Iterable[Mapping[str, Any]] = (),
    *,
    at: datetime = FIRST_DAY,
    unread: Sequence[tuple[Any, ...] | None] = (),
    decision: str | None = None,
    findings: Sequence[Finding] = (),
    siret: str | None = SIRET,
    **changes: Any,
) -> Submission:
    """A file with these rows (changes of the valid one), then rows in error with these keys; lines from 2 on."""
    accepted = [(line, values(kind or "", **row)) for line, row in enumerate(rows, start=2)]
    errors = [(line, None if key is None else row_key(key)) for line, key in enumerate(unread, start=2 + len(accepted))]
    number = next(_numbers)
    made: dict[str, Any] = {
        "name": f"{number}.csv", "sha256": f"{number:064x}", "kind": kind,
        "provider_siret": None if kind is None or RETURNS[kind].from_region else siret,
        "decision": decision or ("partial" if errors else "accepted"), "records": len(accepted) + len(errors),
        "accepted": len(accepted), "quarantined": len(errors), "blank_lines": 0,
        "rows": typed_rows(RETURNS[kind], accepted) if kind and accepted else None,
        "quarantined_rows": quarantined_rows(errors), "findings": Findings.of(findings),
    }  # fmt: skip
    of_arrival = {name: changes.pop(name) for name in ("received_at", "identity", "sender", "released_from") if name in changes}
    return Submission(DecidedFile(**{**made, **changes}), **{"received_at": at, **of_arrival})


def finding(line: int | None, rule: str = "APP-03V", severity: Severity = Severity.ERROR) -> Finding:
    """A finding on that line."""
    return Finding(line, None if line is None else "session_id", rule, severity, "Une phrase.")


def in_force(store: Store, table: str, as_of: date, columns: str) -> list[tuple[Any, ...]]:
    """These columns of a table of the schema in_force, in order of their values."""
    with duckdb.connect() as con, store_attached(con, store):
        make_rows_in_force(con, as_of)
        return con.execute(f"SELECT {columns} FROM in_force.{table} ORDER BY ALL").fetchall()


def ask(store: Store, query: str) -> list[tuple[Any, ...]]:
    """What the store itself answers."""
    with store.closed_meanwhile() as path, duckdb.connect(str(path), read_only=True) as con:
        con.execute("SET TimeZone = 'UTC'")
        return con.execute(query).fetchall()
