"""The mails of the page: the link by which somebody enters, and the acknowledgement of a file. One thread sends them, in order.

Nobody waits for it: how long an answer takes does not tell whether a mail went out.
"""

from __future__ import annotations

import logging
import queue
import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from flows.deposit.known import WhoIsKnown
from flows.deposit.state import LINK, Deposit, Identity, State
from flows.errors import described
from flows.mail.deliver import deliver_at_once
from flows.mail.smtp import Timeouts
from flows.mail.write import mail_context
from flows.settings import Settings
from transforms.pages.mail.compose import compose_mails
from transforms.pages.mail.mime import usable_address
from transforms.pages.mail.wording import safe_file_name

log = logging.getLogger("suivi.deposit")

#: so many mails wait at most; more are asked for by somebody who floods the page
_MOST_WAITING = 500
#: whoever asked is looking at a page that says that the mail comes at once
_TIMEOUTS = Timeouts(connecting=10.0, answering=30.0, taking=120.0)


class Post:
    """Writes and sends the mails. `page_url` is where the page is reached, without a slash at its end."""

    def __init__(self, settings: Settings, state: State, known: WhoIsKnown, page_url: str) -> None:
        self._settings, self._state, self._known, self._page_url = settings, state, known, page_url
        self._tasks: queue.Queue[Callable[[], None] | None] = queue.Queue(_MOST_WAITING)
        self._thread = threading.Thread(target=self._work, name="suivi-post", daemon=True)
        self._thread.start()

    def send_link(self, address: str, siret: str | None) -> None:
        """Send a link to this address, if it speaks for anybody (for that provider, if one is named). Returns at once."""
        self._later(lambda: self._send_link(address, siret))

    def acknowledge(self, deposit: Deposit) -> None:
        """Tell a provider that a file was deposited in its name. Returns at once."""
        self._later(lambda: self._acknowledge(deposit))

    def wait(self) -> None:
        """Wait until all that was asked for is done."""
        self._tasks.join()

    def close(self) -> None:
        """Send what waits, and stop."""
        self._tasks.put(None)
        self._thread.join(_TIMEOUTS.taking)

    def _later(self, task: Callable[[], None]) -> None:
        try:
            self._tasks.put_nowait(task)
        except queue.Full:
            log.error("a mail was not written: too many wait")

    def _work(self) -> None:
        while True:
            task = self._tasks.get()
            try:
                if task is None:
                    return
                task()
            except Exception as error:  # one mail must not stop the others
                log.error("a mail could not be sent: %s", described(error))
            finally:
                self._tasks.task_done()

    def _send_link(self, address: str, siret: str | None) -> None:
        hidden, plain = self._known.hidden(address), usable_address(address.strip())
        if hidden is None or plain is None:
            return
        known = self._known.latest()
        sirets = known.sirets.get(hidden, frozenset())
        if not (siret in sirets if siret else sirets or hidden in known.staff):
            return
        token = self._state.new_link(Identity(hidden, siret))
        variables = {"link": f"{self._page_url}/lien/{token}", "minutes": LINK // 60}
        self._send("link", (plain,), "Votre lien pour la page de dépôt", variables)

    def _acknowledge(self, deposit: Deposit) -> None:
        addresses = self._known.latest().addresses.get(deposit.siret, ())
        usable = tuple(dict.fromkeys(filter(None, map(usable_address, addresses))))
        if usable:
            name = safe_file_name(deposit.original_name)
            self._send("deposit", usable, f"Reçu : {name}", {"deposit": deposit, "name": name})

    def _send(self, topic: str, to: tuple[str, ...], subject: str, variables: dict[str, object]) -> None:
        at, run_id = datetime.now(UTC), f"deposit-{secrets.token_hex(8)}"
        context = mail_context(self._settings, run_id, at, lambda thread: ())
        mails = compose_mails(context, topic, run_id, to, subject, variables)
        deliver_at_once(self._settings, mails, at, _TIMEOUTS)
