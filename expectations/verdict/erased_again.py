"""Whoever was erased and seems to come again under another key: what else comes under that key is the same person's."""

from __future__ import annotations

from collections.abc import Iterable

from expectations.verdict.checked_file import CheckedFile
from expectations.verdict.holding import reason_held
from expectations.verdict.sent_again import SentAgain
from transforms.redaction.erase_records import note_as_returned
from warehouse.erasure.erased_persons import ErasedPersons
from warehouse.intake.senders import Senders


def note_returned_keys(
    files: Iterable[CheckedFile], again: SentAgain, senders: Senders | None, erased: ErasedPersons | None
) -> None:
    """Note the keys of the rows that resemble somebody erased, before any file of the night is decided.

    A follow-up has nothing but its key to be recognised by. What a folder sends that may not speak for the provider is left out:
    else anybody could have another's rows set aside.
    """
    if not erased:
        return
    for one in files:
        if one.resembling and one.arrival.sha256 not in again and not reason_held(one, again, senders):
            note_as_returned(one.rows, one.resembling, erased)
