"""What may be wrong with the places where rows live, each in one line: what, where, what to do."""

from __future__ import annotations

from pathlib import Path


class WarehouseProblem(Exception):
    """An error with a sentence for people. The sentence never holds a cell's value."""


class StoreMissing(WarehouseProblem):
    """The store is gone, or empty, although files have been received."""


class NoStoreYet(StoreMissing):
    """There is no store, and no file has been received that it would hold."""


class StoreUnusable(WarehouseProblem):
    """The store cannot be opened or written: held by another process, of another version, no space left."""


class StoreHeld(StoreUnusable):
    """Another process holds the store: it is not damaged."""


class StoreDamaged(StoreUnusable):
    """What lies in the store's file is not what was written there."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is damaged: put it back from your backup, or run `suivi rebuild`")


class StoreOfVersionBefore(StoreUnusable):
    """The store was written by the version before: whoever may write it brings it up to date by opening it."""


class StoreOfAnotherVersion(StoreUnusable):
    """The store is whole, but a later version of suivi wrote it."""


class LedgerDamaged(WarehouseProblem):
    """The copy of the ledger in the archive is gone, damaged, or not that of the store."""


class SendersUnusable(WarehouseProblem):
    """senders.toml cannot be read: nothing may be taken, or everybody might speak for everybody."""


class UnstorableFile(WarehouseProblem):
    """Files of a batch hold what no table can, such as a number of twenty digits.

    `guilty` holds their places in the batch; it is empty where none is at fault alone.
    """

    def __init__(self, message: str, guilty: tuple[int, ...] = ()) -> None:
        super().__init__(message)
        self.guilty = guilty


class KeyUnusable(WarehouseProblem):
    """The key of the pseudonyms is gone, damaged, or another one than the store was written with."""


class KeyLost(KeyUnusable):
    """There is no key, or what lies in its place is none."""


class PublicationFailed(WarehouseProblem):
    """The new warehouse was built but is not fit to be shown; yesterday's stays in place."""


class LakeUnusable(WarehouseProblem):
    """The lake could not be brought to what the store says; what its manifest names is whole."""


class TombstonesDamaged(WarehouseProblem):
    """The list of who was erased cannot be read: nothing may be taken, or erased persons would come back."""


class EarlierReleaseDamaged(WarehouseProblem):
    """The file of the release that quality.changes compares with is damaged; it can be computed again from the store."""


class EngineFailed(WarehouseProblem):
    """What runs the models' SQL cannot be reached, or did not end what it was asked for; yesterday's warehouse stays."""


#: what DuckDB raises where it cannot write or read, or has no room: of anything else the disk is not the cause
_OF_THE_DISK = ("IOException", "FatalException", "OutOfMemoryException")


def safe_description(error: BaseException, room: str = "room") -> str:
    """DuckDB's error for people: its kind and what to do, without its own words, which quote values.

    `room` is what a full disk has too little of.
    """
    kind = type(error).__name__
    if kind in _OF_THE_DISK or isinstance(error, OSError):
        return f"({kind}); see that its disk has {room}"
    return f"({kind}): this is a fault of the program, not of the disk; tell who looks after suivi"


#: DuckDB has no exception of its own for it
_DAMAGE = ("Corrupt database file", "Could not read enough bytes", "not a valid DuckDB database file")


def is_damage(error: BaseException) -> bool:
    """Whether DuckDB's error, or one that it came of, says that what lies in a file is not what was written there.

    What cleans up after the first error may fail too, because its transaction is aborted, and then hides it.
    """
    link: BaseException | None = error
    while link is not None:
        if any(words in str(link) for words in _DAMAGE):
            return True
        link = link.__cause__ or link.__context__
    return False
