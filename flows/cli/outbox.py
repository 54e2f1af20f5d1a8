"""`suivi outbox`: the mails that have not been delivered, and another try at them."""

from __future__ import annotations

import contextlib
import email
import email.policy
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flows.cli.debugging import DebugCommand
from flows.cli.options import format_option, home_option, mail_options
from flows.errors import AnotherNight, Problem, WrongUse, safe_to_show
from flows.lock import holder, night_lock
from flows.settings import HOLD, Settings, load_settings, with_options

if TYPE_CHECKING:
    from warehouse.notifications.outbox import Outbox, QueuedMail

_FIELDS = (
    "message_id", "state", "topic", "recipient", "subject", "created_at", "attempts", "reply_code", "reply", "next_attempt_at",
)  # fmt: skip


@click.command("outbox", cls=DebugCommand)
@home_option
@click.option("--send", is_flag=True, help="Try to deliver all that waits, now.")
@click.option("--due", is_flag=True, help="With --send: only mails whose hour for another try has come (for a timer).")
@click.option("--again", is_flag=True, help="With --send: also the mails that were given up.")
@click.option("--newest", is_flag=True, help="The last mail that is a file in outbox/, as text.")
@mail_options
@format_option("text", "json", default="text")
def command(
    home: str | None, send: bool, due: bool, again: bool, newest: bool, mail: str | None, output_format: str
) -> None:
    """Show the mails not yet delivered, with what the server said last; with --send, try again."""
    settings = with_options(load_settings(home), mail=mail)
    if newest:
        if send or due or again or mail or output_format != "text":
            raise WrongUse("--newest shows one mail as text: leave out the other options")
        click.echo(_newest(settings.home / "outbox"))
        return
    if not send and (due or again or mail):
        raise WrongUse("--due, --again, --no-mail and --all-to-steward say how to --send: add it, or leave them out")
    if send and settings.mail == HOLD:
        raise WrongUse("mails are held back (--no-mail, or mail = \"hold\"): set SUIVI_MAIL=send to send them")
    if not settings.store.is_file():
        raise WrongUse(f"no night has run in {settings.home}: run `suivi nightly`, or name its home with --home")
    trouble = None
    with _outbox(settings, send) as outbox:
        if send:
            from flows.mail.deliver import deliver

            delivery = deliver(settings, outbox, datetime.now(UTC), due_only=due, again=again)
            trouble = delivery.trouble
            click.echo(str(delivery), err=output_format == "json")
        mails = outbox.mails()
    click.echo(json.dumps(_as_json(mails), ensure_ascii=False, indent=2) if output_format == "json" else "\n".join(_lines(mails)))
    if trouble:
        raise Problem(trouble)


def _newest(folder: Path) -> str:
    """The mail of a folder that was written last, as somebody reads it. WrongUse where there is none."""
    files = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    if not files:
        raise WrongUse(f"no mail is a file in {folder}: mails are files there where no mail server is set")
    mail = email.message_from_bytes(files[-1].read_bytes(), EmailMessage, policy=email.policy.default)
    part = mail.get_body(("plain",))
    said = [f"{name}: {mail[name]}" for name in ("To", "Subject")]
    lines = [*said, "", *(part.get_content().rstrip().splitlines() if part else ())]
    return "\n".join(map(safe_to_show, lines))


@contextlib.contextmanager
def _outbox(settings: Settings, send: bool) -> Iterator[Outbox]:
    """The outbox of the home; under the night's lock if mails are to be sent."""
    from warehouse.errors import WarehouseProblem
    from warehouse.notifications.outbox import Outbox
    from warehouse.store.store import Store

    with contextlib.ExitStack() as held:
        if send:
            held.enter_context(night_lock(settings.home, "outbox --send"))
        elif running := holder(settings.home):
            raise AnotherNight(f"a night is running ({running}) and has the outbox to itself: wait until it ends")
        try:
            yield Outbox(held.enter_context(Store.open(settings.home, read_only=not send)))
        except WarehouseProblem as error:
            raise Problem(str(error)) from None


def _as_json(mails: Sequence[QueuedMail]) -> dict[str, Any]:
    counts = Counter(mail.state for mail in mails)
    return {
        "counts": dict(sorted(counts.items())),
        "mails": [{name: _plain(getattr(mail, name)) for name in _FIELDS} for mail in _open(mails)],
    }


def _lines(mails: Sequence[QueuedMail]) -> Iterator[str]:
    for mail in _open(mails):
        state, recipient, subject = mail.state.replace("_", " "), safe_to_show(mail.recipient), safe_to_show(mail.subject)
        yield f"{state}: {mail.created_at:%Y-%m-%d} to {recipient}: {subject}"
        if mail.attempts:
            said = f"{mail.reply_code or ''} {mail.reply or ''}".strip() or "nothing"
            due = f"; due again {mail.next_attempt_at:%Y-%m-%d %H:%M} UTC" if mail.next_attempt_at else ""
            yield f"  tried {mail.attempts} time{'s' if mail.attempts > 1 else ''}, last: {safe_to_show(said)}{due}"
        else:
            yield "  not tried yet"
    counts = Counter(mail.state for mail in mails)
    listed = ", ".join(f"{number} {state.replace('_', ' ')}" for state, number in sorted(counts.items()))
    yield f"mails: {listed or 'none'}"


def _open(mails: Sequence[QueuedMail]) -> list[QueuedMail]:
    return [mail for mail in mails if mail.state in ("waiting", "given_up")]


def _plain(value: Any) -> Any:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value
