"""An outbox with mails in it, and the settings to deliver it with."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from typing import Any

from flows.mail.deliver import Delivery, deliver
from flows.mail.smtp import Timeouts
from flows.settings import Settings
from tests.mail_box import MailBox
from warehouse.notifications.outbox import GIVEN_UP, SENT, WAITING, Mail, Outbox, QueuedMail
from warehouse.store.store import Store

NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
CLOSED_PORT = 9  # nobody listens there, and no other test can be given it
STEWARD = "donnees@region.example"
_HASTY = Timeouts(connecting=5, answering=5, taking=5)
_numbers = count(1)


class Post:
    """A store with its outbox, and the settings to deliver it with."""

    def __init__(self, home: Path, store: Store) -> None:
        self.store, self.outbox = store, Outbox(store)
        self.settings = Settings(home, home / "inbox", sender="suivi@region.example", steward_email=STEWARD)

    def use(self, box: MailBox, **changes: Any) -> None:
        """Deliver to that server."""
        given = {"smtp_host": "127.0.0.1", "smtp_port": box.port, "smtp_security": "none"} | changes
        self.settings = replace(self.settings, **given)

    def write(self, number: int = 1, **changes: Any) -> list[str]:
        """So many mails into the outbox, of one night; their Message-IDs."""
        mails = [mail(**changes) for _ in range(number)]
        return self.outbox.write_mails("night", NOW, lambda thread: mails)

    def deliver(self, days: float = 0, **options: Any) -> Delivery:
        """Deliver, so many days later."""
        return deliver(self.settings, self.outbox, NOW + timedelta(days=days), **({"timeouts": _HASTY} | options))

    def state(self, message_id: str) -> QueuedMail:
        """The mail of that name."""
        (found,) = [mail for mail in self.outbox.mails() if mail.message_id == message_id]
        return found

    def states(self, message_ids: list[str]) -> list[str]:
        """The states of these mails."""
        return [self.state(message_id).state for message_id in message_ids]


def mail(
    recipient: str = "of@exemple.fr", topic: str = "night", sender: str = "suivi@region.example", envelope: str | None = None
) -> Mail:
    number = next(_numbers)
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = f"Suivi des formations <{sender}>", recipient, f"Été {number}"
    made["Message-ID"] = f"<{number:06d}@region.example>"
    made["References"] = " ".join(f"<{'r' * 40}{earlier}@region.example>" for earlier in range(9))
    made.set_content("Bonjour,\n.un point\n", cte="quoted-printable")
    return Mail(made["Message-ID"], topic, "fil", envelope or recipient, made["Subject"], made.as_bytes())


def settle(post: Post) -> None:
    """Nothing waits any more, and nothing is given up."""
    for one in post.outbox.mails((WAITING, GIVEN_UP)):
        post.outbox.record_attempt(one.message_id, NOW, SENT)
