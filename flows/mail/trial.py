"""One mail that says nothing, to see whether the mail server of the settings takes it and it arrives."""

from __future__ import annotations

from datetime import datetime

from flows.errors import Problem, WrongUse
from flows.mail.smtp import Envelope, MailServer, NeverDeliverable, ServerTrouble, Timeouts
from flows.settings import Settings
from transforms.pages.mail.mime import message_id, mime_message, usable_address

#: whoever sends it is looking on
_TIMEOUTS = Timeouts(connecting=10.0, answering=30.0, taking=120.0)
_SUBJECT = "Suivi des formations : essai de la messagerie"
_TEXT = "Ce message vérifie que le suivi des formations peut vous écrire. Il n'appelle aucune réponse."


def send_trial(settings: Settings, address: str, at: datetime) -> str:
    """Send one mail to that address at that moment; returns the server and its words.

    Raises WrongUse with the name of the setting that is missing, or for an address that is none; Problem with the server's words.
    """
    for name in ("smtp_host", "sender"):
        if not getattr(settings, name):
            raise WrongUse(f"no mail can be sent: {name} is not set: set it in suivi.toml, or SUIVI_{name.upper()}")
    recipient = usable_address(address)
    if recipient is None:
        raise WrongUse("ADDRESS is none that a mail can be sent to: write it as name@region.example")
    sender = settings.sender or ""
    content = mime_message(
        message_id=message_id(sender, "trial", recipient, at.isoformat()), topic="trial", sender=sender, to=recipient,
        reply_to=settings.steward_email, subject=_SUBJECT, at=at, earlier=(), text=f"Bonjour,\n\n{_TEXT}\n",
        html=f'<!doctype html><html lang="fr"><body><p>Bonjour,</p><p>{_TEXT}</p></body></html>\n',
    )  # fmt: skip
    try:
        with MailServer(settings, _TIMEOUTS) as server:
            reply = server.send(Envelope(sender, recipient, content))
    except (ServerTrouble, NeverDeliverable) as trouble:
        raise Problem(str(trouble)) from None
    said = f"{server.name}: {reply.code or ''} {reply.words}"
    if not reply.is_accepted:
        raise Problem(f"mail server {said} (at {reply.command})")
    return said
