"""Checks of the mail: whom failures are told, and whether the server takes us, without sending anything."""

from __future__ import annotations

from collections.abc import Iterator

from flows.doctor.fault import Fault, HomeToCheck
from flows.mail.smtp import MailServer, ServerTrouble, Timeouts

#: whoever runs the doctor is looking on
_TIMEOUTS = Timeouts(connecting=10.0, answering=10.0, taking=10.0)


def mail(home_to_check: HomeToCheck) -> Iterator[Fault]:
    """A steward is told of failures, by a server that can be reached and takes our login."""
    settings = home_to_check.settings
    if not settings.steward_email:
        is_advice = not settings.smtp_host  # who has a server means mails to go out
        what = "it is not set: nobody is told when a night fails"
        yield Fault("setting steward_email", what, "set it in suivi.toml", is_advice)
    if not settings.smtp_host:
        todo = "set it in suivi.toml if mails are to go out"
        yield Fault("setting smtp_host", "it is not set: mails only lie in outbox/", todo, is_advice=True)
        return
    if not settings.sender:
        yield Fault("setting sender", "it is not set: mails have no sender", "set it in suivi.toml")
    address = settings.sender or settings.steward_email
    if not address:
        return  # without one a server cannot even be greeted
    try:
        with MailServer(settings, _TIMEOUTS) as server:
            server.check_login(address)
    except ServerTrouble as trouble:
        what, _, todo = str(trouble).rpartition(": ")
        yield Fault("mail server", what, todo)
