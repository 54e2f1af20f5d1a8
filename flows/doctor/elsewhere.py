"""The check of an inbox on another machine: is it reached, known, listed, does it let go of its files, is its clock right?"""

from __future__ import annotations

from collections.abc import Iterator

from flows.doctor.fault import Fault, HomeToCheck
from warehouse.intake.elsewhere.bring import MOST_ENTRIES, open_inbox
from warehouse.intake.elsewhere.names import is_usable
from warehouse.intake.elsewhere.remote import InboxUnreachable, Patience
from warehouse.safe_text import safe_to_show

_PATIENCE = Patience(connect=15.0, request=20.0, whole=120.0)
#: in seconds: by so much a clock may differ
_CLOCK = 120.0
_SHOWN, _TRIED = 3, 100


def inbox_elsewhere(home_to_check: HomeToCheck) -> Iterator[Fault]:
    """Files can come in from the inbox that the setting names, and be taken out of it."""
    place = home_to_check.settings.elsewhere
    if place is None:
        return
    where = str(place.address)
    try:
        with open_inbox(place, _PATIENCE) as inbox:
            listing = inbox.listing(MOST_ENTRIES)
            folders = sorted({file.path.rpartition("/")[0] for file in listing.files if is_usable(file.path)})
            closed, ahead = inbox.try_rights(folders[:_TRIED])
    except InboxUnreachable as error:
        yield Fault(where, error.cause.value[0], error.todo or "see that it runs, and the network between")
        return
    if closed:
        shown = ", ".join(safe_to_show(folder or "the inbox itself") for folder in closed[:_SHOWN])
        yield Fault(
            where, f"nothing can be renamed and removed in {shown}{' and others' if len(closed) > _SHOWN else ''}",
            "give the login the right to write in these folders: what is stored could not be removed there",
        )  # fmt: skip
    if listing.ignored:
        shown = ", ".join(safe_to_show(name) for name, _ in listing.ignored[:_SHOWN])
        yield Fault(
            where, f"links, hidden folders or folders that cannot be read: {shown}; no night takes anything from them",
            "let the files themselves be dropped there", is_advice=True,
        )  # fmt: skip
    if not listing.is_whole:
        yield Fault(where, f"more than {MOST_ENTRIES} entries lie there", "remove what is not for suivi")
    if ahead is not None and abs(ahead) > _CLOCK:
        yield Fault(
            where, f"its clock is {abs(ahead):.0f} s {'ahead' if ahead > 0 else 'behind'}",
            "set it by NTP: of two files that correct each other the one with the later time counts", is_advice=True,
        )  # fmt: skip
