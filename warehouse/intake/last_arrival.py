"""How long nothing has come in: what tells a quiet month from an inbox that nobody reaches."""

from __future__ import annotations

from datetime import date

#: so many days without any file are worth a word: somebody may have mistyped the inbox, or lost a right on it
QUIET_DAYS = 7


def days_without_files(last_received_on: date, today: date) -> int | None:
    """The days since the last file came, where they are many; None where they are few, or none has come yet.

    `last_received_on` is as Store.last_received_on says it: the first of days where no file has come.
    """
    days = (today - last_received_on).days
    return days if days >= QUIET_DAYS and last_received_on > date.min else None
