"""What may be wrong with the places where rows live, each in one line: what, where, what to do."""

from __future__ import annotations


class WarehouseProblem(Exception):
    """An error with a sentence for people. The sentence never holds a cell's value."""


class StoreMissing(WarehouseProblem):
    """The store is gone, or empty, although files have been received."""


class StoreUnusable(WarehouseProblem):
    """The store cannot be opened or written: held by another process, of another version, no space left."""


class UnstorableFile(WarehouseProblem):
    """Files of a batch hold what no table can, such as a number of twenty digits.

    `guilty` holds their places in the batch; it is empty where none is at fault alone.
    """

    def __init__(self, message: str, guilty: tuple[int, ...] = ()) -> None:
        super().__init__(message)
        self.guilty = guilty


class KeyUnusable(WarehouseProblem):
    """The key of the pseudonyms is gone, damaged, or another one than the store was written with."""


class PublicationFailed(WarehouseProblem):
    """The new warehouse was built but is not fit to be shown; yesterday's stays in place."""
