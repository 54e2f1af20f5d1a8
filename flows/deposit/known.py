"""Whom the page knows: which address speaks for which provider, and in which folder of the inbox its files are laid.

Read from senders.toml and the store at its ease, not when somebody asks: a night holds the store for itself, and how long an
answer takes must not tell who is known. Of addresses only keyed hashes are held, but for those that acknowledgements go to.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from flows.deposit.secret import Secret
from flows.errors import WrongUse
from flows.settings import Settings, senders_of
from transforms.pages.mail.mime import usable_address
from warehouse.errors import SendersUnusable, WarehouseProblem
from warehouse.intake.senders import STRICT, SenderEntry, Senders, read_staff
from warehouse.notifications.contacts import Contact, contacts
from warehouse.store.store import Store

log = logging.getLogger("suivi.deposit")

#: What was read is read again after so many seconds, even where nothing has changed: addresses count for 30 days only.
_LONGEST = 600.0
#: seconds to wait for a store that a night holds, and until it is tried again: whoever asks meanwhile does not wait
_WAIT_FOR_STORE, _TRY_AGAIN = 0.5, 10.0


@dataclass(frozen=True)
class Known:
    """What was known at one moment.

    `sirets` gives by hidden address the providers that it speaks for, `folders` by provider the folder of the inbox in which
    its files are laid (None: nobody has said which), `addresses` where acknowledgements go. `known_sirets` and `taken` as for
    flows.steps.check.judge_files. `is_whole` is False where the store could not be read yet. `staff` are the hidden addresses
    of the Region's staff.
    """

    sirets: Mapping[str, frozenset[str]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    folders: Mapping[str, str | None] = field(default_factory=dict)
    addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    known_sirets: frozenset[str] = frozenset()
    taken: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict, repr=False)
    is_whole: bool = False
    staff: frozenset[str] = frozenset()

    def folder_of(self, siret: str) -> str | None:
        """The folder of the inbox that is this provider's; None where it has none yet."""
        return self.folders.get(siret)


@dataclass(frozen=True)
class _OfStore:
    contacts: Mapping[str, Contact]
    senders: Senders
    known_sirets: frozenset[str]
    taken: Mapping[str, tuple[str | None, str | None]]


class WhoIsKnown:
    """Keeps what is known up to date. `clock` gives seconds since 1970."""

    def __init__(self, settings: Settings, secret: Secret, clock: Callable[[], float] = time.time) -> None:
        self._settings, self._secret, self._clock = settings, secret, clock
        self._lock = threading.Lock()
        self._known, self._state, self._of_store = Known(), "", _OfStore({}, Senders(settings.senders), frozenset(), {})
        self._read_at = self._tried_at = -_LONGEST

    def latest(self) -> Known:
        """What is known, read again if senders.toml or the store has changed; while a night holds the store, as it was before."""
        with self._lock:
            state = self._files()
            if state != self._state or self._clock() - self._read_at >= _LONGEST:
                self._read(state)
            return self._known

    def hidden(self, address: str) -> str | None:
        """The address as it is known here; None where no mail can go to it."""
        plain = usable_address(address.strip())
        return self._secret.hidden("address", plain.casefold()) if plain else None

    def _files(self) -> str:
        """Changes whenever one of the files does."""
        found = []
        for path in (self._settings.home / "senders.toml", self._settings.store):
            try:
                status = path.stat()
                found.append(f"{status.st_mtime_ns}/{status.st_size}/{status.st_ino}")
            except OSError:
                found.append("-")
        return " ".join(found)

    def _read(self, state: str) -> None:
        try:
            entries, staff = senders_of(self._settings), read_staff(self._settings.home)
        except (WrongUse, SendersUnusable) as error:
            log.error("%s: what was known before counts", error)
            return
        may_try = self._clock() - self._tried_at >= _TRY_AGAIN
        is_whole = may_try and self._read_store(entries)
        self._tried_at = self._clock() if may_try and not is_whole else self._tried_at
        self._known = self._made(entries, staff, is_whole or self._known.is_whole)
        if is_whole:
            self._state, self._read_at = state, self._clock()

    def _read_store(self, entries: tuple[SenderEntry, ...]) -> bool:
        """Whether the store could be read, or there is none yet."""
        settings = self._settings
        if not settings.store.exists():
            self._of_store = _OfStore({}, Senders(settings.senders, entries), frozenset(), {})
            return True
        try:
            with Store.open(settings.home, read_only=True, longest_wait=_WAIT_FOR_STORE) as store:
                with store.transaction("look up who is known") as con:
                    found = contacts(con, datetime.fromtimestamp(self._clock(), UTC))
                    senders = Senders.of(con, settings.senders, entries)
                self._of_store = _OfStore(found, senders, frozenset(store.known_sirets()), store.kinds_of_taken_files())
            return True
        except WarehouseProblem as error:
            log.info("the store was not read: %s", type(error).__name__)
            return False

    def _made(self, entries: tuple[SenderEntry, ...], staff: tuple[str, ...], is_whole: bool) -> Known:
        of_store = self._of_store
        addresses = {siret: _trusted(contact) for siret, contact in of_store.contacts.items()}
        for entry in entries:  # an address that the steward wrote is the only one
            if entry.contact:
                addresses |= {siret: (entry.contact,) for siret in entry.sirets}
        speaks_for: dict[str, set[str]] = {}
        steward = self.hidden(self._settings.steward_email or "")
        for siret, of_provider in addresses.items():
            for address in of_provider:
                hidden = self.hidden(address)
                if hidden and hidden != steward:  # who writes the steward's address as a contact has none
                    speaks_for.setdefault(hidden, set()).add(siret)
        senders = Senders(self._settings.senders, entries, of_store.senders.spoken)
        return Known(
            sirets={hidden: frozenset(sirets) for hidden, sirets in speaks_for.items()},
            names={siret: contact.name for siret, contact in of_store.contacts.items() if contact.name},
            folders={siret: _folder(senders, entries, siret) for siret in addresses},
            addresses=addresses,
            known_sirets=of_store.known_sirets,
            taken=of_store.taken,
            is_whole=is_whole,
            staff=frozenset(filter(None, map(self.hidden, staff))),
        )  # fmt: skip


def _trusted(contact: Contact) -> tuple[str, ...]:
    """The addresses that may log in: a new one only once the steward has confirmed it, or its 30 days are over.

    Mail goes to both until then; but who gets mail can only read, and who is logged in sends files.
    """
    return contact.addresses[1:] if contact.changed else contact.addresses


def _folder(senders: Senders, entries: tuple[SenderEntry, ...], siret: str) -> str | None:
    """The first folder that senders.toml names for a provider, else the one that it is known by, else one of its own name.

    None where senders.toml alone may say it, and does not, or says one that no file can be laid in.
    """
    written = [entry.folder for entry in entries if siret in entry.sirets]
    usual = sorted(senders.usual_senders(None, siret))
    named = written or usual or ([siret] if senders.mode != STRICT else [])
    return named[0] if named and not named[0].startswith(".") and named[0].isprintable() else None
