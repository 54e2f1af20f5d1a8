"""Whoever was erased and seems to come again under another key: what else comes under that key is the same person's."""

from __future__ import annotations

from collections.abc import Iterable

from expectations.verdict.checked_file import CheckedFile
from expectations.verdict.holding import reason_held
from expectations.verdict.sent_again import SentAgain
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
        rows = [row for row in one.rows if row.resembles is not None]
        if not rows or one.arrival.sha256 in again or reason_held(one, again, senders):
            continue
        for row in rows:
            siret, session, reference = (row.values[name] for name in ("provider_siret", "session_id", "learner_ref"))
            if siret and session and reference:
                erased.note_returned_key(siret, session, reference, row.resembles or 0)
