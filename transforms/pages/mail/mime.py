"""Puts one MIME mail together: headers that nothing in a name can break out of, text and HTML, attached files."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage

from warehouse.paris_days import PARIS

#: Where no sender is set, mails are files in outbox/. They need an address all the same: one that can be nobody's (RFC 2606).
PLACEHOLDER_SENDER = "suivi@suivi.invalid"
_FROM_NAME = "Suivi des formations"
_LIST_NAME = "Suivi des formations de l'ERN"
#: RFC 5322 lets programs cut References: the first one and the last ones keep the conversation together.
_LAST_REFERENCES = 8
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
_DOMAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_LONGEST_ADDRESS, _LONGEST_LOCAL, _LONGEST_LINE = 254, 64, 76
_WORKBOOK = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")
_LINE_OF_BASE64 = re.compile(rb".{1,%d}" % _LONGEST_LINE)


class _Policy(policy.EmailPolicy):
    """The standard library's policy for SMTP, but for the headers that its folding damages.

    It loses spaces between encoded words of some subjects, and encodes references longer than a line, so that no program
    finds the conversation again.
    """

    def fold(self, name: str, value: str) -> str:
        if name.lower() == "subject":
            return f"{name}: {_encoded(value)}{self.linesep}"
        if name.lower() in ("references", "in-reply-to"):
            return f"{name}: {(self.linesep + ' ').join(value.split())}{self.linesep}"
        return super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii")


POLICY = _Policy(linesep="\r\n")


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a mail."""

    name: str
    content: bytes


def usable_address(address: str | None) -> str | None:
    """The address if a mail can go to it: one, without a name around it, its domain in plain ASCII (xn--…); else None."""
    local, at, domain = (address or "").rpartition("@")
    try:
        plain = f"{local}{at}{domain.encode('idna').decode('ascii')}"
        read = Address(addr_spec=plain)
    except (MessageError, ValueError, IndexError):
        return None
    is_short = len(plain) <= _LONGEST_ADDRESS and len(local) <= _LONGEST_LOCAL
    is_in_memory = read.addr_spec == plain and _LOCAL.fullmatch(read.username) and _DOMAIN.fullmatch(read.domain)
    return plain if is_short and is_in_memory else None


def message_id(sender: str, *what: str) -> str:
    """The Message-ID of a mail of that sender: always the same for the same `what`, and nothing of this machine in it."""
    return f"<{hashlib.sha256(chr(31).join(what).encode()).hexdigest()[:24]}@{_domain(sender)}>"


def mime_message(
    *,
    message_id: str,
    topic: str,
    sender: str,
    to: str | Sequence[str],
    reply_to: str | None,
    subject: str,
    at: datetime,
    earlier: Sequence[str],
    text: str,
    html: str,
    attached: Sequence[Attachment] = (),
) -> bytes:
    """The mail as it goes over the wire.

    Args:
        message_id: its own.
        topic: what kind of mail, for filters: X-Suivi-Topic.
        sender, to: usable addresses, `to` one or several; reply_to likewise, where answers go elsewhere than to the sender.
        subject: one line.
        at: its date.
        earlier: the Message-IDs of the conversation so far, the oldest first.
        text, html: the body in both forms.
        attached: CSV and HTML files and workbooks, as their names end.
    """
    mail = EmailMessage(policy=POLICY)
    mail["From"] = Address(_FROM_NAME, addr_spec=sender)
    mail["To"] = [Address(addr_spec=one) for one in ([to] if isinstance(to, str) else to)]
    if reply_to and reply_to != sender:
        mail["Reply-To"] = Address(addr_spec=reply_to)
    mail["Subject"] = subject.replace("=?", "= ?")  # what looks like an encoded word would be read as one
    mail["Date"] = at.astimezone(PARIS)
    mail["Message-ID"] = message_id
    if earlier:
        mail["In-Reply-To"] = earlier[-1]
        mail["References"] = " ".join(dict.fromkeys([earlier[0], *earlier[-_LAST_REFERENCES:]]))
    mail["List-Id"] = f"{_LIST_NAME} <suivi.{_domain(sender)}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["X-Suivi-Topic"] = topic
    # No line of quoted-printable is longer than 76 octets, whatever a name holds, and no server has to turn 8 bits into 7.
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    # The standard library would write an attachment line by line, three times over: it writes a stand-in of one line.
    stand_ins = [hashlib.sha256(file.content).digest() for file in attached]
    for file, stand_in in zip(attached, stand_ins, strict=True):
        ending = file.name.rpartition(".")[2]
        if ending == "xlsx":
            mail.add_attachment(stand_in, *_WORKBOOK, filename=file.name)
        else:
            mail.add_attachment(stand_in, "text", ending, filename=file.name, params={"charset": "utf-8"})
    content = mail.as_bytes()
    for file, stand_in in zip(attached, stand_ins, strict=True):
        content = content.replace(b64encode(stand_in), b"\r\n".join(_LINE_OF_BASE64.findall(b64encode(file.content))), 1)
    return content


def _domain(sender: str) -> str:
    return sender.rpartition("@")[2].lower()


def _encoded(subject: str) -> str:
    """The subject as a header: encoded unless it is short and plain."""
    is_plain = subject.isascii() and len(subject) < _LONGEST_LINE - len("Subject: ")
    return subject if is_plain else Header(subject, "utf-8", _LONGEST_LINE, "Subject").encode(linesep="\r\n")
