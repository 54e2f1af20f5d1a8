"""What a night says of itself, and what `check` says of a file: the JSON of docs/spec/interfaces.md, "JSON"."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from expectations.findings import Findings, Said
    from expectations.verdict.decide import FileVerdict

DECISIONS = ("accepted", "partial", "refused", "duplicate", "held", "deferred")
_COUNTS = ("records", "accepted", "quarantined", "blank_lines")


def file_fields(file: FileVerdict) -> dict[str, Any]:
    """A file as decided."""
    return {
        "name": file.name,
        "sha256": file.sha256,
        "kind": file.kind,
        "provider_siret": file.provider_siret,
        "decision": str(file.decision),
        "records": file.records,
        "accepted": file.accepted,
        "quarantined": file.quarantined,
        "blank_lines": file.blank_lines,
        "reasons": list(file.reasons),
    }


def deferred_fields(name: str, reason: str) -> dict[str, Any]:
    """A file left in the inbox: nothing is known of it but its name and why it was left."""
    unknown = {"sha256": None, "kind": None, "provider_siret": None}
    return {"name": name, **unknown, "decision": "deferred", **dict.fromkeys(_COUNTS, 0), "reasons": [reason]}


def check_report(files: Sequence[FileVerdict]) -> dict[str, Any]:
    """What `suivi check --format json` prints."""
    return {"files": [check_file(file) for file in files]}


def check_file(file: FileVerdict) -> dict[str, Any]:
    """A file as decided, with all that was found in it: what `check` prints of it."""
    found = file.findings
    at = zip(found.lines.tolist(), found.codes.tolist(), strict=True)
    return {**file_fields(file), "findings": [{"line": line or None, **_said(found.said[code])} for line, code in at]}


def indented_json(fields: dict[str, Any], found: Findings) -> str:
    """As json.dumps with an indent of 2, these being the `findings` of the fields; what is said often is encoded once."""
    encode = json.JSONEncoder(ensure_ascii=False).encode
    said = ["".join(f',\n      "{name}": {encode(value)}' for name, value in _said(one).items()) for one in found.said]
    findings = ",\n".join(
        f'    {{\n      "line": {line or "null"}{said[code]}\n    }}'
        for line, code in zip(found.lines.tolist(), found.codes.tolist(), strict=True)
    )
    text = json.dumps({**fields, "findings": []}, ensure_ascii=False, indent=2)
    # no value can hold this: within one, a quotation mark has a backslash before it
    return text.replace('\n  "findings": []', f'\n  "findings": [\n{findings}\n  ]') if findings else text


def _said(said: Said) -> dict[str, Any]:
    column, rule, severity, message = said
    return {"column": column, "rule": rule, "severity": str(severity), "message": message}


def night_report(
    run_id: str,
    as_of: date,
    judged: Sequence[FileVerdict],
    deferred: Sequence[tuple[str, str]],
    tables: Sequence[tuple[str, int]],
    alerts: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """What `suivi nightly --format json` prints, but for the seconds. `alerts` are the night's own mails with their states."""
    files = [file_fields(file) for file in judged] + [deferred_fields(name, reason) for name, reason in deferred]
    decisions = Counter(file["decision"] for file in files)
    return {
        "run_id": run_id,
        "as_of": as_of.isoformat(),
        "files": files,
        "totals": {
            "files": len(files),
            **{field: sum(file[field] for file in files) for field in _COUNTS},
            "decisions": {name: decisions[name] for name in DECISIONS},
        },
        "alerts": list(alerts),
        "tables": [{"name": name, "rows": rows} for name, rows in tables],
    }
