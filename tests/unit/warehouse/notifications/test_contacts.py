"""Whom mails about a provider go to: the last address, with those of before for 30 days, or the one that the steward wrote."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from flows.mail import write
from flows.settings import Settings
from tests.unit.store_builders import OTHER_SIRET, SIRET, day, submission
from warehouse.intake.senders import LEARN, SenderEntry, Senders
from warehouse.notifications.contacts import Contact, confirm_contact, contacts
from warehouse.notifications.outbox import Outbox
from warehouse.store.store import Store

A, X, Y = "a@exemple.fr", "x@exemple.fr", "y@exemple.fr"
STEWARD = "donnees@region.example"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        yield opened


def action(store: Store, night: int, *addresses: str, siret: str = SIRET, action_id: str = "A1") -> None:
    """The Region's files of a night, one for each address."""
    store.load(f"night {night}", [
        submission("actions", [{"provider_siret": siret, "contact_email": address, "action_id": action_id}], at=day(night) + timedelta(microseconds=n))
        for n, address in enumerate(addresses)
    ])  # fmt: skip


def known(store: Store, night: int, entries: Sequence[SenderEntry] = ()) -> dict[str, Contact]:
    with store.transaction("look") as con:
        return contacts(con, day(night), entries)


def addresses(store: Store, night: int, entries: Sequence[SenderEntry] = ()) -> tuple[str, ...]:
    return known(store, night, entries)[SIRET].addresses


def test_a_changed_address_gets_mail_with_the_one_of_before_for_thirty_days(store: Store) -> None:
    action(store, 0, A)
    action(store, 100, X)
    assert addresses(store, 100) == (X, A)
    assert addresses(store, 129) == (X, A)
    assert addresses(store, 130) == (X,)
    assert known(store, 130)[SIRET].changed is None


def test_every_address_of_the_last_thirty_days_counts(store: Store) -> None:
    for night, address in enumerate((A, X, Y)):
        action(store, 10 * night, address)
    assert addresses(store, 21) == (Y, X, A)
    action(store, 30, A)
    assert addresses(store, 30) == (A, Y, X)
    assert addresses(store, 50) == (A, Y)


def test_sent_again_an_address_is_no_change_however_it_is_spelt(store: Store) -> None:
    for night in range(3):
        action(store, night, A)
    action(store, 3, "A@Exemple.fr")
    contact = known(store, 3)[SIRET]
    assert (contact.addresses, contact.changed) == (("A@Exemple.fr",), None)
    # another action of the same provider has its own line, and changes the address all the same
    action(store, 4, X, action_id="A2")
    action(store, 5, X, action_id="A2")
    contact = known(store, 40)[SIRET]
    assert contact.addresses == (X,)
    assert known(store, 5)[SIRET].addresses == (X, "A@Exemple.fr")


def test_a_hundred_addresses_in_one_night_are_one_change(store: Store) -> None:
    action(store, 0, A)
    action(store, 1, *(f"x{number}@exemple.fr" for number in range(100)))
    assert addresses(store, 1) == ("x99@exemple.fr", A)


def test_the_steward_confirms_the_address_of_that_moment_alone(store: Store) -> None:
    action(store, 0, A)
    action(store, 1, X)
    assert confirm_contact(store, SIRET, day(2)) == (A,)
    assert addresses(store, 2) == (X,)
    action(store, 3, Y)
    assert addresses(store, 3) == (Y, X)
    with pytest.raises(LookupError):
        confirm_contact(store, OTHER_SIRET, day(4))


def test_what_the_steward_wrote_is_the_only_address(store: Store) -> None:
    action(store, 0, A)
    action(store, 1, X)
    entries = [SenderEntry("opale", (SIRET,)), SenderEntry("opale", (SIRET, OTHER_SIRET), contact=Y)]
    found = known(store, 1, entries)
    assert found == {SIRET: Contact("Numérique pour tous", (Y,)), OTHER_SIRET: Contact(None, (Y,))}


# ------------------------------------------------------------------------------------------------------------- what is told


def night(store: Store, number: int, senders: Senders | None = None) -> list[tuple[str, str, str]]:
    """Recipient, subject and text of the mails of a night; no warehouse is asked."""
    settings = Settings(home=store.path.parent, inbox=store.path.parent / "inbox", steward_email=STEWARD)
    write.write_night_mails(settings, store, f"night {number}", day(number), day(number).date().replace(year=2000), senders)
    outbox = Outbox(store)
    return [(m.recipient, m.subject, outbox.content(m.message_id).decode()) for m in outbox.mails(run_id=f"night {number}")]


def test_that_an_address_changed_is_told_once_to_both_and_to_the_steward(store: Store) -> None:
    action(store, 0, A)
    assert night(store, 0) == []
    action(store, 1, X)
    assert sorted((to, subject) for to, subject, _ in night(store, 1)) == [
        (A, "Numérique pour tous : adresse de contact changée"), (STEWARD, "Résumé du 3 mars 2026 : plus rien d'ouvert"),
        (X, "Numérique pour tous : adresse de contact changée"),
    ]  # fmt: skip
    assert night(store, 2) == []
    # what comes later goes to both, and says no more of it
    store.load("night 3", [submission("sessions", [{}], unread=[None], at=day(3))])
    with store.transaction("look") as con:
        con.execute("INSERT INTO findings SELECT 1, submission_id, 3, NULL, 'SES-05V', 'error', 'Une phrase.', NULL, received_at"
                    " FROM submissions WHERE kind = 'sessions'")  # fmt: skip
    told = {to: text for to, _, text in night(store, 3)}
    assert set(told) == {A, X, STEWARD}
    assert "chang" not in told[A].partition("Vos fichiers")[0].partition("Bonjour")[0]


def test_where_the_steward_wrote_the_address_a_change_is_nobodys_news(store: Store) -> None:
    action(store, 0, A)
    senders = Senders(LEARN, [SenderEntry("opale", (SIRET,), contact=Y)])
    night(store, 0, senders)
    action(store, 1, X)
    assert night(store, 1, senders) == []
