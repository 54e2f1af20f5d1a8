"""The chain of all files taken in a provider's name: each link vouches for those before, so that none slips in or out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from warehouse.query_results import read_sql

#: what stands in the place of the link before the first one
NO_PREVIOUS_LINK = "0" * 64


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


def receipt_chains(con: duckdb.DuckDBPyConnection, sirets: Collection[str]) -> dict[str, list[Link]]:
    """The chain of each of these providers, the first file first; an empty one where nothing was taken.

    A link is the SHA-256 of the JSON list of: the link before, the file's number, moment (UTC), sender, name, SHA-256, decision.
    It holds nothing that an erasure or a rebuild changes.
    """
    found: dict[str, list[Link]] = {siret: [] for siret in sirets}
    if not found:
        return found
    query = read_sql("warehouse.notifications", "files_taken")
    rows = con.execute(query, {"sirets": list(found)}).fetchall()
    for siret, number, at, sender, name, kind, accepted, sha256, decision in rows:
        chain = found[siret]
        previous = chain[-1].link if chain else NO_PREVIOUS_LINK
        content = [previous, number, at.astimezone(UTC).isoformat(timespec="microseconds"), sender, name, sha256, decision]
        link = hashlib.sha256(json.dumps(content, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()
        chain.append(Link(len(chain) + 1, number, at, sender, name, kind, accepted, sha256, link, previous))
    return found


def is_known_provider(con: duckdb.DuckDBPyConnection, siret: str) -> bool:
    """Whether any file or action names that provider."""
    return bool(con.execute(read_sql("warehouse.notifications", "is_known_provider"), {"siret": siret}).fetchall())
