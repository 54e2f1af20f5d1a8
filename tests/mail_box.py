"""A mail server on loopback that behaves as it is told, mail by mail, and keeps what it took."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import logging
import socket
import ssl
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

# It logs every line of a conversation, addresses and all, and each connection that ends early as an error.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)

USER, PASSWORD = "suivi", "mot-de-passe-CANARI"


@dataclass(frozen=True)
class Taken:
    """A mail that the server has."""

    sender: str
    recipient: str
    content: bytes
    connection: int
    is_secret: bool
    is_logged_in: bool

    @property
    def mail(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=policy.default)

    @property
    def message_id(self) -> str:
        return str(self.mail["Message-ID"])


class MailBox:
    """The server. `script` says what it does with the next mails, one entry a mail that it is offered; then it takes all.

    `accept` · `mail 451`, `rcpt 550`, `data 554`: that answer at that command · `hang up`: the connection ends at MAIL ·
    `cut`: it ends as the mail begins to flow · `drop`: it ends in the place of the last answer · `leave`: it ends after that ·
    `slow 0.3`: so many seconds before that answer.
    """

    def __init__(self) -> None:
        self.script: list[str] = []
        self.taken: list[Taken] = []
        self.connections = 0
        self.longest_connection = 10**9
        self.wants_login = False
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._controller: Controller | None = None

    def start(self, *, certificate: Path | None = None, implicit: bool = False, login: bool = False, **server: Any) -> None:
        """Open the port: in clear, with STARTTLS if there is a certificate, or in TLS from the first byte (implicit)."""
        context = None
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
        if login:
            server |= {"authenticator": _authenticate, "auth_require_tls": not implicit}
        self.wants_login = login
        if context is not None and not implicit:
            server |= {"tls_context": context, "require_starttls": True}
        handler = _Handler(self)
        self._controller = _Controller(
            handler, "127.0.0.1", self.port, ready_timeout=30, ssl_context=context if implicit else None,
            server_hostname="boite.example", **({"enable_SMTPUTF8": True} | server),
        )  # fmt: skip
        self._controller.start()

    def stop(self) -> None:
        """Close the port, and every connection."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def counts(self) -> Counter[str]:
        """How often each Message-ID came."""
        return Counter(taken.message_id for taken in self.taken)


class _Server(SMTP):
    async def smtp_DATA(self, arg: str) -> None:
        if getattr(self.envelope, "plan", None) != "cut":
            await super().smtp_DATA(arg)
            return
        await self.push("354 go on")
        self.transport.abort()


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Server(self.handler, **self.SMTP_kwargs)


class _Handler:
    def __init__(self, box: MailBox) -> None:
        self.box = box

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        if not hasattr(session, "number"):
            self.box.connections += 1
            session.number, session.mails = self.box.connections, 0  # type: ignore[attr-defined]
        return responses

    async def handle_MAIL(
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if session.mails >= self.box.longest_connection:
            return "421 4.7.0 enough mails on this connection"
        session.mails += 1
        if self.box.wants_login and not session.authenticated:
            return "530 5.7.0 log in first"
        envelope.plan = self.box.script.pop(0) if self.box.script else "accept"
        if envelope.plan == "hang up":
            server.transport.close()
        if envelope.plan.startswith("mail "):
            return f"{envelope.plan[5:]} not you"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if envelope.plan.startswith("rcpt "):
            return f"{envelope.plan[5:]} <{address}>: not now or never"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        if envelope.plan.startswith("data "):
            return f"{envelope.plan[5:]} not such words"
        if envelope.plan.startswith("slow "):
            await asyncio.sleep(float(envelope.plan[5:]))
        if envelope.plan != "drop":
            self.box.taken.append(
                Taken(
                    envelope.mail_from, envelope.rcpt_tos[0], envelope.original_content, session.number,
                    session.ssl is not None or isinstance(server.transport.get_extra_info("ssl_object"), ssl.SSLObject),
                    session.authenticated,
                )
            )
        if envelope.plan == "drop":
            server.transport.close()
        if envelope.plan == "leave":
            asyncio.get_running_loop().call_soon(server.transport.close)
        return "250 2.0.0 taken"


@contextlib.contextmanager
def running() -> Iterator[MailBox]:
    """A mail server that nobody has told anything yet, for the block."""
    box = MailBox()
    box.start()
    try:
        yield box
    finally:
        box.stop()


def _authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False, message=None if right else "535 5.7.8 wrong")


def make_certificate(path: Path) -> Path:
    """A key and a certificate of its own for 127.0.0.1, in one file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "boite.example")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return path
