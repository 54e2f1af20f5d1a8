"""Whom mails about a provider go to: the one registry for mails, reminders and the steward's digest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb

from warehouse.intake.senders import SenderEntry
from warehouse.query_results import read_sql, rows_as_dicts
from warehouse.store.store import Store

#: for so long the earlier address gets mail together with the changed one, unless the steward confirms the changed one
BOTH_ADDRESSES_FOR = timedelta(days=30)


@dataclass(frozen=True)
class AddressChange:
    """A file of the Region gave a provider another address. `is_new`: the provider was not notified of that yet."""

    submission_id: int
    file_name: str
    received_at: datetime
    is_new: bool = True


@dataclass(frozen=True)
class Contact:
    """A provider's name and addresses, the newest first; the name is None where it has no action in force.

    `changed` is the last change of the address, while the earlier address gets mail too.
    """

    name: str | None
    addresses: tuple[str, ...]
    changed: AddressChange | None = None


def contacts(
    con: duckdb.DuckDBPyConnection, at: datetime, entries: Sequence[SenderEntry] = (), siret: str | None = None
) -> dict[str, Contact]:
    """The contact of every provider that has an action in force, or an address that the steward wrote.

    Args:
        con: a connection to the store.
        at: the moment; an address that a newer one has replaced counts still for 30 days (see BOTH_ADDRESSES_FOR).
        entries: what senders.toml says: an address there is the only one.
        siret: of this provider alone.
    """
    found: dict[str, Contact] = {}
    for provider, rows in _by_provider(con, at, siret).items():
        addresses: dict[str, str] = {}
        for row in rows:
            addresses.setdefault(row["contact_email"].casefold(), row["contact_email"])
        last = next((row for row in rows if row["is_change"]), None)
        changed = None
        if last is not None and len(addresses) > 1:
            changed = AddressChange(last["submission_id"], last["file_name"], last["received_at"], last["is_new"])
        found[provider] = Contact(rows[0]["provider_name"], tuple(addresses.values()), changed)
    written = {provider: entry.contact for entry in reversed(entries) if entry.contact for provider in entry.sirets}
    for provider, address in written.items():
        if siret is None or provider == siret:
            known = found.get(provider)
            found[provider] = Contact(known.name if known else None, (address,))
    return found


def confirm_contact(store: Store, siret: str, at: datetime) -> tuple[str, ...]:
    """Note that the newest address of a provider is right, and return the earlier ones, which get no more mail.

    Raises LookupError if no action in force gives the provider an address.
    """
    with store.transaction("confirm the address") as con:
        contact = contacts(con, at, siret=siret).get(siret)
        if contact is None:
            raise LookupError("no action in force gives this provider an address")
        con.execute("insert into contact_confirmations values (?, ?, ?)", [siret, contact.addresses[0], at])
    return contact.addresses[1:]


def mark_address_changes_notified(
    con: duckdb.DuckDBPyConnection, at: datetime, changes: Mapping[str, tuple[int, str | None]]
) -> None:
    """Note that providers were notified of changes of their address.

    `changes` gives by SIRET the number of the file that made the change, and the Message-ID of the mail that says so, if any.
    """
    for siret, (number, message_id) in changes.items():
        con.execute("insert into notified values ('contact', null, ?, ?, ?)", [f"{siret}/{number}", message_id, at])


def _by_provider(con: duckdb.DuckDBPyConnection, at: datetime, siret: str | None) -> dict[str, list[dict[str, Any]]]:
    """The rows of sql/provider_addresses.sql by provider, the newest address first."""
    query = read_sql("warehouse.notifications", "provider_addresses")
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows_as_dicts(con.execute(query, {"since": at - BOTH_ADDRESSES_FOR, "siret": siret})):
        found.setdefault(row["provider_siret"], []).append(row)
    return found
