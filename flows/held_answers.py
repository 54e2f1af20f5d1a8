"""The steward's word on held files: which wait, and what becomes of one that is accepted or rejected."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flows.audit import audited
from flows.errors import WrongUse, safe_to_show
from flows.lock import night_lock
from flows.settings import Settings, senders_of
from warehouse.intake.being_read import FilesBeingRead
from warehouse.intake.held_files import (
    ACCEPTED,
    OF_SENDER,
    REJECTED,
    HeldFile,
    held_files,
    newer_files,
    note_answer,
    note_bound,
)
from warehouse.intake.ledger_file import update_ledger_copy
from warehouse.intake.senders import OFF, STRICT, write_sender
from warehouse.notifications.contacts import confirm_contact
from warehouse.store.store import Store


@dataclass(frozen=True)
class Answered:
    """What was answered, about which files.

    `newer` are as many files, taken since the first of them came, whose rows it will replace. `bound_in` says where it is
    written that their folder speaks for them from now on, None where it does not.
    """

    files: tuple[HeldFile, ...]
    newer: int = 0
    bound_in: str | None = None


def held(settings: Settings) -> list[HeldFile]:
    """All files that were ever held, in the order in which they came. WrongUse without a store."""
    _demand_store(settings)
    with Store.open(settings.home, read_only=True) as store, store.transaction("look up what was held") as con:
        return held_files(con)


def accept(settings: Settings, number: int, *, always: bool = False) -> Answered:
    """A held file counts from the next night on, as the last received.

    Args:
        settings: of the home.
        number: of the file.
        always: its folder may speak for that provider, or for the Region, from now on; whatever else of it waits for the same
            reason is accepted too.

    Raises AnotherNight; WrongUse where there is no such file, or it counts already, or nothing can be bound.
    """
    with _answering(settings, "held accept") as (store, files):
        file = _answerable(files, number)
        with store.transaction("look for newer files") as con:
            newer = newer_files(con, file)
        if not always:
            _note(store, [file], ACCEPTED)
            _note(store, _copies(files, file), REJECTED)
            FilesBeingRead(settings.home).allow_again(file.sha256)
            return Answered((file,), newer)
        if file.rule != OF_SENDER or settings.senders == OFF:
            raise WrongUse(f"file {number} was not held because of its folder, so there is nothing to bind: leave out --always")
        alike = [other for other in files if other.is_waiting and _asks_the_same(other, file)]
        bound_in = _bind(settings, store, file)
        # of bytes that came several times the last one counts
        accepted = list({other.sha256: other for other in [file, *alike]}.values())
        _note(store, accepted, ACCEPTED)
        _note(store, [other for other in alike if other not in accepted], REJECTED)
        return Answered(tuple(accepted), newer, bound_in)


def reject(settings: Settings, number: int) -> Answered:
    """Nothing of a held file will count. Raises AnotherNight; WrongUse where there is no such file, or it counts already."""
    with _answering(settings, "held reject") as (store, files):
        file = _answerable(files, number)
        _note(store, [file, *_copies(files, file)], REJECTED)
        return Answered((file,))


def confirm(settings: Settings, siret: str) -> tuple[str, ...]:
    """A provider's changed address is right: the addresses of before get no more mail from now on, and which they are.

    Raises AnotherNight; WrongUse where no action in force gives this SIRET an address.
    """
    _demand_store(settings)
    with (
        night_lock(settings.home, "held contact"), audited(settings.home, "held contact"), Store.open(settings.home) as store
    ):  # fmt: skip
        try:
            return confirm_contact(store, siret, datetime.now(UTC))
        except LookupError:
            raise WrongUse(f"no action in force gives the SIRET {siret} an address: see that it is right") from None


@contextlib.contextmanager
def _answering(settings: Settings, command: str) -> Iterator[tuple[Store, list[HeldFile]]]:
    _demand_store(settings)
    home = settings.home
    with night_lock(home, command), audited(home, command) as entry, Store.open(home) as store:
        with store.transaction("look up what was held") as con:
            files = held_files(con)
        yield store, files
        with store.transaction("look up what was held") as con:
            after = held_files(con)
        entry.files = [new.name for old, new in zip(files, after, strict=True) if old != new]
        update_ledger_copy(home, store)


def _demand_store(settings: Settings) -> None:
    if not settings.store.exists():
        raise WrongUse(f"there is no store in {settings.home}: name its home with --home")


def _answerable(files: Sequence[HeldFile], number: int) -> HeldFile:
    file = next((file for file in files if file.number == number), None)
    if file is None:
        raise WrongUse(f"file {number} is not held: `suivi held` lists those that are")
    if file.counts_as is not None:
        raise WrongUse(f"file {number} counts already, as number {file.counts_as}: send a correction if that was wrong")
    return file


def _asks_the_same(one: HeldFile, other: HeldFile) -> bool:
    return one.rule == other.rule and (one.sender, one.speaks_for) == (other.sender, other.speaks_for)


def _copies(files: Sequence[HeldFile], file: HeldFile) -> list[HeldFile]:
    """The same bytes, sent again by the same folder while they waited: one answer is enough."""
    return [
        other for other in files
        if other.is_waiting and other.number != file.number and (other.sha256, other.sender) == (file.sha256, file.sender)
    ]  # fmt: skip


def _note(store: Store, files: Sequence[HeldFile], answer: str) -> None:
    with store.transaction("note the answer") as con:
        for file in files:
            note_answer(con, file.number, answer, datetime.now(UTC))


def _bind(settings: Settings, store: Store, file: HeldFile) -> str:
    """Bind its folder where that will be looked up: in senders.toml where that alone counts, else beside who spoke first."""
    entries, whom = senders_of(settings), file.speaks_for
    is_written = any(whom in entry.sirets if whom else entry.kinds for entry in entries)
    if settings.senders == STRICT or is_written:
        today = f"{datetime.now(UTC):%Y-%m-%d}"
        write_sender(settings.home, file.sender, whom, f"suivi held accept {file.number} --always, {today}")
        return "senders.toml"
    with store.transaction("bind the folder") as con:
        note_bound(con, file.sender, whom, datetime.now(UTC))
    return "the store"


def described_sender(sender: str) -> str:
    """A sender as people read it."""
    return f"folder {safe_to_show(sender)}" if sender else "the inbox itself"
