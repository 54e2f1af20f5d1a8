"""Whom mails about a provider go to: the one registry for mails, reminders and the steward's digest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb

from warehouse.intake.senders import Entry
from warehouse.query_results import rows_as_dicts
from warehouse.store.store import Store

#: so long a changed address gets mail together with the one of before, unless the steward confirms it
BOTH_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Change:
    """A file of the Region gave a provider another address. `is_new`: nobody was told of it yet."""

    submission_id: int
    file_name: str
    received_at: datetime
    is_new: bool = True


@dataclass(frozen=True)
class Contact:
    """A provider's name and addresses, the one that counts first; the name is None where it has no action in force.

    `changed` is the last change of the address, while the one of before gets mail too.
    """

    name: str | None
    addresses: tuple[str, ...]
    changed: Change | None = None


# What each night left as the provider's address: that of its action received last, or agreed last. Files of one night were
# never heard of one by one, so that a hundred addresses in one night are one change.
_ADDRESSES = """
    WITH
    said AS (
        SELECT r.provider_siret, r.provider_name, r.contact_email, r.submission_id, s.file_name, s.received_at
        FROM rows_actions AS r JOIN submissions AS s ON s.submission_id = r.submission_id
        WHERE $siret IS NULL OR r.provider_siret = $siret
        QUALIFY row_number() OVER (
            PARTITION BY r.provider_siret, s.run_id ORDER BY r.submission_id DESC, r.agreed_on DESC, r.line DESC
        ) = 1
    ),
    dated AS (
        SELECT *, lag(contact_email) OVER own AS before, lead(received_at) OVER own AS until
        FROM said WINDOW own AS (PARTITION BY provider_siret ORDER BY submission_id)
    ),
    confirmed AS (
        SELECT provider_siret, max(confirmed_at) AS confirmed_at FROM contact_confirmations GROUP BY provider_siret
    ),
    told_changes AS (SELECT name FROM told WHERE what = 'contact')
    SELECT
        d.provider_siret, d.provider_name, d.contact_email, d.submission_id, d.file_name, d.received_at,
        lower(d.before) <> lower(d.contact_email) AS is_change, t.name IS NULL AS is_new
    FROM dated AS d
    LEFT JOIN confirmed AS c ON c.provider_siret = d.provider_siret
    LEFT JOIN told_changes AS t ON t.name = concat(d.provider_siret, '/', d.submission_id)
    WHERE d.until IS NULL OR (d.until > $since AND (c.confirmed_at IS NULL OR d.until > c.confirmed_at))
    ORDER BY d.provider_siret, d.submission_id DESC
"""


def contacts(
    con: duckdb.DuckDBPyConnection, at: datetime, entries: Sequence[Entry] = (), siret: str | None = None
) -> dict[str, Contact]:
    """The contact of every provider that has an action in force, or an address that the steward wrote.

    Args:
        con: a connection to the store.
        at: the moment; an address that was another one's place within 30 days before counts still.
        entries: what senders.toml says: an address there is the only one.
        siret: of this provider alone.
    """
    found: dict[str, Contact] = {}
    for provider, rows in _by_provider(con, at, siret).items():
        addresses: dict[str, str] = {}
        for row in rows:
            addresses.setdefault(row["contact_email"].casefold(), row["contact_email"])
        changes = [
            Change(row["submission_id"], row["file_name"], row["received_at"], row["is_new"]) for row in rows if row["is_change"]
        ]
        both = len(addresses) > 1 and changes
        found[provider] = Contact(rows[0]["provider_name"], tuple(addresses.values()), changes[0] if both else None)
    written = {provider: entry.contact for entry in reversed(entries) if entry.contact for provider in entry.sirets}
    for provider, address in written.items():
        if siret is None or provider == siret:
            known = found.get(provider)
            found[provider] = Contact(known.name if known else None, (address,))
    return found


def confirm_contact(store: Store, siret: str, at: datetime) -> tuple[str, ...]:
    """Note that a provider's address is right now; the addresses that get no more mail. LookupError if it has no action."""
    with store.transaction("confirm the address") as con:
        contact = contacts(con, at, siret=siret).get(siret)
        if contact is None:
            raise LookupError("no action in force gives this provider an address")
        con.execute("INSERT INTO contact_confirmations VALUES (?, ?, ?)", [siret, contact.addresses[0], at])
    return contact.addresses[1:]


def note_contacts_told(
    con: duckdb.DuckDBPyConnection, at: datetime, changes: Mapping[str, tuple[int, str | None]]
) -> None:
    """Note changes of address as told: by SIRET the number of the file that made it, and the mail that tells it."""
    for siret, (number, message_id) in changes.items():
        con.execute("INSERT INTO told VALUES ('contact', NULL, ?, ?, ?)", [f"{siret}/{number}", message_id, at])


def _by_provider(con: duckdb.DuckDBPyConnection, at: datetime, siret: str | None) -> dict[str, list[dict[str, Any]]]:
    """What was said of each provider's address and counts still, the newest first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows_as_dicts(con.execute(_ADDRESSES, {"since": at - BOTH_FOR, "siret": siret})):
        found.setdefault(row["provider_siret"], []).append(row)
    return found
