"""One connection to the mail server: opened, made safe, logged in, and mails handed over on it one by one."""

from __future__ import annotations

import contextlib
import os
import smtplib
import socket
import ssl
import stat
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from flows.errors import safe_to_show
from flows.settings import Settings

_PORTS = {"none": 25, "starttls": 587, "tls": 465}
_LONGEST_REPLY = 400


@dataclass(frozen=True)
class Timeouts:
    """How many seconds the mail server is waited for: while connecting, for each answer, for the one that takes a mail on.

    That last one is long (RFC 5321, 4.5.3.2.6): giving up on a server that is still thinking sends the mail twice.
    """

    connecting: float = 30.0
    answering: float = 60.0
    taking: float = 600.0


@dataclass(frozen=True)
class Envelope:
    """A mail ready to be handed over: the two addresses that the server is given, and the whole mail with CRLF at line ends."""

    sender: str
    recipient: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class ServerReply:
    """What the server said of a mail: at which command, which code (None if the connection was lost), in which words."""

    command: str
    code: int | None
    words: str

    @property
    def is_accepted(self) -> bool:
        """The server has taken the mail, and is responsible for it now."""
        return self.command == "DATA" and self.code == 250

    @property
    def is_about_mail(self) -> bool:
        """The reply is about this mail, not about us or the server: it came after the sender was taken, or says "too large"."""
        return self.code == 552 or (self.command != "MAIL" and self.code not in (None, 530, 535))


class ServerTrouble(Exception):
    """No mail can be handed over: the set-up is wrong, or the server is away. One sentence, without address or password."""


class NeverDeliverable(Exception):
    """This mail will never be taken, whatever the hour. One sentence."""


class MailServer:
    """The mail server of the settings. Use as a context manager; it connects when there is a mail to carry.

    Certificates are verified against the system's (or SSL_CERT_FILE's) authorities; nothing is sent in clear where
    smtp_security asks for TLS.
    """

    def __init__(self, settings: Settings, timeouts: Timeouts | None = None) -> None:
        self._settings = settings
        self._timeouts = timeouts or Timeouts()
        self._smtp: smtplib.SMTP | None = None
        self.port = settings.smtp_port or _PORTS[settings.smtp_security]
        self.name = f"{settings.smtp_host}:{self.port}"

    def __enter__(self) -> MailServer:
        return self

    def __exit__(self, *rest: object) -> None:
        self._quit()

    def check_login(self, sender: str) -> None:
        """Connect and log in as that sender would, and send nothing. Raises ServerTrouble: what is wrong, a colon, what to do."""
        self._connect(sender)

    def send(self, envelope: Envelope) -> ServerReply:
        """Hand over one mail. Raises ServerTrouble, NeverDeliverable."""
        is_reused = self._is_still_open()
        smtp = self._smtp or self._connect(envelope.sender)
        reply = self._hand_over(smtp, envelope)
        if is_reused and reply.command == "MAIL" and reply.code in (None, 421):
            # Servers close a connection after so many mails, or so long: this one was not refused, nor even offered.
            reply = self._hand_over(self._connect(envelope.sender), envelope)
        return reply

    def _hand_over(self, smtp: smtplib.SMTP, envelope: Envelope) -> ServerReply:
        command = "MAIL"
        try:
            code, words = smtp.mail(_ascii_address(envelope.sender), self._options(smtp, envelope))
            if code == 250:
                command = "RCPT"
                code, words = smtp.rcpt(_ascii_address(envelope.recipient))
            if code in (250, 251) and command == "RCPT":
                command = "DATA"
                self._set_timeout(smtp, self._timeouts.taking)
                code, words = smtp.data(envelope.content)
                self._set_timeout(smtp, self._timeouts.answering)
        except smtplib.SMTPDataError as error:  # DATA itself was refused
            code, words = error.smtp_code, _as_bytes(error.smtp_error)
        except (smtplib.SMTPException, OSError) as error:
            # SMTPException too: it is raised for what is no reply at all, such as an endless line.
            self._close()
            return ServerReply(command, None, f"the connection was lost at {command}: {_error_in_words(error)}")
        if code == 421 or not 200 <= code < 600:
            self._close()
        elif not (command == "DATA" and code == 250):
            self._set_timeout(smtp, self._timeouts.answering)
            with contextlib.suppress(smtplib.SMTPException, OSError):
                smtp.rset()
        return ServerReply(command, code, _one_line(words))

    def _options(self, smtp: smtplib.SMTP, envelope: Envelope) -> list[str]:
        head = envelope.content.partition(b"\r\n\r\n")[0]
        options = [f"SIZE={len(envelope.content)}"] if smtp.has_extn("size") else []
        if not envelope.content.isascii() and smtp.has_extn("8bitmime"):
            options.append("BODY=8BITMIME")
        if not (head.isascii() and _ascii_address(envelope.sender).isascii() and _ascii_address(envelope.recipient).isascii()):
            if not smtp.has_extn("smtputf8"):
                raise NeverDeliverable("the mail server does not take addresses with accents (SMTPUTF8)")
            options.append("SMTPUTF8")
        return options

    def _is_still_open(self) -> bool:
        if self._smtp is None:
            return False
        try:
            if self._smtp.noop()[0] == 250:
                return True
        except (smtplib.SMTPException, OSError):
            pass
        self._close()
        return False

    def _connect(self, sender: str) -> smtplib.SMTP:
        settings, where = self._settings, f"mail server {self.name}"
        login = _login(settings)
        context = None if settings.smtp_security == "none" else ssl.create_default_context()
        try:
            self._smtp = self._open(context, sender)
            if settings.smtp_security == "starttls":
                self._smtp.starttls(context=context)
            if login:
                self._smtp.login(*login)
            self._smtp.ehlo_or_helo_if_needed()
            self._set_timeout(self._smtp, self._timeouts.answering)
            return self._smtp
        except ssl.SSLCertVerificationError as error:
            trouble = f"the certificate of {where} does not hold ({error.verify_message}): mend it, or name the host as it does"
        except ssl.SSLError as error:
            trouble = f"{where} does not speak TLS as smtp_security = \"{settings.smtp_security}\" asks ({error.reason})"
        except smtplib.SMTPNotSupportedError:
            trouble = f"{where} offers no {'login' if self._has_tls() else 'STARTTLS'}: change smtp_user or smtp_security"
        except smtplib.SMTPAuthenticationError as error:
            trouble = f"{where} refused the login ({error.smtp_code}): see smtp_user and smtp_password_file"
        except smtplib.SMTPResponseException as error:
            trouble = f"{where} is not ready ({error.smtp_code} {_one_line(_as_bytes(error.smtp_error))}): wait until it is"
        except (smtplib.SMTPException, OSError) as error:
            trouble = f"{where} cannot be used ({_error_in_words(error)}): see smtp_host and smtp_port, or wait until it is back"
        self._close()
        raise ServerTrouble(safe_to_show(trouble))

    def _open(self, context: ssl.SSLContext | None, sender: str) -> smtplib.SMTP:
        host, own_name = self._settings.smtp_host or "", socket.gethostname()
        # Never smtplib's own choice: it asks a name server who we are. A name without a dot is refused here and there.
        own_name = own_name if "." in own_name and own_name.isascii() else _ascii_address(sender).rpartition("@")[2]
        if context is not None and self._settings.smtp_security == "tls":
            return smtplib.SMTP_SSL(
                host, self.port, local_hostname=own_name, timeout=self._timeouts.connecting, context=context
            )
        return smtplib.SMTP(host, self.port, local_hostname=own_name, timeout=self._timeouts.connecting)

    def _has_tls(self) -> bool:
        return self._smtp is not None and (
            self._settings.smtp_security == "none" or isinstance(self._smtp.sock, ssl.SSLSocket)
        )

    def _set_timeout(self, smtp: smtplib.SMTP, seconds: float) -> None:
        if smtp.sock is not None:
            smtp.sock.settimeout(seconds)

    def _close(self) -> None:
        if self._smtp is not None:
            smtp, self._smtp = self._smtp, None
            smtp.close()

    def _quit(self) -> None:
        if self._smtp is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._set_timeout(self._smtp, self._timeouts.connecting)
                self._smtp.quit()
            self._close()


def _login(settings: Settings) -> tuple[str, str] | None:
    """User and password, None where the server wants none. Raises ServerTrouble, whose text never holds the password."""
    user, path = settings.smtp_user, settings.smtp_password_file
    if user is None and path is None:
        return None
    if user is None or path is None:
        raise ServerTrouble("smtp_user and smtp_password_file go together: set both, or neither")
    if settings.smtp_security == "none" and not _is_loopback(settings.smtp_host or ""):
        raise ServerTrouble("smtp_security = \"none\" would send the password in clear: set starttls or tls")
    password = _password(path)
    if not (user.isascii() and password.isascii()):
        raise ServerTrouble("smtp_user and the password must be plain ASCII: the login knows no other letters")
    return user, password


def _password(path: Path) -> str:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & 0o077:
                raise ServerTrouble(f"{path} can be read by others (mode {mode:04o}): run `chmod 600 {path}`")
            password = file.read(4096).decode("utf-8").strip("\r\n")
    except OSError as error:
        raise ServerTrouble(f"{path} cannot be read ({error.strerror}): see smtp_password_file") from None
    except UnicodeDecodeError:
        raise ServerTrouble(f"{path} is not text: it must hold the password alone") from None
    if not password or "\n" in password or "\r" in password or "\0" in password:
        raise ServerTrouble(f"{path} must hold the password alone, on one line")
    return password


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _ascii_address(address: str) -> str:
    """The address with its domain in the form that every server knows (xn--…). smtplib would guess at one that is none."""
    local, _, domain = address.rpartition("@")
    if not (local and domain and address.isprintable()) or set(address) & set(" <>\",;"):
        raise NeverDeliverable("the address is none that a mail can be sent to")
    if domain.isascii():
        return address
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        raise NeverDeliverable("the domain of the address cannot be written for a mail server") from None


def _error_in_words(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return (error.strerror if isinstance(error, OSError) and error.strerror else str(error)) or type(error).__name__


def _as_bytes(words: bytes | str) -> bytes:
    return words if isinstance(words, bytes) else words.encode()


def _one_line(words: bytes) -> str:
    return safe_to_show(" ".join(words.decode("utf-8", "replace").split()))[:_LONGEST_REPLY]
