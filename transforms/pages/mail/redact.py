"""Redacts mails: the same mail, in which a few words stand for the references of persons who were erased."""

from __future__ import annotations

import base64
import quopri
from email import message_from_bytes
from email.message import EmailMessage

from transforms.pages.mail.mime import POLICY
from warehouse.erasure.erased_persons import ErasedPersons

_REPLACEMENT = "(effacé)"


def redacted_text(text: str, erased: ErasedPersons) -> str:
    """The text without the references of erased persons, in whatever spelling; itself where there are none."""
    parts, at = [], 0
    for first, end in sorted(erased.places(text), key=lambda place: (place[0], -place[1])):
        if first >= at:
            parts += [text[at:first], _REPLACEMENT]
            at = end
    return "".join([*parts, text[at:]])


def redacted_mail(content: bytes, erased: ErasedPersons) -> bytes:
    """The mail without such references in subject, text, HTML and attached CSV; the very same bytes where it has none."""
    mail = message_from_bytes(content, EmailMessage, policy=POLICY)
    is_changed = False
    if (subject := str(mail["Subject"] or "")) != (clean := redacted_text(subject, erased)):
        mail.replace_header("Subject", clean)
        is_changed = True
    for part in mail.walk():
        if part.get_content_maintype() != "text":
            continue
        payload = part.get_payload(decode=True)
        charset = part.get_content_charset() or "utf-8"
        text = payload.decode(charset, "replace") if isinstance(payload, bytes) else ""
        if (clean := redacted_text(text, erased)) != text:
            encoded = clean.encode(charset, "replace")
            is_quoted = "quoted" in str(part["Content-Transfer-Encoding"])
            part.set_payload((quopri.encodestring(encoded) if is_quoted else base64.encodebytes(encoded)).decode("ascii"))
            if not is_quoted:
                del part["Content-Transfer-Encoding"]
                part["Content-Transfer-Encoding"] = "base64"
            is_changed = True
    return mail.as_bytes() if is_changed else content
