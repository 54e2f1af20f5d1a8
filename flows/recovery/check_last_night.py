"""The morning check: was last night's night done? If not, the steward is told, whatever state the home is in.

It must work when the store and Prefect do not. So it reads the ledger of nights and no more, its mail does not pass
through the outbox of the store, and it is run by cron, a timer or Prefect, whichever still lives.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from flows.errors import Problem
from flows.lock import holder
from flows.mail.smtp import Envelope, MailServer, NeverDeliverable, ServerTrouble
from flows.recorded_nights import NightRecord, last_scheduled_night, night_done_since, recorded_nights
from flows.settings import HOLD, Settings
from transforms.pages.templating import templates
from warehouse.durable_files import write_private
from warehouse.paris_days import PARIS

#: the night of which the steward was told last
MARKER = Path("outbox") / ".told-no-night"
#: why no night was done: as operators read it; the template of the mail says it in French
REASONS = {
    "running": "one is running",
    "failed": "it failed",
    "cut off": "it was cut off: the machine or the program was stopped",
    "absent": "none was begun",
    "unreadable": "the ledger of nights cannot be read",
}


@dataclass(frozen=True)
class NightCheck:
    """Whether the last night due was done; `reason` is one of REASONS where it was not."""

    due: datetime
    reason: str | None
    last_done: datetime | None
    holder: str | None = None
    is_steward_informed: bool = False

    @property
    def is_well(self) -> bool:
        """Whether that night was done."""
        return self.reason is None

    @property
    def sentence(self) -> str:
        """The verdict for operators, in one line."""
        due = f"{self.due:%Y-%m-%d %H:%M}"
        if self.reason is None:
            return f"the night due {due} was done"
        who = f" ({self.holder})" if self.holder else ""
        told = "the steward was told" if self.is_steward_informed else "nobody was told: set steward_email"
        return f"no night was done since {due}: {REASONS[self.reason]}{who}; {told}"


def check_last_night(settings: Settings, now: datetime | None = None) -> NightCheck:
    """Look whether the last night due was done, and mail the steward if not: once for each night missed.

    Raises Problem if the mail cannot be delivered: the next check tries again.
    """
    now = now or datetime.now(UTC)
    verdict = what_became_of_night(last_scheduled_night(now), now, recorded_nights(settings.store), holder(settings.home))
    if verdict.is_well or not settings.steward_email or settings.mail == HOLD:
        return verdict
    marker, night = settings.home / MARKER, f"{verdict.due:%Y-%m-%d}\n".encode()
    if not marker.exists() or marker.read_bytes() != night:
        _post(settings, alarm(settings, verdict, now), f"{night.decode().strip()}-no-night.eml")
        write_private(settings.home / MARKER.parent, MARKER.name, night)
    return NightCheck(verdict.due, verdict.reason, verdict.last_done, verdict.holder, is_steward_informed=True)


def what_became_of_night(due: datetime, now: datetime, nights: list[NightRecord] | None, held_by: str | None) -> NightCheck:
    """What became of the night due then.

    Args:
        due: its moment.
        now: the present.
        nights: the ledger, the newest first; None if it cannot be read.
        held_by: who holds the home, if anyone does.
    """
    if nights is None:
        # A running night locks the store, so that it cannot be read.
        return NightCheck(due, "running" if held_by else "unreadable", None, held_by)
    last = next((night.finished_at for night in nights if night.state == "done"), None)
    if night_done_since(nights, due, now):
        return NightCheck(due, None, last)
    begun = [night for night in nights if due <= night.started_at <= now and night.state != "done"]
    if held_by:
        reason = "running"
    elif not begun:
        reason = "absent"
    else:
        reason = "cut off" if begun[0].state == "running" else "failed"
    return NightCheck(due, reason, last, held_by)


def alarm(settings: Settings, verdict: NightCheck, now: datetime) -> EmailMessage:
    """The mail to the steward: one text, which names no file and no provider."""
    local = now.astimezone(PARIS)
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = templates().get_template("no_night.subject.txt.j2").render(verdict=verdict)
    mail["From"] = settings.sender or settings.steward_email
    mail["To"] = settings.steward_email
    mail["Date"] = local
    mail["Message-ID"] = f"<no-night-{verdict.due:%Y%m%d}@{(settings.sender or settings.steward_email or '').rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(
        templates().get_template("no_night.txt.j2").render(verdict=verdict, now=local, home=settings.home), cte="8bit"
    )
    return mail


def _post(settings: Settings, mail: EmailMessage, name: str) -> None:
    envelope = Envelope(settings.sender or settings.steward_email or "", settings.steward_email or "", mail.as_bytes())
    try:
        if settings.smtp_host is None:
            write_private(settings.home / "outbox", name, envelope.content)
            return
        with MailServer(settings) as server:
            answer = server.send(envelope)
    except OSError as error:
        raise Problem(f"the steward could not be told: outbox/ cannot be written ({error.strerror})") from None
    except (ServerTrouble, NeverDeliverable) as error:
        raise Problem(f"the steward could not be told: {error}") from None
    if not answer.is_accepted:
        raise Problem(f"the steward could not be told: the mail server said {answer.code} {answer.words}")
