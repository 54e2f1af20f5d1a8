"""The chain of all files taken in a provider's name: each link vouches for those before, so that none slips in or out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

#: what stands in the place of the link before the first one
BEFORE_ALL = "0" * 64

_TAKEN = """
    SELECT provider_siret, submission_id, received_at, sender, file_name, kind, accepted, sha256, decision
    FROM submissions
    WHERE decision IN ('accepted', 'partial') AND list_contains($sirets, provider_siret)
    ORDER BY submission_id
"""
_IS_KNOWN = """
    SELECT 1 FROM submissions WHERE provider_siret = $siret
    UNION ALL
    SELECT 1 FROM rows_actions WHERE provider_siret = $siret
    LIMIT 1
"""


@dataclass(frozen=True)
class Link:
    """A file that was taken in a provider's name. `place` counts from 1; `link` is made of `previous` and of the ledger alone."""

    place: int
    submission_id: int
    received_at: datetime
    sender: str
    file_name: str
    kind: str | None
    accepted: int
    sha256: str
    link: str
    previous: str


def chains(con: duckdb.DuckDBPyConnection, sirets: Collection[str]) -> dict[str, list[Link]]:
    """The chain of each of these providers, the first file first; an empty one where nothing was taken.

    A link is the SHA-256 of the JSON list of: the link before, the file's number, moment (UTC), sender, name, SHA-256, decision.
    It holds nothing that an erasure or a rebuild changes.
    """
    found: dict[str, list[Link]] = {siret: [] for siret in sirets}
    if not found:
        return found
    for siret, number, at, sender, name, kind, accepted, sha256, decision in con.execute(
        _TAKEN, {"sirets": list(found)}
    ).fetchall():
        chain = found[siret]
        previous = chain[-1].link if chain else BEFORE_ALL
        content = [previous, number, at.astimezone(UTC).isoformat(timespec="microseconds"), sender, name, sha256, decision]
        link = hashlib.sha256(json.dumps(content, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()
        chain.append(Link(len(chain) + 1, number, at, sender, name, kind, accepted, sha256, link, previous))
    return found


def is_known(con: duckdb.DuckDBPyConnection, siret: str) -> bool:
    """Whether any file or action names that provider."""
    return bool(con.execute(_IS_KNOWN, {"siret": siret}).fetchall())
